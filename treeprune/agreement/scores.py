"""Metrics of one model in the form that bootstraps and subgroups take: (y, prediction, weights)."""

from __future__ import annotations

import numpy as np

from treeprune.agreement.checks import shares
from treeprune.agreement.delong import plain_area
from treeprune.model.ensemble import Array
from treeprune.statistics.weights import below_one

_CLIP = 1e-15


def auc(y: Array, score: Array, weights: Array) -> float:
    """Area under the ROC curve, ties counted half; NaN where y holds one kind only.

    Parameters
    ----------
    y : ndarray of {0, 1}, shape (n_rows,)
    score, weights : ndarray of float64, shape (n_rows,)

    Returns
    -------
    float
    """
    happened = np.asarray(y) == 1
    if happened.all() or not happened.any():
        return np.nan
    return plain_area(score, happened, below_one(weights))


def brier(y: Array, probability: Array, weights: Array) -> float:
    """Mean squared error of the probability of the event (G. Brier, Monthly Weather Review 78, 1950).

    Parameters
    ----------
    y : ndarray of {0, 1}, shape (n_rows,)
    probability, weights : ndarray of float64, shape (n_rows,)

    Returns
    -------
    float
    """
    return float(((probability - y) ** 2 * shares(weights)).sum())


def log_loss(y: Array, probability: Array, weights: Array) -> float:
    """Mean negative log-likelihood in nats; probabilities clipped to [1e-15, 1 - 1e-15].

    Parameters
    ----------
    y : ndarray of {0, 1}, shape (n_rows,)
    probability, weights : ndarray of float64, shape (n_rows,)

    Returns
    -------
    float
    """
    p = np.clip(probability, _CLIP, 1 - _CLIP)
    return float(-(np.log(np.where(np.asarray(y) == 1, p, 1 - p)) * shares(weights)).sum())
