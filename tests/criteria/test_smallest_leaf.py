"""Every leaf of the result rests on enough rows, and nothing more than needed is pruned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.criteria.helpers import leaves_left, make_tree, shapes, top_subtrees
from tests.strategies import cases
from treeprune.backends import read
from treeprune.criteria.leaf_cost import cheapest_subtree
from treeprune.criteria.registry import leaf_costs
from treeprune.model.ensemble import LEAF


@st.composite
def counted_trees(draw):
    """A tree and the rows at its nodes."""
    left, right = draw(shapes())
    rows = np.zeros(len(left), np.int64)
    for node in range(len(left) - 1, -1, -1):
        rows[node] = draw(st.integers(1, 9)) if left[node] == LEAF else rows[left[node]] + rows[right[node]]
    # weights say something else than rows: they must not be counted
    return make_tree(left, right, np.zeros(len(left)), 100.0 * rows, n_samples=rows)


@given(counted_trees(), st.integers(1, 25))
def test_the_largest_subtree_without_small_leaves_is_kept(e, k):
    mask, _ = cheapest_subtree(e, leaf_costs("smallest_leaf", e, min_samples_leaf=k))
    legal = [s for s in top_subtrees(e.left, e.right) if all(e.n_samples[i] >= k for i in s)]
    largest = max(legal, key=len, default=frozenset([0]))
    assert leaves_left(e, mask) == largest


@pytest.mark.parametrize("k", [1, 5, 11, 1000])
@pytest.mark.parametrize("case", cases("plain", "weights"))
def test_no_leaf_of_a_fitted_model_is_left_below_the_limit(case, k):
    e = read(case.model)
    mask, _ = cheapest_subtree(e, leaf_costs("smallest_leaf", e, min_samples_leaf=k))
    if k == 1:
        assert not mask.any()
    for t in range(e.n_trees):
        own = e.tree(t)
        tree = make_tree(
            np.where(e.left[own] < 0, LEAF, e.left[own] - own.start),
            np.where(e.right[own] < 0, LEAF, e.right[own] - own.start),
            np.zeros(own.stop - own.start),
            e.cover[own],
        )
        leaves = leaves_left(tree, mask[own])
        assert leaves == {0} or e.n_samples[own][list(leaves)].min() >= k


def test_the_default_is_eleven_rows():
    e = make_tree([1, -1, -1], [2, -1, -1], np.zeros(3), np.ones(3), n_samples=np.array([21, 11, 10]))
    assert cheapest_subtree(e, leaf_costs("smallest_leaf", e))[0][0]
    e = replace(e, n_samples=np.array([22, 11, 11]))
    assert not cheapest_subtree(e, leaf_costs("smallest_leaf", e))[0][0]


@pytest.mark.parametrize("k", [0, -3, float("nan")])
def test_a_limit_below_one_is_refused(k):
    e = make_tree([-1], [-1], [1.0], [1.0], n_samples=np.array([1]))
    with pytest.raises(ValueError, match="min_samples_leaf must be at least 1"):
        leaf_costs("smallest_leaf", e, min_samples_leaf=k)


def test_a_model_without_row_counts_is_refused():
    with pytest.raises(ValueError, match="does not say how many rows"):
        leaf_costs("smallest_leaf", make_tree([-1], [-1], [1.0], [1.0]))
