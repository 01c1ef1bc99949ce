"""Least squares with factors that are not negative, over a set of trees that grows and shrinks.

All of it minimises ``f'Af / 2 - b'f``. The trees with a factor are the *members*; the rows and columns of A
that belong to them have a Cholesky factor L, which follows them in and out. See C. Lawson, R. Hanson,
*Solving Least Squares Problems*, 1974, chapters 23 and 24.

The kernels share these arrays:

- ``A``, shape (n_trees, n_trees);
- ``L``, shape (n_trees, n_trees), the lower triangle, rows in the order of the members;
- ``v``, shape (5, n_trees): at `FACTOR` the factors of all trees, at `SLOPE` how fast the objective falls
  as a factor grows (``b - Af``), at `LINEAR` b; the last two rows are scratch;
- ``members``, shape (n_trees + 1,), with their number as its last entry;
- ``state``, int8, shape (n_trees,): `OPEN` for a tree that may become a member, `USELESS` for one that
  would change nothing until another has left, `SHUT` for one that may not.
"""

from __future__ import annotations

import math

import numpy as np

from treeprune.criteria.tree_order.quadratic import Quadratic
from treeprune.kernels.compiled import part
from treeprune.model.ensemble import Array

FACTOR, SLOPE, LINEAR, SCRATCH, SCRATCH_2 = range(5)

OPEN, USELESS, SHUT = range(3)

_DEPENDENT = 1e-9
"""A tree counts as the sum of others if so little of its product with itself is its own."""

_RELATIVE = 1e-9


def problem_of(quadratic: Quadratic) -> tuple[Array, Array, float]:
    """Problem whose solutions are the best factors of a quadratic, up to the scale of an average.

    Parameters
    ----------
    quadratic : Quadratic

    Returns
    -------
    A : ndarray of float64, shape (n_trees, n_trees)
        Of an average, with ``(b'f) ** 2`` times the mean error of the trees added to ``f'Af``. That adds a
        constant to the error and changes no ratio, but there is a solution even if trees make no error. All
        is divided by a constant, so that no square is too small or too large for float64.
    b : ndarray of float64, shape (n_trees,)
    least : float
        Slopes up to this count as none.
    """
    A, b = quadratic.products, quadratic.linear
    if quadratic.normalised:
        square = float(b @ b)
        error = float(np.trace(A)) / square if square > 0 else 0.0
        A = A / (error if error > 0 else 1.0) + np.outer(b, b)
    else:
        size = float(np.abs(b).max(initial=0.0))
        size = 2.0 ** np.frexp(size)[1] if size > 0 else 1.0  # so nothing is rounded
        A, b = A / size, b / size
    return np.ascontiguousarray(A), b, _RELATIVE * float(np.abs(b).max(initial=0.0))


def no_members(b: Array) -> tuple[Array, Array, Array, Array]:
    """Arrays of the kernels before any tree is a member.

    Parameters
    ----------
    b : ndarray of float64, shape (n_trees,)

    Returns
    -------
    L, v, members, state : ndarray
        See the head of this module.
    """
    n = len(b)
    v = np.zeros((5, n))
    v[SLOPE] = v[LINEAR] = b
    return np.zeros((n, n)), v, np.zeros(n + 1, np.int64), np.zeros(n, np.int8)


@part
def _forward(L: Array, n: int, x: Array) -> None:
    """Replace x by the solution y of ``L y = x``."""
    for i in range(n):
        # four sums side by side, since each addition waits for the one before it
        s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
        whole = i - i % 4
        for c in range(0, whole, 4):
            s0 += L[i, c] * x[c]
            s1 += L[i, c + 1] * x[c + 1]
            s2 += L[i, c + 2] * x[c + 2]
            s3 += L[i, c + 3] * x[c + 3]
        for c in range(whole, i):
            s0 += L[i, c] * x[c]
        x[i] = (x[i] - ((s0 + s1) + (s2 + s3))) / L[i, i]


@part
def solve(L: Array, n: int, x: Array) -> None:
    """Replace x by the solution y of ``L L' y = x``."""
    _forward(L, n, x)
    for i in range(n - 1, -1, -1):
        x[i] /= L[i, i]
        for c in range(i):
            x[c] -= L[i, c] * x[i]


@part
def enter(A: Array, L: Array, v: Array, members: Array, j: int) -> bool:
    """Make a tree a member, unless it is the sum of others; tells whether it became one."""
    n, row = members[-1], v[SCRATCH]
    for i in range(n):
        row[i] = A[members[i], j]
    _forward(L, n, row)
    own = A[j, j]
    for i in range(n):
        own -= row[i] * row[i]
    if own <= _DEPENDENT * A[j, j]:
        return False
    for i in range(n):
        L[n, i] = row[i]
    L[n, n] = math.sqrt(own)
    members[n] = j
    members[-1] = n + 1
    return True


@part
def leave(L: Array, v: Array, members: Array, place: int) -> None:
    """Drop the member at a place: its row of L goes, what comes above the diagonal is rotated away."""
    n = members[-1] - 1
    v[FACTOR, members[place]] = 0.0
    for i in range(place, n):
        members[i] = members[i + 1]
        for c in range(i + 2):
            L[i, c] = L[i + 1, c]
    members[-1] = n
    cosine, sine = v[SCRATCH], v[SCRATCH_2]
    for i in range(place, n):
        for c in range(place, i):
            a, e = L[i, c], L[i, c + 1]
            L[i, c] = cosine[c] * a + sine[c] * e
            L[i, c + 1] = cosine[c] * e - sine[c] * a
        a, e = L[i, i], L[i, i + 1]
        length = math.hypot(a, e)
        cosine[i], sine[i] = a / length, e / length
        L[i, i] = length


@part
def measure(A: Array, v: Array, members: Array) -> None:
    """Set the slopes."""
    n_trees = v.shape[1]
    for t in range(n_trees):
        v[SLOPE, t] = v[LINEAR, t]
    for i in range(members[-1]):
        j = members[i]
        f = v[FACTOR, j]
        for t in range(n_trees):
            v[SLOPE, t] -= f * A[j, t]


@part
def settle(A: Array, L: Array, v: Array, members: Array) -> int:
    """Find the best factors of the members; those at zero leave. Tells how many left."""
    left, x = 0, v[SCRATCH_2]
    while members[-1] > 0:
        n = members[-1]
        for i in range(n):
            x[i] = v[LINEAR, members[i]]
        solve(L, n, x)
        # go as far towards the solution as no factor gets negative
        first, share = -1, 1.0
        for i in range(n):
            f = v[FACTOR, members[i]]
            if x[i] <= 0.0 and f <= share * (f - x[i]):
                first, share = i, f / (f - x[i]) if f > x[i] else 0.0
        for i in range(n):
            f = v[FACTOR, members[i]]
            v[FACTOR, members[i]] = x[i] if first < 0 else f + share * (x[i] - f)
        if first < 0:
            break
        leave(L, v, members, first)
        left += 1
        for i in range(members[-1] - 1, -1, -1):
            if v[FACTOR, members[i]] <= 0.0:
                leave(L, v, members, i)
                left += 1
    measure(A, v, members)
    return left


@part
def steepest(A: Array, v: Array, state: Array, least: float) -> int:
    """Open tree that would lower the objective most by itself; -1 if none would."""
    chosen, most = -1, 0.0
    for j in range(len(state)):
        slope = v[SLOPE, j]
        if slope > least and v[FACTOR, j] == 0.0 and state[j] == OPEN and slope * slope > most * A[j, j]:
            chosen, most = j, slope * slope / A[j, j]
    return chosen


@part
def reopen(state: Array) -> None:
    """Give trees another chance, since one has left."""
    for t in range(len(state)):
        if state[t] == USELESS:
            state[t] = OPEN


@part
def grow(A: Array, L: Array, v: Array, members: Array, state: Array, least: float) -> bool:
    """Let the steepest open tree in and settle; tells whether there was one."""
    while True:
        j = steepest(A, v, state, least)
        if j < 0:
            return False
        if enter(A, L, v, members, j):
            n = members[-1]
            left = settle(A, L, v, members)
            if v[FACTOR, j] > 0.0 or left > 1:
                if members[-1] < n:
                    reopen(state)
                return True
        state[j] = USELESS


@part
def note(v: Array, members: Array, factors: Array) -> None:
    """Write the factors into the row of their number."""
    n = members[-1]
    for t in range(v.shape[1]):
        factors[n - 1, t] = v[FACTOR, t]
