"""Coordinate descent on a quadratic model with a penalty, one coefficient a block.

J. Friedman, T. Hastie, R. Tibshirani, Regularization paths for generalized linear models via coordinate
descent, Journal of Statistical Software 33, 2010. The coefficients at the head (intercepts and columns
that are always in) are not penalised; they move together, by their own inverse.
"""

from __future__ import annotations

from treeprune.kernels.compiled import borrower, part
from treeprune.model.ensemble import Array


@part
def move_head(H: Array, inverse: Array, slope: Array, coef: Array, step: Array) -> float:
    """Move the head to its minimum; return the largest slope that it had."""
    head, largest = inverse.shape[0], 0.0
    for i in range(head):
        step[i] = 0.0
        for k in range(head):
            step[i] -= inverse[i, k] * slope[k]
        largest = max(largest, abs(slope[i]))
    for i in range(head):
        if step[i] != 0.0:
            coef[i] += step[i]
            for k in range(slope.shape[0]):
                slope[k] += H[i, k] * step[i]
    return largest


@part
def _move_one(
    H: Array, j: int, slope: Array, coef: Array, soft: float, ridge: float, low: float, high: float
) -> float:
    """Move one coefficient to its minimum; return how much slope it had that nothing balanced."""
    h, old = H[j, j], coef[j]
    if h <= 0.0:
        return 0.0
    z, new = h * old - slope[j], 0.0
    if z > soft:
        new = (z - soft) / (h + ridge)
    elif z < -soft:
        new = (z + soft) / (h + ridge)
    new = min(max(new, low), high)
    step = new - old
    if step != 0.0:
        coef[j] = new
        for k in range(slope.shape[0]):
            slope[k] += H[j, k] * step
    return (h + ridge) * abs(step)


@part
def _settle_active(
    H: Array,
    inverse: Array,
    slope: Array,
    coef: Array,
    soft: Array,
    ridge: Array,
    low: Array,
    high: Array,
    tolerance: float,
    most: int,
    active: Array,
    n_active: int,
    step: Array,
    own: Array,
    room: Array,
) -> int:
    """Sweep over the head and the active coefficients until they settle; return the number of sweeps.

    Their second derivatives are brought together first, so that a sweep costs the square of their number;
    all other slopes follow at the end.
    """
    head = inverse.shape[0]
    n = head + n_active
    own_slope, own_coef = room[0, :n], room[1, :n]
    for t in range(n):
        i = t if t < head else head + active[t - head]
        own_slope[t], own_coef[t] = slope[i], coef[i]
        for u in range(head):
            own[t, u] = H[i, u]
        for u in range(n_active):
            own[t, head + u] = H[i, head + active[u]]
    sweeps = 0
    while sweeps < most:
        sweeps += 1
        largest = move_head(own, inverse, own_slope, own_coef, step)
        for t in range(n_active):
            i = active[t]
            j = head + i
            change = _move_one(own, head + t, own_slope, own_coef, soft[i], ridge[i], low[j], high[j])
            largest = max(largest, change)
        if not largest > tolerance:
            break
    for t in range(n):
        i = t if t < head else head + active[t - head]
        change = own_coef[t] - coef[i]
        if change != 0.0:
            coef[i] = own_coef[t]
            for k in range(slope.shape[0]):
                slope[k] += H[i, k] * change
    return sweeps


@borrower
def descend_singles(
    H: Array,
    inverse: Array,
    slope: Array,
    coef: Array,
    soft: Array,
    ridge: Array,
    low: Array,
    high: Array,
    tolerance: float,
    most: int,
    active: Array,
    step: Array,
    own: Array,
    room: Array,
) -> bool:
    """Minimise ``slope @ d + d @ H @ d / 2 + penalty(coef + d)`` in place; return whether it settled.

    Sweeps end when no slope that is met is further from balance than the tolerance. Between two over all
    coefficients, those that are not zero are swept until they settle. `H` may have more rows and columns
    than there are coefficients; its first ones count. `own` and `room` are work space, of as many rows and
    columns, and two rows.
    """
    head, sweeps = inverse.shape[0], 0
    while sweeps < most:
        sweeps += 1
        largest, n_active = move_head(H, inverse, slope, coef, step), 0
        for i in range(coef.shape[0] - head):
            j = head + i
            change = _move_one(H, j, slope, coef, soft[i], ridge[i], low[j], high[j])
            largest = max(largest, change)
            if coef[j] != 0.0:
                active[n_active] = i
                n_active += 1
        if not largest > tolerance:
            return True
        sweeps += _settle_active(
            H, inverse, slope, coef, soft, ridge, low, high, tolerance, most - sweeps,
            active, n_active, step, own, room,
        )  # fmt: skip
    return False
