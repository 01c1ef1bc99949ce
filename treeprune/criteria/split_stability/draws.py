"""Second samples of gains, drawn to see who wins them."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.split_stability.rivals import Rivals
from treeprune.model.ensemble import Array

SQRT2 = float(np.sqrt(2.0))
"""A second sample lies around the first so many times as widely as around the truth."""

_DRAWS = 4096

_FAR = 6.0
"""Rivals so many standard deviations behind need no draws."""

_TIE = 1e-9
"""Gains are equal that differ by less than this part of the largest spread."""


def standard(lead: Array, spread: Array) -> Array:
    """Leads in standard deviations; 0 of none is a tie, more than 0 of none is certain.

    Parameters
    ----------
    lead, spread : ndarray of float64, shape (n_candidates,)

    Returns
    -------
    ndarray of float64, shape (n_candidates,)
    """
    return np.divide(lead, spread, out=np.sign(lead) * np.where(lead == 0, 0.0, np.inf), where=spread > 0)


def play(
    rivals: Rivals, lead: Array, spread: Array, covariance: Array, n_features: int
) -> tuple[float, float, Array]:
    """Draw second samples of gains and see who wins.

    Parameters
    ----------
    rivals : Rivals
    lead, spread : ndarray of float64, shape (n_candidates,)
        Lead of the chosen split over each, and the standard deviation of that.
    covariance : ndarray of float64, shape (n_candidates, n_candidates)
        Of the leads, see `treeprune.criteria.split_stability.gains.leads` on threads.
    n_features : int

    Returns
    -------
    same_feature, same_split : float
        Share of the draws in which the feature wins, and in which it does with a cut that is the same
        split.
    chance : ndarray of float64, shape (n_features,)
        Share in which each feature wins. Ties are shared.
    """
    near = standard(lead, spread) < _FAR * SQRT2
    near[0] = True
    drawn = np.random.default_rng(0).standard_normal((_DRAWS, int(near.sum())))
    gain = np.full((_DRAWS, len(lead)), -np.inf)
    values, vectors = np.linalg.eigh(2.0 * covariance[np.ix_(near, near)])
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    gain[:, near] = -lead[near] - drawn @ root.T
    is_own = np.ones(len(lead), np.bool_)
    is_own[1 : 1 + rivals.n_others] = False
    own = np.flatnonzero(is_own)
    best = own[np.argmin(lead[own])]
    features = np.concatenate([[best], np.flatnonzero(~is_own)])
    slack = _TIE * float(spread.max(initial=0.0))
    wins = _shares(gain[:, features], slack)
    chance = np.zeros(n_features)
    np.add.at(chance, [rivals.splits[i].feature for i in features], wins.mean(axis=0))
    cut = _shares(gain[:, own], slack) @ rivals.same[own]
    return float(wins[:, 0].mean()), float((wins[:, 0] * cut).mean()), chance


def _shares(gain: Array, slack: float) -> Array:
    """Share of the win of each column in each line; equal ones share."""
    top = gain >= gain.max(axis=1, keepdims=True) - slack
    return np.asarray(top / top.sum(axis=1, keepdims=True))
