"""Standardised columns of a table, dense or sparse, with a column of ones for the intercept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from treeprune.model.ensemble import Array

_CONSTANT = 1e-12
"""A column whose values differ by less than this share of the largest one is constant."""


@dataclass(frozen=True, eq=False)
class Design:
    """Columns ``(x - centre) / scale``, and behind them the ones of the intercept, if there is one.

    Made by `design_of`. Sparse tables stay sparse: they are centred in the products.

    Parameters
    ----------
    table : ndarray of float64 or scipy.sparse array, shape (n_rows, n_columns)
        Dense: in Fortran order, standardised already, the ones included. Sparse: as it was given.
    weight : ndarray of float64, shape (n_rows,)
        Sums to 1.
    centre, scale : ndarray of float64, shape (n_columns,)
        Without the intercept's.
    constant : ndarray of bool, shape (n_columns,)
        Columns that hold one value only; their standardised values are 0.
    intercept : bool
    """

    table: Any
    weight: Array
    centre: Array
    scale: Array
    constant: Array
    intercept: bool

    @property
    def _sparse(self) -> bool:
        return sparse.issparse(self.table)

    @property
    def n_parameters(self) -> int:
        """Number of columns, the intercept's included."""
        return len(self.centre) + self.intercept

    def take(self, columns: Array) -> Design:
        """Some columns, and the intercept's.

        Parameters
        ----------
        columns : ndarray of int
            Ascending positions, without the intercept's.

        Returns
        -------
        Design
        """
        own = np.append(columns, len(self.centre)) if self.intercept else columns
        table = self.table[:, columns] if self._sparse else self.table[:, own]
        of_columns = (self.centre[columns], self.scale[columns], self.constant[columns])
        return Design(table, self.weight, *of_columns, self.intercept)

    def scaled(self) -> Any:
        """Columns without the intercept's, divided by their scale; sparse ones are not centred."""
        if not self._sparse:
            return self.table[:, : len(self.centre)]
        scaled = self.table.copy()
        scaled.data = scaled.data / np.repeat(self.scale, np.diff(scaled.indptr))
        return scaled

    def predict(self, w: Array) -> Array:
        """Linear predictor.

        Parameters
        ----------
        w : ndarray of float64, shape (n_parameters, n_outputs)
            Coefficients of the standardised columns, the intercept last.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_outputs)
        """
        if not self._sparse:
            return self.table @ w
        p = len(self.centre)
        slopes = w[:p] / self.scale[:, None]
        shift = -self.centre @ slopes
        return self.table @ slopes + (shift + w[p] if self.intercept else shift)

    def back(self, r: Array) -> Array:
        """Products of the columns with rows.

        Parameters
        ----------
        r : ndarray of float64, shape (n_rows, n_outputs)

        Returns
        -------
        ndarray of float64, shape (n_parameters, n_outputs)
        """
        if not self._sparse:
            return self.table.T @ r
        total = r.sum(axis=0)
        own = (self.table.T @ r - np.outer(self.centre, total)) / self.scale[:, None]
        own[self.constant] = 0.0
        return np.vstack([own, total]) if self.intercept else own

    def gram(self, d: Array) -> Array:
        """Products of the columns with each other.

        Parameters
        ----------
        d : ndarray of float64, shape (n_rows,)
            Factor of each row; may be negative.

        Returns
        -------
        ndarray of float64, shape (n_parameters, n_parameters)
            Symmetric.
        """
        if not self._sparse:
            if (d >= 0).all():
                half = self.table * np.sqrt(d)[:, None]
                return half.T @ half  # seen as symmetric by numpy: half the work
            product = self.table.T @ (self.table * d[:, None])
            return 0.5 * (product + product.T)
        c, total, p = self.centre, d.sum(), len(self.centre)
        sums = self.table.T @ d
        raw = (self.table.T @ self.table.multiply(d[:, None]).tocsc()).toarray()
        own = raw - np.outer(c, sums) - np.outer(sums, c) + total * np.outer(c, c)
        full = np.zeros((self.n_parameters, self.n_parameters))
        full[:p, :p] = 0.5 * (own + own.T) / np.outer(self.scale, self.scale)
        if self.intercept:
            full[p, :p] = full[:p, p] = (sums - c * total) / self.scale
            full[p, p] = total
        empty = np.flatnonzero(self.constant)
        full[empty], full[:, empty] = 0.0, 0.0
        return full


def design_of(X: Any, weight: Array, *, intercept: bool = True) -> Design:
    """Standardise a table by the weighted mean and deviation of its columns.

    Parameters
    ----------
    X : array-like or scipy.sparse.csc_array of float64, shape (n_rows, n_columns)
        Finite numbers; a sparse one in canonical format.
    weight : ndarray of float64, shape (n_rows,)
        Positive.
    intercept : bool
        Without one the columns are not centred; they are divided by the root of their mean square.

    Returns
    -------
    Design
        Constant columns (without an intercept: columns of zeros) become columns of zeros.
    """
    weight = weight / weight.sum()
    if sparse.issparse(X):
        return _of_sparse(X, weight, intercept)
    X = np.asarray(X, np.float64)
    n, p = X.shape
    least, most = X.min(axis=0, initial=np.inf), X.max(axis=0, initial=-np.inf)
    constant = _is_constant(least, most, intercept)
    centre = weight @ X if intercept else np.zeros(p)
    table = np.ones((n, p + intercept), order="F")
    np.subtract(X, centre, out=table[:, :p])
    scale = np.where(constant, 1.0, np.sqrt(weight @ table[:, :p] ** 2))
    table[:, :p] /= scale
    table[:, :p][:, constant] = 0.0
    return Design(table, weight, centre, scale, constant, intercept)


def _of_sparse(X: Any, weight: Array, intercept: bool) -> Design:
    least, most = X.min(axis=0).toarray().ravel(), X.max(axis=0).toarray().ravel()
    constant = _is_constant(least, most, intercept)
    centre = X.T @ weight if intercept else np.zeros(X.shape[1])
    off, entries = X.copy(), np.diff(X.indptr)
    off.data = (off.data - np.repeat(centre, entries)) ** 2
    filled = X.copy()
    filled.data = np.ones_like(filled.data)
    empty = np.maximum(1.0 - filled.T @ weight, 0.0)  # weight of the zeros that are not stored
    scale = np.where(constant, 1.0, np.sqrt(off.T @ weight + empty * centre**2))
    return Design(X, weight, centre, scale, constant, intercept)


def _is_constant(least: Array, most: Array, intercept: bool) -> Array:
    largest = np.maximum(np.abs(least), np.abs(most))
    return most - least <= _CONSTANT * largest if intercept else largest == 0
