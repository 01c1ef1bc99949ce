"""The m-estimate by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.criteria.helpers import make_tree
from treeprune.criteria.leaf_cost import cheapest_subtree
from treeprune.criteria.registry import leaf_costs

LEFT, RIGHT = [1, -1, -1], [2, -1, -1]


def counted(counts, **fields):
    counts = np.array(counts, float)
    cover = counts.sum(axis=1)
    return make_tree(LEFT, RIGHT, counts / cover[:, None], cover, **fields)


@pytest.mark.parametrize("m", [0.0, 1.0, 2.0, 20.0])
def test_leaf_costs_the_expected_errors_of_its_m_estimate(m):
    counts = [[6, 10, 4], [5, 1, 0], [1, 9, 4]]
    costs = leaf_costs("minimum_error", counted(counts), m=m)
    expected = []
    for own in counts:
        n = sum(own)
        right = max((c + m * prior / 20) / (n + m) for c, prior in zip(own, counts[0], strict=True))
        expected.append(n * (1 - right))
    np.testing.assert_allclose(costs.leaf, expected, rtol=1e-12)


def test_by_default_two_rows_of_the_root_are_added():
    e = counted([[6, 4], [6, 0], [0, 4]])
    np.testing.assert_allclose(
        leaf_costs("minimum_error", e).leaf, [4.0, 6 * (1 - 7.2 / 8), 4 * (1 - 4.8 / 6)], rtol=1e-12
    )


def test_a_larger_m_prunes_more():
    e = counted([[30, 20], [14, 16], [16, 4]])
    splits = [not cheapest_subtree(e, leaf_costs("minimum_error", e, m=m))[0][0] for m in (0.0, 2.0, 200.0)]
    assert splits == [True, True, False]


@pytest.mark.parametrize("m", [0.0, 2.0, 7.5])
def test_numbers_cost_the_variance_of_a_mixture_with_the_root(m):
    """The node's own rows and `m` rows like the root's, as rows: their variance about their mean."""
    groups = [np.array([1.0, 2.0, 4.0, 9.0]), np.array([10.0, 13.0, 11.0, 10.5, 12.0])]
    everything = np.concatenate(groups)
    rows = [everything, *groups]
    e = make_tree(
        LEFT,
        RIGHT,
        [own.mean() for own in rows],
        [len(own) for own in rows],
        impurity=np.array([own.var() for own in rows]),
        criterion="squared_error",
    )
    expected = []
    for own in rows:
        y = np.concatenate([own, everything])
        weight = np.concatenate([np.ones(len(own)), np.full(len(everything), m / len(everything))])
        mean = np.average(y, weights=weight)
        expected.append(len(own) * np.average((y - mean) ** 2, weights=weight))
    np.testing.assert_allclose(leaf_costs("minimum_error", e, m=m).leaf, expected, rtol=1e-12)


def test_several_targets_are_averaged():
    one, two = (
        np.array([[0.6, 0.4], [0.8, 0.2], [0.4, 0.6]]),
        np.array([[0.5, 0.5], [0.9, 0.1], [0.1, 0.9]]),
    )
    cover = [20.0, 10.0, 10.0]
    alone = [leaf_costs("minimum_error", make_tree(LEFT, RIGHT, p, cover)).leaf for p in (one, two)]
    labels = np.arange(2)
    both = make_tree(
        LEFT, RIGHT, np.hstack([one, two]), cover, columns=(2, 2), classes=(labels, labels), classify=True
    )
    np.testing.assert_allclose(leaf_costs("minimum_error", both).leaf, np.mean(alone, axis=0), rtol=1e-12)


def test_a_negative_m_is_refused():
    with pytest.raises(ValueError, match="m must not be negative"):
        leaf_costs("minimum_error", counted([[1, 1]] * 3), m=-1.0)
