"""Means and scales of columns, and coefficients on the user's scale and on the standardised one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from treeprune.model.ensemble import Array

_CONSTANT = 1e-12
"""Standard deviations below this share of the largest entry are rounding."""

_AT_ONCE = 64
"""Columns that are converted and centred at a time."""


def is_sparse(X: Any) -> bool:
    """Whether a matrix is one of scipy's sparse ones."""
    return bool(sp.issparse(X))


@dataclass(frozen=True, eq=False)
class Scale:
    """A standardised column is ``(x - mean) * inverse``.

    Parameters
    ----------
    mean : ndarray of float64, shape (n_features,)
        That of the column, or 0 if columns are not centred.
    inverse : ndarray of float64, shape (n_features,)
        One over the standard deviation, or 1 if columns are not scaled; 0 for columns that are left out
        (constant ones), which are thereby zero.
    spread : ndarray of float64, shape (n_features,)
        Root mean square of each column as it is used; 0 for columns that are left out.
    """

    mean: Array
    inverse: Array
    spread: Array

    def to_user(self, coef: Array, intercept: Array) -> tuple[Array, Array]:
        """Coefficients of the columns as they were given.

        Parameters
        ----------
        coef : ndarray of float64, shape (..., n_features, n_outputs)
        intercept : ndarray of float64, shape (..., n_outputs)

        Returns
        -------
        coef, intercept : ndarray of float64
            Of the same shapes.
        """
        given = coef * self.inverse[:, None]
        return given, intercept - np.einsum("j,...jk->...k", self.mean, given)

    def to_standard(self, coef: Array) -> Array:
        """Coefficients of the standardised columns; those of constant columns are 0."""
        known = self.inverse > 0.0
        return coef * np.divide(1.0, self.inverse, where=known, out=np.zeros(len(known)))[:, None]


def column_scale(X: Any, weights: Array, *, standardize: bool, centre: bool) -> Scale:
    """Weighted means and standard deviations (of the population, as in glmnet).

    Parameters
    ----------
    X : ndarray or scipy CSC matrix, shape (n_rows, n_features)
    weights : ndarray of float64, shape (n_rows,)
        Their sum is 1.
    standardize : bool
        Whether columns are divided by their standard deviations, those around their means in any case.
    centre : bool
        Whether their means are taken off. A constant column is left out if columns are centred or scaled;
        if not, only a column of zeros is.

    Returns
    -------
    Scale

    Raises
    ------
    ValueError
        If squares of a column are beyond float64.
    """
    p = X.shape[1]
    mean, deviation, largest = np.zeros(p), np.zeros(p), np.zeros(p)
    n_counted = np.count_nonzero(weights)
    with np.errstate(over="ignore", invalid="ignore"):  # looked at below
        if is_sparse(X):
            for j in range(p):
                part = slice(X.indptr[j], X.indptr[j + 1])
                x, w = np.asarray(X.data[part], np.float64), weights[X.indices[part]]
                mean[j], largest[j] = w @ x, np.abs(x).max(initial=0.0)
                absent = 0.0 if np.count_nonzero(w) == n_counted else max(1.0 - w.sum(), 0.0)
                deviation[j] = w @ (x - mean[j]) ** 2 + absent * mean[j] ** 2
        else:
            for first in range(0, p, _AT_ONCE):
                part = slice(first, first + _AT_ONCE)
                x = np.asarray(X[:, part], np.float64)
                mean[part], largest[part] = weights @ x, np.abs(x).max(axis=0)
                deviation[part] = weights @ (x - mean[part]) ** 2
    deviation = np.sqrt(deviation)
    if not np.isfinite(deviation).all():
        raise ValueError(
            f"column {np.argmin(np.isfinite(deviation))} of X has too large entries; rescale it"
        )
    known = deviation > _CONSTANT * largest if standardize or centre else largest > 0.0
    inverse = np.divide(1.0, deviation if standardize else 1.0, where=known, out=np.zeros(p))
    if centre:
        return Scale(mean, inverse, deviation * inverse)
    return Scale(np.zeros(p), inverse, np.hypot(deviation, mean) * inverse)
