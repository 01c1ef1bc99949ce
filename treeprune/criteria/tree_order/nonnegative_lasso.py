"""Trees by the whole path of the non-negative lasso."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.tree_order.active_set import (
    FACTOR,
    LINEAR,
    OPEN,
    SLOPE,
    USELESS,
    enter,
    leave,
    measure,
    no_members,
    note,
    problem_of,
    reopen,
    solve,
)
from treeprune.criteria.tree_order.quadratic import Quadratic
from treeprune.criteria.tree_order.refits import at_least_one, best_of_each_size, refitted
from treeprune.criteria.tree_order.registry import register
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.kernels.compiled import borrower, part
from treeprune.model.ensemble import Array

_MOST_EVENTS = 20
_FLAT = 1e-9
"""A slope that falls as fast as the members', but for rounding, never meets theirs."""


@part
def _course(A: Array, L: Array, v: Array, members: Array, at_zero: Array, pace: Array, fall: Array) -> None:
    """Between two events the members' factors are ``at_zero - penalty * pace``.

    The slopes of the others fall by `fall` where that of the members falls by 1.
    """
    n = members[-1]
    for i in range(n):
        at_zero[i], pace[i] = v[LINEAR, members[i]], 1.0
    solve(L, n, at_zero)
    solve(L, n, pace)
    for t in range(len(fall)):
        fall[t] = 0.0
    for i in range(n):
        for t in range(len(fall)):
            fall[t] += pace[i] * A[members[i], t]
    for i in range(n):
        fall[members[i]] = np.inf  # they are no candidates


@part
def _event(
    v: Array, state: Array, n: int, penalty: float, at_zero: Array, pace: Array, fall: Array
) -> tuple[float, int, int]:
    """Penalty at which something happens next; which tree enters, or the place of that which leaves."""
    following, entering, leaving = 0.0, -1, -1
    for i in range(n):
        if pace[i] < 0.0 and at_zero[i] / pace[i] > following:  # a factor gets zero
            following, leaving = min(at_zero[i] / pace[i], penalty), i
    for t in range(len(state)):
        if state[t] == OPEN and 1.0 - fall[t] > _FLAT:  # a slope gets as large as those of the members
            meeting = penalty - max(penalty - v[SLOPE, t], 0.0) / (1.0 - fall[t])
            if meeting > following:
                following, entering, leaving = meeting, t, -1
    return following, entering, leaving


@borrower
def _follow(
    A: Array,
    L: Array,
    v: Array,
    members: Array,
    state: Array,
    least: float,
    work: Array,
    factors: Array,
    penalties: Array,
) -> None:
    """Go from no tree to no penalty; row k - 1 of `factors` gets the last factors with k trees."""
    penalty, entering = -np.inf, -1
    for j in range(len(state)):
        if v[SLOPE, j] > penalty:
            penalty, entering = v[SLOPE, j], j
    for _ in range(_MOST_EVENTS * len(state)):
        if penalty <= least:
            break
        if entering >= 0 and not enter(A, L, v, members, entering):
            state[entering] = USELESS
        _course(A, L, v, members, work[0], work[1], work[2])
        n = members[-1]
        penalty, entering, leaving = _event(v, state, n, penalty, work[0], work[1], work[2])
        for i in range(n):
            v[FACTOR, members[i]] = max(work[0, i] - penalty * work[1, i], 0.0)
        if leaving >= 0:
            leave(L, v, members, leaving)
            reopen(state)
        measure(A, v, members)
        note(v, members, factors)
        penalties[members[-1] - 1] = penalty


def lasso_path(quadratic: Quadratic) -> tuple[Array, Array]:
    """Path of the lasso with factors that are not negative.

    Parameters
    ----------
    quadratic : Quadratic
        Of a sum.

    Returns
    -------
    penalties : ndarray of float64, shape (n_steps,)
    factors : ndarray of float64, shape (n_steps, n_trees)
        Those that minimise ``f'Af / 2 - b'f + penalty * sum(f)``. One step for each number of trees on the
        path up to that at its end, ascending, at the least penalty that has so many.
    """
    A, b, least = problem_of(quadratic)
    if not b.any():
        return np.empty(0), np.empty((0, len(b)))
    L, v, members, state = no_members(b)
    factors, penalties = np.zeros((len(b), len(b))), np.zeros(len(b))
    _follow(A, L, v, members, state, least, np.empty((3, len(b))), factors, penalties)
    met = factors.any(axis=1) & (np.arange(len(b)) < members[-1])
    return penalties[met] * (np.abs(quadratic.linear).max() / np.abs(b).max()), factors[met]


@register(
    "lasso",
    needs="gram",
    tasks=("classification", "regression"),
    paper=(
        "B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, Least angle regression, Annals of "
        "Statistics 32, 2004"
    ),
)
def nonnegative_lasso(quadratic: Quadratic, *, refit: bool = True) -> TreeSteps:
    """Follow the path of the lasso over the trees, factors not negative.

    Parameters
    ----------
    quadratic : Quadratic
        Averages are penalised as the sums they are made of, since ratios alone cannot be penalised.
    refit : bool
        Whether factors are fitted anew to each set of trees on the path, without the penalty; else they
        are those of the path.

    Returns
    -------
    TreeSteps
        One step for each number of trees that the path has; trees that the refit gives no factor count as
        left out.
    """
    _, factors = lasso_path(quadratic.as_sum or quadratic)
    if refit:
        factors = refitted(quadratic, factors > 0)
    return at_least_one(quadratic, best_of_each_size(quadratic, factors))
