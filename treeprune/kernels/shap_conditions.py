"""Which conditions of the paths the rows satisfy: a byte for each node and row.

Rows lie side by side, so that one comparison serves many of them at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.kernels.columns import largest_on_the_left
from treeprune.kernels.compiled import borrower, part
from treeprune.kernels.plain import UNKNOWN_CODES, _goes_left_by_set
from treeprune.kernels.pointers import pointer
from treeprune.kernels.shap_paths import Paths
from treeprune.model.ensemble import (
    LEAF,
    MISSING_IS_ZERO,
    ZERO_IS_MISSING,
    ZERO_LIMIT,
    Array,
    TreeEnsemble,
)

LANES = 16
"""Rows of a block come in whole lanes of so many."""

_COMPARE, _NAN_APART, _NAN_IS_ZERO, _ZERO_APART, _CATEGORY = range(5)
"""How a split decides: by comparison alone; by it too, but for missing values; by a set of categories."""


@part
def _numbers(x: Any, n: int, bound: float, way: int, default_left: Any, side: Any) -> None:
    """Sides of the rows at a numeric split."""
    if way == _COMPARE:
        for i in range(n):
            side[i] = np.uint8(x[i] <= bound)
    elif way == _NAN_IS_ZERO:
        for i in range(n):
            side[i] = np.uint8((0.0 if math.isnan(x[i]) else x[i]) <= bound)
    else:
        limit = ZERO_LIMIT if way == _ZERO_APART else -1.0
        for i in range(n):
            apart = math.isnan(x[i]) or abs(x[i]) <= limit
            side[i] = default_left if apart else np.uint8(x[i] <= bound)


@part
def _edges(side: Any, above: Any, chained: Any, n: int, to_left: Any, to_right: Any) -> None:
    """Conditions of both edges below a split, from its sides and the edge before."""
    if chained:
        for i in range(n):
            to_left[i] = side[i] & above[i]
            to_right[i] = (side[i] ^ np.uint8(1)) & above[i]
    else:
        for i in range(n):
            to_left[i] = side[i]
            to_right[i] = side[i] ^ np.uint8(1)


@borrower
def _write_conditions(
    columns: Array,
    first: int,
    last: int,
    feature: Array,
    left: Array,
    right: Array,
    bound: Array,
    way: Array,
    default_left: Array,
    category_set: Array,
    category_offset: Array,
    category_word: Array,
    category_count: Array,
    unknown: int,
    before: Array,
    side: Array,
    holds: Array,
) -> None:
    n = columns.shape[1]
    for node in range(first, last):
        if left[node] == LEAF:
            continue
        x, own = pointer(columns, feature[node] * n), pointer(side, (node - first) * side.shape[1])
        default = np.uint8(default_left[node])
        if way[node] == _CATEGORY:
            for i in range(n):
                own[i] = default
                if not math.isnan(x[i]):
                    own[i] = _goes_left_by_set(
                        x[i], category_set[node], category_offset, category_word, category_count, unknown,
                        default_left[node],
                    )  # fmt: skip
        else:
            _numbers(x, n, bound[node], way[node], default, own)
        above = before[left[node]]
        chain = pointer(holds, (max(above, first) - first) * holds.shape[1])
        to_left = pointer(holds, (left[node] - first) * holds.shape[1])
        to_right = pointer(holds, (right[node] - first) * holds.shape[1])
        _edges(own, chain, above != LEAF, n, to_left, to_right)


@dataclass(frozen=True, eq=False)
class Conditions:
    """What decides the splits of an ensemble, for rows in the model's input type.

    Parameters
    ----------
    ensemble : TreeEnsemble
    before : ndarray of int32, shape (n_nodes,)
        From `treeprune.kernels.shap_paths.Paths`.
    bound : ndarray of float64, shape (n_nodes,)
        Largest number that goes left; NaN where none does.
    way : ndarray of uint8, shape (n_nodes,)
        How a split decides.
    """

    ensemble: TreeEnsemble
    before: Array
    bound: Array
    way: Array

    def write(self, trees: slice, columns: Array, side: Array, holds: Array) -> None:
        """Write which conditions of some trees the rows satisfy.

        Parameters
        ----------
        trees : slice
        columns : ndarray of float64, shape (n_features, n_rows)
            Rows side by side, from `side_by_side`.
        side : ndarray of uint8, shape (at least the number of nodes, n_rows)
            Takes 1 at a split where a row goes left. Nodes are counted from the first of these trees.
        holds : ndarray of uint8, of the same shape
            Takes 1 where a row satisfies the condition of the edge to a node and all above it on the same
            feature. Nothing is written at roots.
        """
        e = self.ensemble
        _write_conditions(
            columns, e.root[trees.start], e.root[trees.stop], e.feature, e.left, e.right, self.bound,
            self.way, e.default_left, e.category_set, e.category_offset, e.category_word,
            e.category_count, UNKNOWN_CODES[e.unknown_category], self.before, side, holds,
        )  # fmt: skip


def conditions_of(ensemble: TreeEnsemble, paths: Paths, has_missing: Array) -> Conditions:
    """Say how each split decides.

    Parameters
    ----------
    ensemble : TreeEnsemble
    paths : Paths
    has_missing : ndarray of bool, shape (n_features,)
        Which features hold NaN in any of the rows to come.

    Returns
    -------
    Conditions
    """
    e = ensemble
    bound, never = largest_on_the_left(e)
    way = np.where(has_missing[e.feature], _NAN_APART, _COMPARE).astype(np.uint8)
    way[has_missing[e.feature] & (e.missing == MISSING_IS_ZERO)] = _NAN_IS_ZERO
    way[e.missing == ZERO_IS_MISSING] = _ZERO_APART
    bound = np.where(never, np.nan, bound.astype(np.float64))
    way[e.category_set != LEAF] = _CATEGORY
    return Conditions(e, paths.before, bound, way)


def side_by_side(rows: Array, dtype: str) -> Array:
    """Turn a block of rows round, in whole lanes.

    Parameters
    ----------
    rows : ndarray, shape (n_rows, n_features)
    dtype : str
        What they are rounded to.

    Returns
    -------
    ndarray of float64, shape (n_features, whole lanes)
        Zeros fill the last lane.
    """
    n = len(rows)
    out = np.zeros((rows.shape[1], -(-n // LANES) * LANES))
    out[:, :n] = np.asarray(rows, dtype).T
    return out
