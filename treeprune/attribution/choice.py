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

from treeprune.attribution.tables import MOST_BITS, Layout
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


def _where_tables_pay(layout: Layout, factor: float, power: int, n_rows: int, spared: Array) -> Array:
    """Trees whose tables can be made, and cost less than is spared; bool, shape (n_trees,).

    The tables of a group cost `factor` nanoseconds times leaves, states, and bits to some power.
    """
    e, d = layout.ensemble, np.where(layout.ensemble.is_leaf, layout.paths.n_distinct, 0)
    # a group has no fewer bits than its leaves have features: most deep forests need not be cut
    least = np.add.reduceat(np.exp2(np.minimum(d, MOST_BITS)) * d**power, e.root[:-1])
    pay = (np.maximum.reduceat(d, e.root[:-1]) <= MOST_FEATURES) & (factor * least < spared)
    if not pay.any():
        return pay
    g = layout.groups
    build = factor * (layout.paths.n_below[g.node] + 1) * layout.n_states * g.n_bits**power
    row = _GROUP + _LOOK_UP * g.n_features * layout.terms.n_columns[layout.tree]
    pay &= layout.of_trees(layout.n_entries) <= MOST_ENTRIES
    pay &= layout.of_trees(build + n_rows * row) < spared
    return pay


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
    edges = np.diff(e.root) * (_NODE + _POINT * points * layout.terms.n_columns)
    pay = _where_tables_pay(layout, _BY_COVER, 1, n_rows, n_rows * edges)
    return ["tables" if yes else "edges" for yes in pay]


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
    crowd = n_background * _VISIT * n_nodes**_VISITED * layout.terms.n_columns
    spared = n_rows * crowd - n_background * _CONDITION * n_nodes
    pay = _where_tables_pay(layout, _BY_BACKGROUND, 2, n_rows, spared)
    return ["tables" if yes else "crowd" for yes in pay]
