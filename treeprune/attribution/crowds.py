"""Batches of trees of any depth against a background, see `treeprune.kernels.shap_crowd`."""

from __future__ import annotations

import math

import numpy as np

from treeprune.attribution.blocks import Batch
from treeprune.attribution.terms import Terms
from treeprune.kernels.shap_crowd import add_against_crowd
from treeprune.kernels.shap_paths import Paths
from treeprune.model.ensemble import Array, TreeEnsemble

_PART = 1024
"""Rows of the background that go down a tree together: what belongs to them stays in the cache."""


def gains_up_to(most: int) -> tuple[Array, Array]:
    """Parts of a leaf of value 1 for one feature of the row, and for one of the background.

    Parameters
    ----------
    most : int
        Largest number of features on a path.

    Returns
    -------
    row_gain, other_gain : ndarray of float64, shape (most + 1, most + 1)
        ``1 / (s * C(s + t, s))`` and ``1 / (t * C(s + t, t))`` at ``[t, s]``; 0 where s, or t, is 0.
    """
    gain = np.zeros((most + 1, most + 1))
    for s in range(1, most + 1):
        for t in range(most + 1 - s):
            gain[t, s] = 1.0 / (s * math.comb(s + t, s))
    return gain, np.ascontiguousarray(gain.T)


class CrowdBatch:
    """Trees with the conditions that the background satisfies.

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
        self._ensemble, self._paths, self._terms, self._weight = ensemble, paths, terms, weight
        nodes = slice(int(ensemble.root[batch.trees.start]), int(ensemble.root[batch.trees.stop]))
        self._first = nodes.start
        self._levels = int(paths.depth[nodes].max()) + 1
        self._gains = gains_up_to(int(paths.n_distinct[nodes].max()))
        self._others = np.empty((nodes.stop - nodes.start, len(weight)), np.uint8)

    def count(self, side: Array, holds: Array, rows: slice) -> None:
        """Keep which conditions a block of the background satisfies."""
        self._others[:, rows] = holds[: len(self._others), : rows.stop - rows.start]

    def add(self, side: Array, holds: Array, n_rows: int, sums: Array) -> None:
        """See `treeprune.attribution.blocks.Ready`."""
        e, t, trees = self._ensemble, self._terms, self.batch.trees
        size, columns = min(_PART, len(self._weight)), int(t.n_columns[trees].max())
        levels = np.zeros((5, self._levels), np.int64)
        before, lost = np.zeros((2, self._levels, columns))
        crowd = np.empty((self._levels, size), np.int32)
        alone, earned = np.zeros(size, np.int64), np.zeros((columns, size))
        for start in range(0, len(self._weight), _PART):
            add_against_crowd(
                self._first, np.array([trees.start, trees.stop]), e.root, e.feature, e.left, e.right,
                self._paths.parent, self._paths.before, t.kept, t.first_column, t.n_columns, *self._gains,
                holds, n_rows, self._others, start, self._weight[start : start + _PART], levels, crowd,
                alone, earned, before, lost, sums,
            )  # fmt: skip
