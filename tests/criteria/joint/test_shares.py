"""Shares of classes that forests are fitted with are never 0 or 1."""

from __future__ import annotations

import numpy as np
import pytest

from tests.criteria.joint.helpers import shares_of
from treeprune.criteria.joint.forest import shares, solve_shares
from treeprune.criteria.joint.shares import fitted_columns, sureness, whole_shares


@pytest.mark.parametrize("n_classes", [2, 3])
def test_no_fitted_leaf_rules_a_class_out(n_classes):
    problem = shares_of(0, n_classes=n_classes, size=2, values="refit", ridge=0.0)
    (n_rows,) = problem.weight.shape
    prior = problem.base if n_classes > 2 else np.append(1.0 - problem.base, problem.base)
    said = [shares(step, (n_classes,)) for step in solve_shares(problem)]
    least = np.min([s.min(axis=0) for s in said], axis=0)
    np.testing.assert_allclose(least, prior / (n_rows + 1), rtol=1e-6)


def test_shares_of_each_outcome_are_shares():
    problem = shares_of(0, n_classes=3, size=2, values="refit", ridge=0.1, several=True)
    assert problem.n_columns == 4  # of the second outcome one of two classes
    for step in solve_shares(problem):
        said = shares(step, (3, 2))[step.is_leaf]
        assert said[:, :3].sum(axis=1) == pytest.approx(1)
        assert said[:, 3:].sum(axis=1) == pytest.approx(1)
        assert said.min() > 0
        raw = (step.base + step.n_trees * step.values)[step.is_leaf]
        assert said[:, [0, 1, 2, 4]] == pytest.approx(raw, abs=1e-9)


def test_of_two_classes_one_is_fitted():
    columns = (2, 1, 3)
    np.testing.assert_array_equal(fitted_columns(columns), [1, 2, 3, 4, 5])
    share = np.array([[0.3, 1.0, 0.2, 0.3, 0.5]])
    assert whole_shares(share, columns) == pytest.approx(np.array([[0.7, 0.3, 1.0, 0.2, 0.3, 0.5]]))


def test_old_shares_that_are_kept_may_rule_a_class_out():
    problem = shares_of(0, n_classes=2, size=2, values="fixed")
    said = [shares(step, (2,)) for step in solve_shares(problem)]
    assert min(s.min() for s in said) == 0.0


def test_weights_of_another_unit_are_no_lack_of_rows():
    assert sureness(1e-12) == 0.9
    assert sureness(99.0) == 0.99
