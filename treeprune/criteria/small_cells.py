"""Cells that are too small to be shown: which splits have to go, and coarse counts for the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.structure import branch_sums


def smallest_cell(count: Array, classes: Array | None) -> Array:
    """The fewest rows that each node tells of.

    Parameters
    ----------
    count : ndarray of int, shape (n_nodes,)
        Rows at each node.
    classes : ndarray of float64, shape (n_nodes, n_classes), or None
        Rows of each class, where these are cells of their own: there may be none, but not few.

    Returns
    -------
    ndarray of float64, shape (n_nodes,)
    """
    least = np.asarray(count, float)
    if classes is not None:
        least = np.minimum(least, np.where(classes > 0, classes, np.inf).min(axis=1))
    return least


def small_splits(ensemble: TreeEnsemble, cell: Array, min_count: int) -> Array:
    """Splits with a child that tells of too few rows.

    Collapsing is the only suppression that hides a leaf: its rows are those of its parent less those of its
    sibling, so whoever knows these knows it.

    Parameters
    ----------
    ensemble : TreeEnsemble
    cell : ndarray of float64, shape (n_nodes,)
        The fewest rows that each node tells of.
    min_count : int

    Returns
    -------
    ndarray of bool, shape (n_nodes,)
        What is left once they are collapsed is the largest top subtree without such nodes below its root.
    """
    return ~ensemble.is_leaf & (of_children(ensemble, cell) < min_count)


def of_children(ensemble: TreeEnsemble, cell: Array) -> Array:
    """The fewest rows that either child of a split tells of; of a leaf, itself."""
    e, split = ensemble, ~ensemble.is_leaf
    least = cell.copy()
    least[split] = np.minimum(cell[e.left[split]], cell[e.right[split]])
    return least


def stored_counts(ensemble: TreeEnsemble) -> Array | None:
    """Rows at each node as the native file tells them, None if it does not.

    Covers that are all whole numbers are counts to whoever reads them.
    """
    if ensemble.n_samples is not None:
        return ensemble.n_samples
    whole = np.array_equal(np.floor(ensemble.cover), ensemble.cover)
    return ensemble.cover if whole else None


def stored_classes(ensemble: TreeEnsemble) -> Array | None:
    """Rows of each class at each node as the native file tells them, None if it does not.

    Shares of classes at a node with a cover tell how many rows each class has, where rows weigh the same;
    in a forest these are draws.
    """
    e = ensemble
    if e.task != "classification" or len(e.columns) > 1 or e.n_columns < 2:
        return None
    if (e.value < 0).any() or not np.allclose(e.value.sum(axis=1), 1.0):
        return None
    told: Array = e.value * e.cover[:, None]
    whole = np.round(told)
    return whole if np.allclose(told, whole, atol=1e-6) else None


def with_coarse_counts(ensemble: TreeEnsemble, count: Array, min_count: int, multiple: int) -> TreeEnsemble:
    """Counts and covers replaced by coarse ones.

    Parameters
    ----------
    ensemble : TreeEnsemble
    count : ndarray of int, shape (n_nodes,)
        Rows at each node, `min_count` at least at leaves.
    min_count : int
    multiple : int

    Returns
    -------
    TreeEnsemble
        Leaves hold the nearest multiple of `multiple`, and the first one from `min_count` on at least;
        splits the sum of their leaves. So whatever can be had from counts by adding and taking away of
        parts is `min_count` at least.
    """
    e = ensemble
    least = -(-min_count // multiple) * multiple
    coarse = np.maximum(np.floor(count / multiple + 0.5) * multiple, least)
    total = branch_sums(e.left, e.right, coarse, np.zeros(e.n_nodes))
    n_samples = None if e.n_samples is None else total.astype(np.int64)
    return replace(e, cover=total.astype(e.output_dtype).astype(np.float64), n_samples=n_samples)
