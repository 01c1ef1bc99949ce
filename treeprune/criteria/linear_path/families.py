"""Families of generalised linear models under their canonical links: residuals, deviances, curvatures.

P. McCullagh, J. Nelder, *Generalized Linear Models*, 2nd edition, 1989, chapter 2.
"""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np

from treeprune.kernels.compiled import borrower
from treeprune.model.ensemble import Array

FamilyName = Literal["gaussian", "binomial", "poisson", "multinomial"]

_LEAST_CURVATURE = 1e-6
"""Second derivatives below it count as it: a row that is sure must not ask for an endless step."""


class Family(Protocol):
    """What the solvers ask of a family.

    Linear predictors and outcomes have one row for each output (one, or one for each class) and one column
    for each row of the data.
    """

    name: FamilyName

    def start(self, outcome: Array, weights: Array) -> Array:
        """Linear predictor of a model that has an intercept only, shape (n_outputs,)."""

    def residual(self, eta: Array, outcome: Array, weights: Array) -> Array:
        """Weighted mean less outcome, for problems of shape (n_problems, n_outputs, n_rows).

        `weights` has the shape (n_problems, n_rows). `eta` is used up.
        """

    def deviance(self, eta: Array, outcome: Array) -> Array:
        """Deviance of each row, shape (..., n_rows): twice the loss above that of a perfect fit."""

    def curvature(self, eta: Array, weights: Array) -> dict[tuple[int, int], Array]:
        """Weighted second derivatives of each row for each pair of outputs, signs left out.

        Those of an output with itself are positive, those of two outputs negative.
        """


class Gaussian:
    """Half the squared error of one output."""

    name: FamilyName = "gaussian"

    def start(self, outcome: Array, weights: Array) -> Array:
        """See `Family`."""
        return outcome @ weights

    def residual(self, eta: Array, outcome: Array, weights: Array) -> Array:
        """See `Family`."""
        eta -= outcome
        eta *= weights[:, None, :]
        return eta

    def deviance(self, eta: Array, outcome: Array) -> Array:
        """See `Family`."""
        return ((eta - outcome) ** 2).sum(axis=-2)

    def curvature(self, eta: Array, weights: Array) -> dict[tuple[int, int], Array]:
        """See `Family`."""
        return {(0, 0): weights}


class Binomial:
    """Log loss of one column of log odds; outcomes are probabilities."""

    name: FamilyName = "binomial"

    def start(self, outcome: Array, weights: Array) -> Array:
        """See `Family`."""
        share = outcome @ weights
        return np.log(share / (1.0 - share))

    def residual(self, eta: Array, outcome: Array, weights: Array) -> Array:
        """See `Family`."""
        # the exponential is only taken of what is not positive; numpy's is several times numba's speed
        small = np.abs(eta)
        np.exp(np.negative(small, out=small), out=small)
        _logistic_residual(eta[:, 0], small[:, 0], outcome[0], weights)
        return eta

    def deviance(self, eta: Array, outcome: Array) -> Array:
        """See `Family`."""
        loss = np.log(1.0 + np.exp(-np.abs(eta))) + np.maximum(eta, 0.0) - outcome * eta
        return 2.0 * (loss - _entropy(outcome) - _entropy(1.0 - outcome)).sum(axis=-2)

    def curvature(self, eta: Array, weights: Array) -> dict[tuple[int, int], Array]:
        """See `Family`."""
        small = np.exp(-np.abs(eta[0]))
        return {(0, 0): weights * np.maximum(small / (1.0 + small) ** 2, _LEAST_CURVATURE)}


class Poisson:
    """Half the Poisson deviance of the exponential of one output."""

    name: FamilyName = "poisson"

    def start(self, outcome: Array, weights: Array) -> Array:
        """See `Family`."""
        return np.log(outcome @ weights)

    def residual(self, eta: Array, outcome: Array, weights: Array) -> Array:
        """See `Family`."""
        mean = np.exp(eta, out=eta)
        mean -= outcome
        mean *= weights[:, None, :]
        return mean

    def deviance(self, eta: Array, outcome: Array) -> Array:
        """See `Family`."""
        own = outcome * np.log(np.where(outcome > 0.0, outcome, 1.0)) - outcome
        return 2.0 * (np.exp(eta) - outcome * eta + own).sum(axis=-2)

    def curvature(self, eta: Array, weights: Array) -> dict[tuple[int, int], Array]:
        """See `Family`."""
        return {(0, 0): weights * np.maximum(np.exp(eta[0]), _LEAST_CURVATURE)}


class Multinomial:
    """Log loss of the softmax of one output for each class; outcomes are probabilities."""

    name: FamilyName = "multinomial"

    def start(self, outcome: Array, weights: Array) -> Array:
        """See `Family`."""
        eta = np.log(outcome @ weights)
        return eta - eta.mean()

    def residual(self, eta: Array, outcome: Array, weights: Array) -> Array:
        """See `Family`."""
        mean = _softmax(eta)
        mean -= outcome
        mean *= weights[:, None, :]
        return mean

    def deviance(self, eta: Array, outcome: Array) -> Array:
        """See `Family`."""
        most = eta.max(axis=-2, keepdims=True)
        log_sum = np.log(np.exp(eta - most).sum(axis=-2)) + most[..., 0, :]
        return 2.0 * (log_sum - (outcome * eta).sum(axis=-2) - _entropy(outcome).sum(axis=-2))

    def curvature(self, eta: Array, weights: Array) -> dict[tuple[int, int], Array]:
        """See `Family`."""
        mean = _softmax(eta.copy())
        pairs = {}
        for k, own in enumerate(mean):
            pairs[k, k] = weights * np.maximum(own * (1.0 - own), _LEAST_CURVATURE)
            pairs.update({(k, c): weights * own * mean[c] for c in range(k + 1, len(mean))})
        return pairs


FAMILIES: dict[str, Family] = {f.name: f for f in (Gaussian(), Binomial(), Poisson(), Multinomial())}


@borrower
def _logistic_residual(eta: Array, small: Array, outcome: Array, weights: Array) -> None:
    """Put residuals in the place of `eta`; `small` is exp(-|eta|)."""
    for q in range(eta.shape[0]):
        for i in range(eta.shape[1]):
            mean = (1.0 if eta[q, i] >= 0.0 else small[q, i]) / (1.0 + small[q, i])
            eta[q, i] = weights[q, i] * (mean - outcome[i])


def _softmax(eta: Array) -> Array:
    """Softmax over the last but one axis, in place."""
    eta -= eta.max(axis=-2, keepdims=True)
    odds = np.exp(eta, out=eta)
    odds /= odds.sum(axis=-2, keepdims=True)
    return odds


def _entropy(p: Array) -> Array:
    """Less than nothing or nothing: minus p log p, at 0 too."""
    return -p * np.log(np.where(p > 0.0, p, 1.0))
