"""Passes of rows over all trees: block by block, some trees a task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from treeprune.kernels.threads import run
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.traverse import leaf_index, raw_output
from treeprune.statistics.rows import row_blocks

TREES_A_TASK = 16
"""Trees whose leaf numbers are held at a time: memory stays near that of the raw output."""


def present_blocks(ensemble: TreeEnsemble, matrix: Any, weights: Array) -> Iterator[tuple[slice, Array]]:
    """Blocks of the rows that have weight, with their place among these.

    Parameters
    ----------
    ensemble : TreeEnsemble
    matrix : ndarray or csr matrix
        Of `treeprune.statistics.rows.model_rows`.
    weights : ndarray of float64, shape (n_rows,)

    Yields
    ------
    slice
    ndarray, shape (n, n_features)
    """
    start = 0
    for rows, block in row_blocks(matrix, ensemble.absent):
        present = weights[rows] > 0
        seen = block if present.all() else block[present]
        yield slice(start, start + len(seen)), seen
        start += len(seen)


def raw_outputs(ensemble: TreeEnsemble, matrix: Any, weights: Array, n_jobs: int | None = None) -> Array:
    """Raw output of the rows that have weight; shape (n, n_columns).

    Parameters
    ----------
    ensemble : TreeEnsemble
    matrix : ndarray or csr matrix
    weights : ndarray of float64, shape (n_rows,)
    n_jobs : int, optional
        Threads over blocks.

    Returns
    -------
    ndarray of float64
    """
    blocks = present_blocks(ensemble, matrix, weights)
    raw = run(lambda found: raw_output(ensemble, found[1]), blocks, n_jobs)
    return np.concatenate([np.empty((0, ensemble.n_columns)), *raw])


def each_tree(
    ensemble: TreeEnsemble, block: Array, add: Callable[[int, Array], None], n_jobs: int | None = None
) -> None:
    """Hand the leaves that rows reach to a function, tree by tree.

    Parameters
    ----------
    ensemble : TreeEnsemble
    block : ndarray, shape (n_rows, n_features)
    add : callable
        ``add(tree, leaves)``; called by several threads, but never by two for one tree.
    n_jobs : int, optional
        Threads over trees.
    """

    def one_task(first: int) -> None:
        last = min(first + TREES_A_TASK, ensemble.n_trees)
        for tree, leaves in enumerate(leaf_index(ensemble, block, first, last), first):
            add(tree, leaves)

    run(one_task, range(0, ensemble.n_trees, TREES_A_TASK), n_jobs)
