"""The logistic line from total points to a probability: an intercept and a slope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from treeprune.model.ensemble import Array

_MOST_STEPS = 100

_MOST_HALVINGS = 40

_RIDGE = 1e-9
"""On the slope for a standard deviation: it is finite though points part the classes without error."""

_DECREMENT = 1e-14
"""Newton's method ends where no more than this can be gained."""


@dataclass(frozen=True)
class Line:
    """Log odds as a linear function of total points.

    Parameters
    ----------
    intercept : float
        Log odds at 0 points.
    slope : float
        Log odds a point gives; never negative.
    loss : float
        Mean log loss of the line where it was fitted, in nats.
    """

    intercept: float
    slope: float
    loss: float

    def probability(self, totals: Array) -> Array:
        """Probability at each total, shape of `totals`."""
        return np.asarray(expit(self.intercept + self.slope * totals))


def mean_log_loss(log_odds: Array, event: Array, weight: Array) -> float:
    """Mean log loss in nats.

    Parameters
    ----------
    log_odds : ndarray of float64, shape (n,)
    event : ndarray of float64, shape (n,)
        Weight of the event, from 0 to `weight`.
    weight : ndarray of float64, shape (n,)

    Returns
    -------
    float
    """
    return float((weight @ np.logaddexp(0.0, log_odds) - event @ log_odds) / weight.sum())


def fit_line(totals: Array, event: Array, weight: Array) -> Line:
    """Least log loss over lines that do not fall, by Newton's method.

    Parameters
    ----------
    totals : ndarray of int64, shape (n,)
    event, weight : ndarray of float64, shape (n,)
        See `mean_log_loss`; somewhere there is some event, somewhere some lack of it.

    Returns
    -------
    Line
    """
    sum_of_weights = weight.sum()
    rate = float(event.sum() / sum_of_weights)
    flat = float(np.log(rate) - np.log1p(-rate))
    middle = float(weight @ totals / sum_of_weights)
    spread = float(np.sqrt(weight @ (totals - middle) ** 2 / sum_of_weights))
    nothing = Line(flat, 0.0, mean_log_loss(np.full(len(totals), flat), event, weight))
    if spread == 0.0 or event @ (totals - middle) <= 0.0:  # convex: the best slope is not positive
        return nothing
    a, b = _newton((totals - middle) / spread, event / sum_of_weights, weight / sum_of_weights, flat)
    intercept, slope = a - b * middle / spread, b / spread
    return Line(intercept, slope, mean_log_loss(intercept + slope * totals, event, weight))


def _newton(x: Array, event: Array, weight: Array, flat: float) -> tuple[float, float]:
    """Intercept and slope of least penalised loss; x has mean 0 and variance 1, weights sum to 1."""

    def objective(a: float, b: float) -> float:
        eta = a + b * x
        return float(weight @ np.logaddexp(0.0, eta) - event @ eta + 0.5 * _RIDGE * b * b)

    a, b = flat, 0.0
    value = objective(a, b)
    for _ in range(_MOST_STEPS):
        p = expit(a + b * x)
        residual, bend = weight * p - event, weight * p * (1.0 - p)
        g0, g1 = residual.sum(), residual @ x + _RIDGE * b
        h00, h01, h11 = bend.sum(), bend @ x, bend @ (x * x) + _RIDGE
        determinant = h00 * h11 - h01 * h01
        if determinant <= 0.0:
            break
        da, db = (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant
        decrement = float(da * g0 + db * g1)
        if decrement <= _DECREMENT:
            return float(a - da), float(b - db)
        for halving in range(_MOST_HALVINGS):
            size = 0.5**halving
            there = objective(a - size * da, b - size * db)
            if there < value:
                a, b, value = float(a - size * da), float(b - size * db), there
                break
        else:
            break
    return a, b
