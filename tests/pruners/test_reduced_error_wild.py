"""Reduced-error pruning of a tree that one wild training outcome has pulled far away."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import mean_squared_error
from sklearn.tree import DecisionTreeRegressor

from tests.pruners.helpers import leaves_kept
from treeprune import ReducedErrorPruner


def best_pruning(tree, X, y):
    """Leaves and squared error of the smallest best top subtree, bottom up and without rounding."""
    t, path = tree.tree_, tree.decision_path(X).toarray().astype(bool)

    def cheapest(node):
        answer = Fraction(t.value[node, 0, 0])
        leaf = sum((Fraction(v) - answer) ** 2 for v in y[path[:, node]])
        if t.children_left[node] < 0:
            return leaf, frozenset([node])
        left, right = cheapest(t.children_left[node]), cheapest(t.children_right[node])
        branch = left[0] + right[0]
        return (leaf, frozenset([node])) if leaf <= branch else (branch, left[1] | right[1])

    error, leaves = cheapest(0)
    return leaves, error / len(y)


@pytest.mark.parametrize("outcome", [1e8, 1e10, 1e12])
def test_a_wild_training_outcome_does_not_blind_the_pruner(outcome):
    rng = np.random.default_rng(0)
    X, X_val = rng.normal(size=(2, 400, 3))
    y, y_val = (rows[:, 0] + np.sin(3 * rows[:, 1]) + 0.5 * rng.normal(size=400) for rows in (X, X_val))
    wild = np.argmax(X[:, 0])
    X[wild, 0], y[wild] = 50.0, outcome
    tree = DecisionTreeRegressor(random_state=0).fit(X, y)
    pruner = ReducedErrorPruner(FrozenEstimator(tree)).fit(X_val, y_val)
    leaves, error = best_pruning(tree, X_val, y_val)
    assert len(leaves) > 10
    assert leaves_kept(tree, pruner.estimator_) == leaves
    before, after = pruner.validation_loss_
    assert after == pytest.approx(float(error), rel=1e-9)
    assert after == pytest.approx(mean_squared_error(y_val, pruner.predict(X_val)), rel=1e-9)
    assert before == pytest.approx(mean_squared_error(y_val, tree.predict(X_val)), rel=1e-9)
