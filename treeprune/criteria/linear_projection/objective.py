"""What a fit minimises: weighted mean loss and a ridge, with gradient and Hessian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from treeprune.criteria.linear_projection.design import Design
from treeprune.criteria.linear_projection.families import Family
from treeprune.model.ensemble import Array


class Point(NamedTuple):
    """The objective at one place.

    Attributes
    ----------
    w : ndarray of float64, shape (n_parameters, n_outputs)
    eta : ndarray of float64, shape (n_rows, n_outputs)
    value : float
    gradient : ndarray of float64, shape (n_outputs * n_parameters,)
        See `flat`.
    """

    w: Array
    eta: Array
    value: float
    gradient: Array


def flat(w: Array) -> Array:
    """Parameters in one row, those of the first output first.

    Parameters
    ----------
    w : ndarray, shape (n_parameters, n_outputs)

    Returns
    -------
    ndarray, shape (n_outputs * n_parameters,)
    """
    return w.T.ravel()


@dataclass(frozen=True, eq=False)
class Objective:
    """Weighted mean loss of a linear model, plus half of ``ridge * (w - towards) ** 2``.

    Parameters
    ----------
    design : Design
        Its weights are those of the mean.
    family : Family
    target : ndarray of float64, shape (n_rows, n_outputs)
        Outcomes or means.
    offset : ndarray of float64, shape (n_rows, n_outputs)
        Part of the linear predictor that stays as it is.
    ridge : ndarray of float64, shape (n_parameters,)
        Not negative; of the standardised coefficients, the same for all outputs.
    towards : ndarray of float64, shape (n_parameters, n_outputs)

    Notes
    -----
    The softmax of several classes does not change when all classes move alike. The Hessian holds such
    moves fast, and `towards` must not ask for one: its rows sum to 0.
    """

    design: Design
    family: Family
    target: Array
    offset: Array
    ridge: Array
    towards: Array

    def take(self, columns: Array) -> Objective:
        """The objective of some columns and the intercept; `columns` as for `Design.take`."""
        p = self.design.n_parameters
        own = np.append(columns, p - 1) if self.design.intercept else columns
        design = self.design.take(columns)
        return Objective(design, self.family, self.target, self.offset, self.ridge[own], self.towards[own])

    def unfold(self, flat_w: Array) -> Array:
        """Parameters from the one row that `flat` puts them in."""
        return flat_w.reshape(self.target.shape[1], -1).T

    def start(self) -> Array:
        """Coefficients of 0 with an intercept that fits; shape (n_parameters, n_outputs)."""
        w = np.zeros((self.design.n_parameters, self.target.shape[1]))
        if self.design.intercept:
            mean = self.design.weight @ self.target
            w[-1] = self.family.link(mean) - self.design.weight @ self.offset
            w[-1] -= w[-1].mean() if len(mean) > 1 and self.family.name == "multinomial" else 0.0
        return w

    def at(self, w: Array) -> Point:
        """Value and gradient; the value is infinite or NaN where numbers overflow.

        Parameters
        ----------
        w : ndarray of float64, shape (n_parameters, n_outputs)

        Returns
        -------
        Point
        """
        d = self.design
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            eta = d.predict(w) + self.offset
            away = w - self.towards
            pull = self.ridge[:, None] * away
            value = float(d.weight @ self.family.loss(eta, self.target) + 0.5 * (pull * away).sum())
            r = d.weight[:, None] * (self.family.mean(eta) - self.target)
            return Point(w, eta, value, flat(d.back(r) + pull))

    def hessian(self, eta: Array) -> Array:
        """Second derivatives.

        Parameters
        ----------
        eta : ndarray of float64, shape (n_rows, n_outputs)
            Linear predictor, offset included.

        Returns
        -------
        ndarray of float64, shape (n_outputs * n_parameters, n_outputs * n_parameters)
        """
        d, m, k = self.design, self.design.n_parameters, eta.shape[1]
        variance = self.family.variance(eta)
        full = np.zeros((k, m, k, m))
        mean = self.family.mean(eta)
        for a in range(k):
            full[a, :, a] = d.gram(d.weight * variance[:, a])
            full[a, :, a].flat[:: m + 1] += self.ridge
            for b in range(a if self.family.name == "multinomial" else 0):
                full[a, :, b] = d.gram(-d.weight * mean[:, a] * mean[:, b])
                full[b, :, a] = full[a, :, b]
        if self.family.name == "multinomial":
            j = np.arange(m)
            full[:, j, :, j] += self.spread(eta) / k
        return full.reshape(k * m, k * m)

    def spread(self, eta: Array) -> float:
        """Weighted mean variance of an output, at a linear predictor of shape (n_rows, n_outputs)."""
        return float(self.design.weight @ self.family.variance(eta).mean(axis=1))
