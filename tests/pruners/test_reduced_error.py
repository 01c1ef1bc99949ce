"""Reduced-error pruning against every top subtree, scored by scikit-learn's metrics."""

from functools import cache
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import mean_poisson_deviance
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.pruners.helpers import (
    ORACLE_LOSSES,
    answers_of,
    assert_same_trees,
    leaves_kept,
    node_counts,
    top_subtrees,
)
from tests.strategies import fitted_cases, random_table, random_weights
from treeprune import ReducedErrorPruner

COSTS = np.array([[0.0, 1.0, 2.0], [4.0, 0.0, 1.0], [9.0, 3.0, 0.0]])
SMALL = {"max_leaf_nodes": 9, "random_state": 0}


def _cost(tree, y, answers, weight):
    codes = np.searchsorted(tree.classes_, y)
    return np.average(COSTS[codes, (answers @ COSTS).argmin(axis=1)], weights=weight)


def _poisson(tree, y, answers, weight):
    return mean_poisson_deviance(y, answers[:, 0], sample_weight=weight)


ORACLES = ORACLE_LOSSES | {"cost": _cost, "poisson": _poisson}
CLASS_LOSSES = ("log_loss", "brier", "misclassification", "cost")


def table_for(loss, seed, n):
    X, y = random_table(seed, n, "strings" if loss in CLASS_LOSSES else "regression")
    return X, np.exp(y / 2) if loss == "poisson" else y


@cache
def tree_for(loss, seed):
    cls = DecisionTreeClassifier if loss in CLASS_LOSSES else DecisionTreeRegressor
    return cls(**SMALL).fit(*table_for(loss, seed, 80))


def make(loss, model, **parameters):
    if loss == "cost":
        parameters["cost_matrix"] = COSTS.tolist()
    return ReducedErrorPruner(model, loss=loss, absent_class="prune", **parameters)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("loss", ORACLES)
def test_smallest_of_the_best_of_all_top_subtrees(loss, seed, weighted):
    tree = tree_for(loss, seed)
    X, y = table_for(loss, seed + 100, 60)
    weight = random_weights(seed, 60) if weighted else None
    losses = {s: ORACLES[loss](tree, y, answers_of(tree, s, X), weight) for s in top_subtrees(tree)}
    least = min(losses.values())
    pruner = make(loss, FrozenEstimator(tree)).fit(X, y, sample_weight=weight)
    kept = leaves_kept(tree, pruner.estimator_)
    assert losses[kept] == pytest.approx(least, rel=1e-12, abs=1e-14)
    assert len(kept) == min(len(s) for s, total in losses.items() if total <= least + 1e-12)
    full = max(losses, key=len)
    assert pruner.validation_loss_ == pytest.approx((losses[full], losses[kept]), rel=1e-12, abs=1e-13)


# seeds beyond those of the cases: the rows are never those that a model was grown on
@given(fitted_cases(), st.integers(20_000, 30_000), st.booleans(), st.sampled_from(["keep", "prune"]))
@pytest.mark.filterwarnings("ignore:no held-out row is of class:treeprune.PruningWarning")
def test_never_worse_never_larger_and_idempotent(case, seed, weighted, policy):
    n = 40
    X = random_table(seed, n)[0]
    y = case.y[np.random.default_rng(seed).integers(0, len(case.y), n)]
    weight = random_weights(seed, n) if weighted else None
    pruner = ReducedErrorPruner(FrozenEstimator(case.model), unreached=policy, absent_class=policy)
    pruner.fit(X, y, sample_weight=weight)
    before, after = pruner.validation_loss_
    assert after <= before + 1e-12 * abs(before)
    assert all(b <= a for a, b in zip(node_counts(case.model), node_counts(pruner.estimator_), strict=True))
    again = (
        clone(pruner)
        .set_params(estimator=FrozenEstimator(pruner.estimator_))
        .fit(X, y, sample_weight=weight)
    )
    assert_same_trees(again.estimator_, pruner.estimator_)
    assert again.validation_loss_ == pytest.approx((after, after), rel=1e-9, abs=1e-12)
    assert len(again.plan_) == 0


@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
def test_each_tree_of_a_forest_is_pruned_for_itself(loss):
    X, y = table_for(loss, 0, 100)
    X_val, y_val = table_for(loss, 1, 70)
    cls = RandomForestClassifier if loss == "log_loss" else RandomForestRegressor
    forest = cls(4, random_state=0).fit(X, y)
    pruner = make(loss, FrozenEstimator(forest)).fit(X_val, y_val)
    codes = np.searchsorted(forest.classes_, y_val) if loss == "log_loss" else y_val
    alone = [make(loss, FrozenEstimator(t)).fit(X_val, codes) for t in forest.estimators_]
    for tree, single in zip(pruner.estimator_.estimators_, alone, strict=True):
        assert_same_trees(tree, single.estimator_)
    means = np.mean([single.validation_loss_ for single in alone], axis=0)
    assert pruner.validation_loss_ == pytest.approx(tuple(means), rel=1e-12)


# ---------------------------------------------------------------------- where held-out rows come from
@pytest.mark.parametrize("loss", ["brier", "squared_error"])
def test_given_held_out_rows_are_those_of_a_frozen_model(loss):
    X, y = table_for(loss, 2, 120)
    X_val, y_val = table_for(loss, 3, 60)
    weight, of_val = random_weights(2, 120), random_weights(3, 60)
    cls = DecisionTreeClassifier if loss == "brier" else DecisionTreeRegressor
    model = cls(random_state=0)
    grown = clone(model).fit(X, y, sample_weight=weight)
    frozen = make(loss, FrozenEstimator(grown)).fit(X_val, y_val, sample_weight=of_val)
    given_rows = make(loss, model).fit(
        X, y, sample_weight=weight, X_val=X_val, y_val=y_val, sample_weight_val=of_val
    )
    beside = make(loss, FrozenEstimator(grown)).fit(
        X, y, X_val=X_val, y_val=y_val, sample_weight_val=of_val
    )
    for other in (given_rows, beside):
        assert_same_trees(frozen.estimator_, other.estimator_)
        assert frozen.validation_loss_ == other.validation_loss_


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.6])
@pytest.mark.parametrize("kind", ["binary", "regression", "multi_output"])
def test_the_share_that_is_split_off_is_grown_without(kind, fraction):
    X, y = random_table(4, 200, kind)
    model = (
        DecisionTreeRegressor(random_state=0)
        if kind == "regression"
        else DecisionTreeClassifier(random_state=0)
    )
    pruner = ReducedErrorPruner(model, validation_fraction=fraction, random_state=0, absent_class="prune")
    tree = pruner.fit(X, y).estimator_.tree_
    assert tree.n_node_samples[0] == pytest.approx(200 * (1 - fraction), abs=2)
    if kind == "binary":
        assert tree.value[0, 0, 1] == pytest.approx(y.mean(), abs=0.02)


class Recording(DecisionTreeRegressor):
    """Keeps the outcomes it was fitted on, which are all different and so name the rows."""

    outcomes: ClassVar[list[np.ndarray]] = []

    def fit(self, X, y, sample_weight=None, check_input=True):
        Recording.outcomes.append(np.asarray(y))
        return super().fit(X, y, sample_weight=sample_weight, check_input=check_input)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_the_share_that_is_split_off_judges(weighted):
    X, y = random_table(6, 160, "regression")
    weight = random_weights(6, 160) + 0.1 if weighted else None
    model = Recording(random_state=0)
    pruner = ReducedErrorPruner(model, random_state=0).fit(X, y, sample_weight=weight)
    own = np.isin(y, Recording.outcomes[-1])
    sides = [(X[side], y[side], None if weight is None else weight[side]) for side in (own, ~own)]
    grown = FrozenEstimator(clone(model).fit(*sides[0]))
    frozen = ReducedErrorPruner(grown).fit(*sides[1])
    assert_same_trees(pruner.estimator_, frozen.estimator_)
    assert pruner.validation_loss_ == frozen.validation_loss_


def test_twins_are_never_on_both_sides():
    X, y = random_table(5, 60, "regression")
    X, y = np.tile(X, (3, 1)), np.tile(y, 3)
    ReducedErrorPruner(Recording(random_state=0), random_state=0).fit(X, y)
    grown = Recording.outcomes[-1]
    assert len(grown) == 135
    assert set(np.unique_counts(grown).counts) == {3}


# ---------------------------------------------------------------------- policies
def one_sided():
    """A tree with one split that no held-out row reaches; its branch is on the right of the root."""
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    tree = DecisionTreeRegressor(random_state=0).fit(X, [0.0, 1.0, 10.0, 13.0])
    assert tree.get_n_leaves() == 4
    return tree


@pytest.mark.parametrize(("unreached", "leaves"), [("keep", 3), ("prune", 2)])
def test_splits_that_no_held_out_row_reaches(unreached, leaves):
    # left of the root one leaf answers better than two; on the right nobody is
    rows, y = [[0.0], [1.0]], [0.5, 0.5]
    pruner = ReducedErrorPruner(FrozenEstimator(one_sided()), unreached=unreached).fit(rows, y)
    assert pruner.estimator_.get_n_leaves() == leaves


@pytest.mark.parametrize("unreached", ["keep", "prune"])
def test_unreached_splits_go_with_a_split_above_them(unreached):
    tree = one_sided()
    pruner = ReducedErrorPruner(FrozenEstimator(tree), unreached=unreached)
    pruner.fit([[0.0], [1.0]], [tree.tree_.value[0, 0, 0]] * 2)
    assert pruner.estimator_.get_n_leaves() == 1


def test_zero_weight_rows_reach_nothing():
    rows, y, weight = [[0.0], [1.0], [2.0]], [0.5, 0.5, 10.0], [1, 1, 0]
    pruner = ReducedErrorPruner(FrozenEstimator(one_sided()), unreached="keep")
    pruner.fit(rows, y, sample_weight=weight)
    assert pruner.estimator_.get_n_leaves() == 3
