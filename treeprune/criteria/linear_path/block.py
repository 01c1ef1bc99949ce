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
) -> bool:
    """Minimise ``slope @ d + d @ H @ d / 2 + penalty(coef + d)`` in place; return whether it settled.

    Sweeps end when no slope that is met is further from balance than the tolerance. Between two over all
    coefficients, those that are not zero are swept until they settle.
    """
    head = inverse.shape[0]
    n_active = -1
    for _ in range(most):
        largest = move_head(H, inverse, slope, coef, step)
        everything = n_active < 0
        turns = coef.shape[0] - head if everything else n_active
        kept = 0
        for turn in range(turns):
            i = turn if everything else active[turn]
            j = head + i
            change = _move_one(H, j, slope, coef, soft[i], ridge[i], low[j], high[j])
            largest = max(largest, change)
            if everything and coef[j] != 0.0:
                active[kept] = i
                kept += 1
        settled = not largest > tolerance
        if everything and settled:
            return True
        if everything:
            n_active = kept
        elif settled:
            n_active = -1
    return False
