"""Quinlan's corrections by hand."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from tests.criteria.helpers import make_tree
from treeprune.criteria.leaf_cost import cheapest_subtree
from treeprune.criteria.registry import leaf_costs

LEFT, RIGHT = [1, -1, 3, -1, -1], [2, -1, 4, -1, -1]


def counted(counts):
    counts = np.array(counts, float)
    cover = counts.sum(axis=1)
    return make_tree(LEFT, RIGHT, counts / cover[:, None], cover)


def test_half_an_error_is_added_to_each_leaf():
    costs = leaf_costs("pessimistic", counted([[15, 9], [10, 1], [5, 8], [1, 7], [4, 1]]))
    np.testing.assert_allclose(costs.leaf, [9.5, 1.5, 5.5, 1.5, 1.5], rtol=1e-12)
    # three leaves hold 1 + 1 + 1 errors and 3 halves, of 24 rows; two hold 1 + 1 and 2 halves, of 13
    np.testing.assert_allclose(costs.slack[0], sqrt(4.5 * (24 - 4.5) / 24), rtol=1e-12)
    np.testing.assert_allclose(costs.slack[2], sqrt(3 * (13 - 3) / 13), rtol=1e-12)
    assert costs.against_full


@pytest.mark.parametrize(
    ("standard_errors", "pruned"),
    # the root is 5 errors worse than its branch of standard error 1.912, node 2 is 2.5 against 1.519
    [(0.0, set()), (1.0, set()), (1.7, {2}), (3.0, {0, 2})],
)
def test_a_leaf_may_be_worse_by_so_many_standard_errors(standard_errors, pruned):
    e = counted([[15, 9], [10, 1], [5, 8], [1, 7], [4, 1]])
    mask, _ = cheapest_subtree(e, leaf_costs("pessimistic", e, standard_errors=standard_errors))
    assert set(np.flatnonzero(mask).tolist()) == pruned


def test_the_branch_is_taken_as_it_was_grown():
    e = counted([[13, 8], [8, 2], [5, 6], [3, 3], [2, 3]])
    mask, _ = cheapest_subtree(e, leaf_costs("pessimistic", e, standard_errors=0.0))
    # root 8.5 against 2.5 + 3.5 + 2.5 as grown; with node 2 pruned to 5.5 it would be 8, and stay
    assert mask.tolist() == [True, False, True, False, False]


def test_m5_factor_multiplies_the_squared_error_of_a_leaf():
    variance = np.array([4.0, 1.0, 2.0, 0.5, 0.25])
    rows = np.array([12, 5, 7, 5, 2])
    fields = {"impurity": variance, "criterion": "squared_error", "n_samples": rows}
    e = make_tree(LEFT, RIGHT, np.zeros(5), 2.0 * rows, **fields)
    costs = leaf_costs("pessimistic", e)
    expected = [
        24 * 4 * 25 / 23,
        10 * 11 / 9,
        14 * 2 * 15 / 13,
        10 * 0.5 * 11 / 9,
        4 * 0.25 * 5 / 3,
    ]
    np.testing.assert_allclose(costs.leaf, expected, rtol=1e-12)
    assert not costs.against_full


def test_a_leaf_of_one_row_has_no_error_to_correct():
    fields = {"impurity": np.zeros(1), "criterion": "squared_error", "n_samples": np.ones(1, np.int64)}
    assert leaf_costs("pessimistic", make_tree([-1], [-1], [5.0], [3.0], **fields)).leaf.tolist() == [0.0]


def test_negative_standard_errors_are_refused():
    with pytest.raises(ValueError, match="standard_errors must not be negative"):
        leaf_costs("pessimistic", counted([[1, 1]] * 5), standard_errors=-0.5)
