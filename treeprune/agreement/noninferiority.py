"""Whether a smaller model is worse by no more than one is ready to accept."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Literal

import numpy as np
from scipy.special import stdtr

from treeprune.agreement.intervals import Interval

Verdict = Literal["superior", "non-inferior", "inferior", "inconclusive"]


@dataclass(frozen=True)
class NonInferiority:
    """Verdict of a test of non-inferiority.

    Parameters
    ----------
    verdict : {"superior", "non-inferior", "inferior", "inconclusive"}
        "superior": better, by the whole interval. "non-inferior": the interval does not reach the margin.
        "inferior": the whole interval is worse than the margin. "inconclusive": the interval holds the
        margin, or is not defined.
    margin : float
    level : float
        One-sided level of the test.
    p_value : float
        One-sided, of the hypothesis that the loss is the margin or more; NaN if the interval comes
        without a standard error.
    text : str
        The same in a sentence.
    """

    verdict: Verdict
    margin: float
    level: float
    p_value: float
    text: str

    @property
    def passed(self) -> bool:
        """Whether the model after is shown to be worse by less than the margin."""
        return self.verdict in ("superior", "non-inferior")


def non_inferiority(
    difference: Interval, margin: float, *, higher_is_better: bool = True
) -> NonInferiority:
    """Test that the model after is worse by less than a margin.

    The one-sided test at level ``(1 - confidence) / 2`` is read off the two-sided interval of the
    difference (G. Piaggio et al., Reporting of noninferiority and equivalence randomized trials, CONSORT
    2010, JAMA 308, 2012). The margin must be chosen before the rows are seen.

    Parameters
    ----------
    difference : Interval
        After minus before.
    margin : float
        Largest loss that would be accepted, in units of the metric; not negative. With 0 the model must
        be shown to be better.
    higher_is_better : bool, default=True
        Whether the metric is one of merit (AUC) and not of error (Brier score).

    Returns
    -------
    NonInferiority

    Raises
    ------
    TypeError, ValueError
        If `difference` is no interval, or the margin negative or not finite.

    Examples
    --------
    >>> found = non_inferiority(Interval(-0.004, -0.012, 0.004, 0.95, "DeLong"), margin=0.02)
    >>> found.verdict, found.passed
    ('non-inferior', True)
    """
    if not isinstance(difference, Interval):
        raise TypeError(f"difference must be an Interval, got {type(difference).__name__}")
    if isinstance(margin, bool) or not isinstance(margin, Real) or not 0 <= float(margin) < np.inf:
        raise ValueError(f"margin must be a finite number that is not negative, got {margin!r}")
    margin = float(margin)
    sign = 1.0 if higher_is_better else -1.0
    gain = sign * difference.estimate
    worst, best = sorted((sign * difference.low, sign * difference.high))
    level = (1 - difference.confidence) / 2
    p_value = np.nan
    if difference.standard_error > 0:
        p_value = float(stdtr(difference.degrees, -(gain + margin) / difference.standard_error))
    verdict, reason = _judge(worst, best, margin)
    course = "better" if gain > 0 else "worse"
    text = (
        f"{verdict}: the model after is {course} by {abs(gain):.4g}, at worst "
        f"worse by {max(-worst, 0):.4g} (one-sided level {level:.3g}, margin {margin:.4g}); {reason}"
    )
    return NonInferiority(verdict, margin, level, p_value, text)


def _judge(worst: float, best: float, margin: float) -> tuple[Verdict, str]:
    if np.isnan(worst) or np.isnan(best):
        return "inconclusive", "the interval is not defined"
    if worst > 0:
        return "superior", "the whole interval is better"
    if worst > -margin:
        return "non-inferior", "the interval does not reach the margin"
    if worst == best == 0:
        return "inconclusive", "both are equal, but a margin of 0 asks for better"
    if best < -margin:
        return "inferior", "the whole interval is worse than the margin"
    return "inconclusive", "the interval holds the margin"
