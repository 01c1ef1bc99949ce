"""The one place where it is chosen how the values of a tree are found.

- Trees of few conditions have tables (`treeprune.kernels.shap_tables`): a row costs some additions a branch,
  but the tables have to be made first, and grow as two to the number of features on a path.
- What covers say about other trees is found edge by edge (`treeprune.kernels.shap_quadrature`), at the
  number of nodes times half the number of features on a path.
- Against a background other trees are walked pair by pair (`treeprune.kernels.shap_pairs`).
"""

from __future__ import annotations

import numpy as np

from treeprune.attribution.tables import Layout
from treeprune.model.ensemble import Array

MOST_FEATURES = 12
"""Features on a path of a tree that has tables."""

MOST_ENTRIES = 1 << 23
"""Entries of all tables that exist at a time: 64 megabytes."""


def _tabular(layout: Layout) -> Array:
    """Trees whose tables are small enough to be made."""
    e = layout.ensemble
    deepest = np.maximum.reduceat(layout.paths.n_distinct, e.root[:-1])
    return (deepest <= MOST_FEATURES) & (layout.of_trees(layout.n_entries) <= MOST_ENTRIES)


def ways_by_cover(layout: Layout, n_rows: int) -> list[str]:
    """Choose how the path-dependent values of each tree are found.

    Parameters
    ----------
    layout : Layout
    n_rows : int

    Returns
    -------
    list of str
        ``"tables"`` or ``"quadrature"`` for each tree.
    """
    return ["tables" if t else "quadrature" for t in _tabular(layout)]


def ways_by_background(layout: Layout, n_rows: int, n_background: int) -> list[str]:
    """Choose how the interventional values of each tree are found.

    Parameters
    ----------
    layout : Layout
    n_rows, n_background : int

    Returns
    -------
    list of str
        ``"tables"`` or ``"pairs"`` for each tree.
    """
    return ["tables" if t else "pairs" for t in _tabular(layout)]
