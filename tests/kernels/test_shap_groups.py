import numpy as np
import pytest

from tests.kernels.helpers import shaped_ensemble
from tests.strategies import random_ensemble
from treeprune.kernels.shap_groups import MOST_BITS, groups_of
from treeprune.kernels.shap_paths import paths_of
from treeprune.kernels.shap_quadrature import gauss_legendre, rule_of
from treeprune.model.ensemble import LEAF

ENSEMBLES = [
    random_ensemble(0, (12, 0, 40, 8)),
    shaped_ensemble(1, (("left", 20), ("balanced", 64), ("zigzag", 2))),
]


def below(e, node):
    """All nodes of a branch."""
    if e.left[node] == LEAF:
        return [node]
    return [node, *below(e, e.left[node]), *below(e, e.right[node])]


@pytest.mark.parametrize("e", ENSEMBLES)
def test_groups_cover_all_leaves_once(e):
    g = groups_of(e, paths_of(e))
    nodes = [node for top in g.node for node in below(e, top)]
    assert len(nodes) == len(set(nodes))
    assert set(np.flatnonzero(e.is_leaf)) <= set(nodes)
    assert (np.diff(g.node) > 0).all()
    for t in range(e.n_trees):
        own = g.node[g.of_tree[t] : g.of_tree[t + 1]]
        assert (own >= e.root[t]).all()
        assert (own < e.root[t + 1]).all()
    assert (g.n_bits[~e.is_leaf[g.node]] <= MOST_BITS).all()


@pytest.mark.parametrize("e", ENSEMBLES)
def test_bits_say_all_that_the_leaves_ask_for(e):
    paths = paths_of(e)
    g = groups_of(e, paths)
    for k, top in enumerate(g.node):
        bits = slice(g.first_bit[k], g.first_bit[k + 1])
        source, slot = g.source[bits], g.slot[bits]
        splits = [int(~s) for s in source if s < 0]
        assert sorted(splits) == sorted(n for n in below(e, top) if e.left[n] != LEAF)
        edge, asked = int(top), []
        while paths.parent[edge] != LEAF:
            asked.append(int(e.feature[paths.parent[edge]]))
            edge = int(paths.parent[edge])
        features = g.feature[bits][: g.n_features[k]]
        assert len(set(features)) == len(features)
        assert set(features) == {*asked, *e.feature[splits]}
        of_bit = [e.feature[~s] if s < 0 else e.feature[paths.parent[s]] for s in source]
        np.testing.assert_array_equal(features[slot], of_bit)


@pytest.mark.parametrize("n", [1, 2, 5, 17, 40])
def test_rules_integrate_polynomials(n):
    point, weight = gauss_legendre(n)
    degree = np.arange(2 * n)
    np.testing.assert_allclose(weight @ point[:, None] ** degree, 1 / (degree + 1), rtol=1e-12)
    rule = rule_of(2 * n)
    np.testing.assert_array_equal(rule[:2], [point, weight])
    assert rule_of(0).shape == (3, 1)
