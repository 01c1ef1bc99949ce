"""The log loss of log odds, as a function of how far they are shifted.

A row whose log odds are z, and whose outcome they speak against, costs log(1 + exp(z)). Shifted by s it
costs log(1 + p (exp(s) - 1)) more, p being its probability; a row that they speak for is the same
with z and s negated. Rows differ in p alone, and the shift is one and the same for all rows of a leaf
and one node above. What is asked for, the sum over the rows of a leaf, is therefore one smooth
function of s: of change / s, which has no zero where s has one, a polynomial of low degree is left.
Its nearest singularities lie at distance pi or more from the real axis, so on shifts up to r an
interpolant in n Chebyshev points errs by about rho ** -n, rho = pi / r + sqrt((pi / r) ** 2 + 1)
(L. Trefethen, *Approximation Theory and Approximation Practice*, 2013, theorem 8.2). A row then adds n
numbers to its leaf, whatever the depth, and the sums are evaluated by the barycentric formula (J.-P.
Berrut, L. Trefethen, "Barycentric Lagrange interpolation", SIAM Review 46 (2004) 501-517).

The numbers lie below the largest weight. So they can be rounded to binary grids that are known before
any row is: their plain sums are exact, and do not depend on the order of the rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import LEAF, Array
from treeprune.statistics.collect import add_exactly

_REACHES = {8: 0.07, 10: 0.17, 12: 0.3, 16: 0.66, 24: 1.45, 32: 2.2}
"""Points, and the largest shift up to which so many leave no error but rounding, for any log odds."""

_SERIES_TO = 0.66
"""Largest reach whose logarithms are summed as a series at once."""

_KEPT_BITS = 64
"""Bits of the largest number that the grids keep at the least."""

_FAR = 600.0
"""Shifts beyond which exp(shift) comes near the largest number."""


@dataclass(frozen=True, eq=False)
class Points:
    """Where the change of the loss is asked for, to know it everywhere up to the outermost point.

    Parameters
    ----------
    shift, weight : ndarray of float64, shape (n,)
        Chebyshev points of the first kind, and their barycentric weights.
    up, down, per_shift : ndarray of float64
        ``exp(shift) - 1``, ``exp(-shift) - 1`` and ``1 / shift``, with zeros up to a multiple of four,
        by which vectors have no rest.
    """

    shift: Array
    weight: Array
    up: Array
    down: Array
    per_shift: Array

    def __len__(self) -> int:
        return len(self.shift)


@cache
def points(n: int) -> Points:
    """Points for the shifts that `n` of them serve."""
    angle = (2 * np.arange(n) + 1) * np.pi / (2 * n)
    shift = _REACHES[n] * np.cos(angle)
    weight = np.sin(angle) * (-1.0) ** np.arange(n)
    of_rows = [np.expm1(shift), np.expm1(-shift), 1.0 / shift]
    return Points(shift, weight, *np.pad(of_rows, ((0, 0), (0, -n % 4))))


def n_points(reach: float) -> int:
    """Number of points that shifts up to `reach` need; 0 if they reach too far for any."""
    return next((n for n, most in _REACHES.items() if reach <= most), 0)


def grids(n_rows: int, largest: float) -> Array:
    """Constants that round numbers to grids when they are added and taken away again.

    Parameters
    ----------
    n_rows : int
        So many numbers are summed at most.
    largest : float
        No number is larger in size.

    Returns
    -------
    ndarray of float64
        One for each part: the first rounds the number, each other what is left over. Sums of
        `n_rows` parts are exact; together the parts keep `_KEPT_BITS` bits of the largest number.
    """
    room = math.frexp(float(max(n_rows, 4)) + 1.0)[1]
    bits = 52 - room
    top = math.frexp(largest)[1]
    parts = -(-_KEPT_BITS // bits)
    with np.errstate(over="ignore"):  # found out in the sums
        return np.ldexp(1.5, top + room - bits * np.arange(parts))


@kernel
def _short_log1p(t: float) -> float:
    """log(1 + t) for -0.5 < t < 1: a series without branches or calls, which runs on vectors."""
    u = np.divide(t, 2.0 + t)  # unlike /, it does not look for zeros, which would be a branch
    v = u * u
    # two chains of every other power: half as long to wait for
    x = v * v
    s, r = 1.0 / 35.0, 1.0 / 37.0
    s, r = s * x + 1.0 / 31.0, r * x + 1.0 / 33.0
    s, r = s * x + 1.0 / 27.0, r * x + 1.0 / 29.0
    s, r = s * x + 1.0 / 23.0, r * x + 1.0 / 25.0
    s, r = s * x + 1.0 / 19.0, r * x + 1.0 / 21.0
    s, r = s * x + 1.0 / 15.0, r * x + 1.0 / 17.0
    s, r = s * x + 1.0 / 11.0, r * x + 1.0 / 13.0
    s, r = s * x + 1.0 / 7.0, r * x + 1.0 / 9.0
    s, r = s * x + 1.0 / 3.0, r * x + 1.0 / 5.0
    return 2.0 * (u + u * (v * (s + v * r)))


@kernel
def _long_log1p(t: float) -> float:
    """log(1 + t) for -0.9 < t < 9, from the fourth root."""
    t = np.divide(t, 1.0 + math.sqrt(1.0 + t))
    t = np.divide(t, 1.0 + math.sqrt(1.0 + t))
    return 4.0 * _short_log1p(t)


@kernel
def _chance(z: float) -> float:
    """1 / (1 + exp(-z)), to the last digits however small."""
    e = math.exp(-abs(z))
    return np.divide(1.0 if z >= 0.0 else e, 1.0 + e)


@kernel
def _fill(
    odds: Array,
    hit: Array,
    w: Array,
    n: int,
    up: Array,
    down: Array,
    per_shift: Array,
    short: bool,
    grid: Array,
    out: Array,
) -> None:
    wide, n_parts = up.shape[0], grid.shape[0]
    rest = np.empty(wide)
    for i in range(odds.shape[0]):
        p = _chance(-odds[i] if hit[i] else odds[i])
        by = down if hit[i] else up
        if short:
            for j in range(wide):
                rest[j] = w[i] * (_short_log1p(p * by[j]) * per_shift[j])
        else:
            for j in range(wide):
                rest[j] = w[i] * (_long_log1p(p * by[j]) * per_shift[j])
        for k in range(n_parts):
            for j in range(n):
                part = (rest[j] + grid[k]) - grid[k]
                rest[j] -= part
                out[i, k * n + j] = part


def point_parts(odds: Array, hit: Array, w: Array, at: Points, grid: Array) -> Array:
    """Change / shift of each row at each point, times its weight, cut at the grids.

    Parameters
    ----------
    odds : ndarray of float64, shape (n_rows,)
        Log odds.
    hit : ndarray of bool, shape (n_rows,)
        Whether the outcome is what they speak for.
    w : ndarray of float64, shape (n_rows,)
    at : Points
    grid : ndarray of float64, shape (n_parts,)
        See `grids`.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_parts * n_points)
        All points of the first part come first.
    """
    out = np.empty((len(odds), len(grid) * len(at)))
    short = _REACHES[len(at)] <= _SERIES_TO
    _fill(odds, hit, w, len(at), at.up, at.down, at.per_shift, short, grid, out)
    return out


@kernel
def spread_points(
    sums: Array,
    shift: Array,
    weight: Array,
    first: int,
    last: int,
    left: Array,
    parent: Array,
    value: Array,
    factor: float,
    share: float,
    total: Array,
    lost: Array,
) -> None:
    """Add what the rows of each leaf of one tree change at each node above it.

    `sums` has a row a leaf: sums over its rows of change / shift at each point.
    """
    at = 0
    for leaf in range(first, last):
        if left[leaf] != LEAF:
            continue
        node = parent[leaf]
        while node != LEAF:
            s = factor * (value[node] - value[leaf])
            above, below = 0.0, 0.0
            for j in range(shift.shape[0]):
                off = s - shift[j]
                if off == 0.0:
                    above, below = sums[at, j], 1.0
                    break
                above += weight[j] / off * sums[at, j]
                below += weight[j] / off
            add_exactly(total, lost, node, 0, share * (s * (above / below)))
            node = parent[node]
        at += 1


@kernel
def rise(z: float, p: float, q: float, s: float) -> float:
    """log(1 + exp(z + s)) - log(1 + exp(z)), where p = 1 / (1 + exp(-z)) and q = 1 - p."""
    if abs(s) > _FAR:
        moved = z + s
        curved = math.log1p(math.exp(-abs(moved))) - math.log1p(math.exp(-abs(z)))
        return max(moved, 0.0) - max(z, 0.0) + curved
    t = p * math.expm1(s)
    # near -1 nothing of q would be left in 1 + t
    return math.log1p(t) if t > -0.5 else math.log(q + p * math.exp(s))


@kernel
def climb(
    leaves: Array,
    odds: Array,
    hit: Array,
    w: Array,
    parent: Array,
    value: Array,
    factor: float,
    share: float,
    total: Array,
    lost: Array,
) -> None:
    """Add what each row changes at each node above its leaf in one tree, however far it is shifted."""
    for i in range(leaves.shape[0]):
        leaf = leaves[i]
        node = parent[leaf]
        if node == LEAF:
            continue
        sign = -1.0 if hit[i] else 1.0
        z = sign * odds[i]
        p, q = _chance(z), _chance(-z)
        while node != LEAF:
            s = sign * (factor * (value[node] - value[leaf]))
            add_exactly(total, lost, node, 0, share * (w[i] * rise(z, p, q, s)))
            node = parent[node]
