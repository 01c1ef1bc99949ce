"""Second derivatives on the working set: made, extended by new columns, and descended on."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.linear_path.block import descend_singles
from treeprune.criteria.linear_path.design import Design
from treeprune.criteria.linear_path.group_block import descend_groups
from treeprune.criteria.linear_path.layout import Layout
from treeprune.criteria.linear_path.support import step_on_support
from treeprune.model.ensemble import Array

_SWEEPS, _MOST_ROUNDS = 30, 60
_RANK = 1e-11
"""Eigenvalues of correlations below this share of the largest are rounding."""

Pairs = dict[tuple[int, int], Array]


class Products:
    """Products of the working columns under weights of rows, extended as the working set grows.

    Parameters
    ----------
    design : Design
    pairs : dict
        Weights of rows for each pair of outputs, see `Family.curvature`.
    rows : ndarray of int64, optional
        The only rows that count.
    """

    def __init__(self, design: Design, pairs: Pairs, rows: Array | None = None) -> None:
        self._design, self._pairs, self._rows = design, pairs, rows
        self._n_outputs = 1 + max(b for _, b in pairs)
        self.matrix = self._from(0)

    def extend(self) -> None:
        """Add what is new in the working set."""
        old = len(self.matrix)
        late = self._from(old // self._n_outputs)
        matrix = np.empty((len(late), len(late)))
        matrix[:old, :old], matrix[:, old:], matrix[old:, :old] = self.matrix, late, late[:old].T
        self.matrix = matrix

    def _from(self, first: int) -> Array:
        k, n = self._n_outputs, self._design.n_working
        if k == 1:
            return self._design.cross(self._pairs[0, 0], first, self._rows)
        out = np.empty((n, k, n - first, k))
        for (a, b), weights in self._pairs.items():
            out[:, a, :, b] = self._design.cross(weights, first, self._rows) * (1.0 if a == b else -1.0)
            out[:, b, :, a] = out[:, a, :, b]
        return out.reshape(n * k, (n - first) * k)


class Curvature:
    """Second derivatives to descend on.

    They need not be those of the problem that descends on them: with exact slopes, only the number of
    steps depends on them.

    Parameters
    ----------
    matrix : ndarray of float64, shape (n_coefficients, n_coefficients)
    layout : Layout
    """

    def __init__(self, matrix: Array, layout: Layout) -> None:
        self.matrix, self._layout = matrix, layout
        self._inverse = _inverse(matrix[: layout.head, : layout.head])
        if not layout.singles:
            self._values, self._vectors, self._place = _eigen(matrix, layout)

    def descend(self, slope: Array, coef: Array, penalties: tuple[Array, Array], tolerance: float) -> None:
        """Minimise the quadratic model plus the penalty, in place.

        Parameters
        ----------
        slope, coef : ndarray of float64, shape (n_coefficients,)
            Slopes of the loss at the coefficients, and then those of the model.
        penalties : tuple of ndarray
            See `Layout.penalties`.
        tolerance : float
            Of slopes.
        """
        for _ in range(_MOST_ROUNDS):
            if self._sweep(slope, coef, penalties, tolerance):
                return
            step_on_support(self.matrix, slope, coef, self._layout, penalties)

    def _sweep(self, slope: Array, coef: Array, penalties: tuple[Array, Array], tolerance: float) -> bool:
        """Some sweeps of coordinate descent; whether they settled."""
        layout = self._layout
        common = (self.matrix, self._inverse, slope, coef, *penalties, layout.low, layout.high, tolerance)
        room = np.empty(len(coef), np.int64), np.empty(max(layout.head, 1))
        if layout.singles:
            return descend_singles(*common, _SWEEPS, *room)
        work = np.empty((3, int(np.diff(layout.start).max(initial=1))))
        blocks = layout.start, layout.bounded, self._values, self._vectors, self._place, work
        return descend_groups(*common, _SWEEPS, *room, *blocks)


def _inverse(matrix: Array) -> Array:
    """Pseudo-inverse, whatever the units of the columns."""
    if len(matrix) == 1:
        return np.divide(1.0, matrix, where=matrix > 0.0, out=np.zeros((1, 1)))
    spread = np.sqrt(matrix.diagonal())
    unit = np.divide(1.0, spread, where=spread > 0.0, out=np.zeros(len(spread)))
    correlation = matrix * np.multiply.outer(unit, unit)
    inverse = np.linalg.pinv(correlation, rcond=_RANK, hermitian=True)
    return inverse * np.multiply.outer(unit, unit)


def _eigen(matrix: Array, layout: Layout) -> tuple[Array, Array, Array]:
    """Eigenvalues and eigenvectors of the groups' own blocks, those of one size at a time."""
    first, size = layout.start[:-1], np.diff(layout.start)
    place = np.append(0, np.cumsum(size**2))
    values, vectors = np.zeros(len(matrix)), np.empty(place[-1])
    for n in np.unique(size):
        of_size = np.flatnonzero(size == n)
        at = first[of_size, None] + np.arange(n)
        own, turn = np.linalg.eigh(matrix[at[:, :, None], at[:, None, :]])
        values[at] = np.maximum(own, 0.0)
        vectors[place[of_size, None] + np.arange(n * n)] = turn.reshape(len(of_size), n * n)
    return values, vectors, place
