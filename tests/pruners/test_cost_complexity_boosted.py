"""The path of boosted models: fold by fold against models that are pruned and scored by their vendor."""

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.base import clone
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss, mean_poisson_deviance, mean_squared_error, roc_auc_score
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from tests.strategies import random_table, random_weights
from treeprune import CostComplexityPruner
from treeprune.backends import encode, read, write
from treeprune.criteria.weakest_link import weakest_link_alphas
from treeprune.model.edit import collapse
from treeprune.statistics.additive import ensemble_loss_risk
from treeprune.statistics.losses import make_loss
from treeprune.statistics.raw_losses import natural_loss
from treeprune.statistics.target import encode_target


def of_classes(model, X, y, w):
    return log_loss(y, model.predict_proba(X), sample_weight=w, labels=model.classes_)


def of_numbers(metric):
    return lambda model, X, y, w: metric(y, model.predict(X), sample_weight=w)


MODELS = {
    "xgboost": (XGBClassifier(n_estimators=3, max_depth=3, n_jobs=1), "multiclass", of_classes),
    "lightgbm": (
        LGBMClassifier(n_estimators=4, num_leaves=7, min_child_samples=3, verbose=-1, n_jobs=1),
        "strings",
        of_classes,
    ),
    "histograms": (HistGradientBoostingClassifier(max_iter=4, max_leaf_nodes=6), "binary", of_classes),
    "votes": (
        AdaBoostClassifier(DecisionTreeClassifier(max_depth=3), n_estimators=4),
        "strings",
        of_classes,
    ),
    "numbers": (
        GradientBoostingRegressor(n_estimators=4, random_state=0),
        "regression",
        of_numbers(mean_squared_error),
    ),
    "rates": (
        HistGradientBoostingRegressor(loss="poisson", max_iter=4, max_leaf_nodes=6),
        "regression",
        of_numbers(mean_poisson_deviance),
    ),
}
EACH = pytest.mark.parametrize("name", MODELS)


def data(name):
    kind = MODELS[name][1]
    X, y = random_table(2, 150, kind)
    return X, np.abs(y) + 0.1 if name == "rates" else y, random_weights(2, 150) + 0.25


def own_path(model, X, y, w):
    """A model's trees and the strength of each split by the rows given."""
    e = read(model)
    loss = make_loss(natural_loss(e), e.task)
    return e, weakest_link_alphas(e, ensemble_loss_risk(e, encode(model, X), encode_target(e, y), w, loss))


@EACH
@pytest.mark.parametrize("frozen", [False, True], ids=["grown", "frozen"])
def test_each_fold_is_scored_by_the_vendor_as_pruned(name, frozen):
    model, _, loss = MODELS[name]
    X, y, w = data(name)
    folds = list(KFold(3, shuffle=True, random_state=0).split(X))
    given = clone(model)
    if hasattr(given, "random_state"):
        given.set_params(random_state=0)
    if frozen:
        given = FrozenEstimator(
            given.fit(*random_table(3, 150, MODELS[name][1]))
            if name != "rates"
            else given.fit(X[::2], y[::2])
        )
    pruner = CostComplexityPruner(given, cv=folds, n_alphas=8, rule="min").fit(X, y, sample_weight=w)
    steps = pruner.path_.ccp_alpha
    scores = np.empty((len(folds), len(steps)))
    for k, (train, test) in enumerate(folds):
        own = given.estimator if frozen else clone(given).fit(X[train], y[train], sample_weight=w[train])
        e, alpha = own_path(own, X[train], y[train], w[train])
        for i, strength in enumerate(steps):
            small = write(own, collapse(e, alpha <= strength))
            scores[k, i] = loss(small, X[test], y[test], w[test])
    np.testing.assert_allclose(pruner.path_.loss, scores.mean(axis=0), rtol=1e-5)
    whole = given.estimator if frozen else clone(given).fit(X, y, sample_weight=w)
    e, alpha = own_path(whole, X, y, w)
    chosen = collapse(e, alpha <= steps[scores.mean(axis=0).argmin()])
    assert read(pruner.estimator_).n_nodes == chosen.n_nodes
    assert pruner.path_.chosen_risk == pytest.approx(loss(pruner.estimator_, X, y, w), rel=1e-5)


def test_the_area_under_the_curve_scores_probabilities():
    X, y = random_table(0, 200)
    folds = list(KFold(2, shuffle=True, random_state=0).split(X))
    model = XGBClassifier(n_estimators=4, max_depth=3, n_jobs=1).fit(X[:100], y[:100])
    pruner = CostComplexityPruner(FrozenEstimator(model), loss="auc", cv=folds, n_alphas=10).fit(X, y)
    areas = [roc_auc_score(y[test], model.predict_proba(X[test])[:, 1]) for _, test in folds]
    assert pruner.path_.loss[0] == pytest.approx(1 - np.mean(areas), rel=1e-9)
    assert pruner.path_.loss_name == "auc"


def test_scores_before_the_link_are_passed_on():
    X, y = random_table(0, 120)
    model = HistGradientBoostingClassifier(max_iter=3).fit(X, y)
    pruner = CostComplexityPruner(FrozenEstimator(model), ccp_alpha=1e-3).fit(X, y)
    np.testing.assert_array_equal(pruner.decision_function(X), pruner.estimator_.decision_function(X))
    assert not hasattr(CostComplexityPruner(XGBClassifier()), "decision_function")
