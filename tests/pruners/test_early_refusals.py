"""What no fitted model could change is refused before any model is fitted."""

from importlib.util import find_spec

import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier, XGBRegressor, XGBRFClassifier

from treeprune import (
    CostComplexityPruner,
    FeaturePruner,
    JointPruner,
    TreeCountPruner,
    UnsupportedModelError,
)

X = np.random.default_rng(0).normal(size=(90, 3))
TWO, THREE = (X[:, 0] > 0).astype(int), np.arange(90) % 3
NUMBERS = X[:, 0] + 3.0
BOOSTED = [
    LGBMClassifier(),
    XGBClassifier(),
    XGBRFClassifier(),
    GradientBoostingClassifier(),
    HistGradientBoostingClassifier(),
]
RF = {"n_estimators": 4, "bagging_freq": 1, "bagging_fraction": 0.7, "verbose": -1, "n_jobs": 1}
OWN_LOSS = [
    LGBMRegressor(objective="quantile"),
    LGBMRegressor(objective="mean_absolute_percentage_error"),
    XGBRegressor(objective="reg:quantileerror", quantile_alpha=0.5),
    GradientBoostingRegressor(loss="quantile"),
    HistGradientBoostingRegressor(loss="quantile", quantile=0.5),
]

if find_spec("catboost"):
    from catboost import CatBoostClassifier, CatBoostRegressor

    BOOSTED.append(CatBoostClassifier())
    OWN_LOSS.append(CatBoostRegressor(loss_function="Quantile:alpha=0.4"))


def named(model):
    return type(model).__name__


@pytest.fixture
def unfittable(monkeypatch):
    """Makes every estimator of a case fail to fit."""

    def forbid(model):
        def fit(self, *given, **named):
            pytest.fail("it was fitted")

        monkeypatch.setattr(type(model), "fit", fit)
        return model

    return forbid


@pytest.mark.parametrize("model", BOOSTED, ids=named)
def test_trees_of_a_sum_cannot_vote(model, unfittable):
    pruner = TreeCountPruner(unfittable(model), method="kappa")
    with pytest.raises(UnsupportedModelError, match=r"boosted model.*greedy"):
        pruner.fit(X, TWO)


def test_votes_for_several_outcomes_or_by_trees_of_a_class_are_refused(unfittable):
    several = TreeCountPruner(unfittable(RandomForestClassifier()), method="drep")
    with pytest.raises(UnsupportedModelError, match="classifier of 2 targets"):
        several.fit(X, np.column_stack([TWO, THREE]))
    forest = LGBMClassifier(boosting_type="rf", **RF)
    with pytest.raises(UnsupportedModelError, match="trees for each class"):
        TreeCountPruner(unfittable(forest), method="drep").fit(X, THREE)


@pytest.mark.parametrize("name", ["boosting_type", "boosting"])
def test_a_forest_of_lightgbm_votes(name):
    forest = LGBMClassifier(**{name: "rf"}, **RF)
    assert TreeCountPruner(forest, method="kappa", n_trees=2).fit(X, TWO).n_trees_ == 2


@pytest.mark.parametrize("make", [TreeCountPruner, JointPruner, FeaturePruner])
@pytest.mark.parametrize("model", OWN_LOSS, ids=named)
def test_a_loss_of_the_models_own_has_to_be_named(make, model, unfittable):
    with pytest.raises(ValueError, match=r"loss of its own kind.*name the loss"):
        make(unfittable(model)).fit(X, NUMBERS)


@pytest.mark.parametrize("make", [TreeCountPruner, JointPruner, FeaturePruner])
def test_medians_are_refused(make, unfittable):
    with pytest.raises(UnsupportedModelError, match="AdaBoostRegressor answers with the weighted median"):
        make(unfittable(AdaBoostRegressor())).fit(X, NUMBERS)


@pytest.mark.parametrize("values", ["anchored", "refit"])
def test_votes_have_no_other_values(values, unfittable):
    pruner = JointPruner(unfittable(AdaBoostClassifier()), values=values)
    with pytest.raises(UnsupportedModelError, match=r'cannot hold other leaf values.*values="fixed"'):
        pruner.fit(X, TWO)


@pytest.mark.parametrize(
    ("model", "y", "words"),
    [
        (BaggingClassifier(DecisionTreeClassifier()), TWO, "not of a BaggingClassifier"),
        (AdaBoostClassifier(), TWO, "not of a AdaBoostClassifier"),
        (LGBMClassifier(boosting_type="rf"), TWO, "not of a LGBMClassifier"),
        (RandomForestClassifier(), np.column_stack([TWO, THREE]), "for one outcome.*predicts 2"),
        (RandomForestRegressor(), np.column_stack([NUMBERS, NUMBERS]), "for one outcome.*predicts 2"),
    ],
    ids=["bagging", "votes", "lightgbm", "classes", "numbers"],
)
def test_what_cannot_become_a_boosted_model(model, y, words, unfittable):
    with pytest.raises(UnsupportedModelError, match=words):
        JointPruner(unfittable(model), family="boosting").fit(X, y)


@pytest.mark.parametrize(
    "pruner",
    [
        TreeCountPruner(RandomForestClassifier(5), n_trees=3),
        TreeCountPruner(RandomForestClassifier(5), n_trees=0.5),
        CostComplexityPruner(DecisionTreeClassifier(), ccp_alpha=0.1),
        CostComplexityPruner(DecisionTreeClassifier(), max_leaf_nodes=4),
    ],
    ids=["number", "share", "strength", "leaves"],
)
def test_groups_that_would_say_nothing_are_refused(pruner, unfittable):
    unfittable(pruner.estimator)
    with pytest.raises(ValueError, match=r"groups says which rows stay together.*leave groups out"):
        pruner.fit(X, TWO, groups=THREE)


def test_groups_are_used_where_a_limit_is_given():
    model = FrozenEstimator(RandomForestClassifier(5, max_depth=3, random_state=0).fit(X, TWO))
    own = {"values": "refit", "target": "y", "ridge": 1.0, "max_nodes": 9, "cv": 3}
    with pytest.raises(ValueError, match="groups"):
        JointPruner(model, **own).fit(X[:60], TWO[:60], groups=np.arange(60) % 2)
    X_val, y_val = X[60:], TWO[60:]
    rows = {"X_val": X_val, "y_val": y_val, "groups": np.arange(30) // 5}
    found = JointPruner(model, **own).fit(X[:60], TWO[:60], **rows)
    plain = JointPruner(model, **own).fit(X[:60], TWO[:60], X_val=X_val, y_val=y_val)
    assert not np.array_equal(found.path_.loss_se, plain.path_.loss_se)


def test_fewer_trees_than_columns_are_refused():
    model = GradientBoostingClassifier(n_estimators=5, random_state=0).fit(X, THREE)
    pruner = JointPruner(FrozenEstimator(model), max_trees=2, values="refit", ridge=1.0, target="y")
    with pytest.raises(ValueError, match="max_trees=2 is too few: the smallest model has 3 trees"):
        pruner.fit(X[::2], THREE[::2], X_val=X[1::2], y_val=THREE[1::2])
