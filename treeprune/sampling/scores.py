"""Normal scores of columns with ties, and the correlation of the normal variables behind them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtri

from treeprune.model.ensemble import Array
from treeprune.sampling.margins import Margin

_TERMS = 24
_STEPS = 40
_NEVER_ONE = 1e-12  # the rounding of a sum of shares must not make a score infinite


@dataclass(frozen=True, eq=False)
class Scores:
    """A column as a step function of a standard normal variable.

    Parameters
    ----------
    bounds : ndarray of float64, shape (n_values - 1,)
        Where the normal variable passes from one value to the next.
    steps : ndarray of float64, shape (n_values,)
        Score of each value: normal quantile of its mid-rank, moved and scaled to mean 0 and variance 1.
    of_rows : ndarray of float64, shape (n_rows,)
        Score of each row; 0 where the column is missing.
    """

    bounds: Array
    steps: Array
    of_rows: Array

    def at(self, y: Array) -> Array:
        """Score where the normal variable is `y`."""
        return self.steps[np.searchsorted(self.bounds, y)]

    @cached_property
    def hermite(self) -> Array:
        """Coefficients in normalised Hermite polynomials, from the first: shape (24,)."""
        jumps = np.diff(self.steps) * np.exp(-0.5 * self.bounds**2) / np.sqrt(2.0 * np.pi)
        older, polynomial = np.zeros_like(self.bounds), np.ones_like(self.bounds)
        found = np.empty(_TERMS)
        for m in range(_TERMS):
            found[m] = jumps @ polynomial / np.sqrt(m + 1.0)
            newer = (self.bounds * polynomial - np.sqrt(m) * older) / np.sqrt(m + 1.0)
            older, polynomial = polynomial, newer
        return found


def normal_scores(margin: Margin) -> Scores:
    """Normal scores of a column of at least two values.

    Parameters
    ----------
    margin : Margin

    Returns
    -------
    Scores
    """
    below = margin.below
    middle = np.concatenate([[0.0], below]) + 0.5 * margin.share
    steps = ndtri(np.clip(middle, _NEVER_ONE, 1.0 - _NEVER_ONE))
    steps -= margin.share @ steps
    steps /= np.sqrt(margin.share @ steps**2)
    bounds = ndtri(np.clip(below, _NEVER_ONE, 1.0 - _NEVER_ONE))
    return Scores(bounds, steps, np.where(margin.code < 0, 0.0, steps[margin.code]))


def latent_correlation(scores: list[Scores], observed: Array) -> Array:
    """Correlations that normal variables must have for their scores to correlate as observed.

    Scores of columns with ties correlate less than the normal variables behind them. With Hermite
    coefficients a and b of two columns, theirs is the sum of ``a[m] * b[m] * rho ** m``, which rises with
    rho; it is inverted by bisection.

    Parameters
    ----------
    scores : list of Scores
    observed : ndarray of float64, shape (n_columns, n_columns)
        Symmetric.

    Returns
    -------
    ndarray of float64, shape (n_columns, n_columns)
        Symmetric, with ones on the diagonal.

    Notes
    -----
    M. Cario, B. Nelson, *Modeling and generating random vectors with arbitrary marginal distributions and
    correlation matrix*, 1997.
    """
    found = np.eye(len(scores))
    coefficients = np.array([s.hermite for s in scores]).reshape(len(scores), _TERMS)
    for j in range(1, len(scores)):
        products = coefficients[:j] * coefficients[j]
        low, high = np.full(j, -1.0), np.full(j, 1.0)
        for _ in range(_STEPS):
            middle = 0.5 * (low + high)
            reached = np.zeros(j)
            for m in range(_TERMS - 1, -1, -1):
                reached = (reached + products[:, m]) * middle
            over = reached > observed[j, :j]
            high = np.where(over, middle, high)
            low = np.where(over, low, middle)
        found[j, :j] = found[:j, j] = 0.5 * (low + high)
    return found
