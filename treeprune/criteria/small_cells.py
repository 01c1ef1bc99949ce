"""Cells that are too small to be shown: which splits have to go, and coarse counts for the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.structure import branch_sums


def small_splits(ensemble: TreeEnsemble, count: Array, min_count: int) -> Array:
    """Splits with a child that too few rows support.

    Collapsing is the only suppression that hides a leaf: its rows are those of its parent less those of its
    sibling, so whoever knows these knows it.

    Parameters
    ----------
    ensemble : TreeEnsemble
    count : ndarray of int, shape (n_nodes,)
        Rows at each node.
    min_count : int

    Returns
    -------
    ndarray of bool, shape (n_nodes,)
        What is left once they are collapsed is the largest top subtree whose nodes all have enough rows.
    """
    e, split = ensemble, ~ensemble.is_leaf
    mask = np.zeros(e.n_nodes, np.bool_)
    mask[split] = np.minimum(count[e.left[split]], count[e.right[split]]) < min_count
    return mask


def stored_counts(ensemble: TreeEnsemble) -> Array | None:
    """Rows at each node as the native file tells them, None if it does not.

    Covers that are all whole numbers are counts to whoever reads them.
    """
    if ensemble.n_samples is not None:
        return ensemble.n_samples
    whole = np.array_equal(np.floor(ensemble.cover), ensemble.cover)
    return ensemble.cover if whole else None


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
