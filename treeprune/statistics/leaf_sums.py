"""Sums over rows at the leaves of each tree, of numbers whose plain sums are exact.

A row adds a vector of numbers to one leaf a tree. They are parts (`treeprune.statistics.exact`), so
that neither the order of the rows, nor blocks, nor threads change a bit.
"""

from __future__ import annotations

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import Array, TreeEnsemble


@kernel
def _add(leaves: Array, rank: Array, parts: Array, width: int, sums: Array) -> None:
    # flat arrays and indices without a sign: the inner loop then runs on vectors
    n = np.uint64(width)
    for i in range(leaves.shape[0]):
        to = np.uint64(rank[leaves[i]]) * n
        row = np.uint64(i) * n
        for k in range(n):
            sums[to + k] += parts[row + k]


class LeafSums:
    """Sums at the leaves; each tree has an array of its own, so threads may share the trees."""

    def __init__(self, ensemble: TreeEnsemble) -> None:
        before = np.concatenate([[0], np.cumsum(ensemble.is_leaf)])
        self._n_leaves = np.diff(before[ensemble.root])
        own = np.repeat(before[ensemble.root[:-1]], np.diff(ensemble.root))
        self._rank = np.where(ensemble.is_leaf, before[:-1] - own, -1).astype(np.int32)
        self._sums: list[Array | None] = [None] * ensemble.n_trees

    def add(self, tree: int, leaves: Array, parts: Array) -> None:
        """Add some rows to the leaves that they reach in one tree.

        Parameters
        ----------
        tree : int
        leaves : ndarray of int32, shape (n_rows,)
        parts : ndarray of float64, shape (n_rows, width)
            C-ordered; of the same width for all rows of a tree.
        """
        sums = self._sums[tree]
        if sums is None:
            sums = self._sums[tree] = np.zeros((int(self._n_leaves[tree]), parts.shape[1]))
        _add(leaves, self._rank, parts.reshape(-1), parts.shape[1], sums.reshape(-1))

    def take(self, tree: int) -> Array | None:
        """Take away the sums at the leaves of a tree, in the order of its nodes; None if no row came."""
        sums, self._sums[tree] = self._sums[tree], None
        return sums
