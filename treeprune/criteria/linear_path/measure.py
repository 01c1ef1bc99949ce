"""How far coefficients are from their optimum, and how the objective falls along a step."""

from __future__ import annotations

import math

from treeprune.kernels.compiled import borrower, part
from treeprune.model.ensemble import Array


@part
def violation(
    slope: Array, coef: Array, first: int, last: int, soft: float, ridge: float, low: Array, high: Array
) -> float:
    """Norm of a group's slope that its penalty and its bounds do not balance."""
    norm, total = 0.0, 0.0
    for i in range(first, last):
        norm += coef[i] * coef[i]
    norm = math.sqrt(norm)
    for i in range(first, last):
        pull = slope[i]
        if norm > 0.0:
            pull += ridge * coef[i] + soft * coef[i] / norm
        if not ((coef[i] <= low[i] and pull > 0.0) or (coef[i] >= high[i] and pull < 0.0)):
            total += pull * pull
    total = math.sqrt(total)
    return total if norm > 0.0 else total - soft


@borrower
def violations(
    slopes: Array,
    coefs: Array,
    start: Array,
    soft: Array,
    ridge: Array,
    low: Array,
    high: Array,
    out: Array,
) -> None:
    """Largest `violation` of each problem.

    Coefficients before the first group are not penalised.
    """
    for q in range(coefs.shape[0]):
        slope, coef, worst = slopes[q], coefs[q], 0.0
        for i in range(start[0]):
            worst = max(worst, abs(slope[i]))
            if math.isnan(slope[i]):
                worst = math.inf
        for g in range(soft.shape[0]):
            own = violation(slope, coef, start[g], start[g + 1], soft[g], ridge[g], low[q], high[q])
            worst = max(worst, own)
        out[q] = worst


@borrower
def falls(
    slopes: Array,
    coefs: Array,
    steps: Array,
    start: Array,
    soft: Array,
    ridge: Array,
    leaving: bool,
    out: Array,
) -> None:
    """Derivative of the objective along a step, where the step begins or (not `leaving`) ends."""
    for q in range(coefs.shape[0]):
        slope, coef, step = slopes[q], coefs[q], steps[q]
        total = 0.0
        for i in range(coef.shape[0]):
            total += slope[i] * step[i]
        for g in range(soft.shape[0]):
            norm, inner, length = 0.0, 0.0, 0.0
            for i in range(start[g], start[g + 1]):
                norm += coef[i] * coef[i]
                inner += coef[i] * step[i]
                length += step[i] * step[i]
            if norm > 0.0:
                total += ridge[g] * inner + soft[g] * inner / math.sqrt(norm)
            elif length > 0.0:
                total += soft[g] * math.sqrt(length) if leaving else -soft[g] * math.sqrt(length)
        out[q] = total
