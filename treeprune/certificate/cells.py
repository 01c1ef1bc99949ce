"""Cells: values of a column that no split of any model tells apart, as far as the domain has them.

Thresholds are compared after rounding to the model's input type. Rounding is monotone, so "rounded to
single precision it is at most b" is "it is at most B" for a double precision number B; cells are intervals
of what a user's table holds, and models of both precisions can be cut along each other's thresholds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from treeprune.domain.column import Column
from treeprune.kernels.columns import largest_on_the_left
from treeprune.model.ensemble import LEAF, ZERO_IS_MISSING, ZERO_LIMIT, Array, TreeEnsemble

_LARGEST = float(np.finfo(np.float64).max)
_ZERO_EDGES = (float(np.nextafter(-ZERO_LIMIT, -np.inf)), ZERO_LIMIT)


def widened(bound: Array) -> Array:
    """Largest double precision numbers that round to at most some single precision ones.

    Parameters
    ----------
    bound : ndarray of float32

    Returns
    -------
    ndarray of float64
        Half way to the next single precision number, or the double precision number below it where that
        would be rounded up.
    """
    wide = bound.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # infinity less itself
        above = np.nextafter(bound, np.float32(np.inf)).astype(np.float64)
        # what lies behind the last single precision number is its successor in steps, and then infinity
        above = np.where(np.isinf(above) & np.isfinite(wide), 2.0**128, above)
        middle = np.where(np.isinf(wide), wide, wide + (above - wide) / 2)
        stays = middle.astype(np.float32) <= bound
    return np.where(stays, middle, np.nextafter(middle, -np.inf))


def bounds_of_splits(e: TreeEnsemble) -> Array:
    """Largest double precision number that goes left at each numeric split; NaN where none does."""
    bound, never = largest_on_the_left(e)
    wide = bound.astype(np.float64) if e.input_dtype == "float64" else widened(bound)
    return np.where(never, np.nan, wide)


def _column_edges(models: list[tuple[TreeEnsemble, Array]], j: int) -> tuple[Array, bool]:
    """Upper ends of the cells of a column, and whether some split is on categories."""
    found, by_set = [np.zeros(0)], False
    for e, bound in models:
        own = e.feature == j
        numeric = own & (e.category_set == LEAF)
        found.append(bound[numeric])
        if (numeric & (e.missing == ZERO_IS_MISSING)).any():
            found.append(np.array(_ZERO_EDGES))
        sets = e.category_set[own & ~numeric]
        if len(sets):
            by_set = True
            # single codes, one that no set knows, and negative ones
            found.append(np.arange(-1.0, e.category_count[sets].max()))
    edges = np.unique(np.concatenate(found))
    return edges[edges < np.inf], by_set  # nor NaN


def _plain_number(low: float, high: float) -> float:
    """The number with the fewest digits above `low` and up to `high`."""
    if low < 0.0 <= high:
        return 0.0
    if math.isinf(high):
        low = max(low, -1e300)
        high = low + max(1.0, abs(low)) if low < 1e300 else math.nextafter(low, math.inf)
    elif math.isinf(low):
        low = high - max(1.0, abs(high)) if high > -1e300 else math.nextafter(high, -math.inf)
    middle = low / 2 + high / 2
    for digits in range(1, 17):
        x = float(f"{middle:.{digits}g}")
        if low < x <= high:
            return x
    return high


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of one column that the domain has.

    Parameters
    ----------
    value : ndarray of float64, shape (n_cells,)
        A value in each cell; NaN for the cell of missing values, which is the last one.
    low, high : ndarray of int64, shape (n_cells,)
        First and last rank among `edges` of the values of each cell; they differ where neighbouring cells
        were thrown together. -1 for missing values.
    edges : ndarray of float64
        Upper ends.
    """

    value: Array
    low: Array
    high: Array
    edges: Array

    def __len__(self) -> int:
        return len(self.value)


def _values_by_rank(column: Column, edges: Array, by_set: bool, infinite: bool) -> dict[int, float]:
    """A value of the domain in each cell that has one; infinity only where some model takes it."""
    if column.values is not None:
        values = np.array(column.values)
        ranks = np.searchsorted(edges, values)
        _, first, count = np.unique(ranks, return_index=True, return_counts=True)
        return {int(ranks[i]): float(values[i + n // 2]) for i, n in zip(first, count, strict=True)}
    found: dict[int, float] = {}
    lows = np.concatenate([[-np.inf], edges])
    highs = np.concatenate([edges, [np.inf]])
    for k in range(len(highs)):
        low, high = float(lows[k]), min(float(highs[k]), column.upper)
        if low < column.lower:
            low = math.nextafter(column.lower, -math.inf)
        if low >= _LARGEST or high == -math.inf:  # nothing but infinity
            if infinite and math.isinf(high) and (column.upper if high > 0 else -column.lower) == math.inf:
                found[k] = high
            continue
        if low >= high:
            continue
        if column.integer or by_set:
            a = math.floor(low) + 1 if math.isfinite(low) else -math.inf
            b = math.floor(high) if math.isfinite(high) else math.inf
            if a > b:
                continue
            both = math.isfinite(a) and math.isfinite(b)
            x = float((int(a) + int(b)) // 2) if both else float(a if math.isfinite(a) else b)
            x = 0.0 if math.isinf(x) or a <= 0 <= b else x
        else:
            x = _plain_number(low, high)
        found[k] = x
    return found


def column_cells(column: Column, models: list[tuple[TreeEnsemble, Array]], j: int, most: int) -> Cells:
    """Cells of a column.

    Parameters
    ----------
    column : Column
    models : list of (TreeEnsemble, ndarray)
        Each with `bounds_of_splits`.
    j : int
        Which column.
    most : int
        Neighbours are thrown together where there are more cells than this.

    Returns
    -------
    Cells
    """
    edges, by_set = _column_edges(models, j)
    found = _values_by_rank(column, edges, by_set, any(e.infinite for e, _ in models))
    ranks, values = np.array(sorted(found), np.int64), np.array([found[k] for k in sorted(found)])
    low = high = ranks
    if len(ranks) > most and not by_set:
        start = np.linspace(0, len(ranks), most, endpoint=False).astype(np.int64)
        stop = np.append(start[1:], len(ranks))
        low, high, values = ranks[start], ranks[stop - 1], values[(start + stop) // 2]
    if column.missing:
        values, low, high = np.append(values, np.nan), np.append(low, -1), np.append(high, -1)
    return Cells(values, low, high, edges)


LEFT, RIGHT = 1, 2
"""Bits of the sides that values of a cell may go to."""


def sides_of_cells(e: TreeEnsemble, bound: Array, nodes: Array, cells: Cells) -> Array:
    """Where the values of each cell go at some splits on one column.

    Parameters
    ----------
    e : TreeEnsemble
    bound : ndarray of float64, shape (n_nodes,)
        From `bounds_of_splits`.
    nodes : ndarray of int
    cells : Cells

    Returns
    -------
    ndarray of uint8, shape (len(nodes), n_cells)
        Sum of `LEFT` and `RIGHT`; both only where cells were thrown together.
    """
    rank = np.searchsorted(cells.edges, bound[nodes])[:, None]
    rank = np.where(np.isnan(bound[nodes])[:, None], -1, rank)
    out = LEFT * (cells.low <= rank) + RIGHT * (cells.high > rank)
    default = np.where(e.default_left[nodes], LEFT, RIGHT)[:, None]
    zero_missing = (e.missing[nodes] == ZERO_IS_MISSING)[:, None]
    if zero_missing.any():
        first, last = np.add(np.searchsorted(cells.edges, _ZERO_EDGES), (1, 0))
        inside, some = (
            (cells.low >= first) & (cells.high <= last),
            (cells.high >= first) & (cells.low <= last),
        )
        out = np.where(zero_missing & inside, default, np.where(zero_missing & some, out | default, out))
    gone = cells.low < 0
    if gone.any():
        zero_left = np.where(bound[nodes] >= 0.0, LEFT, RIGHT)[:, None]
        out = np.where(gone, np.where((e.missing[nodes] == 1)[:, None], zero_left, default), out)
    for i in np.flatnonzero(e.category_set[nodes] != LEAF):
        out[i] = _sides_by_set(e, int(nodes[i]), cells.value)
    return out.astype(np.uint8)


def _sides_by_set(e: TreeEnsemble, node: int, codes: Array) -> Array:
    s, default = int(e.category_set[node]), LEFT if e.default_left[node] else RIGHT
    stranger = {"left": LEFT, "right": RIGHT, "default": default}[e.unknown_category]
    words = e.category_word[e.category_offset[s] : e.category_offset[s + 1]]
    out = np.full(len(codes), stranger)
    known = (codes >= 0) & (codes < e.category_count[s])
    at = codes[known].astype(np.int64)
    out[known] = np.where((words[at >> 5] >> (at & 31).astype(np.uint32)) & 1, LEFT, RIGHT)
    out[np.isnan(codes)] = default
    return out
