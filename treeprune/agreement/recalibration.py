"""Calibration intercept and slope: whether probabilities, or numbers, are too high and too extreme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit

from treeprune.agreement.checks import (
    are_counts,
    events,
    numbers,
    probabilities,
    same_length,
    share,
    shares,
    small_enough,
    take_present,
)
from treeprune.agreement.intervals import Interval, wald_interval
from treeprune.model.ensemble import Array

_MOST_STEPS = 100
_TOLERANCE = 1e-20
_NEAR = 1e-8


@dataclass(frozen=True)
class Recalibration:
    """How outcomes hang on answers.

    Parameters
    ----------
    intercept : Interval
        Calibration in the large, 0 is ideal. Of probabilities: log odds that must be added to all, above 0
        if they are too low. Of numbers: mean of outcome minus answer.
    slope : Interval
        1 is ideal, below 1 answers are too extreme. Tested against nothing.
    reason : str
        Why an estimate is NaN; empty where none is.
    """

    intercept: Interval
    slope: Interval
    reason: str = ""


def recalibration(
    y: Any, probability: Any, weights: Any = None, *, confidence: float = 0.95, clip: float = 1e-6
) -> Recalibration:
    """Calibration intercept and slope of probabilities of an event.

    Intercept: of a logistic model with the logit of the probability as an offset. Slope: coefficient of
    that logit in a logistic model (D. Cox, Biometrika 45, 1958; B. Van Calster et al., J. Clin.
    Epidemiol. 74, 2016). Maximum likelihood by Newton's method.

    Parameters
    ----------
    y : array-like of {0, 1}, shape (n_rows,)
    probability : array-like, shape (n_rows,)
    weights : array-like of shape (n_rows,), optional
        Intervals (Wald) are NaN where these are no counts.
    confidence : float, default=0.95
    clip : float, default=1e-6
        Probabilities are clipped to [clip, 1 - clip] first.

    Returns
    -------
    Recalibration
        NaN with a reason where y holds one kind only, where the probability is constant (slope), and where
        it separates events from others, so that the slope has no finite estimate.

    Raises
    ------
    TypeError, ValueError
        If these are no outcomes and probabilities of one length, weights are not legal, or an option
        lies outside (0, 1).

    Examples
    --------
    >>> found = recalibration([0, 1, 0, 1, 0, 1], [0.1, 0.2, 0.4, 0.6, 0.7, 0.9])
    >>> round(found.intercept.estimate, 3), round(found.slope.estimate, 3)
    (0.097, 0.513)
    """
    happened, p = events(y), probabilities("probability", probability, 1)
    same_length(y=happened, probability=p)
    confidence = share("confidence", confidence)
    if share("clip", clip) >= 0.5:
        raise ValueError(f"clip must be below 0.5, got {clip!r}")
    w, happened, p = take_present(weights, happened, p)
    x = logit(np.clip(p, clip, 1 - clip))
    if happened.all() or not happened.any():
        nothing = _missing(confidence)
        return Recalibration(nothing, nothing, "the outcome is of one kind only")
    # errors of counts need their sum, those of other weights are not asked for
    exact = are_counts(w)
    w = w if exact else shares(w)
    intercept = _fit(np.ones((len(x), 1)), x, happened, w, exact, confidence)
    if (x == x[0]).all():
        return Recalibration(intercept, _missing(confidence), "the probability is constant: no slope")
    lowest, highest = x[happened].min(), x[happened].max()
    if x[~happened].max() <= lowest or highest <= x[~happened].min():
        reason = "the probability separates events from others: the slope has no finite estimate"
        return Recalibration(intercept, _missing(confidence), reason)
    # about its middle and in its own unit, so that the normal equations are well conditioned
    middle, unit = x.mean(), float(np.ptp(x))
    design = np.column_stack([np.ones(len(x)), (x - middle) / unit])
    slope = _fit(design, np.zeros(len(x)), happened, w, exact, confidence, unit)
    return Recalibration(intercept, slope)


def _missing(confidence: float) -> Interval:
    return Interval(np.nan, np.nan, np.nan, confidence, "not defined")


def _fit(
    design: Array,
    offset: Array,
    happened: Array,
    weights: Array,
    exact: bool,
    confidence: float,
    unit: float = 1.0,
) -> Interval:
    """Last coefficient, over a unit, of a logistic regression, by Newton steps that lower the loss."""
    coef = np.zeros(design.shape[1])
    # straight from the sums: a product of matrices would add up in an order that hangs on threads
    cross = [[design[:, j] * design[:, k] for k in range(len(coef))] for j in range(len(coef))]

    def parts(at: Array) -> tuple[float, Array, Array]:
        eta = offset + (design * at).sum(axis=1)
        rest, spread = happened - expit(eta), expit(eta) * expit(-eta)
        loss = float((weights * np.logaddexp(0, np.where(happened, -eta, eta))).sum())
        slope = np.array([(weights * rest * column).sum() for column in design.T])
        return loss, slope, np.array([[(weights * spread * own).sum() for own in row] for row in cross])

    loss, slope, curvature = parts(coef)
    for _ in range(_MOST_STEPS):
        step = np.linalg.solve(curvature, slope)
        gain = float((step * slope).sum())
        if gain <= _TOLERANCE * weights.sum():
            break
        new = parts(coef + step)
        # so near the end the loss changes by less than its rounding, and Newton needs no guard
        while new[0] > loss and gain > _NEAR * weights.sum():
            step = step / 2
            new = parts(coef + step)
        coef, (loss, slope, curvature) = coef + step, new
    else:
        raise ArithmeticError(f"Newton's method did not end within {_MOST_STEPS} steps")
    error = float(np.sqrt(np.linalg.inv(curvature)[-1, -1])) / unit if exact else np.nan
    return wald_interval(float(coef[-1]) / unit, error, confidence, "Wald", test=False)


def number_recalibration(
    y: Any, prediction: Any, weights: Any = None, *, confidence: float = 0.95
) -> Recalibration:
    """Mean error and slope of predicted numbers.

    The slope is that of the least-squares line of the outcome on the prediction (J. Mincer, V. Zarnowitz,
    The evaluation of economic forecasts, 1969), with the errors HC1 of J. MacKinnon, H. White (J.
    Econometrics 29, 1985), since spread often grows with the prediction.

    Parameters
    ----------
    y, prediction : array-like, shape (n_rows,)
    weights : array-like of shape (n_rows,), optional
        Intervals are NaN where these are no counts, or count fewer than three rows.
    confidence : float, default=0.95

    Returns
    -------
    Recalibration
        The slope is NaN with a reason where the prediction is constant.

    Raises
    ------
    TypeError, ValueError
        If these are not finite numbers of one length, weights are not legal, or `confidence` lies outside
        (0, 1).

    Examples
    --------
    >>> found = number_recalibration([1.0, 2.0, 4.0, 5.0], [0.0, 2.0, 4.0, 6.0])
    >>> found.intercept.estimate, round(found.slope.estimate, 3)
    (0.0, 0.7)
    """
    outcome, x = numbers("y", y, 1), numbers("prediction", prediction, 1)
    same_length(y=outcome, prediction=x)
    small_enough(outcome, x)
    confidence = share("confidence", confidence)
    w, outcome, x = take_present(weights, outcome, x)
    part, n = shares(w), w.sum()
    exact = are_counts(w) and n > 2
    rest = outcome - x
    mean = float((rest * part).sum())
    error = np.sqrt(((rest - mean) ** 2 * part).sum() / (n - 1)) if exact else np.nan
    intercept = wald_interval(mean, float(error), confidence, "t", degrees=max(n - 1, 1), test=False)
    if (x == x[0]).all():
        return Recalibration(intercept, _missing(confidence), "the prediction is constant: no slope")
    unit = float(np.ptp(x))
    around, height = (x - (x * part).sum()) / unit, outcome - (outcome * part).sum()
    spread = (around**2 * part).sum()
    slope = (around * height * part).sum() / spread
    square = ((around * (height - slope * around)) ** 2 * part).sum() / spread**2
    error = np.sqrt(square / (n - 2)) / unit if exact else np.nan
    method = "t, HC1"
    return Recalibration(
        intercept,
        wald_interval(
            float(slope / unit), float(error), confidence, method, degrees=max(n - 2, 1), test=False
        ),
    )
