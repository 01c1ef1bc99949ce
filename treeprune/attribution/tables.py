"""Batches of trees whose branches are looked up in tables, see `treeprune.kernels.shap_tables`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from treeprune.attribution.blocks import Batch
from treeprune.attribution.terms import Terms
from treeprune.kernels.shap_groups import Groups, groups_of
from treeprune.kernels.shap_paths import Paths
from treeprune.kernels.shap_quadrature import gauss_legendre
from treeprune.kernels.shap_states import add_from_tables, count_states
from treeprune.kernels.shap_tables import build_tables
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.structure import tree_of_node

MOST_BITS = 63
"""Groups of more bits have as good as infinitely many states."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Which entries the tables of an ensemble have.

    Parameters
    ----------
    ensemble : TreeEnsemble
    paths : Paths
    terms : Terms
    """

    ensemble: TreeEnsemble
    paths: Paths
    terms: Terms

    @cached_property
    def groups(self) -> Groups:
        """Branches of few conditions."""
        return groups_of(self.ensemble, self.paths)

    @cached_property
    def tree(self) -> Array:
        """Tree of each group."""
        return tree_of_node(self.ensemble.root)[self.groups.node]

    @cached_property
    def n_states(self) -> Array:
        """Number of states of each group; float64, since those that are never made have too many."""
        return np.exp2(np.minimum(self.groups.n_bits, MOST_BITS))

    @cached_property
    def n_entries(self) -> Array:
        """Number of entries of each group's tables; float64."""
        return self.n_states * self.groups.n_features * self.terms.n_columns[self.tree]

    def of_trees(self, per_group: Array) -> Array:
        """Sums over the groups of each tree."""
        return np.add.reduceat(per_group, self.groups.of_tree[:-1])

    def entries_of(self, trees: Array) -> Array:
        """Number of entries of each of the marked trees, 0 for others; float64, shape (n_trees,)."""
        return self.of_trees(self.n_entries) * trees if trees.any() else np.zeros(len(trees))

    def groups_of(self, trees: slice) -> slice:
        """Groups of some trees."""
        edges = self.groups.of_tree
        return slice(int(edges[trees.start]), int(edges[trees.stop]))


def _first(counts: Array, groups: slice) -> Array:
    """Where each group's part begins, by the number of all groups, counted from the first of some."""
    first = np.zeros(len(counts) + 1, np.int64)
    first[groups.start + 1 : groups.stop + 1] = np.cumsum(counts[groups])
    return first


@dataclass(eq=False)
class TableBatch:
    """Tables of the branches of a batch.

    Parameters
    ----------
    layout : Layout
    batch : Batch
    rules : tuple of ndarray
        From `rules_up_to`.
    weight : ndarray of float64, shape (n_background,), optional
        Of sum 1. Without a background, covers say what the table holds.
    """

    layout: Layout
    batch: Batch
    rules: tuple[Array, Array]
    weight: Array | None = None

    def __post_init__(self) -> None:
        own = self.layout.groups_of(self.batch.trees)
        self._groups = np.array([own.start, own.stop])
        self._first_node = int(self.layout.ensemble.root[self.batch.trees.start])
        self._first_state = _first(self.layout.n_states, own)
        self._first_entry = _first(self.layout.n_entries, own)
        self._counted = np.zeros(0 if self.weight is None else self._first_state[own.stop])
        self._table = np.zeros(0)

    def count(self, side: Array, holds: Array, rows: slice) -> None:
        """Add the weights of a block of the background to those of their states."""
        assert self.weight is not None
        g, weight = self.layout.groups, self.weight[rows]
        count_states(
            self._groups, self._first_node, g.first_bit, g.source, side, holds, weight,
            np.empty(len(weight), np.uint16), self._first_state, self._counted,
        )  # fmt: skip

    def build(self) -> None:
        """Write the tables, from the background that was counted, else from covers."""
        e, g, p, t = self.layout.ensemble, self.layout.groups, self.layout.paths, self.layout.terms
        self._table = np.zeros(self._first_entry[self._groups[1]])
        build_tables(
            self._groups, g.first_bit, g.node, g.source, g.slot, g.n_features, self.layout.tree, e.left,
            e.right, p.parent, p.share, t.kept, t.first_column, t.n_columns, *self.rules, self._counted,
            self._first_state, self._table, self._first_entry,
        )  # fmt: skip
        self._counted = np.zeros(0)

    def add(self, side: Array, holds: Array, n_rows: int, sums: Array) -> None:
        """See `treeprune.attribution.blocks.Ready`."""
        g, t = self.layout.groups, self.layout.terms
        add_from_tables(
            self._groups, self._first_node, g.first_bit, g.source, g.feature, g.n_features,
            self.layout.tree, t.first_column, t.n_columns, t.kept.shape[1], side, holds,
            np.empty(sums.shape[1], np.uint16), self._table, self._first_entry, sums,
        )  # fmt: skip


def rules_up_to(most: int) -> tuple[Array, Array]:
    """Points and weights of the rules for up to `most` features, a row a number of them."""
    width = max((most + 1) // 2, 1)
    points, weights = np.ones((most + 1, width)), np.zeros((most + 1, width))
    for d in range(1, most + 1):
        n = (d + 1) // 2
        points[d, :n], weights[d, :n] = gauss_legendre(n)
    return points, weights
