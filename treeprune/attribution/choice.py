"""The one place where it is chosen how the values of a tree are found.

- Trees of few conditions have tables (`treeprune.kernels.shap_tables`): a row costs some additions a
  branch, but the tables have to be made first, and grow as two to the number of features on a path.
- What covers say about other trees is found edge by edge (`treeprune.kernels.shap_quadrature`), at the
  number of nodes times half the number of features on a path.
- Against a background other trees are walked by each row and the whole background
  (`treeprune.kernels.shap_crowd`).
"""

from __future__ import annotations

import numpy as np

from treeprune.attribution.tables import Layout
from treeprune.model.ensemble import Array

MOST_FEATURES = 16
"""Features on a path of a tree that may have tables: states are kept in two bytes."""

MOST_ENTRIES = 1 << 22
"""Entries of all tables that exist at a time: 32 megabytes."""

_BY_COVER, _BY_BACKGROUND = 1.2, 0.6
"""Nanoseconds of a table for each leaf, state and feature; against a background, and feature once more.
These and the next were measured once. They need not be right, but stay the same, so that results do."""

_LOOK_UP, _GROUP, _CONDITION = 0.6, 2.0, 0.5
"""Nanoseconds for an entry that is added to a row, for each branch, for a condition of a background row."""

_NODE, _POINT = 1.5, 0.45
"""Nanoseconds for a node, and for each point of the rule there."""

_VISIT, _VISITED = 2.0, 0.7
"""Nanoseconds for a node that a row of the background visits; they visit about this power of all nodes."""


def _tabular(layout: Layout) -> Array:
    """Trees whose tables are small enough to be made."""
    e = layout.ensemble
    deepest = np.maximum.reduceat(layout.paths.n_distinct, e.root[:-1])
    return (deepest <= MOST_FEATURES) & (layout.of_trees(layout.n_entries) <= MOST_ENTRIES)


def _table_costs(layout: Layout, power: int) -> tuple[Array, Array]:
    """Sums over the tables of each tree of leaves x states x bits ** power; nanoseconds of a row."""
    g = layout.groups
    build = (layout.paths.n_below[g.node] + 1) * layout.n_states * g.n_bits**power
    row = _GROUP + _LOOK_UP * g.n_features * layout.terms.n_columns[layout.tree]
    return layout.of_trees(build), layout.of_trees(row)


def ways_by_cover(layout: Layout, n_rows: int) -> list[str]:
    """Choose how the path-dependent values of each tree are found.

    Parameters
    ----------
    layout : Layout
    n_rows : int

    Returns
    -------
    list of str
        ``"tables"`` or ``"edges"`` for each tree.
    """
    e = layout.ensemble
    points = np.maximum.reduceat(layout.paths.n_distinct, e.root[:-1]) / 2
    build, row = _table_costs(layout, 1)
    edges = np.diff(e.root) * (_NODE + _POINT * points * layout.terms.n_columns)
    tables = _tabular(layout) & (_BY_COVER * build + n_rows * row < n_rows * edges)
    return ["tables" if t else "edges" for t in tables]


def ways_by_background(layout: Layout, n_rows: int, n_background: int) -> list[str]:
    """Choose how the interventional values of each tree are found.

    Parameters
    ----------
    layout : Layout
    n_rows, n_background : int

    Returns
    -------
    list of str
        ``"tables"`` or ``"crowd"`` for each tree.
    """
    n_nodes = np.diff(layout.ensemble.root)
    build, row = _table_costs(layout, 2)
    build = _BY_BACKGROUND * build + n_background * _CONDITION * n_nodes
    crowd = n_background * _VISIT * n_nodes**_VISITED * layout.terms.n_columns
    tables = _tabular(layout) & (build + n_rows * row < n_rows * crowd)
    return ["tables" if t else "crowd" for t in tables]
