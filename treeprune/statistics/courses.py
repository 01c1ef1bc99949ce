"""Losses whose course is known everywhere from the derivatives at one place.

The squared error behind an identity link is its own second-order expansion. Deviances behind a log link
are sums of exponentials with two free factors, which the two derivatives g and h fix: shifted by s,
the Poisson deviance changes by ``g s + h (exp(s) - 1 - s)``, gamma by ``g s + h (exp(-s) - 1 + s)``,
and Tweedie of power 1.5 by ``2 g sinh(s / 2) + 8 h sinh(s / 4) ** 2``. So the sums of g and h over
some rows say without an error what any common shift of these rows changes.
"""

from __future__ import annotations

import math

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.statistics.collect import add_exactly
from treeprune.statistics.deviances import GammaDeviance, PoissonDeviance, TweedieDeviance
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.losses import SquaredError

_SQUARED, _POISSON, _GAMMA, _TWEEDIE = range(4)
_COURSES: dict[tuple[str, type[Loss]], int] = {
    ("identity", SquaredError): _SQUARED,
    ("log", PoissonDeviance): _POISSON,
    ("log", GammaDeviance): _GAMMA,
    ("log", TweedieDeviance): _TWEEDIE,
}

_FARTHEST = {_SQUARED: math.inf, _POISSON: 30.0, _GAMMA: 30.0, _TWEEDIE: 4.0}
"""Shifts up to which the terms of g and h do not cancel each other beyond a digit or two."""


def course_of(loss: Loss, ensemble: TreeEnsemble, reach: float) -> int | None:
    """Number of the course of a loss on shifts up to `reach`; None if it has none."""
    course = _COURSES.get((ensemble.link, type(loss)))
    return None if course is None or reach > _FARTHEST[course] else course


@kernel
def _exp_rest(s: float) -> float:
    """exp(s) - 1 - s."""
    if abs(s) > 1.0:
        return math.expm1(s) - s
    total = 1.0
    for k in range(20, 2, -1):
        total = 1.0 + s / k * total
    return 0.5 * s * s * total


@kernel
def _change(course: int, g: float, h: float, s: float) -> float:
    """What rows whose derivatives sum to g and h change if they are shifted by s."""
    if course == _SQUARED:
        return s * (g + 0.5 * s * h)
    if course == _POISSON:
        return g * s + h * _exp_rest(s)
    if course == _GAMMA:
        return g * s + h * _exp_rest(-s)
    # h exp(s / 2) and h exp(-s / 2) in equal parts, but for g
    return 2.0 * g * math.sinh(0.5 * s) + 8.0 * h * math.sinh(0.25 * s) ** 2


@kernel
def spread_gradients(
    course: int,
    sums: Array,
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
    """Add what the rows of each leaf of one tree change at each node above it."""
    at = 0
    for leaf in range(first, last):
        if left[leaf] != LEAF:
            continue
        node = parent[leaf]
        while node != LEAF:
            s = factor * (value[node] - value[leaf])
            add_exactly(total, lost, node, 0, share * _change(course, sums[at, 0], sums[at, 1], s))
            node = parent[node]
        at += 1
