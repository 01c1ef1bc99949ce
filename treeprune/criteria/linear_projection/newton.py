"""Weighted fits of generalised linear models by Newton's method.

J. Nocedal, S. Wright, *Numerical Optimization*, second edition, 2006, chapters 3 and 6. A Hessian is
kept as long as steps with it shrink fast, since it costs as much as many gradients.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.criteria.linear_projection.factor import Factor
from treeprune.criteria.linear_projection.objective import Objective, Point
from treeprune.model.ensemble import Array

_EPSILON = float(np.finfo(np.float64).eps)
_MOST_STEPS = 100
_MOST_HALVINGS = 60

_DECREMENT = 1e-22
"""Squared length of the last step, in the metric of the Hessian, by the scale of the loss."""

_FLOOR = 1e-14
"""Decrements below it that do not shrink any more, with the Hessian of the place, are rounding."""

_NEAR = 1e-9
"""Decrements below it are of steps that need no line search."""

_STEP = 1e-5
"""Longest last step of a coefficient: along a direction that runs off to infinity they stay long."""

_ENOUGH, _ROUNDING = 1e-4, 1e-13
"""A step must pay this share of what its slope promises, but for rounding of the objective."""

_SLOW = 0.1
"""The Hessian is made anew where a step is longer than this share of the one before (squared)."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model.

    Parameters
    ----------
    w : ndarray of float64, shape (n_parameters, n_outputs)
        Coefficients of standardised columns, the intercept last. Always finite.
    eta : ndarray of float64, shape (n_rows, n_outputs)
        Linear predictor, offset included.
    value : float
        The objective.
    converged : bool
        False if there may be no optimum: classes that columns tell apart without error have none unless a
        ridge holds the coefficients.
    """

    w: Array
    eta: Array
    value: float
    converged: bool


def fit(objective: Objective, start: Array | None = None, hessian: Array | None = None) -> Fit:
    """Minimise an objective.

    Parameters
    ----------
    objective : Objective
    start : ndarray of float64, shape (n_parameters, n_outputs), optional
        Not used where coefficients of 0 do better. For several classes the rows must sum to 0.
    hessian : ndarray of float64, shape (n_outputs * n_parameters,) * 2, optional
        One that will do for the first steps; exact gradients make the optimum exact all the same.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        If the objective is not even finite with coefficients of 0.
    """
    here = _first(objective, start)
    factor = None if hessian is None else Factor(hessian)
    exact, last, scale = False, np.inf, _scale(objective, here)
    for _ in range(_MOST_STEPS):
        if factor is None:
            factor, exact = Factor(objective.hessian(here.eta)), True
            scale = _scale(objective, here)
        step = factor.solve(here.gradient)
        decrement = float(here.gradient @ step)
        short = bool(np.abs(step).max(initial=0.0) <= _STEP * (1 + np.abs(here.w).max(initial=0.0)))
        slow = decrement > _SLOW * last
        bar = _FLOOR if slow and exact else _DECREMENT
        if short and decrement <= bar * scale:
            return Fit(here.w, here.eta, here.value, not _ran_off(objective, factor))
        there, whole = None, False
        if exact or not slow:
            near = short and decrement <= _NEAR * scale
            there, whole = _search(objective, here, step, decrement, near)
        if there is None and exact:
            break
        if there is None:
            factor = None
            continue
        here, last = there, decrement if whole else 0.0
        exact = exact and objective.family.quadratic
    return Fit(here.w, here.eta, here.value, False)


def _first(objective: Objective, start: Array | None) -> Point:
    """Where to begin: far above or below a count, Newton's method takes hundreds of steps."""
    if start is not None:
        here = objective.at(start)
        if objective.family.quadratic and np.isfinite(here.value):
            return here
    cold = objective.at(objective.start())
    if start is not None and here.value <= cold.value:
        return here
    if not np.isfinite(cold.value):
        raise ValueError("the offset is too large: the loss is not finite with coefficients of 0")
    return cold


def _scale(objective: Objective, here: Point) -> float:
    """What a decrement is measured by: the curvature, and the spread of the target if that has a unit."""
    if not objective.family.quadratic:
        return objective.spread(here.eta)
    weight, target = objective.design.weight, objective.target - objective.offset
    size = ((target - weight @ target) ** 2 + _EPSILON * target**2).sum(axis=1)  # it may be constant
    return float(weight @ size)


def _ran_off(objective: Objective, factor: Factor) -> bool:
    """Whether curvature is gone along a direction that the rows do depend on."""
    if factor.rank == len(objective.ridge) * objective.target.shape[1]:
        return False
    d = objective.design
    rows = Factor(d.gram(d.weight) + np.diag(objective.ridge))
    return factor.rank < rows.rank * objective.target.shape[1]


def _search(
    objective: Objective, here: Point, step: Array, decrement: float, near: bool
) -> tuple[Point | None, bool]:
    """Halve a step until it pays, and say whether it was taken whole.

    Near the optimum it always is: what it pays is less than the rounding of the objective.
    """
    slack, down, size = _ROUNDING * abs(here.value), objective.unfold(step), 1.0
    if near:
        return objective.at(here.w - down), True
    for _ in range(_MOST_HALVINGS):
        there = objective.at(here.w - size * down)
        if there.value <= here.value - _ENOUGH * size * decrement + slack:
            return there, size == 1.0
        size /= 2
    return None, False
