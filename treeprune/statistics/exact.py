"""Sums that do not depend on the order of the rows, at one plain addition a part.

Numbers are cut at powers of two into *parts*. All values of one part are multiples of one quantum, and
all rows together stay below 2 ** 53 quanta. Then every sum over some of the rows is exact, in any
order, by blocks or by threads. What a part leaves over goes on to the next one, so nothing is lost.

The cut is ExtractVector of Rump, Ogita and Oishi, "Accurate floating-point summation, part I: faithful
rounding", SIAM J. Sci. Comput. 31 (2008) 189-224; sums that depend on no order by rounding first are
the idea of Demmel and Nguyen, "Parallel reproducible summation", IEEE Trans. Comput. 64 (2015)
2060-2070. The sums of the parts are joined by expansions: Shewchuk, "Adaptive precision floating-point
arithmetic and fast robust geometric predicates", Discrete Comput. Geom. 18 (1997) 305-363.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from treeprune.kernels.compiled import borrower, kernel
from treeprune.model.ensemble import Array

MOST_ROWS = 2**45
"""So many rows can be summed; more would leave a part too few bits."""

_MOST_TERMS = 16
_LARGEST_SUM = 2.0**1022


@kernel
def two_sum(a: float, b: float) -> tuple[float, float]:
    """Rounded sum of two numbers, and what rounding took from it (Knuth)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


@kernel
def grow(expansion: Array, size: int, x: float) -> int:
    """Add a number to an expansion without error and return how many components it has then.

    Components do not overlap and grow in size; their sum is the number they stand for.
    """
    if x == 0.0:
        return size
    kept = 0
    for i in range(size):
        x, low = two_sum(x, expansion[i])
        expansion[kept] = low
        kept += low != 0.0  # no branch: nobody could foretell it
    expansion[kept] = x
    return kept + (x != 0.0)


@kernel
def _nearest(expansion: Array, size: int, top: float) -> tuple[float, float, int]:
    """Round `top` plus the components below it; also the next component, and how many are below that."""
    low = 0.0
    while size > 0 and low == 0.0:
        size -= 1
        above = top
        top = above + expansion[size]
        low = expansion[size] - (top - above)
    # half way between two numbers the sign of what is below decides
    if size > 0 and (low > 0.0) == (expansion[size - 1] > 0.0):
        further = top + 2.0 * low
        if further - top == 2.0 * low:
            top = further
            low = -low
    return top, low, size


@kernel
def rounded(expansion: Array, size: int) -> tuple[float, float]:
    """Nearest number to an expansion, and the nearest number to the rest; NaN if it is not finite."""
    if size == 0:
        return 0.0, 0.0
    total, low, below = _nearest(expansion, size - 1, expansion[size - 1])
    if not math.isfinite(total):
        return math.nan, 0.0
    lost, _, _ = _nearest(expansion, below, low)
    return total, lost


@borrower
def _largest(rest: Array, limit: float) -> float:
    """Largest size of a number (sum over the rows of `rest`), infinity if it is not within the limit."""
    largest = 0.0
    for i in range(rest.shape[1]):
        size = 0.0
        for t in range(rest.shape[0]):
            size += abs(rest[t, i])
        if not size <= limit:
            return math.inf
        largest = max(largest, size)
    return largest


@borrower
def _cut(rest: Array, sigma: float, part: Array) -> float:
    """Move what is above the quantum of `sigma` from `rest` to `part`; largest size of what remains."""
    largest = 0.0
    for i in range(rest.shape[1]):
        taken, left = 0.0, 0.0
        for t in range(rest.shape[0]):
            x = rest[t, i]
            high = (sigma + x) - sigma
            rest[t, i] = x - high
            taken += high
            left += abs(x - high)
        part[i] = taken
        largest = max(largest, left)
    return largest


@kernel
def _join(sums: Array, expansion: Array, total: Array, lost: Array) -> None:
    """Round each row of sums of parts; NaN if it is not finite."""
    n_parts = sums.shape[1]
    for i in range(sums.shape[0]):
        # a bare 0 is a type of its own, for which both kernels would be compiled once more
        size: Any = np.int64(0)
        for k in range(n_parts - 1, -1, -1):
            size = grow(expansion, size, sums[i, k])
        total[i], lost[i] = rounded(expansion, size)


def _without_wild_rows(rest: Array, limit: float) -> tuple[Array, Array]:
    """Rows that are not within the limit, and what they count as; their place in `rest` becomes 0."""
    with np.errstate(over="ignore", invalid="ignore"):
        wild = np.flatnonzero(~(np.abs(rest).sum(axis=0) <= limit))
        value = rest[:, wild].sum(axis=0)
    rest[:, wild] = 0.0
    return wild, np.where(np.isnan(value), np.nan, np.copysign(np.inf, value))


def part_columns(terms: Sequence[Array], n: int) -> list[Array]:
    """Parts of numbers, one array a part; see `exact_parts`."""
    if not len(terms[0]) <= n <= MOST_ROWS:
        raise ValueError(f"n must lie between {len(terms[0])} rows and {MOST_ROWS}, got {n}")
    if len(terms) > _MOST_TERMS:
        raise ValueError(f"a number has at most {_MOST_TERMS} terms, got {len(terms)}")
    used = [term for term in terms if term.any()] or [terms[0]]
    rest = np.array(used, np.float64)  # a copy: it is used up
    # each term may be rounded up by half a quantum; sigma must be four times the largest
    room = max(n, 4) * (1.0 + (n * len(used) + 8.0) * 2.0**-53)
    limit = _LARGEST_SUM / room
    largest = _largest(rest, limit)
    wild, value = np.empty(0, np.int64), np.empty(0)
    if math.isinf(largest):
        wild, value = _without_wild_rows(rest, limit)
        largest = _largest(rest, limit)
    columns: list[Array] = []
    while largest > 0.0 or not columns:
        exponent = math.frexp(room * largest)[1]
        columns.append(np.empty(rest.shape[1]))
        largest = _cut(rest, math.ldexp(1.5, exponent - 1), columns[-1])
    columns[0][wild] = value
    return columns


def exact_parts(terms: Sequence[Array], n: int) -> Array:
    """Cut numbers into parts whose sums over rows are exact in any order.

    Parameters
    ----------
    terms : sequence of ndarray of float64, shape (n_rows,)
        Their sum over the sequence, row by row and without rounding, is the number that is cut: a single
        array, or for instance a product and its rounding error.
    n : int
        So many rows will be summed at most, here and in other tables.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_parts)
        A row adds up to its number exactly. One part suffices for numbers with few bits, such as ones
        and whole numbers.

    Raises
    ------
    ValueError
        If `n` is less than the number of rows or more than `MOST_ROWS`.

    Notes
    -----
    A row that is not finite, or so large that `n` of its kind would overflow, counts as infinite
    (or NaN) in the first part, so whatever it is summed into is not finite either.
    """
    return np.stack(part_columns(terms, n), axis=1)


def join_parts(sums: Array) -> tuple[Array, Array]:
    """Add up the sums of parts.

    Parameters
    ----------
    sums : ndarray of float64, shape (..., n_parts)
        Sum of each part, over the same rows.

    Returns
    -------
    total, lost : ndarray of float64, shape (...)
        The number nearest to the exact sum, and the one nearest to what that lacks. They depend on
        the exact sum alone, not on how it was cut.
    """
    if sums.shape[-1] == 1:
        return sums[..., 0].copy(), np.zeros(sums.shape[:-1])
    flat = np.ascontiguousarray(sums).reshape(-1, sums.shape[-1])
    total, lost = np.empty((2, len(flat)))
    _join(flat, np.empty(flat.shape[1]), total, lost)
    wild = np.isnan(total)
    if wild.any():  # infinity stays infinity
        with np.errstate(over="ignore", invalid="ignore"):
            total[wild] = flat[wild].sum(axis=1)
    return total.reshape(sums.shape[:-1]), lost.reshape(sums.shape[:-1])
