"""Batches of trees that are walked pair by pair, see `treeprune.kernels.shap_pairs`."""

from __future__ import annotations

import math

import numpy as np

from treeprune.attribution.blocks import Batch
from treeprune.attribution.terms import Terms
from treeprune.kernels.shap_paths import Paths
from treeprune.kernels.shap_pairs import WORD, add_pairs, pack_sides
from treeprune.model.ensemble import Array, TreeEnsemble


_PAIRS = 1 << 14
"""Pairs between two looks at whether the user has had enough."""


def words_of(ensemble: TreeEnsemble) -> Array:
    """Words that the sides at the splits of each tree fill, for one row; int64, shape (n_trees,)."""
    return -(-np.diff(ensemble.root) // WORD)


def gains_up_to(most: int) -> Array:
    """``1 / (s * C(s + t, s))`` at ``[s, t]`` for up to `most` features; 0 where s is 0."""
    gain = np.zeros((most + 1, most + 1))
    for s in range(1, most + 1):
        gain[s, : most + 1 - s] = [1.0 / (s * math.comb(s + t, s)) for t in range(most + 1 - s)]
    return gain


class PairBatch:
    """Trees of any depth, with the packed sides of the background.

    Parameters
    ----------
    ensemble : TreeEnsemble
    paths : Paths
    terms : Terms
    batch : Batch
    weight : ndarray of float64, shape (n_background,)
        Of sum 1.
    """

    def __init__(
        self, ensemble: TreeEnsemble, paths: Paths, terms: Terms, batch: Batch, weight: Array
    ) -> None:
        self.batch = batch
        self._ensemble, self._terms, self._weight = ensemble, terms, weight
        nodes = slice(int(ensemble.root[batch.trees.start]), int(ensemble.root[batch.trees.stop]))
        self._gain = gains_up_to(int(paths.n_distinct[nodes].max()))
        self._words = words_of(ensemble)[batch.trees]
        self._others = [np.zeros((len(weight), n), np.uint64) for n in self._words]

    def _pack(self, side: Array, sides: list[Array], rows: slice) -> None:
        e, trees = self._ensemble, range(self.batch.trees.start, self.batch.trees.stop)
        first = e.root[trees.start]
        for tree, out in zip(trees, sides, strict=True):
            own = side[e.root[tree] - first :]
            pack_sides(e.root[tree], e.root[tree + 1], e.left, own, rows.stop - rows.start, out[rows])

    def count(self, side: Array, holds: Array, rows: slice) -> None:
        """Keep a block of the background, see `treeprune.attribution.blocks.Scratch`."""
        self._pack(side, self._others, rows)

    def add(self, side: Array, holds: Array, n_rows: int, sums: Array) -> None:
        """See `treeprune.attribution.blocks.Ready`."""
        e, t = self._ensemble, self._terms
        own = [np.zeros((n_rows, n), np.uint64) for n in self._words]
        self._pack(side, own, slice(0, n_rows))
        decided, sign = np.zeros((2, len(self._gain)), np.int64)
        stack = np.zeros((len(self._gain), 3), np.int64)
        step = max(_PAIRS // max(n_rows, 1), 1)
        for k, tree in enumerate(range(self.batch.trees.start, self.batch.trees.stop)):
            for start in range(0, len(self._weight), step):
                some = slice(start, start + step)
                add_pairs(
                    tree, e.root, e.feature, e.left, e.right, t.value, t.first_column[tree],
                    t.n_columns[tree], self._gain, own[k], self._others[k][some], self._weight[some],
                    decided, sign, stack, sums,
                )  # fmt: skip
