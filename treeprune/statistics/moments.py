"""Errors of every node around its own value, from sums that do not depend on the order of the rows.

What a regressor needs, ``sum w (y - v)`` and ``sum w (y - v) ** 2``, follows from three sums that know no
``v``: of w, of w u and of w u ** 2, where u = y - centre. Rows are thus added at the leaves only, and
splits add up their children. The usual objection, that large numbers cancel, does not hold here: the sums
are exact (`treeprune.statistics.exact`), products are made without error (Dekker, "A floating-point
technique for extending the available precision", Numer. Math. 18 (1971) 224-242; Ogita, Rump and Oishi,
"Accurate sum and dot product", SIAM J. Sci. Comput. 26 (2005) 1955-1988), and only the result is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import Array
from treeprune.statistics.exact import grow, part_columns, rounded, two_sum

_SPLITTER = 2.0**27 + 1.0
_SPLITS = 2.0**990  # larger factors would overflow when they are split
_SHRINK, _STRETCH = 2.0**-60, 2.0**60
_LARGEST_PRODUCT = 2.0**1020
_CAUTION = 1.0 + 2.0**-40

Triple = tuple[float, float, float, float]


@kernel
def _plain_product(a: float, b: float) -> tuple[float, float]:
    """Rounded product of two numbers, and what rounding took from it; NaN if a factor is too large."""
    product = a * b
    c = _SPLITTER * a
    a_high = c - (c - a)
    a_low = a - a_high
    c = _SPLITTER * b
    b_high = c - (c - b)
    b_low = b - b_high
    return product, a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)


@kernel
def two_product(a: float, b: float) -> tuple[float, float]:
    """Rounded product of two numbers, and what rounding took from it (Dekker, Veltkamp).

    A product of 2 ** 1020 and more is infinite; below 2 ** -968 the error has no place in a float.
    """
    stretch = 1.0
    if abs(a) > _SPLITS:
        a *= _SHRINK
        stretch = _STRETCH
    if abs(b) > _SPLITS:
        b *= _SHRINK
        stretch *= _STRETCH
    product, error = _plain_product(a, b)
    product *= stretch
    if not abs(product) < _LARGEST_PRODUCT:
        return product * np.inf, 0.0
    return product, error * stretch


@kernel
def _row_moments(u: Array, w: Array, first: Array, second: Array) -> None:
    """Exact w u (two terms) and w u ** 2 (four terms) of each row."""
    for i in range(u.shape[0]):
        first[0, i], first[1, i] = two_product(w[i], u[i])
        second[0, i], second[1, i] = two_product(first[0, i], u[i])
        second[2, i], second[3, i] = two_product(first[1, i], u[i])


@kernel
def _grow_product(expansion: Array, size: int, a: float, b: float) -> int:
    """Add a product to an expansion without error."""
    if a == 0.0 and np.isfinite(b):
        return size
    product, error = two_product(a, b)
    return grow(expansion, grow(expansion, size, error), product)


@kernel
def _exact_errors(
    a: Array, b: Array, c: Array, v: float, v_low: float, around: Array, square: Array
) -> tuple[float, float, float, float]:
    """Errors around v + v_low from the parts of each moment; two buffers are used up."""
    # sum w (u - v)
    size = 0
    for x in a:
        size = _grow_product(around, size, -v, x)
        size = _grow_product(around, size, -v_low, x)
    for x in b[::-1]:
        size = grow(around, size, x)
    first, first_lost = rounded(around, size)
    # sum w (u - v) ** 2 = sum w u ** 2 - v (sum w (u - v) + sum w u)
    for x in b[::-1]:
        size = grow(around, size, x)
    length = 0
    for i in range(size):
        length = _grow_product(square, length, -v, around[i])
        length = _grow_product(square, length, -v_low, around[i])
    for x in c[::-1]:
        length = grow(square, length, x)
    second, second_lost = rounded(square, length)
    return first, first_lost, second, second_lost


@kernel
def _add(sums: Triple, x: float) -> Triple:
    """Add to a sum, the sum of its errors and the sum of theirs; the last is a bound on what is left."""
    s, t, u, bound = sums
    s, x = two_sum(s, x)
    t, x = two_sum(t, x)
    u, x = two_sum(u, x)
    return s, t, u, bound + abs(x)


@kernel
def _add_product(sums: Triple, a: float, b: float) -> Triple:
    """Add a product without error."""
    product, error = _plain_product(a, b)
    return _add(_add(sums, product), error)


@kernel
def _certain(sums: Triple) -> tuple[float, float, bool]:
    """Nearest number to a sum, the nearest to the rest, and whether both are certain (Ziv's test)."""
    s, t, u, bound = sums
    s, t = two_sum(s, t)
    t, u = two_sum(t, u)
    s, t = two_sum(s, t)
    t, u = two_sum(t, u)
    most = (abs(t) + abs(u) + bound) * _CAUTION
    more = (abs(u) + bound) * _CAUTION
    # rounding is monotonic: what both ends round to, all between round to
    sure = s + most == s and s - most == s
    exact = bound == 0.0  # then t is t + u rounded, even half way
    return s, t, sure and (exact or (t + more == t and t - more == t))


@kernel
def _quick_errors(a: Array, b: Array, c: Array, v: float) -> tuple[float, float, float, float, bool]:
    """Errors around v in triple precision, and whether they are certainly the exact ones rounded."""
    around = square = (0.0, 0.0, 0.0, 0.0)
    high, low = _plain_product(v, v)
    for x in a:
        around = _add_product(around, -v, x)
        square = _add_product(square, high, x)
        square = _add_product(square, low, x)
    for x in b:
        around = _add(around, x)
        square = _add_product(square, -2.0 * v, x)
    for x in c:
        square = _add(square, x)
    first, first_lost, sure = _certain(around)
    second, second_lost, certain = _certain(square)
    return first, first_lost, second, second_lost, sure and certain


@kernel
def _errors(sums: Array, value: Array, edges: Array, centre: Array, result: Array) -> None:
    """Sums around the value of each node; `result` holds both totals and remainders."""
    n_parts = sums.shape[1]
    around, square = np.empty(6 * n_parts), np.empty(25 * n_parts)
    for node in range(sums.shape[0]):
        row = sums[node]
        a = row[: edges[1]]
        for k in range(value.shape[1]):
            b, c = row[edges[2 * k + 1] : edges[2 * k + 2]], row[edges[2 * k + 2] : edges[2 * k + 3]]
            v, v_low = two_sum(value[node, k], -centre[k])
            first, first_lost, second, second_lost, certain = _quick_errors(a, b, c, v)
            if not certain or v_low != 0.0:
                first, first_lost, second, second_lost = _exact_errors(a, b, c, v, v_low, around, square)
            if second < 0.0:  # products too small for floats are all that can be missing
                second, second_lost = 0.0, 0.0
            result[0, node, k], result[1, node, k] = first, first_lost
            result[2, node, k], result[3, node, k] = second, second_lost


class MomentLayout(NamedTuple):
    """Which columns of parts belong to which moment.

    Parameters
    ----------
    edges : ndarray of int64, shape (2 n_targets + 2,)
        Ends of the runs of columns: the weight's, then each target's first and second moment.
    centre : ndarray of float64, shape (n_targets,)
        What the moments of each target are taken around.
    """

    edges: Array
    centre: Array

    @property
    def weight(self) -> slice:
        """Columns of the weight."""
        return slice(0, int(self.edges[1]))

    def first(self, k: int) -> slice:
        """Columns of ``w u`` of target `k`."""
        return slice(int(self.edges[2 * k + 1]), int(self.edges[2 * k + 2]))

    def second(self, k: int) -> slice:
        """Columns of ``w u ** 2`` of target `k`."""
        return slice(int(self.edges[2 * k + 2]), int(self.edges[2 * k + 3]))


@dataclass(frozen=True, eq=False)
class Moments:
    """Parts of weights and of weighted outcomes.

    Parameters
    ----------
    parts : ndarray of float64, shape (n_rows, n_parts)
        To be summed over rows, in any order.
    layout : MomentLayout
    """

    parts: Array
    layout: MomentLayout


def exact_centre(y: Array) -> float:
    """A number of few bits amid outcomes far from zero, from which each lies an exact distance; else 0.

    It costs and brings no accuracy, only fewer parts.
    """
    if not len(y):
        return 0.0
    least, most = float(y.min()), float(y.max())
    # between half a number and its double differences are exact (Sterbenz); wider, little is gained
    if not (0.0 < most <= 2.0 * least < np.inf or -np.inf < 2.0 * most <= least < 0.0):
        return 0.0
    spread = most - least
    if spread == 0.0:
        return least
    grid = 2.0 ** np.ceil(np.log2(spread))  # coarse, but not beyond double the least size
    return float(np.rint((least + 0.5 * spread) / grid) * grid)


def moment_parts(y: Array, w: Array, n: int) -> Moments:
    """Cut weights and weighted outcomes into parts whose sums over rows are exact in any order.

    Parameters
    ----------
    y : ndarray of float64, shape (n_rows, n_targets)
        Outcomes.
    w : ndarray of float64, shape (n_rows,)
        Weights, not negative.
    n : int
        So many rows will be summed at most.

    Returns
    -------
    Moments
    """
    n_rows, n_targets = y.shape
    columns = part_columns([w], n)
    edges, centres = [0, len(columns)], []
    for k in range(n_targets):
        centre = exact_centre(y[:, k])
        first, second = np.empty((2, n_rows)), np.empty((4, n_rows))
        _row_moments(y[:, k] - centre, w, first, second)
        for terms in (first, second):
            columns += part_columns(list(terms), n)
            edges.append(len(columns))
        centres.append(centre)
    return Moments(np.stack(columns, axis=1), MomentLayout(np.array(edges, np.int64), np.array(centres)))


def errors_around(sums: Array, value: Array, layout: MomentLayout) -> tuple[Array, Array, Array, Array]:
    """Sum the errors of rows around the value of the node they reach.

    Parameters
    ----------
    sums : ndarray of float64, shape (n_nodes, n_parts)
        Sums of `Moments.parts` over the rows of each node.
    value : ndarray of float64, shape (n_nodes, n_targets)
    layout : MomentLayout

    Returns
    -------
    first, first_lost, second, second_lost : ndarray of float64, shape (n_nodes, n_targets)
        ``sum w (y - value)`` and ``sum w (y - value) ** 2``: for each, the number nearest to the exact
        sum and the one nearest to what that lacks. They depend on the rows' exact sums alone, not on
        the centre or on how they were cut. NaN where a sum is too large for float64; the second is
        never negative.
    """
    result = np.empty((4, *value.shape))
    _errors(
        np.ascontiguousarray(sums),
        np.ascontiguousarray(value, np.float64),
        layout.edges,
        layout.centre,
        result,
    )
    first, first_lost, second, second_lost = result
    return first, first_lost, second, second_lost
