"""Steps of an order, and the orders that are there."""

import numpy as np
import pytest

from treeprune.criteria.tree_order.steps import TreeSteps


def test_an_order_is_a_staircase():
    steps = TreeSteps.of_order([2, 0, 1])
    assert np.array_equal(steps.factors, [[0, 0, 1], [1, 0, 1], [1, 1, 1]])
    assert steps.factors.dtype == np.float64
    assert steps.sizes.tolist() == [1, 2, 3]
    assert [steps.kept(i).tolist() for i in range(len(steps))] == [[2], [0, 2], [0, 1, 2]]
    assert steps.n_trees == 3


def test_an_order_may_leave_trees_out_and_jump():
    steps = TreeSteps.of_order([4, 1, 3], n_trees=5, sizes=[1, 3])
    assert np.array_equal(steps.factors, [[0, 0, 0, 0, 1], [0, 1, 0, 1, 1]])


@pytest.mark.parametrize(
    ("order", "about", "message"),
    [
        ([0, 0], {}, "once"),
        ([0, 2], {}, "once"),
        ([-1, 0], {}, "once"),
        ([0], {"sizes": [2]}, "has no 2"),
        ([0, 1], {"sizes": [2, 1]}, "more trees"),
        ([0, 1], {"sizes": [0, 1]}, "more trees"),
        ([0, 1], {"sizes": []}, "each step"),
    ],
)
def test_orders_that_are_none(order, about, message):
    with pytest.raises(ValueError, match=message):
        TreeSteps.of_order(order, **about)


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_factors_are_finite_and_not_negative(bad):
    with pytest.raises(ValueError, match="not negative"):
        TreeSteps(np.array([[0.0, 1.0], [1.0, bad]]))


def test_sizes_ascend():
    assert TreeSteps(np.array([[0.0, 2.5], [1.0, 3.0]])).sizes.tolist() == [1, 2]
    with pytest.raises(ValueError, match="more trees"):
        TreeSteps(np.array([[0.0, 1.0], [1.0, 0.0]]))
