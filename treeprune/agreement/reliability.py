"""Whether the event happens as often as its probability says: curves, and one number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri
from sklearn.isotonic import IsotonicRegression

from treeprune.agreement.checks import (
    are_counts,
    events,
    probabilities,
    same_length,
    share,
    shares,
    take_present,
    whole,
)
from treeprune.model.ensemble import Array


@dataclass(frozen=True, eq=False)
class ReliabilityCurve:
    """Observed shares of the event against predicted ones.

    Parameters
    ----------
    n : ndarray of int64, shape (n_bins,)
        Rows in each bin.
    predicted : ndarray of float64, shape (n_bins,)
        Mean probability.
    observed : ndarray of float64, shape (n_bins,)
        Share of rows with the event.
    low, high : ndarray of float64, shape (n_bins,)
        Ends of Wilson's interval of the observed share.
    smooth_x, smooth_y : ndarray of float64, shape (n_steps,)
        Distinct probabilities and the recalibrated ones: the isotonic curve.
    ece : float
        Expected calibration error: mean over bins, by weight, of ``|observed - predicted|``.
    ece_by_chance : float
        What it would be on average if each probability were true: its bias.
    miscalibration : float
        Part of the Brier score that recalibration along the isotonic curve removes. No bins, but not
        negative, so biased upwards too.
    """

    n: Array
    predicted: Array
    observed: Array
    low: Array
    high: Array
    smooth_x: Array
    smooth_y: Array
    ece: float
    ece_by_chance: float
    miscalibration: float


def reliability_curve(
    y: Any,
    probability: Any,
    weights: Any = None,
    *,
    n_bins: int = 10,
    min_count: int = 11,
    confidence: float = 0.95,
) -> ReliabilityCurve:
    """Reliability curve over bins of equal weight, and smooth.

    Bins: rows of one probability stay together, and a bin of too few rows joins its neighbour. Intervals:
    E. Wilson, J. Am. Stat. Assoc. 22, 1927. Smooth curve and miscalibration: the isotonic regression of
    CORP (T. Dimitriadis, T. Gneiting, A. Jordan, PNAS 118, 2021). Expected calibration error: M. Naeini
    et al., AAAI 2015; it is biased upwards, the more so the smaller the bins, so its mean under perfect
    calibration stands beside it: ``sum over bins of share * sqrt(2 / pi * variance of the bin's observed
    share)`` (normal approximation).

    Parameters
    ----------
    y : array-like of {0, 1}, shape (n_rows,)
    probability : array-like, shape (n_rows,)
    weights : array-like of shape (n_rows,), optional
        Where these are no counts, intervals use the effective number of rows, ``(sum w)^2 / sum w^2`` (L.
        Kish, Survey Sampling, 1965).
    n_bins : int, default=10
        Most bins.
    min_count : int, default=11
        Least rows in a bin, if there are that many; for rows of weight above 0.
    confidence : float, default=0.95

    Returns
    -------
    ReliabilityCurve

    Raises
    ------
    TypeError, ValueError
        If these are no outcomes and probabilities of one length, weights are not legal, or an option is
        not.

    Examples
    --------
    >>> found = reliability_curve([0, 0, 1, 0, 1, 1], [0.1] * 3 + [0.7] * 3, n_bins=2, min_count=1)
    >>> found.n.tolist(), found.observed.round(2).tolist(), round(found.ece, 3)
    ([3, 3], [0.33, 0.67], 0.133)
    """
    happened, p = events(y), probabilities("probability", probability, 1)
    same_length(y=happened, probability=p)
    confidence = share("confidence", confidence)
    whole("n_bins", n_bins, 1)
    whole("min_count", min_count, 1)
    w, happened, p = take_present(weights, happened, p)
    part = shares(w)
    bins = _bins(p, part, n_bins, min_count)
    # what a row's weight adds to the variance of a weighted mean
    own = part / w.sum() if are_counts(w) else part**2
    weight, predicted, observed, square, noise = np.array(
        [np.bincount(bins, weights=x) for x in (part, part * p, part * happened, own, own * p * (1 - p))]
    )
    predicted, observed = predicted / weight, observed / weight
    low, high = _wilson(observed, weight**2 / square, confidence)
    smooth = IsotonicRegression(y_min=0, y_max=1).fit_transform(p, happened, sample_weight=part)
    first = np.unique(p, return_index=True)[1]
    return ReliabilityCurve(
        n=np.bincount(bins),
        predicted=predicted,
        observed=observed,
        low=low,
        high=high,
        smooth_x=p[first],
        smooth_y=smooth[first],
        ece=float((weight * np.abs(observed - predicted)).sum()),
        ece_by_chance=float(np.sqrt(2 / np.pi * noise).sum()),
        miscalibration=max(float((part * ((p - happened) ** 2 - (smooth - happened) ** 2)).sum()), 0.0),
    )


def _bins(p: Array, part: Array, n_bins: int, min_count: int) -> Array:
    """Bin of each row, numbered by ascending probability."""
    level, rows = np.unique(p, return_inverse=True)
    weight = np.bincount(rows, weights=part)
    middle = np.cumsum(weight) - weight / 2
    wanted = np.minimum((middle * n_bins).astype(np.int64), n_bins - 1)
    size = np.bincount(rows)
    bins, current, filled = np.zeros(len(level), np.int64), 0, 0
    for k in range(len(level)):
        if k and wanted[k] != wanted[k - 1] and filled >= min_count:
            current, filled = current + 1, 0
        bins[k], filled = current, filled + size[k]
    if filled < min_count and current:
        bins[bins == current] = current - 1
    return np.asarray(bins[rows])


def _wilson(observed: Array, n: Array, confidence: float) -> tuple[Array, Array]:
    z2 = float(ndtri((1 + confidence) / 2)) ** 2
    middle = (observed + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (observed * (1 - observed) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
