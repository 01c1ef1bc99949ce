"""Fewer trees where it is easy to be wrong: averages of each class, classes that a fold has none of."""

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from scipy.special import logsumexp
from sklearn.base import clone
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    RandomForestRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from tests.pruners.test_tree_count import frozen, tables
from treeprune import TreeCountPruner

AVERAGES = LGBMClassifier(
    n_estimators=6,
    num_leaves=6,
    boosting_type="rf",
    subsample=0.6,
    subsample_freq=1,
    n_jobs=1,
    verbose=-1,
)
VOTERS = AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=8, random_state=0)


def test_each_class_has_an_average_of_its_own():
    model, X, y = frozen(AVERAGES, "multiclass")
    folds = list(KFold(3).split(X))
    path = TreeCountPruner(FrozenEstimator(model), method="first", cv=folds).fit(X, y).path_
    by_hand = [
        np.mean(
            [log_loss(y[t], model.predict_proba(X[t], num_iteration=k), labels=[0, 1, 2]) for _, t in folds]
        )
        for k in range(1, 7)
    ]
    np.testing.assert_array_equal(path.n_trees, 3 * np.arange(1, 7))
    np.testing.assert_allclose(path.loss, by_hand, rtol=1e-12)
    assert path.whole_loss == pytest.approx(by_hand[-1])
    with pytest.raises(ValueError, match='use method="first"'):
        TreeCountPruner(FrozenEstimator(model)).fit(X, y)


@pytest.mark.parametrize(
    "model",
    [
        AVERAGES,
        VOTERS,
        ExtraTreesClassifier(6, max_depth=4, random_state=0),
        GradientBoostingClassifier(n_estimators=6, random_state=0),
        XGBClassifier(n_estimators=6, max_depth=3, n_jobs=1),
    ],
)
@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_a_class_that_a_fold_has_none_of_has_probability_zero(model, kind):
    X, y, _, _ = tables(kind)
    y = np.where(np.arange(len(y)) == 0, y.max() + 1, y)  # so the first of the folds is fitted without it
    folds = list(KFold(3).split(X))
    pruner = TreeCountPruner(clone(model), method="first", loss="brier", cv=folds).fit(X, y)
    by_hand = []
    for train, test in folds:
        own = clone(model).fit(X[train], y[train])
        said = np.zeros((len(test), y.max() + 1))
        said[:, : len(own.classes_)] = own.predict_proba(X[test])
        by_hand.append(np.sum((said - np.eye(y.max() + 1)[y[test]]) ** 2, axis=1).mean())
    assert pruner.path_.whole_loss == pytest.approx(np.mean(by_hand), rel=1e-6)


def test_what_does_not_fit_is_said_before_anything_is_fitted():
    X, y, _, _ = tables("regression")

    class Untouchable(RandomForestRegressor):
        def fit(self, *args, **kwargs):
            raise AssertionError("fitted")

    with pytest.raises(ValueError, match="defined for classification only"):
        TreeCountPruner(Untouchable(3), method="kappa").fit(X, y)
    with pytest.raises(ValueError, match=r"method=\['greedy'\] is unknown"):
        TreeCountPruner(Untouchable(3), method=["greedy"]).fit(X, y)


def test_the_log_loss_of_many_classes_is_that_of_the_raw_output():
    model, X, y = frozen(XGBClassifier(n_estimators=6, max_depth=3, n_jobs=1), "multiclass")
    folds = list(KFold(3).split(X))
    path = TreeCountPruner(FrozenEstimator(model), method="first", cv=folds).fit(X, y).path_
    each = []
    for rounds in range(1, 7):
        raw = model.predict(X, output_margin=True, iteration_range=(0, rounds)).astype(np.float64)
        lost = logsumexp(raw, axis=1) - raw[np.arange(len(y)), y]
        each.append(np.mean([lost[test].mean() for _, test in folds]))
    np.testing.assert_allclose(path.loss, each, rtol=1e-6)
    np.testing.assert_allclose(path.first_loss, path.loss, rtol=1e-14)
