"""Second derivatives on the working set: made, extended by new columns, and descended on."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.linear_path.block import descend_singles
from treeprune.criteria.linear_path.design import Columns, Design
from treeprune.criteria.linear_path.group_block import descend_groups
from treeprune.criteria.linear_path.own_layout import OwnLayout
from treeprune.criteria.linear_path.room import Room
from treeprune.criteria.linear_path.support import step_on_support
from treeprune.model.ensemble import Array

_SWEEPS, _MOST_ROUNDS = 60, 60
_RANK = 1e-11
"""Eigenvalues of correlations below this share of the largest are rounding."""

Pairs = dict[tuple[int, int], Array]


def products(
    design: Design, pairs: Pairs, columns: Columns, late: int = 0, rows: Array | None = None
) -> Array:
    """Second derivatives between the coefficients of some columns and those of the late ones of them.

    Parameters
    ----------
    design : Design
    pairs : dict
        Weights of rows for each pair of outputs, see `Family.curvature`.
    columns, late, rows
        See `Design.cross`.

    Returns
    -------
    ndarray of float64, shape (n_columns * n_outputs, (n_columns - late) * n_outputs)
        Those of all outputs of a column stand side by side.
    """
    k = 1 + max(b for _, b in pairs)
    if k == 1:
        return design.cross(pairs[0, 0], columns, late, rows)
    blocks = {pair: design.cross(weights, columns, late, rows) for pair, weights in pairs.items()}
    n, n_late = blocks[0, 0].shape
    out = np.empty((n, k, n_late, k))
    for (a, b), block in blocks.items():
        out[:, a, :, b] = out[:, b, :, a] = block if a == b else -block
    return out.reshape(n * k, n_late * k)


class Curvature:
    """Second derivatives that one problem descends on, on its own scale.

    They need not be those of that problem: with exact slopes, only the number of steps depends on them.

    Parameters
    ----------
    matrix : ndarray of float64, shape (n_coefficients, n_coefficients)
        On the scale of the full fit.
    layout : OwnLayout
    """

    def __init__(self, matrix: Array, layout: OwnLayout) -> None:
        self._room = Room()
        self.extend(matrix, layout)
        self._inverse = _inverse(self.matrix[: layout.head, : layout.head])

    @property
    def matrix(self) -> Array:
        """On the problem's own scale."""
        return self._room.matrix

    def extend(self, late: Array, layout: OwnLayout) -> None:
        """Add more coefficients.

        Parameters
        ----------
        late : ndarray of float64, shape (n_coefficients, n_new)
            The last columns of the matrix, on the scale of the full fit.
        layout : OwnLayout
        """
        ratios, n_new = layout.ratios, late.shape[1]
        self._room.extend(late * ratios[:, None] * ratios[len(ratios) - n_new :])
        self._layout = layout
        if not layout.singles:
            self._values, self._vectors, self._place = _eigen(self.matrix, layout)

    def descend(self, slope: Array, coef: Array, penalties: tuple[Array, Array], tolerance: float) -> None:
        """Minimise the quadratic model plus the penalty.

        Parameters
        ----------
        slope, coef : ndarray of float64, shape (n_all_coefficients,)
            Slopes of the loss at the coefficients; those of the latter that the problem works with are
            moved.
        penalties : tuple of ndarray
            See `Layout.penalties`.
        tolerance : float
            Of slopes.
        """
        layout = self._layout
        own_slope, own = slope[layout.places], coef[layout.places]
        soft, ridge = (factor[layout.groups] for factor in penalties)
        for _ in range(_MOST_ROUNDS):
            if self._sweep(own_slope, own, (soft, ridge), tolerance):
                break
            step_on_support(self._room.whole, own_slope, own, layout, (soft, ridge))
        coef[layout.places] = own

    def _sweep(self, slope: Array, coef: Array, penalties: tuple[Array, Array], tolerance: float) -> bool:
        """Some sweeps of coordinate descent; whether they settled."""
        layout, n = self._layout, len(coef)
        common = (self._room.whole, self._inverse, slope, coef, *penalties, *layout.bounds, tolerance)
        room = np.empty(n, np.int64), np.empty(max(layout.head, 1))
        if layout.singles:
            return descend_singles(*common, _SWEEPS, *room, np.empty((n, n)), np.empty((2, n)))
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


def _eigen(matrix: Array, layout: OwnLayout) -> tuple[Array, Array, Array]:
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
