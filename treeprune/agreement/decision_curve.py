"""What two models are worth to those who act on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.agreement.checks import (
    both_kinds,
    events,
    probability_pair,
    same_length,
    share,
    take_present,
    thresholds,
    whole,
)
from treeprune.agreement.resampling import percentile_ends, replicate, strata_of
from treeprune.model.ensemble import Array
from treeprune.statistics.weights import below_one

THRESHOLDS = tuple(k / 100 for k in range(1, 100))


@dataclass(frozen=True, eq=False)
class DecisionCurve:
    """Net benefit by threshold, in events found per patient.

    Parameters
    ----------
    thresholds : ndarray of float64, shape (n_thresholds,)
    before, after : ndarray of float64, shape (n_thresholds,)
        Of treating those at or above the threshold.
    treat_all : ndarray of float64, shape (n_thresholds,)
        Of treating everybody; treating nobody is worth 0.
    difference : ndarray of float64, shape (n_thresholds,)
        After minus before.
    low, high : ndarray of float64, shape (n_thresholds,)
        Ends of the difference's interval at each threshold by itself; NaN without resamples.
    prevalence : float
    confidence : float
    """

    thresholds: Array
    before: Array
    after: Array
    treat_all: Array
    difference: Array
    low: Array
    high: Array
    prevalence: float
    confidence: float

    @property
    def treat_none(self) -> Array:
        """Zeros: treating nobody finds no event and harms nobody."""
        return np.zeros(len(self.thresholds))


def decision_curve(
    y: Any,
    before: Any,
    after: Any,
    cuts: Any = THRESHOLDS,
    *,
    weights: Any = None,
    prevalence: float | None = None,
    n_resamples: int = 500,
    confidence: float = 0.95,
    random_state: Any = 0,
) -> DecisionCurve:
    """Net benefit of two models.

    ``TP / n - FP / n * t / (1 - t)`` at threshold t (A. Vickers, E. Elkin, Decision curve analysis,
    Medical Decision Making 26, 2006); with a given prevalence v, ``v * sensitivity - (1 - v) * (1 -
    specificity) * t / (1 - t)``, for rows that were drawn by outcome. Intervals are percentiles over
    resamples of rows, drawn by outcome only where the prevalence is given (A. Vickers et al., BMC Med.
    Inform. Decis. Mak. 8, 2008).

    Parameters
    ----------
    y : array-like of {0, 1}, shape (n_rows,)
    before, after : array-like, shape (n_rows,)
        Probabilities of the event.
    cuts : array-like of float, default=0.01, 0.02 ... 0.99
        Thresholds inside (0, 1).
    weights : array-like of shape (n_rows,), optional
        Carried along by the row that is drawn.
    prevalence : float, optional
    n_resamples : int, default=500
        0 for no interval.
    confidence : float, default=0.95
    random_state : int, RandomState or None, default=0

    Returns
    -------
    DecisionCurve

    Raises
    ------
    TypeError, ValueError
        If these are no outcomes and probabilities of one length, y has one kind only, weights are not
        legal, or an option is not.

    Notes
    -----
    Net benefit trusts that probabilities mean what they say; look at calibration first.

    Examples
    --------
    >>> before, after = [0.2, 0.6, 0.4, 0.8], [0.1, 0.2, 0.6, 0.9]
    >>> found = decision_curve([0, 0, 1, 1], before, after, [0.5], n_resamples=0)
    >>> found.before.tolist(), found.after.tolist(), found.treat_all.tolist()
    ([0.0], [0.5], [0.0])
    """
    happened = events(y)
    a, b = probability_pair(before, after, 1)
    same_length(y=happened, before=a)
    levels, confidence = thresholds(cuts), share("confidence", confidence)
    whole("n_resamples", n_resamples, 0)
    if n_resamples == 1:
        raise ValueError("n_resamples must be 0 or 2 at least, got 1")
    if prevalence is not None:
        share("prevalence", prevalence)
    w, happened, a, b = take_present(weights, happened, a, b)
    both_kinds(happened, w)
    w = below_one(w)
    places = [np.searchsorted(levels, p, side="right") for p in (a, b)]
    odds = levels / (1 - levels)

    def benefits(rows: Array) -> Array:
        y_drawn, w_drawn = happened[rows], w[rows]
        total = w_drawn.sum()
        heavy = (w_drawn * y_drawn).sum()
        rate = heavy / total if prevalence is None else prevalence
        gain, harm = _scale(rate, heavy), _scale(1 - rate, total - heavy)
        found = []
        for place in places:
            true = _at_or_above(place[rows], w_drawn * y_drawn, len(levels))
            false = _at_or_above(place[rows], w_drawn * ~y_drawn, len(levels))
            found.append(true * gain - false * harm * odds)
        return np.array(found)

    net_before, net_after = benefits(np.arange(len(w)))
    low = high = np.full(len(levels), np.nan)
    if n_resamples:
        strata = strata_of(None if prevalence is None else happened, len(w))
        drawn = replicate(
            lambda rows: np.diff(benefits(rows), axis=0)[0], strata, n_resamples, random_state
        )
        low, high = percentile_ends(drawn, confidence)
    rate = float((w * happened).sum() / w.sum()) if prevalence is None else float(prevalence)
    return DecisionCurve(
        thresholds=levels,
        before=net_before,
        after=net_after,
        treat_all=rate - (1 - rate) * odds,
        difference=net_after - net_before,
        low=low,
        high=high,
        prevalence=rate,
        confidence=confidence,
    )


def _scale(rate: float, weight: float) -> float:
    """Share of patients that a unit of weight of one outcome stands for; a resample may have none of it."""
    return rate / weight if weight > 0 else 0.0


def _at_or_above(place: Array, weights: Array, n: int) -> Array:
    """Weight of rows at or above each threshold, by the number of thresholds that each row reaches."""
    held = np.bincount(place, weights=weights, minlength=n + 1)
    return np.cumsum(held[::-1])[::-1][1:]
