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
_COLUMNS_AT_ONCE = 64


Columns = Array | slice


class Design(Protocol):
    """What the solvers ask of the columns."""

    n_working: int

    @property
    def working(self) -> Array:
        """Columns at the positions 1, 2, ... of the working set."""

    @property
    def rest(self) -> Array:
        """Columns that are not in the working set."""

    def moments(self, weights: Array) -> tuple[Array, Array]:
        """Weighted means of the columns and of their squares, before any column is brought.

        Parameters
        ----------
        weights : ndarray of float64, shape (n, n_rows)
            The sum of each row is 1.

        Returns
        -------
        mean, square : ndarray of float64, shape (n, n_features)
        """

    def bring(self, columns: Array) -> None:
        """Append columns to the working set, in this order."""

    def gradient(self, residual: Array) -> Array:
        """Products of shape (n, n_working) with residuals of shape (n, n_rows)."""

    def gradient_of_rest(self, residual: Array) -> Array:
        """Products with the columns `rest`."""

    def predict(self, coef: Array) -> Array:
        """Linear predictors of shape (n, n_rows) of coefficients of shape (n, n_working)."""

    def cross(self, weights: Array, columns: Columns, late: int = 0, rows: Array | None = None) -> Array:
        """Weighted products of some working columns with the late ones of them, over some or all rows.

        Parameters
        ----------
        weights : ndarray of float64, shape (n_rows,)
        columns : ndarray of int64 or slice
            Positions.
        late : int
            Place in `columns` of the first late one.
        rows : ndarray of int64, optional

        Returns
        -------
        ndarray of float64, shape (n_columns, n_columns - late)
        """


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
        for first in range(0, p, _COLUMNS_AT_ONCE):
            part = slice(first, min(first + _COLUMNS_AT_ONCE, p))
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

    def moments(self, weights: Array) -> tuple[Array, Array]:
        """See `Design`."""
        mean = np.empty((len(weights), len(self._columns) - 1))
        square = np.empty_like(mean)
        for first in range(0, mean.shape[1], _COLUMNS_AT_ONCE):
            part = slice(first, min(first + _COLUMNS_AT_ONCE, mean.shape[1]))
            columns = self._columns[1 + part.start : 1 + part.stop]
            mean[:, part], square[:, part] = weights @ columns.T, weights @ (columns**2).T
        return mean, square

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

    def cross(self, weights: Array, columns: Columns, late: int = 0, rows: Array | None = None) -> Array:
        """See `Design`."""
        total: Array | None = None
        for start in range(0, len(weights) if rows is None else len(rows), _ROWS_AT_ONCE):
            part: Columns = slice(start, start + _ROWS_AT_ONCE)
            part = part if rows is None else rows[part]
            block = self._block(columns, part)
            if late == 0:  # a product with itself costs half
                block = block * np.sqrt(weights[part])
                product = block @ block.T
            else:
                product = block @ (block[late:] * weights[part]).T
            total = product if total is None else np.add(total, product, out=total)
        assert total is not None  # there are rows
        return total

    def _block(self, columns: Columns, rows: Columns) -> Array:
        """Some rows of some working columns, where they lie if both are slices."""
        front = self._columns[: self.n_working]
        if isinstance(columns, slice) or isinstance(rows, slice):
            return front[columns, rows]
        return front[columns[:, None], rows]


class SparseDesign:
    """A CSC matrix that is centred and scaled in its products only."""

    def __init__(self, X: Any, scale: Scale) -> None:
        self._X, self._scale = sp.csc_array(X, dtype=np.float64), scale
        self._is_working = np.zeros(X.shape[1], bool)
        self._working = np.empty(0, np.int64)
        self._front = sp.csc_array(np.ones((X.shape[0], 1)))
        self._mean, self._inverse = np.zeros(1), np.ones(1)
        self.n_working = 1

    @property
    def working(self) -> Array:
        """See `Design`."""
        return self._working

    @property
    def rest(self) -> Array:
        """See `Design`."""
        return np.flatnonzero(~self._is_working)

    def moments(self, weights: Array) -> tuple[Array, Array]:
        """See `Design`."""
        X, scale = self._X, self._scale
        at = np.repeat(np.arange(X.shape[1]), np.diff(X.indptr))
        entries = (X.data - scale.mean[at]) * scale.inverse[at]
        zero = -scale.mean * scale.inverse  # what entries that are not stored become
        stored, centred, squares = (
            sp.csc_array((x, X.indices, X.indptr), X.shape).T
            for x in (np.ones_like(entries), entries, entries**2)
        )
        mean, square = (centred @ weights.T).T, (squares @ weights.T).T
        counts = (weights > 0.0).astype(np.float64)
        is_full = counts.sum(axis=1, keepdims=True) == (stored @ counts.T).T  # else rounding is left
        absent = np.where(is_full, 0.0, np.maximum(1.0 - (stored @ weights.T).T, 0.0))
        return mean + absent * zero, square + absent * zero**2

    def bring(self, columns: Array) -> None:
        """See `Design`."""
        self._working = np.concatenate([self._working, columns])
        self._is_working[columns] = True
        self._front = sp.csc_array(sp.hstack([self._front, self._X[:, columns]]))
        self._mean = np.append(self._mean, self._scale.mean[columns])
        self._inverse = np.append(self._inverse, self._scale.inverse[columns])
        self.n_working += len(columns)

    def gradient(self, residual: Array) -> Array:
        """See `Design`."""
        return _centred_products(self._front, self._mean, self._inverse, residual)

    def gradient_of_rest(self, residual: Array) -> Array:
        """See `Design`."""
        return _centred_products(self._X, self._scale.mean, self._scale.inverse, residual)[:, self.rest]

    def predict(self, coef: Array) -> Array:
        """See `Design`."""
        given = coef * self._inverse
        return np.ascontiguousarray((self._front @ given.T).T) - (given @ self._mean)[:, None]

    def cross(self, weights: Array, columns: Columns, late: int = 0, rows: Array | None = None) -> Array:
        """See `Design`."""
        at: Any = columns  # a slice will do too, which scipy does not say
        X: Any = self._front[:, at]
        if rows is not None:
            X, weights = sp.csc_array(X[rows]), weights[rows]
        heavy = sp.csc_array(X[:, late:].multiply(weights[:, None]))
        mean, inverse, sums = self._mean[columns], self._inverse[columns], X.T @ weights
        centred = sums - weights.sum() * mean
        products = (X.T @ heavy).toarray()
        products -= np.multiply.outer(mean, sums[late:]) + np.multiply.outer(centred, mean[late:])
        products *= np.multiply.outer(inverse, inverse[late:])
        return np.asarray(products)


def _centred_products(X: Any, mean: Array, inverse: Array, residual: Array) -> Array:
    """Products of residuals with the standardised columns of a sparse matrix."""
    products = (X.T @ residual.T).T
    products -= np.multiply.outer(residual.sum(axis=1), mean)
    products *= inverse
    return np.asarray(products)
