"""Batches of trees whose values are found edge by edge, see `treeprune.kernels.shap_quadrature`."""

from __future__ import annotations

import numpy as np

from treeprune.attribution.blocks import Batch
from treeprune.attribution.terms import Terms
from treeprune.kernels.shap_paths import Paths
from treeprune.kernels.shap_quadrature import add_by_quadrature, rule_of
from treeprune.model.ensemble import Array, TreeEnsemble

_LANES = 32
"""Rows that go through a tree side by side: products and sums of a few levels stay in the cache."""


class EdgeBatch:
    """Trees of any depth; nothing is prepared but the points of the rule.

    Parameters
    ----------
    ensemble : TreeEnsemble
    paths : Paths
    terms : Terms
    batch : Batch
    """

    def __init__(self, ensemble: TreeEnsemble, paths: Paths, terms: Terms, batch: Batch) -> None:
        self.batch = batch
        self._ensemble, self._paths, self._terms = ensemble, paths, terms
        nodes = slice(int(ensemble.root[batch.trees.start]), int(ensemble.root[batch.trees.stop]))
        self._first = nodes.start
        self._rule = rule_of(int(paths.n_distinct[nodes].max()))
        self._levels = int(paths.depth[nodes].max()) + 1

    def add(self, side: Array, holds: Array, n_rows: int, sums: Array) -> None:
        """See `treeprune.attribution.blocks.Ready`."""
        e, p, t, trees = self._ensemble, self._paths, self._terms, self.batch.trees
        levels, points = self._levels, self._rule.shape[1]
        columns = int(t.n_columns[trees].max())
        path, turn = np.zeros((2, levels), np.int64)
        marks = np.zeros((levels, 2, _LANES))
        product = np.empty((levels, points, _LANES))
        total = np.empty((levels, columns, points, _LANES))
        add_by_quadrature(
            self._first, np.array([trees.start, trees.stop]), e.root, e.feature, e.left, e.right, p.parent,
            p.before, p.share, t.kept, t.first_column, t.n_columns, self._rule, holds,
            _LANES, path, turn, marks, product, total, np.empty(_LANES), sums,
        )  # fmt: skip
