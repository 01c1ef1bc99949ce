"""Shape of trees: parents, depths, and sums over branches.

All functions take the flat child arrays of a `TreeEnsemble` and rely on its order (parents first).
"""

from __future__ import annotations

import numpy as np

from treeprune.kernels.compiled import borrower, kernel
from treeprune.model.ensemble import LEAF, Array


@borrower
def _write_parents(left: Array, right: Array, parent: Array) -> None:
    for node in range(left.shape[0]):
        if left[node] != LEAF:
            parent[left[node]] = node
            parent[right[node]] = node


def parents(left: Array, right: Array) -> Array:
    """Parent of each node, -1 at the roots; int32, shape (n_nodes,)."""
    parent = np.full(left.shape[0], LEAF, np.int32)
    _write_parents(left, right, parent)
    return parent


@borrower
def _write_depths(left: Array, right: Array, depth: Array) -> None:
    for node in range(left.shape[0]):
        if left[node] != LEAF:
            below = depth[node] + 1
            depth[left[node]] = below
            depth[right[node]] = below


def depths(left: Array, right: Array) -> Array:
    """Depth of each node, 0 at the roots; int32, shape (n_nodes,)."""
    depth = np.zeros(left.shape[0], np.int32)
    _write_depths(left, right, depth)
    return depth


@borrower
def _add_children(left: Array, right: Array, at_split: Array, total: Array) -> None:
    for node in range(left.shape[0] - 1, -1, -1):
        if left[node] != LEAF:
            total[node] = total[left[node]] + total[right[node]] + at_split[node]


def branch_sums(left: Array, right: Array, at_leaf: Array, at_split: Array) -> Array:
    """Sum of `at_leaf` over the leaves and of `at_split` over the splits of each node's branch.

    Parameters
    ----------
    left, right : ndarray of int32, shape (n_nodes,)
    at_leaf, at_split : ndarray of float64, shape (n_nodes,)
        Entries of `at_leaf` at splits, and of `at_split` at leaves, are not looked at.

    Returns
    -------
    ndarray of float64, shape (n_nodes,)
    """
    total = at_leaf.copy()
    _add_children(left, right, at_split, total)
    return total


def leaf_counts(left: Array, right: Array) -> Array:
    """Number of leaves in each node's branch; int64, shape (n_nodes,)."""
    n = len(left)
    return branch_sums(left, right, np.ones(n), np.zeros(n)).astype(np.int64)


def tree_of_node(root: Array) -> Array:
    """Position of the tree that owns each node; int64, shape (n_nodes,)."""
    return np.repeat(np.arange(len(root) - 1), np.diff(root))


@borrower
def _write_lowest(left: Array, right: Array, level: Array, above: Array) -> None:
    for node in range(left.shape[0]):
        if left[node] != LEAF:
            lowest = min(above[node], level[node])
            above[left[node]] = lowest
            above[right[node]] = lowest


def lowest_above(left: Array, right: Array, level: Array) -> Array:
    """Smallest `level` among the proper ancestors of each node (inf at the roots).

    With ``level`` the strength at which a node collapses, the result is the strength at which the
    node vanishes.

    Parameters
    ----------
    left, right : ndarray of int32, shape (n_nodes,)
    level : ndarray of float64, shape (n_nodes,)

    Returns
    -------
    ndarray of float64, shape (n_nodes,)
    """
    above = np.full(left.shape[0], np.inf)
    _write_lowest(left, right, level, above)
    return above


@kernel
def leaf_means(left: Array, right: Array, cover: Array, value: Array) -> Array:
    """Values with each split's replaced by the mean of the leaves below, weighted by cover.

    What boosting libraries store at splits is not what a leaf in that place would answer: it lacks the
    learning rate, is of another scale, printed short or stale. The mean of the leaves keeps the
    expectation over the training rows. Where nothing covers a branch its children count alike.

    Parameters
    ----------
    left, right : ndarray of int32, shape (n_nodes,)
    cover : ndarray of float64, shape (n_nodes,)
    value : ndarray of float64, shape (n_nodes, n_columns)

    Returns
    -------
    ndarray of float64, shape (n_nodes, n_columns)
    """
    mean = value.copy()
    mass = cover.copy()
    for node in range(left.shape[0] - 1, -1, -1):
        if left[node] == LEAF:
            continue
        a, b = left[node], right[node]
        # the stored cover of a split may be rounded otherwise than the sum of its leaves
        mass[node] = mass[a] + mass[b]
        share = mass[a] / mass[node] if mass[node] > 0.0 else 0.5
        for c in range(value.shape[1]):
            mean[node, c] = mean[a, c] * share + mean[b, c] * (1.0 - share)
    return mean
