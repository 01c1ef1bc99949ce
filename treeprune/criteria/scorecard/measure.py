"""What rounding has cost: loss, order, and change of probability."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from treeprune.criteria.scorecard.line import mean_log_loss
from treeprune.model.ensemble import Array


def area_under_curve(score: Array, event: Array, weight: Array) -> float:
    """Area under the ROC curve; each row is an event in part, and none in part.

    Parameters
    ----------
    score : ndarray, shape (n_rows,)
    event, weight : ndarray of float64, shape (n_rows,)
        Weight of the event, and in all.

    Returns
    -------
    float
    """
    place = np.unique(score, return_inverse=True)[1].ravel()
    good, bad = np.bincount(place, event), np.bincount(place, weight - event)
    return float(good @ (np.cumsum(bad) - bad / 2) / (good.sum() * bad.sum()))


def rounding_loss(log_odds: Array, own: Array, target: Array, weight: Array) -> dict[str, float]:
    """Compare rounded log odds with the model's.

    Parameters
    ----------
    log_odds, own : ndarray of float64, shape (n_rows,)
        Rounded, and by the model.
    target : ndarray of float64, shape (n_rows,)
        Probabilities, or 1 where the event happened and 0 elsewhere.
    weight : ndarray of float64, shape (n_rows,)

    Returns
    -------
    dict of str to float
        ``log_loss`` in nats and ``auc`` against the target; ``mean_change`` and ``max_change`` of the
        model's probability.
    """
    change = np.abs(expit(log_odds) - expit(own))
    return {
        "log_loss": mean_log_loss(log_odds, weight * target, weight),
        "auc": area_under_curve(log_odds, weight * target, weight),
        "mean_change": float(np.average(change, weights=weight)),
        "max_change": float(change.max()),
    }
