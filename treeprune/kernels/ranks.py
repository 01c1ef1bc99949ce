"""Rows as ranks among the thresholds: one or two bytes a value say all that the splits ask for.

The rank of a value is the number of its column's bounds below it, so that ``x <= bound[k]`` is
``rank(x) <= k``, exactly, whatever the type of the input. The range of a column is cut into cells of equal
width, and a table says how many bounds lie in the cells below (the guide tables of H.-C. Chen and Y. Asau,
"On generating random variates from an empirical distribution", AIIE Transactions 6, 1974). What is left
is a binary search within a cell, in steps without a branch: the processor searches for several rows at
once.
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
from treeprune.kernels.compiled import borrower, part
from treeprune.kernels.pointers import pointer
from treeprune.model.ensemble import LEAF, ZERO_LIMIT, Array

_ROWS_AT_A_TIME = 128
"""Rows whose values stay in the cache while column after column is coded."""

_CELLS_A_BOUND, _MOST_CELLS = 8, 4096
"""Cells of a column: so many that few bounds share one, and so few that the table stays in the cache."""


@dataclass(frozen=True, eq=False)
class Guide:
    """Where to search each column's bounds for a value.

    A value ``x`` of column ``c`` lies in cell ``(clip(x, low[c], high[c]) - low[c]) * scale[c]``, rounded
    down. That grows with ``x`` however it is rounded, so that all bounds in cells below are below ``x``.

    Parameters
    ----------
    cells : ndarray of int32
        Number of the column's bounds in cells below each.
    first : ndarray of int64, shape (n_columns,)
        Where each column's part of `cells` begins.
    low, high, scale : ndarray of float64, shape (n_columns,)
    step : ndarray of int64, shape (n_columns,)
        First step of the search in a cell, a power of two; 0 where the column has no bounds.
    """

    cells: Array
    first: Array
    low: Array
    high: Array
    scale: Array
    step: Array


@dataclass(frozen=True, eq=False)
class Ranks:
    """Sorted bounds of each column.

    Parameters
    ----------
    columns : Columns
    bound : ndarray of float64
        Ascending in each column, without repetition, and then infinite often enough for the last search.
    first : ndarray of int64, shape (n_columns + 1,)
        Where each column's part of `bound` begins.
    guide : Guide
        Where each search begins.
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
    guide: Guide
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
        out : ndarray of integers, shape (n_columns, n_rows)
            Wide enough for `largest`. The code of rank 0 is the least number of its type.
        """
        c, g = self.columns, self.guide
        value, rank = np.empty(_ROWS_AT_A_TIME), np.empty(_ROWS_AT_A_TIME, np.int32)
        _encode(
            rows, c.feature, c.rule, self.bound, self.first, g.cells, g.first, g.low, g.high, g.scale,
            g.step, self.count, self.unknown, value, rank, np.iinfo(out.dtype).min, out,
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
    guide = _guide(value[new], np.concatenate([[0], np.cumsum(count)]))
    # the longest search, at the last bound, sees less than twice its first step of them
    first = np.concatenate([[0], np.cumsum(count + 2 * guide.step)])
    padded = np.full(first[-1], np.inf)
    padded[first[column[new]] + place[new]] = value[new]
    count[columns.rule == CATEGORY] = n_categories
    return Ranks(columns, padded, first, guide, count, unknown, of_node)


def _guide(bound: Array, edges: Array) -> Guide:
    """Cut the range of each column's bounds into cells."""
    n = np.diff(edges)
    low, high, scale = np.zeros((3, len(n)))
    n_cells = np.minimum(_CELLS_A_BOUND * n, _MOST_CELLS) + 1
    first = np.cumsum(n_cells) - n_cells
    cells, step = np.zeros(n_cells.sum(), np.int32), np.zeros(len(n), np.int64)
    for c in np.flatnonzero(n):
        own = bound[edges[c] : edges[c + 1]]
        with np.errstate(all="ignore"):
            width = own[-1] - own[0]
            per_cell = (n_cells[c] - 2) / width
        if np.isfinite(width) and np.isfinite(per_cell):  # else all lie in one cell
            low[c], high[c], scale[c] = own[0], own[-1], per_cell
        cell = ((np.clip(own, low[c], high[c]) - low[c]) * scale[c]).astype(np.int64)
        below = np.searchsorted(cell, np.arange(n_cells[c] + 1))
        cells[first[c] : first[c] + n_cells[c]] = below[:-1]
        step[c] = 1 << (int(np.diff(below).max()).bit_length() - 1)
    return Guide(cells, first, low, high, scale, step)


@part
def _category_code(x: float, n: int, unknown: int) -> Any:
    if math.isnan(x):
        return n + 1
    # compared as floats: a huge code must not wrap around when it becomes an integer
    below = x <= -1.0 if unknown == 1 else x < 0.0
    return n if below or x >= n else np.int64(x)


@borrower
def _encode(  # noqa: C901, PLR0912 (each rule has its loop)
    rows: Array,
    feature: Array,
    rule: Array,
    bound: Array,
    first: Array,
    cells: Array,
    first_cell: Array,
    low: Array,
    high: Array,
    scale: Array,
    first_step: Array,
    count: Array,
    unknown: int,
    value: Array,
    rank: Array,
    least: int,
    out: Array,
) -> None:
    for start in range(0, rows.shape[0], _ROWS_AT_A_TIME):
        n_rows = min(_ROWS_AT_A_TIME, rows.shape[0] - start)
        for c in range(feature.shape[0]):
            f, how, n = feature[c], rule[c], count[c]
            if how == CATEGORY:
                for i in range(n_rows):
                    out[c, start + i] = least + _category_code(np.float64(rows[start + i, f]), n, unknown)
                continue
            missing = 0 if how in (NAN_LEFT, ZERO_LEFT) else n
            for i in range(n_rows):
                value[i] = rows[start + i, f]
            if how == NAN_IS_ZERO:
                for i in range(n_rows):
                    value[i] = 0.0 if math.isnan(value[i]) else value[i]
            elif how >= ZERO_RIGHT:
                for i in range(n_rows):
                    value[i] = math.nan if abs(value[i]) <= ZERO_LIMIT else value[i]
            own, step = pointer(bound, first[c]), first_step[c]
            if step > 0:
                a, b, width, cell = low[c], high[c], scale[c], pointer(cells, first_cell[c])
                for i in range(n_rows):
                    x = value[i] if value[i] > a else a  # NaN too
                    rank[i] = np.int32(((x if x < b else b) - a) * width)
                for i in range(n_rows):
                    rank[i] = cell[np.uint64(rank[i])]
            else:
                for i in range(n_rows):
                    rank[i] = 0
            while step > 0:
                # one step for all rows, then the next: no row waits for its own last step
                for i in range(n_rows):
                    here = rank[i]
                    rank[i] = here + np.int32(own[here + step - 1] < value[i]) * np.int32(step)
                step >>= 1
            for i in range(n_rows):
                out[c, start + i] = least + (missing if math.isnan(value[i]) else rank[i])
