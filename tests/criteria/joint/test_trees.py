"""Trees cut back to what may be kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.helpers import slow_leaves
from tests.strategies import hostile_rows, random_ensemble
from treeprune.criteria.joint.trees import joint_trees
from treeprune.model.edit import collapse
from treeprune.model.ensemble import LEAF
from treeprune.model.structure import depths
from treeprune.statistics.leaf_places import leaf_places


@given(
    st.integers(0, 10_000),
    st.sampled_from([None, 0, 1, 2, 4]),
    st.sampled_from([0.0, 0.5, 3.0, 1e9]),
)
def test_tops_obey_the_limits_and_rows_end_in_them(seed, max_depth, least):
    e, X = random_ensemble(seed, infinite=True), hostile_rows(seed, 40)
    weights = np.random.default_rng(seed).choice([0.25, 1.0, 2.0], 40)
    found = joint_trees(e, leaf_places(e, X), weights, max_depth=max_depth, min_leaf_weight=least)
    mass = np.zeros(e.n_nodes)
    for leaves in slow_leaves(e, X.astype(e.input_dtype)):
        np.add.at(mass, leaves, weights)
    for node in range(e.n_nodes - 1, -1, -1):
        if e.left[node] != LEAF:
            mass[node] = mass[e.left[node]] + mass[e.right[node]]
    depth = depths(e.left, e.right)
    forbidden = np.array(
        [
            e.left[node] != LEAF
            and (
                (max_depth is not None and depth[node] >= max_depth)
                or min(mass[e.left[node]], mass[e.right[node]]) < least
            )
            for node in range(e.n_nodes)
        ]
    )
    smaller = collapse(e, forbidden)
    for t in range(e.n_trees):
        own, twin = found.tree(t), smaller.tree(t)
        # an edit may lay a tree out anew, so nodes are told by their number in the native tree
        assert sorted(e.node_id[found.node[own]]) == sorted(smaller.node_id[twin])
        reached = slow_leaves(smaller, X.astype(e.input_dtype))[t]
        places = found.places.node[found.places.first[t] + found.places.numbers[t].astype(int)]
        assert np.array_equal(e.node_id[found.node[places]], smaller.node_id[reached])
        left, feature = found.left[own], found.feature[own]
        for node in np.flatnonzero(left != LEAF):
            assert found.node[own][left[node]] == e.left[found.node[own][node]]
            assert feature[node] == e.feature[found.node[own][node]]
        assert (feature[left == LEAF] == LEAF).all()


def test_first_uses_are_told():
    e, X = random_ensemble(3, infinite=True), hostile_rows(3, 40)
    found = joint_trees(e, leaf_places(e, X), np.ones(40))
    above = {int(r): frozenset() for r in found.root[:-1]}
    n_first = 0
    for t in range(found.n_trees):
        start = int(found.root[t])
        for node in range(start, int(found.root[t + 1])):
            f = int(found.feature[node])
            if f == LEAF:
                assert not found.first_use[node]
                continue
            assert found.first_use[node] == (f not in above[node])
            n_first += int(found.first_use[node])
            for child in (found.left[node], found.right[node]):
                above[start + int(child)] = above[node] | {f}
    assert n_first > 0


@pytest.mark.parametrize("least", [0.0, 10.0])
def test_the_ensemble_stays_as_it_was(least):
    e, X = random_ensemble(3, infinite=True), hostile_rows(3, 40)
    before = e.left.copy(), e.feature.copy()
    joint_trees(e, leaf_places(e, X), np.ones(40), min_leaf_weight=least)
    assert np.array_equal(e.left, before[0])
    assert np.array_equal(e.feature, before[1])
