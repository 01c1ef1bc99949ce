"""The dynamic programs over leaf costs against every top subtree of small trees."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier

from tests.criteria.helpers import (
    below_first,
    leaves_left,
    make_tree,
    numbers_of,
    shapes,
    splits_above,
    top_subtrees,
)
from tests.strategies import fitted
from treeprune.backends import read
from treeprune.criteria import leaf_cost
from treeprune.criteria.leaf_cost import LeafCosts, cheapest_subtree, subtree_of_size
from treeprune.model.edit import collapse
from treeprune.model.structure import leaf_counts

WHOLE = st.integers(0, 5)
"""Few values, so that equal costs are the rule."""
NOTHING = st.just(0)


@st.composite
def problems(draw, leaf=WHOLE, split=NOTHING):
    """Tree, cost of each node as a leaf, cost of each split."""
    shape = draw(shapes())
    e = make_tree(*shape, np.zeros(len(shape[0])), np.ones(len(shape[0])))
    return e, draw(numbers_of(shape, leaf)).astype(float), draw(numbers_of(shape, split)).astype(float)


def cost_of(e, leaves, leaf, split):
    return sum(leaf[i] for i in leaves) + sum(split[i] for i in splits_above(e.left, e.right, leaves))


def assert_cheapest(e, leaf, split, found, total):
    costs = {leaves: cost_of(e, leaves, leaf, split) for leaves in top_subtrees(e.left, e.right)}
    least = min(costs.values())
    assert costs[found] == total == least
    assert len(found) == min(len(leaves) for leaves, own in costs.items() if own == least)


@given(problems(split=st.integers(-1, 3)))
def test_cheapest_subtree_has_the_least_cost_and_then_the_fewest_leaves(problem):
    e, leaf, split = problem
    mask, best = cheapest_subtree(e, LeafCosts(leaf=leaf, split=split))
    assert_cheapest(e, leaf, split, leaves_left(e, mask), best[0])


@given(problems())
def test_splits_are_free_if_nothing_is_said(problem):
    e, leaf, zeros = problem
    mask, best = cheapest_subtree(e, LeafCosts(leaf=leaf))
    assert_cheapest(e, leaf, zeros, leaves_left(e, mask), best[0])


@given(problems(), st.data())
def test_a_split_of_infinite_cost_does_not_become_a_leaf(problem, data):
    e, leaf, zeros = problem
    forbidden = data.draw(numbers_of((e.left,), st.booleans())) & ~e.is_leaf
    leaf[forbidden] = np.inf
    mask, best = cheapest_subtree(e, LeafCosts(leaf=leaf))
    assert not mask[forbidden].any()
    assert_cheapest(e, leaf, zeros, leaves_left(e, mask), best[0])


def test_a_forbidden_split_stays_even_if_its_branch_costs_as_much():
    e = make_tree([1, -1, -1], [2, -1, -1], np.zeros(3), np.ones(3))
    mask, best = cheapest_subtree(e, LeafCosts(leaf=np.array([np.inf, np.inf, 1.0])))
    assert not mask.any()
    assert best[0] == np.inf


@given(problems(split=st.integers(0, 3)))
def test_pruning_again_changes_nothing(problem):
    e, leaf, split = problem
    mask, best = cheapest_subtree(e, LeafCosts(leaf=leaf, split=split))
    pruned = collapse(e, mask)
    kept = pruned.node_id
    again, total = cheapest_subtree(pruned, LeafCosts(leaf=leaf[kept], split=split[kept]))
    assert not again.any()
    assert total[0] == best[0]


@given(problems(), st.integers(0, 4))
def test_slack_takes_a_leaf_that_costs_a_little_more_than_its_branch(problem, slack):
    e, leaf, _ = problem
    width = np.full(len(leaf), float(slack))
    mask, best = cheapest_subtree(e, LeafCosts(leaf=leaf, slack=width))
    for node in np.flatnonzero(~e.is_leaf):
        branch = best[e.left[node]] + best[e.right[node]]
        assert mask[node] == (leaf[node] <= branch + slack)
        assert best[node] == (leaf[node] if mask[node] else branch)


@given(problems(split=st.integers(0, 2)), st.integers(0, 2))
def test_against_full_compares_with_the_branch_as_it_was_grown(problem, slack):
    e, leaf, split = problem
    width = np.full(len(leaf), float(slack))
    mask, _ = cheapest_subtree(e, LeafCosts(leaf=leaf, split=split, slack=width, against_full=True))
    for node, grown in below_first(e.left, e.right):
        if not e.is_leaf[node]:
            inside = [i for i in range(e.n_nodes) if i >= node and i not in grown and i <= max(grown)]
            full = leaf[grown].sum() + split[inside].sum()
            assert mask[node] == (leaf[node] <= full + slack)


def test_a_branch_that_was_pruned_below_still_counts_as_it_was_grown():
    e = make_tree([1, -1, 3, -1, -1], [2, -1, 4, -1, -1], np.zeros(5), np.ones(5))
    leaf = np.array(
        [6.0, 1.0, 2.0, 3.0, 3.0]
    )  # node 2 is pruned: 2 against 6; then 6 against 1 + 6 or 1 + 2
    for against_full, at_root in ((True, True), (False, False)):
        mask, _ = cheapest_subtree(e, LeafCosts(leaf=leaf, against_full=against_full))
        assert mask.tolist() == [at_root, False, True, False, False]


def test_equal_costs_up_to_rounding_prune():
    e = make_tree([1, -1, -1], [2, -1, -1], np.zeros(3), np.ones(3))
    for rise, pruned in ((0.0, True), (1e-12, True), (1e-8, False), (-1e-12, True)):
        mask, _ = cheapest_subtree(e, LeafCosts(leaf=np.array([0.3 + rise, 0.1, 0.2])))
        assert mask[0] == pruned


def test_each_tree_of_a_forest_is_pruned_for_itself():
    forest = fitted(RandomForestClassifier)
    e = read(forest)
    leaf = np.random.default_rng(0).uniform(size=e.n_nodes) * e.cover
    together, best = cheapest_subtree(e, LeafCosts(leaf=leaf))
    exactly = subtree_of_size(e, leaf, 3)
    for t, member in enumerate(forest.estimators_):
        alone, own = read(member), leaf[e.tree(t)]
        mask, total = cheapest_subtree(alone, LeafCosts(leaf=own))
        assert np.array_equal(together[e.tree(t)], mask)
        assert best[e.root[t]] == total[0]
        assert np.array_equal(exactly[e.tree(t)], subtree_of_size(alone, own, 3))


@given(problems())
def test_subtree_of_size_is_the_cheapest_of_every_size(problem):
    e, leaf, _ = problem
    n = int(leaf_counts(e.left, e.right)[0])
    subtrees = top_subtrees(e.left, e.right)
    for k in range(1, n + 3):
        found = leaves_left(e, subtree_of_size(e, leaf, k))
        assert len(found) == min(k, n)
        costs = [
            cost_of(e, leaves, leaf, np.zeros(len(leaf))) for leaves in subtrees if len(leaves) == min(k, n)
        ]
        assert sum(leaf[i] for i in found) == min(costs)


def test_a_tree_of_one_node_stays():
    e = make_tree([-1], [-1], [[1.0]], [3.0])
    mask, best = cheapest_subtree(e, LeafCosts(leaf=np.array([2.0])))
    assert not mask.any()
    assert best[0] == 2.0
    assert not subtree_of_size(e, np.array([2.0]), 4).any()


@pytest.mark.parametrize("short", [-1, 10**9])
@pytest.mark.parametrize("k", [1, 7, 40])
def test_subtree_of_size_of_a_long_chain(k, short, monkeypatch):
    monkeypatch.setattr(leaf_cost, "_SHORT", short)  # with and without a thread of its own
    n = 2001
    left = np.where(np.arange(n) % 2 == 0, np.arange(n) + 1, -1)
    right = np.where(np.arange(n) % 2 == 0, np.arange(n) + 2, -1)
    left[-1] = right[-1] = -1
    e = make_tree(left, right, np.zeros(n), np.ones(n))
    mask = subtree_of_size(e, np.random.default_rng(0).uniform(size=n), k)
    # a chain has one subtree of each size
    assert leaves_left(e, mask) == {*range(1, 2 * k - 2, 2), 2 * k - 2}


@pytest.mark.parametrize(("cost", "n_leaves"), [([1.0, 1.0, 1.0], 0), ([np.inf, 1.0, 1.0], 2)])
def test_impossible_sizes_and_costs_are_refused(cost, n_leaves):
    e = make_tree([1, -1, -1], [2, -1, -1], np.zeros(3), np.ones(3))
    with pytest.raises(ValueError, match="n_leaves must be at least 1 and costs finite"):
        subtree_of_size(e, np.array(cost), n_leaves)
