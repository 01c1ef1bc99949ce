"""Symmetric positive systems: Cholesky's factor, or the eigenvectors where rows depend on each other."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from treeprune.model.ensemble import Array

_PIVOT = 1e-13
"""Least square of a pivot, of a matrix with ones on its diagonal, that Cholesky's factor is used with."""

_RANK = 1e-12
"""Eigenvalues below this share of the largest one count as zero."""


class Factor:
    """A symmetric matrix without negative eigenvalues, ready to be solved with.

    Rows and columns are scaled to a diagonal of ones first. If the matrix is singular to working
    precision, its (scaled) pseudo-inverse takes the place of the inverse: no step is made along
    directions that nothing depends on.

    Parameters
    ----------
    matrix : ndarray of float64, shape (n, n)
        Finite.

    Attributes
    ----------
    rank : int
        Number of directions that are solved along.
    """

    def __init__(self, matrix: Array) -> None:
        diagonal = np.diag(matrix).copy()
        diagonal[diagonal <= 0] = 1.0
        self._scale = np.sqrt(diagonal)
        scaled = matrix / np.outer(self._scale, self._scale)
        self._lower: Array | None = None
        try:
            lower = np.linalg.cholesky(scaled)
        except np.linalg.LinAlgError:
            lower = np.zeros((1, 1))
        if np.diag(lower).min(initial=1.0) ** 2 > _PIVOT:
            self._lower, self.rank = lower, len(matrix)
            return
        values, vectors = np.linalg.eigh(scaled)
        real = values > _RANK * values.max(initial=0.0)
        self.rank = int(real.sum())
        self._roots = vectors[:, real] / np.sqrt(values[real])

    def solve(self, b: Array) -> Array:
        """Solution of the system.

        Parameters
        ----------
        b : ndarray of float64, shape (n,) or (n, m)

        Returns
        -------
        ndarray of float64, shape as `b`
        """
        scale = self._scale if b.ndim == 1 else self._scale[:, None]
        if self._lower is None:
            return self._roots @ (self._roots.T @ (b / scale)) / scale
        return linalg.cho_solve((self._lower, True), b / scale, check_finite=False) / scale

    def inverse(self) -> Array:
        """The inverse matrix, symmetric.

        Returns
        -------
        ndarray of float64, shape (n, n)
        """
        if self._lower is None:
            scaled = self._roots @ self._roots.T
        else:
            scaled, _ = linalg.lapack.dpotri(self._lower, lower=1)
            scaled = np.tril(scaled) + np.tril(scaled, -1).T
        return scaled / np.outer(self._scale, self._scale)
