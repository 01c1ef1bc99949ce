"""Bootstrap samples of rows, and the ends of intervals out of what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri
from sklearn.utils import check_random_state

from treeprune.model.ensemble import Array

_MOST_BLOCKS = 200
_LEAST_DEFINED = 0.95


def strata_of(labels: Array | None, n_rows: int) -> list[Array]:
    """Row numbers of each stratum; one of all rows if there are no labels."""
    if labels is None:
        return [np.arange(n_rows)]
    codes = np.unique(labels, return_inverse=True)[1]
    return [np.flatnonzero(codes == c) for c in range(codes.max() + 1)]


def replicate(
    statistic: Callable[[Array], Any], strata: list[Array], n_resamples: int, random_state: Any
) -> Array:
    """A statistic of resamples, each stratum drawn with replacement at its own size.

    Parameters
    ----------
    statistic : callable
        ``statistic(rows)`` with the numbers of the drawn rows: a number or an array of one shape.
    strata : list of ndarray of int64
    n_resamples : int
    random_state : int, RandomState or None

    Returns
    -------
    ndarray of float64, shape (n_resamples, ...)
    """
    rng = check_random_state(random_state)
    return np.array(
        [
            statistic(np.concatenate([own[rng.randint(len(own), size=len(own))] for own in strata]))
            for _ in range(n_resamples)
        ],
        dtype=np.float64,
    )


def percentile_ends(replicates: Array, confidence: float) -> tuple[Array, Array]:
    """Percentiles of replicates that are defined; NaN where 5% or more of them are not.

    Parameters
    ----------
    replicates : ndarray of float64, shape (n_resamples, ...)
    confidence : float

    Returns
    -------
    low, high : ndarray of float64, shape (...)
    """
    flat = replicates.reshape(len(replicates), -1)
    ends = np.full((2, flat.shape[1]), np.nan)
    for j, column in enumerate(flat.T):
        known = column[np.isfinite(column)]
        if len(known) > _LEAST_DEFINED * len(column):
            ends[:, j] = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    low, high = ends.reshape(2, *replicates.shape[1:])
    return low, high


def jackknife(statistic: Callable[[Array], float], strata: list[Array], random_state: Any) -> Array:
    """The statistic without each block of rows: single rows, or 200 blocks of each stratum's rows.

    Parameters
    ----------
    statistic : callable
    strata : list of ndarray of int64
    random_state : int, RandomState or None
        Which rows make a block.

    Returns
    -------
    ndarray of float64, shape (n_blocks,)
    """
    rng = check_random_state(random_state)
    n = sum(map(len, strata))
    n_blocks = min(n, _MOST_BLOCKS)
    rows = np.concatenate([own if n_blocks == n else rng.permutation(own) for own in strata])
    block = np.arange(n) % n_blocks
    return np.array([statistic(rows[block != b]) for b in range(n_blocks)])


def bca_ends(
    replicates: Array, estimate: float, without_blocks: Array, confidence: float
) -> tuple[float, float]:
    """Ends of the bias-corrected and accelerated interval.

    B. Efron, Better bootstrap confidence intervals, J. Am. Stat. Assoc. 82, 1987.

    Parameters
    ----------
    replicates : ndarray of float64, shape (n_resamples,)
    estimate : float
        The statistic of all rows.
    without_blocks : ndarray of float64, shape (n_blocks,)
        From `jackknife`.
    confidence : float

    Returns
    -------
    low, high : float
        NaN where all replicates lie on one side of the estimate, where the statistic is not defined
        without a block, where 5% or more of the replicates are not defined, or where the acceleration
        is too strong for the confidence.
    """
    known = replicates[np.isfinite(replicates)]
    if len(known) <= _LEAST_DEFINED * len(replicates) or not np.isfinite(without_blocks).all():
        return np.nan, np.nan
    if (known == estimate).all():
        return estimate, estimate
    below = ((known < estimate).mean() + (known <= estimate).mean()) / 2
    if below in (0, 1):
        return np.nan, np.nan
    bias = ndtri(below)
    pull = without_blocks.mean() - without_blocks
    pull = pull / max(np.abs(pull).max(), np.finfo(np.float64).tiny)
    squares = (pull**2).sum()
    acceleration = 0.0 if squares == 0 else (pull**3).sum() / (6 * squares**1.5)
    z = bias + ndtri([(1 - confidence) / 2, (1 + confidence) / 2])
    if (acceleration * z >= 1).any():
        return np.nan, np.nan
    levels = ndtr(bias + z / (1 - acceleration * z))
    low, high = np.quantile(known, levels).tolist()
    return low, high
