"""The pruned model is scikit-learn's refit, or the least risk of its size by brute force."""

from functools import cache

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from tests.pruners.helpers import assert_same_trees, leaves_kept, node_counts, top_subtrees
from tests.strategies import random_table, random_weights
from treeprune import CostComplexityPruner, PruningWarning

TREES = [
    *((DecisionTreeClassifier(criterion=c), k) for c in ("gini", "entropy") for k in ("binary", "strings")),
    *((DecisionTreeRegressor(criterion=c), "regression") for c in ("squared_error", "absolute_error")),
    (DecisionTreeClassifier(criterion="log_loss", class_weight="balanced"), "multiclass"),
    (DecisionTreeClassifier(max_leaf_nodes=12), "multi_output"),
    (DecisionTreeRegressor(max_leaf_nodes=12), "multi_regression"),
    (DecisionTreeRegressor(min_samples_leaf=4, max_depth=5), "regression"),
    (ExtraTreeClassifier(), "multiclass"),
    (ExtraTreeRegressor(), "regression"),
]
FORESTS = [
    (cls(4), kind)
    for cls, kind in (
        (RandomForestClassifier, "binary"),
        (RandomForestClassifier, "strings"),
        (ExtraTreesClassifier, "multi_output"),
        (RandomForestRegressor, "regression"),
        (ExtraTreesRegressor, "multi_regression"),
    )
]
SMALL = DecisionTreeClassifier(max_leaf_nodes=9, random_state=0)


def ids(cases):
    return [f"{model}-{kind}".replace(" ", "") for model, kind in cases]


@pytest.mark.parametrize("missing", [False, True], ids=["whole", "missing"])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize(("model", "kind"), TREES, ids=ids(TREES))
@pytest.mark.parametrize("rule", ["min", "1se"])
def test_refitting_with_the_strength_gives_the_same_tree(model, kind, weighted, missing, rule):
    if missing and model.criterion == "absolute_error":
        missing = False  # its impurities with NaN are judged in the tests of the criteria
    X, y = random_table(1, 150, kind, missing)
    weight = random_weights(1, 150) if weighted else None
    model = clone(model).set_params(random_state=0)
    pruner = CostComplexityPruner(model, cv=3, rule=rule).fit(X, y, sample_weight=weight)
    refit = clone(model).set_params(ccp_alpha=pruner.ccp_alpha_).fit(X, y, sample_weight=weight)
    assert_same_trees(pruner.estimator_, refit)
    assert type(pruner.estimator_) is type(model)
    assert pruner.estimator_.get_params() == model.get_params()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.95, 2.0])
@pytest.mark.parametrize(("model", "kind"), TREES + FORESTS, ids=ids(TREES + FORESTS))
def test_an_explicit_strength_is_the_parameter_ccp_alpha(model, kind, share):
    X, y = random_table(2, 120, kind)
    model = clone(model).set_params(random_state=0)
    full = clone(model).fit(X, y)
    alphas = np.concatenate(
        [t.cost_complexity_pruning_path(X, y).ccp_alphas for t in [full] if hasattr(t, "tree_")]
        or [np.geomspace(1e-4, 0.2, 50) * np.var(np.unique(y, return_inverse=True)[1])]
    )
    alpha = 2 * alphas.max() if share > 1 else np.quantile(alphas, share)
    refit = clone(model).set_params(ccp_alpha=alpha).fit(X, y)
    for estimator in (model, FrozenEstimator(full)):
        pruner = CostComplexityPruner(estimator, ccp_alpha=alpha).fit(X, y)
        assert pruner.ccp_alpha_ == alpha
        assert_same_trees(pruner.estimator_, refit)
        np.testing.assert_array_equal(pruner.predict(X), refit.predict(X))


@pytest.mark.parametrize(("model", "kind"), TREES + FORESTS, ids=ids(TREES + FORESTS))
def test_strength_zero_changes_no_bit(model, kind):
    X, y = random_table(3, 120, kind)
    full = clone(model).set_params(random_state=0, min_impurity_decrease=1e-6).fit(X, y)
    pruned = CostComplexityPruner(FrozenEstimator(full), ccp_alpha=0).fit(X).estimator_
    assert_same_trees(pruned, full)
    if hasattr(full, "predict_proba"):
        ones, twos = (m.predict_proba(X) for m in (pruned, full))
        pairs = zip(ones, twos, strict=True) if isinstance(ones, list) else [(ones, twos)]
        for one, two in pairs:
            np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(pruned.predict(X), full.predict(X))
    np.testing.assert_array_equal(pruned.feature_importances_, full.feature_importances_)


def test_path_of_a_tree_is_that_of_scikit_learn():
    X, y = random_table(4, 150, "multiclass")
    model = DecisionTreeClassifier(random_state=0)
    path = CostComplexityPruner(model, cv=3).fit(X, y).path_
    native = model.cost_complexity_pruning_path(X, y)
    frame = path.to_frame()
    assert list(frame.columns) == ["ccp_alpha", "n_leaves", "risk", "loss", "loss_se", "chosen"]
    np.testing.assert_allclose(frame["ccp_alpha"], np.unique(native.ccp_alphas), rtol=1e-12)
    steps = np.searchsorted(native.ccp_alphas, frame["ccp_alpha"] * (1 + 1e-12), side="right") - 1
    np.testing.assert_allclose(frame["risk"], native.impurities[steps], rtol=1e-12)
    sizes = [
        clone(model).set_params(ccp_alpha=a * (1 + 1e-12)).fit(X, y).get_n_leaves() for a in path.ccp_alpha
    ]
    assert list(frame["n_leaves"]) == sizes
    assert frame["chosen"].sum() == 1
    assert frame["chosen"].idxmax() == path.chosen


@pytest.mark.parametrize(("model", "kind"), TREES + FORESTS, ids=ids(TREES + FORESTS))
def test_sizes_fall_and_risks_rise_along_the_path(model, kind):
    X, y = random_table(5, 100, kind)
    model = clone(model).set_params(random_state=0).fit(X, y)
    path = CostComplexityPruner(FrozenEstimator(model), ccp_alpha=0.01).fit(X).path_
    assert path.ccp_alpha[0] == 0
    assert (np.diff(path.ccp_alpha) > 0).all()
    assert (np.diff(path.n_leaves) < 0).all()
    assert (np.diff(path.risk) > -1e-12).all()
    assert path.n_leaves[-1] == len(getattr(model, "estimators_", [model]))
    assert list(path.to_frame().columns) == ["ccp_alpha", "n_leaves", "risk", "chosen"]


# ---------------------------------------------------------------------- exactly k leaves
def gini(t):
    return t.impurity * t.weighted_n_node_samples / t.weighted_n_node_samples[0]


def shares(t, priors=None):
    p = t.value[:, 0]
    mass = t.weighted_n_node_samples[:, None] * p / t.weighted_n_node_samples[0]
    return mass if priors is None else mass * priors / p[0]


def gini_of(mass):
    return mass.sum(axis=1) - (mass**2).sum(axis=1) / mass.sum(axis=1)


COSTS = np.array([[0.0, 1.0], [4.0, 0.0]])
PRIORS = np.array([0.9, 0.1])
RISKS = {
    "impurity": ({}, gini),
    "misclassification": (
        {"risk": "misclassification"},
        lambda t: shares(t).sum(axis=1) - shares(t).max(axis=1),
    ),
    "cost": (
        {"risk": "cost", "cost_matrix": COSTS.tolist()},
        lambda t: (shares(t) @ COSTS).min(axis=1),
    ),
    "priors": (
        {"risk": "gini", "priors": PRIORS.tolist()},
        lambda t: gini_of(shares(t, PRIORS)),
    ),
    "cost and priors": (
        {"risk": "cost", "cost_matrix": COSTS.tolist(), "priors": PRIORS.tolist()},
        lambda t: (shares(t, PRIORS) @ COSTS).min(axis=1),
    ),
}


@cache
def small_tree(seed):
    return clone(SMALL).fit(*random_table(seed, 80))


@pytest.mark.parametrize(("parameters", "risk"), RISKS.values(), ids=RISKS)
@pytest.mark.parametrize("seed", range(4))
def test_exactly_k_leaves_with_the_least_risk_of_all(seed, parameters, risk):
    tree = small_tree(seed)
    cost, every = risk(tree.tree_), top_subtrees(tree)
    total = tree.get_n_leaves()
    for k in range(1, total + 1):
        pruner = CostComplexityPruner(FrozenEstimator(tree), max_leaf_nodes=k, **parameters)
        pruner.fit(random_table(seed, 80)[0])
        kept = leaves_kept(tree, pruner.estimator_)
        assert len(kept) == pruner.estimator_.get_n_leaves() == k
        least = min(sum(cost[list(leaves)]) for leaves in every if len(leaves) == k)
        assert sum(cost[list(kept)]) == pytest.approx(least, abs=1e-12)
        assert np.isnan(pruner.ccp_alpha_)


@pytest.mark.parametrize(("parameters", "risk"), RISKS.values(), ids=RISKS)
@pytest.mark.parametrize("seed", range(4))
def test_each_strength_minimises_risk_and_size(seed, parameters, risk):
    tree = small_tree(seed)
    cost, every = risk(tree.tree_), top_subtrees(tree)
    for alpha in (1e-9, 0.003, 0.01, 0.05, 0.2):
        pruner = CostComplexityPruner(FrozenEstimator(tree), ccp_alpha=alpha, **parameters)
        kept = leaves_kept(tree, pruner.fit(random_table(seed, 80)[0]).estimator_)
        totals = {leaves: sum(cost[list(leaves)]) + alpha * len(leaves) for leaves in every}
        least = min(totals.values())
        assert totals[kept] == pytest.approx(least, abs=1e-12)
        assert len(kept) == min(len(s) for s, total in totals.items() if total <= least + 1e-12)


def test_more_leaves_than_there_are_keep_the_tree():
    tree = small_tree(0)
    pruner = CostComplexityPruner(FrozenEstimator(tree), max_leaf_nodes=500)
    with pytest.warns(PruningWarning, match="1 of 1 trees have fewer than max_leaf_nodes=500 leaves"):
        pruner.fit(random_table(0, 80)[0])
    assert_same_trees(pruner.estimator_, tree)


def test_each_tree_of_a_forest_gets_its_leaves():
    X, y = random_table(6, 120)
    forest = RandomForestClassifier(4, random_state=0).fit(X, y)
    pruned = CostComplexityPruner(FrozenEstimator(forest), max_leaf_nodes=5).fit(X).estimator_
    assert node_counts(pruned) == [9] * 4
