"""Who changes sides of a clinical threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.agreement.checks import (
    are_counts,
    both_kinds,
    events,
    probability_pair,
    same_length,
    share,
    shares,
    take_present,
    thresholds,
)
from treeprune.agreement.intervals import Interval, wald_interval
from treeprune.model.ensemble import Array


@dataclass(frozen=True)
class Flips:
    """Rows that change sides of one threshold; at the threshold is above it.

    Parameters
    ----------
    threshold : float
    n_up, n_down : int
        Rows that were below and are above now, and the other way; rows of weight 0 left out.
    up, down : float
        Their shares of the weight of all rows.
    """

    threshold: float
    n_up: int
    n_down: int
    up: float
    down: float


def label_flips(before: Any, after: Any, cuts: Any, weights: Any = None) -> tuple[Flips, ...]:
    """Rows that change sides of each threshold.

    Parameters
    ----------
    before, after : array-like, shape (n_rows,)
        Probabilities of the event.
    cuts : array-like of float
        Thresholds inside (0, 1).
    weights : array-like of shape (n_rows,), optional

    Returns
    -------
    tuple of Flips
        By ascending threshold.

    Raises
    ------
    TypeError, ValueError
        If these are no probabilities of one shape, a threshold lies outside (0, 1), or weights are not
        legal.

    Examples
    --------
    >>> label_flips([0.1, 0.4, 0.6], [0.2, 0.6, 0.4], [0.5])
    (Flips(threshold=0.5, n_up=1, n_down=1, up=0.3333333333333333, down=0.3333333333333333),)
    """
    a, b = probability_pair(before, after, 1)
    levels = thresholds(cuts)
    w, a, b = take_present(weights, a, b)
    part = shares(w)
    found = []
    for cut in levels.tolist():
        up, down = (a < cut) & (b >= cut), (a >= cut) & (b < cut)
        found.append(
            Flips(cut, int(up.sum()), int(down.sum()), float(part[up].sum()), float(part[down].sum()))
        )
    return tuple(found)


@dataclass(frozen=True)
class Reclassification:
    """Net reclassification improvement with its parts; positive is in favour of the model after.

    Parameters
    ----------
    total : Interval
        Sum of both parts: no proportion, from -2 to 2.
    events : Interval
        P(up | event) - P(down | event).
    others : Interval
        P(down | no event) - P(up | no event).
    """

    total: Interval
    events: Interval
    others: Interval


def net_reclassification(
    y: Any, before: Any, after: Any, cuts: Any, weights: Any = None, confidence: float = 0.95
) -> Reclassification:
    """Net reclassification improvement over categories of risk.

    M. Pencina, R. D'Agostino Sr, R. D'Agostino Jr, R. Vasan, Evaluating the added predictive ability of a
    new marker, Statistics in Medicine 27, 2008. Intervals use the multinomial variance ``(u + d - (u -
    d)^2) / n`` of each part (u, d shares that go up and down) instead of the variance under no change.

    Parameters
    ----------
    y : array-like of {0, 1}, shape (n_rows,)
    before, after : array-like, shape (n_rows,)
        Probabilities of the event.
    cuts : array-like of float
        Thresholds between the categories, inside (0, 1).
    weights : array-like of shape (n_rows,), optional
        Intervals are NaN where these are no counts.
    confidence : float, default=0.95

    Returns
    -------
    Reclassification

    Raises
    ------
    TypeError, ValueError
        If these are no outcomes and probabilities of one length, y has one kind only, a threshold or
        `confidence` lies outside (0, 1), or weights are not legal.

    Notes ----- Known defects: the sum of both parts weighs them without regard to prevalence; it is no
    proper measure, and is positive too often for models that are merely miscalibrated or fitted to noise
    (J. Hilden, T. Gerds, Statistics in Medicine 33, 2014; K. Kerr et al., Epidemiology 25, 2014). Read
    the parts, and the net benefit (`treeprune.agreement.decision_curve`) beside them.

    Examples
    --------
    >>> found = net_reclassification([1, 1, 0, 0], [0.4, 0.6, 0.4, 0.6], [0.6, 0.6, 0.4, 0.6], 0.5)
    >>> found.events.estimate, found.others.estimate
    (0.5, 0.0)
    """
    happened = events(y)
    a, b = probability_pair(before, after, 1)
    same_length(y=happened, before=a)
    levels, confidence = thresholds(cuts), share("confidence", confidence)
    w, happened, a, b = take_present(weights, happened, a, b)
    both_kinds(happened, w)
    move = np.sign(np.searchsorted(levels, b, side="right") - np.searchsorted(levels, a, side="right"))
    exact = are_counts(w)
    event, event_error = _net(move[happened], w[happened], exact)
    other, other_error = _net(-move[~happened], w[~happened], exact)
    error = float(np.hypot(event_error, other_error))
    method = "multinomial"
    return Reclassification(
        wald_interval(event + other, error, confidence, method, bounds=(-2, 2)),
        wald_interval(event, event_error, confidence, method, bounds=(-1, 1)),
        wald_interval(other, other_error, confidence, method, bounds=(-1, 1)),
    )


def _net(good: Array, weights: Array, exact: bool) -> tuple[float, float]:
    """Share of good moves minus share of bad ones, and its standard error."""
    part = shares(weights)
    up, down = float(part[good > 0].sum()), float(part[good < 0].sum())
    net = up - down
    if not exact:
        return net, np.nan
    return net, float(np.sqrt(max(up + down - net**2, 0.0) / weights.sum()))
