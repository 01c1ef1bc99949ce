"""Rows as ranks among the thresholds: one or two bytes a value say all that the splits ask for.

The rank of a value is the number of its column's bounds below it, so that ``x <= bound[k]`` is
``rank(x) <= k``, exactly, whatever the type of the input. Ranks are found by a binary search of a fixed
number of steps without a branch: the processor then searches for several rows at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.kernels.columns import (
    CATEGORY,
    NAN_IS_ZERO,
    NAN_LEFT,
    ZERO_LEFT,
    ZERO_RIGHT,
    Columns,
)
from treeprune.kernels.compiled import kernel
from treeprune.kernels.pointers import pointer
from treeprune.model.ensemble import LEAF, ZERO_LIMIT, Array

_ROWS_AT_A_TIME = 512
"""Rows whose values stay in the cache while column after column is coded."""


@dataclass(frozen=True, eq=False)
class Ranks:
    """Sorted bounds of each column.

    Parameters
    ----------
    columns : Columns
    bound : ndarray of float64
        Ascending in each column, without repetition, and then infinite up to one less than a power of
        two of them: every search in a column takes the same steps.
    first : ndarray of int64, shape (n_columns + 1,)
        Where each column's part of `bound` begins.
    count : ndarray of int64, shape (n_columns,)
        Number of bounds of a numeric column; of a column of categories, the number of known ones: an
        unknown one has this code, NaN the next.
    unknown : int
        Which negative codes are unknown categories, see `treeprune.kernels.plain`.
    of_node : ndarray of int32, shape (n_nodes,)
        Rank of each numeric split's bound: the largest rank that goes left.
    """

    columns: Columns
    bound: Array
    first: Array
    count: Array
    unknown: int
    of_node: Array

    @property
    def largest(self) -> int:
        """Largest code of any column."""
        return int((self.count + (self.columns.rule == CATEGORY)).max(initial=0))

    def encode(self, rows: Array, out: Array) -> None:
        """Write the code of each row in each column.

        Parameters
        ----------
        rows : ndarray, shape (n_rows, n_features)
        out : ndarray of unsigned integers, shape (n_columns, n_rows)
            Wide enough for `largest`.
        """
        c = self.columns
        value, rank = np.empty(_ROWS_AT_A_TIME), np.empty(_ROWS_AT_A_TIME, np.int32)
        _encode(
            rows, c.feature, c.rule, self.bound, self.first, self.count, self.unknown, value, rank, out
        )  # fmt: skip


def rank_bounds(columns: Columns, bound: Array, chosen: Array, n_categories: int, unknown: int) -> Ranks:
    """Sort the bounds of some splits by column.

    Parameters
    ----------
    columns : Columns
    bound : ndarray, shape (n_nodes,)
        From `treeprune.kernels.columns.largest_on_the_left`.
    chosen : ndarray of bool, shape (n_nodes,)
        The numeric splits whose bounds are meant.
    n_categories : int
        Number of categories that any split knows.
    unknown : int
        As for `Ranks`.

    Returns
    -------
    Ranks
    """
    nodes = np.flatnonzero(chosen)
    column, value = columns.of_node[nodes], bound[nodes].astype(np.float64)
    order = np.lexsort((value, column))
    column, value = column[order], value[order]
    new = np.ones(len(nodes), bool)
    new[1:] = (column[1:] != column[:-1]) | (value[1:] != value[:-1])
    count = np.bincount(column[new], minlength=len(columns))
    begin = np.cumsum(count) - count
    place = np.cumsum(new) - 1 - begin[column]
    of_node = np.full(len(bound), LEAF, np.int32)
    of_node[nodes[order]] = place
    # room for one less than the next power of two
    first = np.concatenate([[0], np.cumsum(np.exp2(np.ceil(np.log2(count + 1))).astype(np.int64) - 1)])
    padded = np.full(first[-1], np.inf)
    padded[first[column[new]] + place[new]] = value[new]
    count[columns.rule == CATEGORY] = n_categories
    return Ranks(columns, padded, first, count, unknown, of_node)


@kernel
def _category_code(x: float, n: int, unknown: int) -> Any:
    if math.isnan(x):
        return n + 1
    # compared as floats: a huge code must not wrap around when it becomes an integer
    below = x <= -1.0 if unknown == 1 else x < 0.0
    return n if below or x >= n else np.int64(x)


@kernel
def _encode(  # noqa: C901 (each rule has its loop)
    rows: Array,
    feature: Array,
    rule: Array,
    bound: Array,
    first: Array,
    count: Array,
    unknown: int,
    value: Array,
    rank: Array,
    out: Array,
) -> None:
    for start in range(0, rows.shape[0], _ROWS_AT_A_TIME):
        n_rows = min(_ROWS_AT_A_TIME, rows.shape[0] - start)
        for c in range(feature.shape[0]):
            f, how, n = feature[c], rule[c], count[c]
            if how == CATEGORY:
                for i in range(n_rows):
                    out[c, start + i] = _category_code(np.float64(rows[start + i, f]), n, unknown)
                continue
            missing = 0 if how in (NAN_LEFT, ZERO_LEFT) else n
            for i in range(n_rows):
                value[i] = rows[start + i, f]
                rank[i] = 0
            if how == NAN_IS_ZERO:
                for i in range(n_rows):
                    value[i] = 0.0 if math.isnan(value[i]) else value[i]
            elif how >= ZERO_RIGHT:
                for i in range(n_rows):
                    value[i] = math.nan if abs(value[i]) <= ZERO_LIMIT else value[i]
            own, step = pointer(bound, first[c]), (first[c + 1] - first[c] + 1) >> 1
            while step > 0:
                # one step for all rows, then the next: no row waits for its own last step
                for i in range(n_rows):
                    here = rank[i]
                    rank[i] = here + np.int32(own[here + step - 1] < value[i]) * np.int32(step)
                step >>= 1
            for i in range(n_rows):
                out[c, start + i] = missing if math.isnan(value[i]) else rank[i]
