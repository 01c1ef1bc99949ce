"""Rows in blocks, trees in batches: what is looked at together, and how much memory that takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from treeprune.kernels.columns import missing_features
from treeprune.kernels.shap_conditions import LANES, Conditions, side_by_side
from treeprune.kernels.threads import run, thread_count
from treeprune.model.ensemble import Array, TreeEnsemble

_BYTES = 1 << 21
"""Bytes of each kind of conditions that a thread holds at a time, and of sums: they stay in the cache."""

_MOST_ROWS, _LEAST_ROWS = 2048, 64
"""Rows of a block: enough to use a table often while it is near. The latter are too few for a thread."""


@dataclass(frozen=True)
class Batch:
    """Consecutive trees of one way, small enough to share a block's scratch.

    Parameters
    ----------
    way : str
    trees : slice
    """

    way: str
    trees: slice


class Ready(Protocol):
    """A batch whose preparation is done."""

    batch: Batch

    def add(self, side: Array, holds: Array, n_rows: int, sums: Array) -> None:
        """Add what the trees say about a block of rows.

        `side` and `holds` are from `Conditions.write`, for `n_rows` rows and what fills the last lane. The
        shape of `sums` is (n_features * n_columns, lanes).
        """


def block_size(ensemble: TreeEnsemble) -> int:
    """Most rows that are looked at together: whole lanes. It knows the model alone, so that batches do."""
    e = ensemble
    nodes = int(np.diff(e.root).max())
    fit = min(_BYTES // nodes, _BYTES // (8 * e.n_features * e.n_columns), _MOST_ROWS)
    return max(fit // LANES, 1) * LANES


def _blocks(n_rows: int, most: int, n_jobs: int | None) -> range:
    """Where each block begins; threads get some blocks each, but none of very few rows."""
    n_threads = thread_count(n_jobs)
    shared = n_rows if n_threads == 1 else max(-(-n_rows // (2 * n_threads)), _LEAST_ROWS)
    return range(0, n_rows, max(min(most, shared) // LANES, 1) * LANES)


def batches_of(
    ensemble: TreeEnsemble, ways: Sequence[str], block: int, size: Array, most: int
) -> list[list[Batch]]:
    """Cut trees into chunks that are prepared together, and these into batches that share scratch.

    Parameters
    ----------
    ensemble : TreeEnsemble
    ways : sequence of str
        How the values of each tree are found; a batch has one.
    block : int
        Rows of a block: its conditions in the trees of a batch fit the scratch of a thread, if these are
        more than one.
    size : ndarray, shape (n_trees,)
        Numbers that are kept for each tree.
    most : int
        How many are kept at a time, or those of one tree.

    Returns
    -------
    list of list of Batch
        Covers all trees in order.
    """
    chunks: list[list[Batch]] = [[]]
    first, root, room = 0, ensemble.root, most
    for tree in range(1, len(ways) + 1):
        room -= size[tree - 1]
        last = tree == len(ways)
        full = not last and size[tree] > room
        if last or full or ways[tree] != ways[first] or (root[tree + 1] - root[first]) * block > _BYTES:
            chunks[-1].append(Batch(ways[first], slice(first, tree)))
            first = tree
        if full:
            chunks.append([])
            room = most
    return chunks


class Scratch:
    """Conditions of one block of rows, batch after batch.

    Parameters
    ----------
    conditions : Conditions
    rows : ndarray, shape (n_rows, n_features)
        The block.
    largest : int
        Nodes of the largest batch.
    """

    def __init__(self, conditions: Conditions, rows: Array, largest: int) -> None:
        self._conditions = conditions
        self.columns = side_by_side(rows, conditions.ensemble.input_dtype)
        self.side, self.holds = np.empty((2, largest, self.columns.shape[1]), np.uint8)

    def write(self, trees: slice) -> None:
        """Fill `side` and `holds` for some trees."""
        self._conditions.write(trees, self.columns, self.side, self.holds)


def largest_batch(ensemble: TreeEnsemble, batches: Iterable[Batch]) -> int:
    """Number of nodes of the largest batch."""
    root = ensemble.root
    return max(int(root[b.trees.stop] - root[b.trees.start]) for b in batches)


def check_rows(ensemble: TreeEnsemble, rows: Array, name: str) -> None:
    """Refuse what is no table of the model's columns.

    Raises
    ------
    ValueError
        If `rows` has another number of dimensions or columns.
    """
    if np.ndim(rows) != 2 or rows.shape[1] != ensemble.n_features:  # or a kernel would read foreign memory
        raise ValueError(f"{name} must have {ensemble.n_features} columns, got shape {np.shape(rows)}")


def with_missing(ensemble: TreeEnsemble, *tables: Array) -> Array:
    """Which features hold NaN in any of some tables; bool, shape (n_features,)."""
    found = np.zeros(ensemble.n_features, np.bool_)
    for table in tables:
        found |= missing_features(table)
    return found


def sum_over_batches(
    conditions: Conditions,
    rows: Array,
    n_columns: int,
    chunks: list[list[Batch]],
    prepare: Callable[[list[Batch]], list[Ready]],
    block: int,
    n_jobs: int | None,
) -> Array:
    """Add up what all trees say about all rows.

    Parameters
    ----------
    conditions : Conditions
    rows : ndarray, shape (n_rows, n_features)
    n_columns : int
        Columns of the values.
    chunks : list of list of Batch
    prepare : callable
        Makes the batches of a chunk ready; what they hold is dropped before the next chunk.
    block : int
        Most rows that are looked at together.
    n_jobs : int or None
        Threads over blocks. A row's sum is made in the order of the trees whatever blocks there are.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_features, n_columns)
    """
    e = conditions.ensemble
    width = e.n_features * n_columns
    phi, starts = np.zeros((len(rows), width)), _blocks(len(rows), block, n_jobs)
    for chunk in chunks:
        ready, largest = prepare(chunk), largest_batch(e, chunk)

        def one_block(start: int, ready: list[Ready] = ready, largest: int = largest) -> None:
            own = rows[start : start + starts.step]
            scratch = Scratch(conditions, own, largest)
            sums = np.zeros((width, scratch.columns.shape[1]))
            for one in ready:
                scratch.write(one.batch.trees)
                one.add(scratch.side, scratch.holds, len(own), sums)
            phi[start : start + starts.step] += sums[:, : len(own)].T

        run(one_block, starts, n_jobs)
    return phi.reshape(len(rows), e.n_features, n_columns)
