"""Description lengths by hand (Mehta, Rissanen, Agrawal 1995)."""

from __future__ import annotations

from math import comb, lgamma, log2, pi

import numpy as np
import pytest

from tests.criteria.helpers import kept_nodes, make_tree
from treeprune.criteria.leaf_cost import cheapest_subtree
from treeprune.criteria.registry import leaf_costs


def classes_in_bits(counts):
    """Stochastic complexity of class counts: n H + (k - 1)/2 log2(n/2) + log2(pi^(k/2) / Gamma(k/2))."""
    n, k = sum(counts), len(counts)
    entropy = -sum(c / n * log2(c / n) for c in counts if c)
    return n * entropy + (k - 1) / 2 * log2(n / 2) + k / 2 * log2(pi) - lgamma(k / 2) / np.log(2)


def counted(counts, **fields):
    counts = np.array(counts, float)
    return {"value": counts / counts.sum(axis=1, keepdims=True), "cover": counts.sum(axis=1), **fields}


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_leaf_costs_its_classes_and_one_bit(classes):
    rng = np.random.default_rng(classes)
    a, b = rng.integers(1, 30, size=(2, classes))
    e = make_tree([1, -1, -1], [2, -1, -1], **counted([a + b, a, b]), n_features=7)
    costs = leaf_costs("description_length", e)
    expected = [1 + classes_in_bits(counts.tolist()) for counts in (a + b, a, b)]
    np.testing.assert_allclose(costs.leaf, expected, rtol=1e-12)


def test_split_costs_its_feature_and_its_threshold():
    e = make_tree([1, -1, -1], [2, -1, -1], **counted([[10, 7], [9, 0], [1, 7]]), n_features=8)
    assert leaf_costs("description_length", e).split[0] == pytest.approx(1 + log2(8) + log2(16))


def test_clear_classes_are_split_and_noise_is_not():
    """Ninety rows of two clear halves: the root splits; a split inside a pure half does not pay."""
    left, right = [1, -1, 3, -1, -1], [2, -1, 4, -1, -1]
    counts = [[50, 40], [45, 0], [5, 40], [3, 20], [2, 20]]
    e = make_tree(left, right, **counted(counts), n_features=4)
    mask, best = cheapest_subtree(e, leaf_costs("description_length", e))
    assert kept_nodes(left, right, mask)[1] == {1, 2}
    leaves = sum(1 + classes_in_bits(counts[i]) for i in (1, 2))
    assert best[0] == pytest.approx(leaves + 1 + log2(4) + log2(89), rel=1e-12)


def test_the_code_is_near_the_exact_one_for_two_classes():
    """Sending the count, then which of the equally likely orders it is: log2(n + 1) + log2(n choose k)."""
    for n, k in ((40, 10), (60, 31), (100, 4)):
        exact = log2(n + 1) + log2(comb(n, k))
        e = make_tree([-1], [-1], **counted([[k, n - k]]))
        assert leaf_costs("description_length", e).leaf[0] - 1 == pytest.approx(exact, abs=2.0)


def test_a_leaf_of_one_row_costs_no_less_than_one_bit():
    e = make_tree([1, -1, -1], [2, -1, -1], **counted([[1, 1], [1, 0], [0, 1]]))
    assert (leaf_costs("description_length", e).leaf >= 1).all()
