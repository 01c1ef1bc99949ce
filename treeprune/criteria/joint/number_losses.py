"""Losses of numbers under a raw output, column by column; all write both derivatives of each row.

The first derivative has its sign turned, both are weighted, see `treeprune.criteria.joint.losses.RowLoss`.
"""

from __future__ import annotations

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import Array

_LEAST_CURVATURE = 1e-6
"""Second derivatives of deviances below it count as it: a rate near 0 must not ask for an endless step."""


@kernel
def squared_loss(raw: Array, outcome: Array, weight: Array, pairs: Array) -> float:
    """Half the squared error."""
    total = 0.0
    for i in range(raw.shape[0]):
        off = outcome[i] - raw[i]
        pairs[i, 0], pairs[i, 1] = weight[i] * off, weight[i]
        total += 0.5 * weight[i] * off * off
    return total


@kernel
def absolute_loss(
    raw: Array, outcome: Array, weight: Array, spread: float, sharp: float, pairs: Array
) -> float:
    """Absolute error times `spread`, a square below `sharp` times `spread` (P. Huber, 1964).

    The second derivative is that of the parabola that touches the loss and lies above it, as in iteratively
    reweighted least squares; that of a row with an error of `spread` is its weight.
    """
    total, least = 0.0, sharp * spread
    for i in range(raw.shape[0]):
        off = outcome[i] - raw[i]
        size = max(abs(off), least)
        bend = weight[i] * (spread / size)
        pairs[i, 0], pairs[i, 1] = bend * off, bend
        if abs(off) > least:
            total += weight[i] * spread * (abs(off) - 0.5 * least)
        else:
            total += 0.5 * bend * off * off
    return total


@kernel
def poisson_loss(raw: Array, mu: Array, outcome: Array, weight: Array, pairs: Array) -> float:
    """Half the Poisson deviance; `mu` is exp(raw)."""
    total = 0.0
    for i in range(raw.shape[0]):
        pairs[i, 0] = weight[i] * (outcome[i] - mu[i])
        pairs[i, 1] = weight[i] * max(mu[i], _LEAST_CURVATURE)
        total += weight[i] * (mu[i] - outcome[i] * raw[i])
    return total


@kernel
def gamma_loss(raw: Array, rate: Array, outcome: Array, weight: Array, pairs: Array) -> float:
    """Half the gamma deviance; `rate` is exp(-raw).

    The second derivative counts as 1 at the least, which it is on average: rows that are far too high have
    next to none, and would ask for endless steps.
    """
    total = 0.0
    for i in range(raw.shape[0]):
        ratio = outcome[i] * rate[i]
        pairs[i, 0] = weight[i] * (ratio - 1.0)
        pairs[i, 1] = weight[i] * max(ratio, 1.0)
        total += weight[i] * (ratio + raw[i])
    return total


@kernel
def tweedie_loss(root: Array, outcome: Array, weight: Array, pairs: Array) -> float:
    """Half the Tweedie deviance of power 1.5; `root` is exp(raw / 2)."""
    total = 0.0
    for i in range(root.shape[0]):
        down = outcome[i] / max(root[i], 1e-300)
        pairs[i, 0] = weight[i] * (down - root[i])
        pairs[i, 1] = weight[i] * max(0.5 * (root[i] + down), _LEAST_CURVATURE)
        total += weight[i] * 2.0 * (root[i] + down)
    return total
