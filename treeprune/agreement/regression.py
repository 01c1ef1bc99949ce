"""Errors of two models of a number on the same rows."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np

from treeprune.agreement.checks import counts, numbers, pair, same_length, share, small_enough, take_present
from treeprune.agreement.intervals import Interval, wald_interval
from treeprune.model.ensemble import Array

ErrorMeasure = Literal["mse", "mae", "r2"]


def error_difference(
    y: Any,
    before: Any,
    after: Any,
    measure: ErrorMeasure = "mse",
    *,
    weights: Any = None,
    confidence: float = 0.95,
) -> Interval:
    """Difference of a measure of error between two models on the same rows, after minus before.

    ``"mse"`` and ``"mae"``: the mean of paired differences of squared or absolute errors with Student's
    t, the test of F. Diebold, R. Mariano (J. Bus. Econ. Stat. 13, 1995) for independent rows. ``"r2"``:
    the coefficient of determination, minus the difference of squared errors over the variance of the
    outcome, with the linearised error of a ratio (W. Cochran, Sampling Techniques, 1977, section 2.11).

    Parameters
    ----------
    y, before, after : array-like, shape (n_rows,)
    measure : {"mse", "mae", "r2"}, default="mse"
        For the first two negative is in favour of the model after, for the last positive is.
    weights : array-like of shape (n_rows,), optional
        Numbers of rows that each row stands for.
    confidence : float, default=0.95

    Returns
    -------
    Interval

    Raises
    ------
    TypeError, ValueError
        If these are not finite numbers of one length, there are fewer than two rows, all outcomes are the
        same (R2), weights are no counts, or an option is not legal.

    Examples
    --------
    >>> y = np.arange(6.0)
    >>> found = error_difference(y, y + [1, -1, 1, -1, 1, -1], y + [0, 0, 1, -1, 0, 0])
    >>> round(found.estimate, 3), round(found.p_value, 3)
    (-0.667, 0.025)
    """
    outcome = numbers("y", y, 1)
    a, b = pair(before, after, 1)
    same_length(y=outcome, before=a)
    small_enough(outcome, a, b)
    confidence = share("confidence", confidence)
    if measure not in get_args(ErrorMeasure):
        raise ValueError(f"measure must be 'mse', 'mae' or 'r2', got {measure!r}")
    w, outcome, a, b = take_present(weights, outcome, a, b)
    counts(w, "the error of a mean")
    n = w.sum()
    if n < 2:
        raise ValueError("two rows are needed at least")
    change = _change(outcome, a, b, squared=measure != "mae")
    difference = float((change * w).sum() / n)
    influence, method = change - difference, "paired t"
    if measure == "r2":
        around = (outcome - (outcome * w).sum() / n) ** 2
        variance = float((around * w).sum() / n)
        if (outcome == outcome[0]).all():
            raise ValueError("all outcomes are the same: R2 is not defined")
        difference = -difference / variance
        influence, method = -(change + difference * around) / variance, "linearised ratio, t"
    error = float(np.sqrt((influence**2 * w).sum() / (n * (n - 1))))
    return wald_interval(difference, error, confidence, method, degrees=n - 1)


def _change(y: Array, before: Array, after: Array, squared: bool) -> Array:
    if squared:
        # not the difference of squares: it loses what two nearly equal models differ by
        return (after - before) * ((after - y) + (before - y))
    return np.asarray(np.abs(after - y) - np.abs(before - y))
