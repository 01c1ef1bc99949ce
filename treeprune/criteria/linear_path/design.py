"""The standardised columns: products with residuals and coefficients, a working set of columns in front.

Position 0 is the intercept's column of ones. Columns that the solver works with come next, in the order in
which they came; the others follow.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp

from treeprune.criteria.linear_path.scaling import Scale, is_sparse
from treeprune.model.ensemble import Array

_ROWS_AT_ONCE = 4096


class Design(Protocol):
    """What the solvers ask of the columns."""

    n_working: int

    @property
    def working(self) -> Array:
        """Columns at the positions 1, 2, ... of the working set."""

    @property
    def rest(self) -> Array:
        """Columns that are not in the working set."""

    def bring(self, columns: Array) -> None:
        """Append columns to the working set, in this order."""

    def gradient(self, residual: Array) -> Array:
        """Products of shape (n, n_working) with residuals of shape (n, n_rows)."""

    def gradient_of_rest(self, residual: Array) -> Array:
        """Products with the columns `rest`."""

    def predict(self, coef: Array) -> Array:
        """Linear predictors of shape (n, n_rows) of coefficients of shape (n, n_working)."""

    def cross(self, weights: Array, first: int = 0, rows: Array | None = None) -> Array:
        """Weighted products of the working columns with those from `first`, over some or all rows."""


def make_design(X: Any, scale: Scale) -> Design:
    """Design of a dense or a sparse matrix."""
    return SparseDesign(X, scale) if is_sparse(X) else DenseDesign(X, scale)


class DenseDesign:
    """A standardised copy, one contiguous row for each column, whose rows change places.

    The working set is then one block, which matrix products read where it lies.
    """

    def __init__(self, X: Array, scale: Scale) -> None:
        n, p = X.shape
        self._columns = np.empty((p + 1, n))
        self._columns[0] = 1.0
        for first in range(0, p, 64):
            part = slice(first, min(first + 64, p))
            block = np.asarray(X[:, part], np.float64) - scale.mean[part]
            block *= scale.inverse[part]
            self._columns[1 + part.start : 1 + part.stop] = block.T
        self._order = np.arange(-1, p)
        self._place = np.arange(1, p + 1)
        self.n_working = 1

    @property
    def working(self) -> Array:
        """See `Design`."""
        return self._order[1 : self.n_working]

    @property
    def rest(self) -> Array:
        """See `Design`."""
        return self._order[self.n_working :]

    def bring(self, columns: Array) -> None:
        """See `Design`."""
        for j in columns:
            here, there = self._place[j], self.n_working
            if here != there:
                self._columns[[here, there]] = self._columns[[there, here]]
                self._order[[here, there]] = self._order[[there, here]]
                self._place[self._order[[here, there]]] = here, there
            self.n_working += 1

    def gradient(self, residual: Array) -> Array:
        """See `Design`."""
        return residual @ self._columns[: self.n_working].T

    def gradient_of_rest(self, residual: Array) -> Array:
        """See `Design`."""
        return residual @ self._columns[self.n_working :].T

    def predict(self, coef: Array) -> Array:
        """See `Design`."""
        return coef @ self._columns[: self.n_working]

    def cross(self, weights: Array, first: int = 0, rows: Array | None = None) -> Array:
        """See `Design`."""
        columns = self._columns[: self.n_working]
        if rows is not None:
            columns, weights = columns[:, rows], weights[rows]
        total = np.zeros((self.n_working, self.n_working - first))
        for start in range(0, columns.shape[1], _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            if first == 0:  # a product with itself costs half
                scaled = columns[:, part] * np.sqrt(weights[part])
                total += scaled @ scaled.T
            else:
                total += columns[:, part] @ (columns[first:, part] * weights[part]).T
        return total


class SparseDesign:
    """A CSC matrix that is centred and scaled in its products only."""

    def __init__(self, X: Any, scale: Scale) -> None:
        self._X, self._scale = sp.csc_array(X, dtype=np.float64), scale
        self._is_working = np.zeros(X.shape[1], bool)
        self._working = np.empty(0, np.int64)
        self._part = self._X[:, self._working]
        self.n_working = 1

    @property
    def working(self) -> Array:
        """See `Design`."""
        return self._working

    @property
    def rest(self) -> Array:
        """See `Design`."""
        return np.flatnonzero(~self._is_working)

    def bring(self, columns: Array) -> None:
        """See `Design`."""
        self._working = np.concatenate([self._working, columns])
        self._is_working[columns] = True
        self._part = self._X[:, self._working]
        self.n_working += len(columns)

    def _products(self, X: Any, columns: Array, residual: Array) -> Array:
        products = (X.T @ residual.T).T
        products -= np.multiply.outer(residual.sum(axis=1), self._scale.mean[columns])
        products *= self._scale.inverse[columns]
        return products

    def gradient(self, residual: Array) -> Array:
        """See `Design`."""
        products = self._products(self._part, self._working, residual)
        return np.concatenate([residual.sum(axis=1, keepdims=True), products], axis=1)

    def gradient_of_rest(self, residual: Array) -> Array:
        """See `Design`."""
        rest = self.rest
        return self._products(self._X, np.arange(self._X.shape[1]), residual)[:, rest]

    def predict(self, coef: Array) -> Array:
        """See `Design`."""
        given = coef[:, 1:] * self._scale.inverse[self._working]
        intercept = coef[:, 0] - given @ self._scale.mean[self._working]
        return np.ascontiguousarray((self._part @ given.T).T) + intercept[:, None]

    def cross(self, weights: Array, first: int = 0, rows: Array | None = None) -> Array:
        """See `Design`."""
        X = self._part
        if rows is not None:
            X, weights = sp.csc_array(sp.csr_array(X)[rows]), weights[rows]
        skip = max(first - 1, 0)
        late = X[:, skip:]
        heavy = sp.csc_array(late.multiply(weights[:, None]))
        mean, inverse = self._scale.mean[self._working], self._scale.inverse[self._working]
        sums, total = X.T @ weights, weights.sum()
        products = (X.T @ heavy).toarray()
        products -= np.multiply.outer(mean, sums[skip:]) + np.multiply.outer(
            sums - total * mean, mean[skip:]
        )
        products *= np.multiply.outer(inverse, inverse[skip:])
        out = np.empty((self.n_working, len(mean[skip:]) + (first == 0)))
        centred = (sums - total * mean) * inverse
        out[1:, out.shape[1] - len(mean[skip:]) :] = products
        out[0, out.shape[1] - len(mean[skip:]) :] = centred[skip:]
        if first == 0:
            out[0, 0], out[1:, 0] = total, centred
        return out
