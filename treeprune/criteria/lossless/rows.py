"""Rows of a domain on which two models are compared: all cells, or some rows at thresholds."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.lossless.axes import Axes, axes_of, split_bounds
from treeprune.domain.domain import Domain
from treeprune.domain.groups import alternatives
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble


def n_cells(axes: Axes) -> int:
    """Number of regions of inputs that no split tells apart."""
    n = 1
    for cells in axes.cells:
        n *= len(cells)
    return n


def every_cell(axes: Axes, n_features: int) -> Array:
    """One row in each region of inputs that no split tells apart.

    Parameters
    ----------
    axes : Axes
    n_features : int

    Returns
    -------
    ndarray of float64, shape (n_cells(axes), n_features)
    """
    at = np.indices([len(cells) for cells in axes.cells]).reshape(len(axes), -1)
    rows = np.empty((at.shape[1], n_features))
    for columns, cells, chosen in zip(axes.columns, axes.cells, at, strict=True):
        rows[:, columns] = cells[chosen]
    return rows


class Generator:
    """Random rows of a domain that lie on thresholds, beside them and between.

    Parameters
    ----------
    ensemble : TreeEnsemble
        Whose thresholds.
    domain : Domain
        With the columns of the ensemble, in its order.
    seed : int
    """

    def __init__(self, ensemble: TreeEnsemble, domain: Domain, seed: int = 0) -> None:
        e, self._rng = ensemble, np.random.default_rng(seed)
        self._n_features = e.n_features
        axes = axes_of(e, domain)
        bound = split_bounds(e)
        grouped = {name for group in domain.groups for name in group.columns}
        self._values: list[tuple[Array, Array]] = []
        for columns, cells in zip(axes.columns, axes.cells, strict=True):
            if domain.names[columns[0]] in grouped:
                group = next(g for g in domain.groups if domain.names[columns[0]] in g.columns)
                rows = alternatives([domain[name] for name in group.columns], group.exactly)
                self._values.append((columns, rows))
                continue
            j = int(columns[0])
            own = bound[(e.feature == j) & (e.category_set == LEAF)]
            at = np.unique(own[np.isfinite(own)])
            near = [at, np.nextafter(at, np.inf), np.nextafter(at, -np.inf), np.floor(at), np.ceil(at)]
            values = np.unique(np.concatenate([cells[:, 0], *near]))
            values = values[domain.columns[j].contains(values)]
            if not e.infinite:
                with np.errstate(over="ignore"):
                    values = values[~np.isinf(values.astype(e.input_dtype))]
            if not e.infinite:
                values = values[~np.isinf(values)]
            self._values.append((columns, values[:, None]))

    def rows(self, n: int, around: Array | None = None) -> Array:
        """Some rows.

        Parameters
        ----------
        n : int
        around : ndarray of float64, shape (n_rows, n_features), optional
            Rows of the domain; half of the rows then are some of them, with few columns moved.

        Returns
        -------
        ndarray of float64, shape (n, n_features)
        """
        rng, rows = self._rng, np.empty((n, self._n_features))
        moved = np.ones((n, len(self._values)), np.bool_)
        if around is not None and len(around):
            half = n // 2
            rows[:half] = around[rng.integers(0, len(around), half)]
            moved[:half] = rng.random((half, len(self._values))) < 2 / max(2, len(self._values))
        for k, (columns, values) in enumerate(self._values):
            at = np.flatnonzero(moved[:, k])
            rows[np.ix_(at, columns)] = values[rng.integers(0, len(values), len(at))]
        return rows
