"""Areas under the ROC curves of two models on the same rows, with their covariance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.agreement.checks import both_kinds, counts, events, pair, same_length, share, take_present
from treeprune.agreement.intervals import Interval, wald_interval
from treeprune.model.ensemble import Array


@dataclass(frozen=True, eq=False)
class AreaComparison:
    """Two correlated areas and their difference.

    Parameters
    ----------
    before, after : Interval
        Ends are cut at 0 and 1.
    difference : Interval
        After minus before, with the p-value of no difference.
    covariance : ndarray of float64, shape (2, 2)
        Of the two areas.
    """

    before: Interval
    after: Interval
    difference: Interval
    covariance: Array


def delong(
    y: Any, before: Any, after: Any, weights: Any = None, confidence: float = 0.95
) -> AreaComparison:
    """Compare the areas under the ROC curves of two models on the same rows.

    E. DeLong, D. DeLong, D. Clarke-Pearson, Comparing the areas under two or more correlated receiver
    operating characteristic curves, Biometrics 44, 1988, in O(n log n) after X. Sun, W. Xu, IEEE Signal
    Processing Letters 21, 2014.

    Parameters
    ----------
    y : array-like of {0, 1}, shape (n_rows,)
    before, after : array-like, shape (n_rows,)
        Scores, larger for the event; ties count half.
    weights : array-like of shape (n_rows,), optional
        Numbers of rows that each row stands for.
    confidence : float, default=0.95

    Returns
    -------
    AreaComparison

    Raises
    ------
    TypeError, ValueError
        If these are no outcomes and finite scores of one length, there are not two rows of each
        kind, weights are no counts, or `confidence` lies outside (0, 1).

    Notes
    -----
    For nested models fitted to the rows that judge them the test is invalid (O. Demler, M. Pencina,
    R. D'Agostino, Statistics in Medicine 31, 2012): use rows that neither model has seen.

    Examples
    --------
    >>> found = delong([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], [0.1, 0.2, 0.3, 0.4])
    >>> found.before.estimate, found.after.estimate, found.difference.estimate
    (0.75, 1.0, 0.25)
    """
    happened = events(y)
    a, b = pair(before, after, 1)
    same_length(y=happened, before=a)
    confidence = share("confidence", confidence)
    w, happened, a, b = take_present(weights, happened, a, b)
    counts(w, "the method of DeLong")
    both_kinds(happened, w, least=2)
    areas, errors = zip(*(area(score, happened, ~happened, w) for score in (a, b)), strict=True)
    return comparison(areas, np.column_stack(errors), w, confidence, "DeLong")


def area(score: Array, positive: Array, negative: Array, weights: Array) -> tuple[float, Array]:
    """Area under the ROC curve of two sets of rows, and what each row contributes to its error.

    Parameters
    ----------
    score : ndarray of float64, shape (n_rows,)
    positive, negative : ndarray of bool, shape (n_rows,)
        Disjoint; neither is empty.
    weights : ndarray of float64, shape (n_rows,)
        Positive.

    Returns
    -------
    area : float
    error : ndarray of float64, shape (n_rows,)
        ``sum(w * error_j * error_k)`` is the covariance of the areas of two scores: structural components
        minus the area, over root of ``W (W - 1)`` with W the weight of the row's set; 0 in neither set.
    """
    order, level, good, bad = _levels(score, positive, negative, weights)
    heavy, light = good.sum(), bad.sum()
    found = _won(good, bad)
    up = (np.cumsum(bad) - bad / 2) / light - found
    down = 1 - (np.cumsum(good) - good / 2) / heavy - found
    # with one row of a kind the spread is unknown: who needs errors asks for two before
    up /= np.sqrt(heavy * max(heavy - 1, 1))
    down /= np.sqrt(light * max(light - 1, 1))
    error = np.zeros(len(score))
    error[order] = np.where(positive[order], up[level], down[level])
    return found, error


def plain_area(score: Array, positive: Array, weights: Array) -> float:
    """Area under the ROC curve of some rows against all others, without its error; see `area`."""
    return _won(*_levels(score, positive, ~positive, weights)[2:])


def _levels(
    score: Array, positive: Array, negative: Array, weights: Array
) -> tuple[Array, Array, Array, Array]:
    """Rows of both sets by ascending score, the level of each, and weights of both sets on each level."""
    rows = np.flatnonzero(positive | negative)
    order = rows[np.argsort(score[rows], kind="stable")]
    ordered, weights = score[order], weights[order]
    level = np.cumsum(np.concatenate([[False], ordered[1:] != ordered[:-1]]))
    good, bad = (np.bincount(level, weights=weights * own[order]) for own in (positive, negative))
    return order, level, good, bad


def _won(good: Array, bad: Array) -> float:
    """Share of the weight of pairs in which the positive row is on the higher level; ties count half."""
    return float((good * (np.cumsum(bad) - bad / 2)).sum() / (good.sum() * bad.sum()))


def comparison(
    areas: tuple[float, ...], errors: Array, weights: Array, confidence: float, method: str
) -> AreaComparison:
    """Intervals of two areas and their difference, out of what rows contribute to their errors.

    Parameters
    ----------
    areas : tuple of two floats
    errors : ndarray of float64, shape (n_rows, 2)
    weights : ndarray of float64, shape (n_rows,)
    confidence : float
    method : str

    Returns
    -------
    AreaComparison
    """
    before, after = areas
    covariance = np.array([[(weights * errors[:, j] * errors[:, k]).sum() for k in (0, 1)] for j in (0, 1)])
    own_a, own_b = np.sqrt(covariance.diagonal()).tolist()
    # straight from the differences: the sum of variances would leave rounding where models are equal
    variance = (weights * (errors[:, 1] - errors[:, 0]) ** 2).sum()
    return AreaComparison(
        wald_interval(before, own_a, confidence, method, bounds=(0, 1), test=False),
        wald_interval(after, own_b, confidence, method, bounds=(0, 1), test=False),
        wald_interval(after - before, float(np.sqrt(variance)), confidence, method, bounds=(-1, 1)),
        covariance,
    )
