"""An estimate with its confidence interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit


@dataclass(frozen=True)
class Interval:
    """An estimate and the ends of its two-sided confidence interval.

    Parameters
    ----------
    estimate : float
        A difference is that of the model after minus the model before.
    low, high : float
        NaN where the interval is not defined.
    confidence : float
    method : str
    standard_error : float
        NaN where the method has none.
    p_value : float
        Two-sided, of the hypothesis that the difference is 0; NaN where none was asked for.
    degrees : float
        Degrees of freedom of Student's t; infinite where the error counts as normal.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    method: str
    standard_error: float = np.nan
    p_value: float = np.nan
    degrees: float = np.inf

    def __str__(self) -> str:
        return f"{self.estimate:.4g} ({self.confidence:.0%} interval {self.low:.4g} to {self.high:.4g})"


def wald_interval(
    estimate: float,
    standard_error: float,
    confidence: float,
    method: str,
    *,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    degrees: float = np.inf,
    test: bool = True,
) -> Interval:
    """Interval of an estimate whose error is normal, or follows Student's t.

    Parameters
    ----------
    estimate, standard_error, confidence : float
    method : str
    bounds : tuple of float
        Least and largest legal value: ends are cut there.
    degrees : float
        Degrees of freedom of t.
    test : bool
        Whether to test that the true value is 0.

    Returns
    -------
    Interval
        An error of exactly 0 says that two models do not differ where the estimate is 0 too (p = 1);
        elsewhere it says that the rows cannot tell the error, and ends and p are NaN.
    """
    if standard_error == 0:
        same = estimate == 0 and test
        end, p = (0.0, 1.0) if same else (np.nan, np.nan)
        return Interval(estimate, end, end, confidence, method, 0.0, p, degrees)
    half = float(stdtrit(degrees, (1 + confidence) / 2)) * standard_error
    low, high = (float(np.clip(end, *bounds)) for end in (estimate - half, estimate + half))
    p = 2 * float(stdtr(degrees, -abs(estimate) / standard_error)) if test else np.nan
    return Interval(estimate, low, high, confidence, method, standard_error, p, degrees)
