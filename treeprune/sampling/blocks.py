"""What a row's categories and missing values say about its ordered columns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from treeprune.model.ensemble import Array
from treeprune.sampling.columns import Columns, WeightedRows
from treeprune.sampling.scores import Scores

_RIDGE = 5.0
"""Weight, in rows, with which the mean of all rows stands beside those of one category."""

_MOST_CATEGORIES = 50
"""Rarer categories of a column than its fifty most frequent ones say nothing."""

_GRID = np.linspace(-9.0, 9.0, 721)
_BELL = np.exp(-0.5 * _GRID**2) / np.exp(-0.5 * _GRID**2).sum()
_FARTHEST = 4.0
_ROUNDS = 4


class Shift(NamedTuple):
    """How the block moves the normal variable behind an ordered column.

    Parameters
    ----------
    mean : ndarray of float64, shape (n_rows,)
        Its mean given the block of each row.
    variance : float
        What is left of its variance of 1.
    slope : ndarray of float64, shape (n_rows,)
        By how much the mean score of a row rises with the mean of the normal variable, in units of what
        is left of its deviation.
    """

    mean: Array
    variance: float
    slope: Array


def indicators(rows: WeightedRows, columns: Columns) -> Array:
    """Indicators of categories and of missing values.

    Parameters
    ----------
    rows : WeightedRows
    columns : Columns

    Returns
    -------
    ndarray of float64, shape (n_rows, n_indicators)
        Without those that all rows share.
    """
    found = []
    for column, nominal in zip(rows.values.T, columns.nominal, strict=True):
        missing = np.isnan(column)
        if missing.any() and not missing.all():
            found.append(missing)
        if nominal:
            codes, place = np.unique(column[~missing], return_inverse=True)
            weight = np.bincount(place, rows.weight[~missing], len(codes))
            frequent = np.sort(np.argsort(-weight, kind="stable")[:_MOST_CATEGORIES])
            if len(codes) > 1:
                found += [column == codes[k] for k in frequent]
    return np.array(found, np.float64).reshape(len(found), len(rows.weight)).T


def mean_scores(design: Array, weight: Array, scores: Array, present: Array) -> Array:
    """Mean of scores given indicators, by ridge regression on the rows where each column is present.

    Parameters
    ----------
    design : ndarray of float64, shape (n_rows, n_indicators)
    weight : ndarray of float64, shape (n_rows,)
    scores : ndarray of float64, shape (n_rows, n_columns)
        0 where missing; of mean 0 where present.
    present : ndarray of bool, shape (n_rows, n_columns)

    Returns
    -------
    ndarray of float64, shape (n_rows, n_columns)
        Its mean over the rows where a column is present is 0.
    """
    n_indicators, n_columns = design.shape[1], scores.shape[1]
    if n_indicators == 0:
        return np.zeros_like(scores)
    weighted = design * weight[:, None]
    products, right = weighted.T @ design, weighted.T @ scores
    slopes = np.empty((n_indicators, n_columns))
    sums, totals = weighted.T @ present, weight @ present
    for c in range(n_columns):
        gone = ~present[:, c]
        own = products - weighted[gone].T @ design[gone] - np.outer(sums[:, c], sums[:, c]) / totals[c]
        own[np.diag_indices(n_indicators)] += _RIDGE
        slopes[:, c] = np.linalg.solve(own, right[:, c])
    found = design @ slopes
    found -= (weight @ (found * present)) / totals
    return found


def shift_of(scores: Scores, mean: Array, weight: Array) -> Shift:
    """Means of the normal variable that make the mean scores what they should be.

    The scores are a step function of it; its mean is moved until the mean of the steps under a normal
    density is met, and the thresholds are spread so that its variance is 1 over all blocks.

    Parameters
    ----------
    scores : Scores
    mean : ndarray of float64, shape (n_rows,)
        Mean score given each row's block.
    weight : ndarray of float64, shape (n_rows,)
        0 where the column is missing.

    Returns
    -------
    Shift
    """
    if not mean.any():
        return Shift(mean, 1.0, np.full(len(mean), scores.hermite[0]))
    half = len(_GRID) // 2
    spread = 1.0
    for _ in range(_ROUNDS):
        padded = scores.at(np.concatenate([_GRID[:half] - 9.0, _GRID, _GRID[-half:] + 9.0]) / spread)
        expected = np.maximum.accumulate(np.convolve(padded, _BELL, "valid"))
        shift = np.clip(np.interp(mean, expected, _GRID), -_FARTHEST, _FARTHEST)
        shift -= np.average(shift, weights=weight)
        spread = float(np.sqrt(1.0 + np.average(shift**2, weights=weight)))
    slope = np.interp(shift, _GRID, np.gradient(expected, _GRID))
    return Shift(shift / spread, 1.0 / spread**2, slope)
