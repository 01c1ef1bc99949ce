import numpy as np
import pytest

from tests.strategies import random_ensemble
from treeprune.model.edit import collapse
from treeprune.model.path import lifetimes, path_sizes, path_sums


@pytest.mark.parametrize("seed", range(5))
def test_each_step_is_the_collapsed_ensemble(seed):
    """Twin: collapse at each strength, then sum over the leaves that are left."""
    e = random_ensemble(seed)
    rng = np.random.default_rng(seed)
    alpha = np.where(e.is_leaf, np.inf, rng.choice([0.5, 1.0, 2.0, 3.0], e.n_nodes))
    cost = rng.normal(size=e.n_nodes)
    alphas = np.array([0.0, 0.7, 1.0, 2.5, 9.0])
    positions = np.arange(e.n_nodes)
    first, last = lifetimes(e, alpha, alphas)
    for step, strength in enumerate(alphas):
        smaller = collapse(e, alpha <= strength)
        tree = np.repeat(np.arange(e.n_trees), np.diff(e.root))
        small_tree = np.repeat(np.arange(e.n_trees), np.diff(smaller.root))
        kept = set(zip(small_tree[smaller.is_leaf], smaller.node_id[smaller.is_leaf], strict=True))
        leaves = [p for p in positions if (tree[p], e.node_id[p]) in kept]
        assert list(np.flatnonzero((first <= step) & (step < last))) == leaves
        assert path_sizes(e, alpha, alphas)[step] == smaller.n_leaves
        assert path_sums(e, alpha, alphas, cost)[step] == pytest.approx(cost[leaves].sum(), abs=1e-12)
