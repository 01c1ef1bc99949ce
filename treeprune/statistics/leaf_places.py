"""Leaves that rows reach in all trees, held in memory: a byte or two for each row and tree.

Methods that visit the same rows again and again, tree by tree, walk them down once and keep where they
ended. Leaves are counted within their tree, so that the numbers of most trees fit into one byte or two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.kernels.columns import missing_features
from treeprune.kernels.compiled import kernel
from treeprune.kernels.groups import STEP, Codes
from treeprune.kernels.slots import take_nodes
from treeprune.kernels.threads import run
from treeprune.kernels.walker import Walker
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.statistics.rows import model_rows, row_blocks


@dataclass(frozen=True, eq=False)
class LeafPlaces:
    """Leaf of each row in each tree.

    Parameters
    ----------
    numbers : ndarray of uint8, uint16 or int32, shape (n_trees, n_rows)
        Leaves of a tree are counted in the order of its nodes, from 0. Trees come first, since most
        readers go tree by tree.
    first : ndarray of int64, shape (n_trees + 1,)
        Leaves of tree ``t`` are ``first[t]:first[t + 1]`` of `node`.
    node : ndarray of int64, shape (n_leaves,)
        Position of each leaf in the node arrays, ascending.
    """

    numbers: Array
    first: Array
    node: Array

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.numbers.shape[1]

    def sums(self, columns: Array) -> Array:
        """Sum of some numbers of the rows that reach each leaf.

        Parameters
        ----------
        columns : ndarray of float64, shape (n_rows, n_columns)

        Returns
        -------
        ndarray of float64, shape (n_leaves, n_columns)
        """
        columns = np.ascontiguousarray(columns, np.float64)
        if columns.ndim != 2 or len(columns) != self.n_rows:  # or the kernel would read foreign memory
            raise ValueError(f"columns must have {self.n_rows} rows, got shape {columns.shape}")
        out = np.zeros((len(self.node), columns.shape[1]))
        for t, own in enumerate(self.numbers):
            add_at_leaves(own, columns, out[self.first[t] : self.first[t + 1]])
        return out

    def merged(self, into: Array, first: Array, node: Array) -> LeafPlaces:
        """Places in smaller trees, each of whose leaves takes over some of these.

        Parameters
        ----------
        into : ndarray of int64, shape (n_leaves,)
            The leaf of the smaller tree, counted within its tree.
        first : ndarray of int64, shape (n_trees + 1,)
        node : ndarray of int64, shape (n_leaves of the smaller trees,)
            As the fields of the result.

        Returns
        -------
        LeafPlaces
        """
        numbers = np.empty(self.numbers.shape, place_type(first))
        table = into.astype(numbers.dtype)
        for t, own in enumerate(self.numbers):
            _renumber(own, table[self.first[t] : self.first[t + 1]], numbers[t])
        return LeafPlaces(numbers, first, node)


@kernel
def add_at_leaves(numbers: Array, columns: Array, sums: Array) -> None:
    """Add each row of `columns` to its leaf's row of `sums`."""
    for i in range(numbers.shape[0]):
        for c in range(columns.shape[1]):
            sums[numbers[i], c] += columns[i, c]


@kernel
def _renumber(numbers: Array, table: Array, out: Array) -> None:
    for i in range(numbers.shape[0]):
        out[i] = table[numbers[i]]


def place_type(first: Array) -> Any:
    """Smallest of uint8, uint16 and int32 that counts the leaves of the largest tree.

    Parameters
    ----------
    first : ndarray of int64, shape (n_trees + 1,)
        Where the leaves of each tree begin.

    Returns
    -------
    type
    """
    most = int(np.diff(first).max(initial=1)) - 1
    return next(d for d in (np.uint8, np.uint16, np.int32) if most <= np.iinfo(d).max)


def leaf_places(ensemble: TreeEnsemble, X: Any, *, n_jobs: int | None = None) -> LeafPlaces:
    """Walk rows down all trees, and keep where they end.

    Parameters
    ----------
    ensemble : TreeEnsemble
    X : array-like or sparse matrix, shape (n_rows, n_features)
        Encoded as the trees know it, see `treeprune.backends.encode`.
    n_jobs : int, optional
        Threads over trees, after joblib's convention.

    Returns
    -------
    LeafPlaces
        A byte for each row and tree if no tree has more than 256 leaves, two bytes up to 65536.

    Raises
    ------
    ValueError
        If the rows have another number of columns than the model.
    """
    matrix = model_rows(ensemble, X, None)
    walker = Walker(ensemble, missing_features(matrix, ensemble.absent), matrix.shape[0])
    before = np.concatenate([[0], np.cumsum(ensemble.is_leaf)])
    first = before[ensemble.root]
    numbers = np.empty((ensemble.n_trees, matrix.shape[0]), place_type(first))
    # slots of splits get a number too, but no row ends there
    own = np.repeat(first[:-1], np.diff(walker.slot_first))
    slot_number = (before[walker.slot_node] - own).astype(numbers.dtype)
    for rows, block in row_blocks(matrix, ensemble.absent):
        codes = walker.encode(block, n_jobs)

        def one_group(number: int, codes: Codes = codes, offset: int = rows.start) -> None:
            group = walker.groups[number]
            trees = slice(group.first, group.last)
            for start, stop, found in walker.steps(group, codes):
                slots = walker.slot_first[trees]
                take_nodes(found, STEP, stop - start, slot_number, slots, numbers[trees], offset + start)

        run(one_group, range(len(walker.groups)), n_jobs)
    return LeafPlaces(numbers, first, np.flatnonzero(ensemble.is_leaf))
