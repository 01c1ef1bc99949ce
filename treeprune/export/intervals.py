"""Intervals of a share and of a mean, of weighted rows too."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri, stdtrit

from treeprune.model.ensemble import Array

LEVEL = 0.95
"""Probability that the intervals are made for."""


def effective_rows(weight_sum: Array, square_sum: Array) -> Array:
    """Equally weighted rows that tell as much as the weighted ones (Kish, Survey Sampling, 1965).

    Parameters
    ----------
    weight_sum, square_sum : ndarray of float64
        Sums of the weights and of their squares.

    Returns
    -------
    ndarray of float64
        0 where there is no weight.
    """
    some = square_sum > 0
    return np.where(some, weight_sum**2 / np.where(some, square_sum, 1.0), 0.0)


def wilson_interval(share: Array, n: Array) -> tuple[Array, Array]:
    """Score interval of a share (Wilson, Journal of the American Statistical Association 22, 1927).

    Parameters
    ----------
    share : ndarray of float64
        NaN where nobody is.
    n : ndarray of float64
        Rows, or effective rows.

    Returns
    -------
    low, high : ndarray of float64
        NaN where there is no row.
    """
    z = float(ndtri(0.5 + LEVEL / 2))
    rows = np.where(n > 0, n, np.nan)
    centre = (share + z**2 / (2 * rows)) / (1 + z**2 / rows)
    width = z / (1 + z**2 / rows) * np.sqrt(share * (1 - share) / rows + (z / (2 * rows)) ** 2)
    # at 0 and 1 both ends are exact but for rounding
    return np.minimum(np.maximum(centre - width, 0.0), share), np.maximum(
        np.minimum(centre + width, 1.0), share
    )


def mean_interval(mean: Array, deviation: Array, n: Array) -> tuple[Array, Array]:
    """Student's interval of a mean.

    Parameters
    ----------
    mean, deviation : ndarray of float64
        `deviation` is the standard deviation with one degree of freedom less than rows.
    n : ndarray of float64
        Rows, or effective rows.

    Returns
    -------
    low, high : ndarray of float64
        NaN where there are no two rows.
    """
    rows = np.where(n > 1, n, np.nan)
    width = stdtrit(rows - 1, 0.5 + LEVEL / 2) * deviation / np.sqrt(rows)
    return mean - width, mean + width
