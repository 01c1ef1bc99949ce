"""At most so many trees with factors, by least squares with local search."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.tree_order.active_set import (
    FACTOR,
    LINEAR,
    OPEN,
    SLOPE,
    enter,
    grow,
    leave,
    measure,
    no_members,
    note,
    problem_of,
    settle,
)
from treeprune.criteria.tree_order.orthogonal_matching import pursuit
from treeprune.criteria.tree_order.quadratic import Quadratic
from treeprune.criteria.tree_order.refits import at_least_one, best_of_each_size
from treeprune.criteria.tree_order.registry import register
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.criteria.tree_order.swaps import most_swaps
from treeprune.kernels.compiled import borrower, part
from treeprune.model.ensemble import Array

_MOST_EXCHANGES = 1000
"""For one size; rounding could go on for ever."""

_TOLERANCE = 1e-9
"""An exchange has to gain more than this part of the objective."""


@part
def _incomer(A: Array, v: Array, state: Array, i: int, gain: float) -> int:
    """Open tree that gains most, and more than `gain`, once member i has left and others stay; else -1."""
    chosen, f = -1, v[FACTOR, i]
    for j in range(len(state)):
        slope = v[SLOPE, j] + f * A[i, j]
        if slope > 0.0 and slope * slope > gain * A[j, j] and v[FACTOR, j] == 0.0 and state[j] == OPEN:
            chosen, gain = j, slope * slope / A[j, j]
    return chosen


@part
def _exchange(A: Array, L: Array, v: Array, members: Array, state: Array, tolerance: float) -> bool:
    """Exchange one member for an open tree, if some exchange lowers the objective."""
    for place in range(members[-1]):
        i = members[place]
        f = v[FACTOR, i]
        # settled members have no slope, so this is what is lost without the member, twice
        j = _incomer(A, v, state, i, f * f * A[i, i] + tolerance)
        if j < 0:
            continue
        slope = v[SLOPE, j] + f * A[i, j]
        leave(L, v, members, place)
        if enter(A, L, v, members, j):
            v[FACTOR, j] = slope / A[j, j]
            settle(A, L, v, members)
            return True
        enter(A, L, v, members, i)
        v[FACTOR, i] = f
        settle(A, L, v, members)
    return False


@part
def _fill(A: Array, L: Array, v: Array, members: Array, state: Array, least: float, size: int) -> None:
    """Let the steepest trees in until there are so many."""
    for _ in range(_MOST_EXCHANGES):
        if members[-1] >= size or not grow(A, L, v, members, state, least):
            break


@borrower
def _search(
    A: Array,
    L: Array,
    v: Array,
    members: Array,
    state: Array,
    least: float,
    exchanges: int,
    tolerance: float,
    starts: Array,
    factors: Array,
) -> None:
    """Fill a row of `factors` for each size; `starts` has another candidate for each."""
    for k in range(len(factors)):
        _fill(A, L, v, members, state, least, k + 1)
        objective, other = 0.0, 0.0
        for t in range(len(state)):
            # at the best factors of any set the objective is half of -b'f
            objective += v[LINEAR, t] * v[FACTOR, t]
            other += v[LINEAR, t] * starts[k, t]
        if other > objective:
            for i in range(members[-1] - 1, -1, -1):
                leave(L, v, members, i)
            for t in range(len(state)):
                if starts[k, t] > 0.0:
                    enter(A, L, v, members, t)
                    v[FACTOR, t] = starts[k, t]
            settle(A, L, v, members)
        for _ in range(exchanges):
            if not _exchange(A, L, v, members, state, tolerance):
                break
            _fill(A, L, v, members, state, least, k + 1)
        measure(A, v, members)
        note(v, members, factors)


@register(
    "l0",
    needs="gram",
    tasks=("classification", "regression"),
    paper=(
        "H. Hazimeh, R. Mazumder, Fast best subset selection: coordinate descent and local combinatorial "
        "optimization algorithms, Operations Research 68, 2020"
    ),
)
def best_subset(quadratic: Quadratic, *, swaps: bool | int = True) -> TreeSteps:
    """Find the least squares of each number of trees by local search, factors not negative.

    Parameters
    ----------
    quadratic : Quadratic
    swaps : bool or int
        Whether members are exchanged for left-out trees until no exchange lowers the error while the
        other factors stay. A number bounds the exchanges of one size.

    Returns
    -------
    TreeSteps
        Up to the number of trees that have a factor in the non-negative least squares of them all.

    Raises
    ------
    ValueError
        If `swaps` is a negative number, or none.

    Notes
    -----
    Each size starts from the better of two sets: that of the size before with the tree that gains most, and
    that of the orthogonal matching pursuit. After an exchange all factors are fitted anew.
    """
    exchanges = most_swaps(swaps, _MOST_EXCHANGES)
    starts = pursuit(quadratic)
    if len(starts) > 0:
        A, b, least = problem_of(quadratic)
        L, v, members, state = no_members(b)
        tolerance, factors = _TOLERANCE * float(b @ starts[-1]), np.zeros(starts.shape)
        _search(A, L, v, members, state, least, exchanges, tolerance, starts, factors)
        starts = best_of_each_size(quadratic, np.concatenate([factors, starts]))
    return at_least_one(quadratic, starts)
