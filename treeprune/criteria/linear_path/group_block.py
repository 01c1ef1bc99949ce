"""Coordinate descent on a quadratic model with a group penalty, one group of coefficients a block.

M. Yuan, Y. Lin, Model selection and estimation in regression with grouped variables, Journal of the Royal
Statistical Society B 68, 2006. A block's minimum is found exactly: in the eigenvectors of its second
derivatives its coefficients are fractions of the norm of the solution, and that norm is the root of a
secular equation, found as in J. Moré, D. Sorensen, Computing a trust region step, 1983. Blocks with bounds
take steps under the largest eigenvalue.
"""

from __future__ import annotations

import math

from treeprune.criteria.linear_path.block import move_head
from treeprune.criteria.linear_path.measure import violation
from treeprune.kernels.compiled import borrower, part
from treeprune.model.ensemble import Array

_ROOT_STEPS = 60
_CLOSE = 1e-13
_RANK = 1e-12
"""Eigenvalues below this share of the largest are rounding."""


@part
def _norm_of_solution(pull: Array, values: Array, soft: float, ridge: float, n: int) -> float:
    """Root of ``sum(pull ** 2 / ((values + ridge) * norm + soft) ** 2) = 1``, reached from below."""
    norm = 0.0
    for _ in range(_ROOT_STEPS):
        total, fall = 0.0, 0.0
        for i in range(n):
            bend = values[i] + ridge
            share = pull[i] / (bend * norm + soft)
            total += share * share
            fall += share * share * bend / (bend * norm + soft)
        if not total > 1.0 or fall <= 0.0:
            break
        gain = (1.0 - 1.0 / math.sqrt(total)) * total / fall
        norm += gain
        if gain <= _CLOSE * norm:
            break
    return norm


@part
def _free_block(  # the exact minimum
    z: Array, values: Array, vectors: Array, soft: float, ridge: float, n: int, pull: Array, new: Array
) -> None:
    largest, square = 0.0, 0.0
    for i in range(n):
        pull[i], new[i] = 0.0, 0.0
        for k in range(n):
            pull[i] += vectors[k * n + i] * z[k]
        square += pull[i] * pull[i]
        largest = max(largest, values[i])
    if largest <= 0.0 or not math.sqrt(square) > soft:
        return
    norm = 0.0
    if soft > 0.0:
        norm = _norm_of_solution(pull, values, soft, ridge, n)
    for i in range(n):
        bend = values[i] + ridge
        if soft > 0.0:
            share = pull[i] * norm / (bend * norm + soft)
        elif bend > _RANK * largest:
            share = pull[i] / bend
        else:
            share = 0.0
        for k in range(n):
            new[k] += vectors[k * n + i] * share


@part
def _clipped(z: Array, bend: float, soft: float, norm: float, low: Array, high: Array, new: Array) -> float:
    """Block of which each coefficient is a fraction of `z`, within bounds; return its squared norm."""
    square = 0.0
    for i in range(z.shape[0]):
        new[i] = min(max(z[i] * norm / (bend * norm + soft), low[i]), high[i])
        square += new[i] * new[i]
    return square


@part
def _bounded_block(z: Array, bend: float, soft: float, low: Array, high: Array, new: Array) -> None:
    """Minimum of ``bend / 2 * new @ new - z @ new + soft * norm(new)`` within bounds, by bisection."""
    square = 0.0
    for i in range(z.shape[0]):
        new[i] = 0.0
        if (z[i] > 0.0 and high[i] > 0.0) or (z[i] < 0.0 and low[i] < 0.0):
            square += z[i] * z[i]
    size = math.sqrt(square)
    if bend <= 0.0 or not size > soft:
        return
    if soft <= 0.0:
        _clipped(z, bend, soft, 1.0, low, high, new)
        return
    least, most = 0.0, (size - soft) / bend  # the norm without bounds is the largest
    if _clipped(z, bend, soft, most, low, high, new) >= most * most:
        return
    for _ in range(_ROOT_STEPS):
        norm = 0.5 * (least + most)
        if _clipped(z, bend, soft, norm, low, high, new) >= norm * norm:
            least = norm
        else:
            most = norm
    _clipped(z, bend, soft, least, low, high, new)


@part
def _move_group(
    H: Array,
    first: int,
    last: int,
    slope: Array,
    coef: Array,
    soft: float,
    ridge: float,
    low: Array,
    high: Array,
    bounded: bool,
    values: Array,
    vectors: Array,
    work: Array,
) -> float:
    """Move one group to its minimum; return the norm of the slope that it had and nothing balanced."""
    n = last - first
    z, new = work[0, :n], work[1, :n]
    worst = violation(slope, coef, first, last, soft, ridge, low, high)
    if bounded:
        bend = 0.0
        for i in range(first, last):
            bend = max(bend, values[i])
        for i in range(n):
            z[i] = bend * coef[first + i] - slope[first + i]
        _bounded_block(z, bend + ridge, soft, low[first:last], high[first:last], new)
    else:
        for i in range(n):
            z[i] = -slope[first + i]
            for k in range(n):
                z[i] += H[first + i, first + k] * coef[first + k]
        _free_block(z, values[first:last], vectors, soft, ridge, n, work[2], new)
    for i in range(n):
        step = new[i] - coef[first + i]
        if step != 0.0:
            coef[first + i] = new[i]
            for k in range(slope.shape[0]):
                slope[k] += H[first + i, k] * step
    return worst


@borrower
def descend_groups(
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
    start: Array,
    bounded: Array,
    values: Array,
    vectors: Array,
    place: Array,
    work: Array,
) -> bool:
    """As `descend_singles`, for groups whose coefficients stand side by side from `start`."""
    n_active = -1
    for _ in range(most):
        largest = move_head(H, inverse, slope, coef, step)
        everything = n_active < 0
        turns = soft.shape[0] if everything else n_active
        kept = 0
        for turn in range(turns):
            g = turn if everything else active[turn]
            first, last = start[g], start[g + 1]
            change = _move_group(
                H, first, last, slope, coef, soft[g], ridge[g], low, high, bounded[g],
                values, vectors[place[g] : place[g + 1]], work,
            )  # fmt: skip
            largest = max(largest, change)
            if everything:
                for k in range(first, last):
                    if coef[k] != 0.0:
                        active[kept] = g
                        kept += 1
                        break
        settled = not largest > tolerance
        if everything and settled:
            return True
        if everything:
            n_active = kept
        elif settled:
            n_active = -1
    return False
