import numpy as np
import pytest

from tests.strategies import random_ensemble
from treeprune.model import structure
from treeprune.model.ensemble import LEAF


def ancestors(e):
    """Proper ancestors of each node, the root first."""
    above = [None] * e.n_nodes
    for root in e.root[:-1]:
        waiting = [(root, [])]
        while waiting:
            node, line = waiting.pop()
            above[node] = line
            if e.left[node] != LEAF:
                waiting += [(e.left[node], [*line, node]), (e.right[node], [*line, node])]
    return above


@pytest.fixture(params=range(8))
def ensemble(request):
    return random_ensemble(request.param, n_splits=(5, 0, 1, 12))


def test_parents(ensemble):
    expected = [line[-1] if line else LEAF for line in ancestors(ensemble)]
    np.testing.assert_array_equal(structure.parents(ensemble.left, ensemble.right), expected)


def test_depths(ensemble):
    expected = [len(line) for line in ancestors(ensemble)]
    np.testing.assert_array_equal(structure.depths(ensemble.left, ensemble.right), expected)


def test_branch_sums_and_leaf_counts(ensemble):
    e, rng, above = ensemble, np.random.default_rng(0), ancestors(ensemble)
    at_leaf, at_split = rng.integers(-50, 50, (2, e.n_nodes)).astype(float)
    branch = [[n for n in range(e.n_nodes) if n == top or top in above[n]] for top in range(e.n_nodes)]
    expected = [sum(at_leaf[n] if e.is_leaf[n] else at_split[n] for n in nodes) for nodes in branch]
    before = at_leaf.copy()
    np.testing.assert_array_equal(structure.branch_sums(e.left, e.right, at_leaf, at_split), expected)
    np.testing.assert_array_equal(at_leaf, before)
    np.testing.assert_array_equal(
        structure.leaf_counts(e.left, e.right), [sum(e.is_leaf[nodes]) for nodes in branch]
    )


def test_tree_of_node(ensemble):
    expected = [t for t in range(ensemble.n_trees) for _ in range(ensemble.root[t], ensemble.root[t + 1])]
    np.testing.assert_array_equal(structure.tree_of_node(ensemble.root), expected)


def test_lowest_above(ensemble):
    level = np.random.default_rng(1).normal(size=ensemble.n_nodes)
    level[::5] = np.inf
    expected = [min((level[n] for n in line), default=np.inf) for line in ancestors(ensemble)]
    np.testing.assert_array_equal(structure.lowest_above(ensemble.left, ensemble.right, level), expected)
