"""Deviances of rates and amounts: Poisson, gamma, and Tweedie between the two.

All depend on the outcomes of a node through their weight and sum alone, up to a part that no pruning
changes (B. Jorgensen, *The Theory of Dispersion Models*, 1997).
"""

from __future__ import annotations

import math
from abc import abstractmethod

import numpy as np
from scipy.special import xlogy

from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.statistics.collect import NodeStatistics
from treeprune.statistics.loss_base import NumberLoss, known_numbers
from treeprune.statistics.target import Target

_EPS = np.finfo(np.float64).eps

TWEEDIE_POWER = 1.5
"""Power of the mean that the variance of a Tweedie outcome follows; the default of the vendors."""


class Deviance(NumberLoss):
    """``constant(y) + at(y, log(mu))``, where `at` is linear in y."""

    positive = False

    @abstractmethod
    def constant(self, y: Array) -> Array:
        """What depends on the outcomes alone."""

    @abstractmethod
    def at(self, y: Array, log_mu: Array) -> Array:
        """What depends on the answers."""

    def row_loss(self, ensemble: TreeEnsemble, target: Target, answers: Array) -> Array:
        """See `Loss.row_loss`."""
        return self.of_logarithms(target, np.log(np.maximum(answers, _EPS)))

    def of_logarithms(self, target: Target, log_mu: Array) -> Array:
        """Loss of each row, given the logarithms of the answers."""
        y = self._legal(target)
        return (self.constant(y) + self.at(y, log_mu)).mean(axis=1)

    def node_cost(self, ensemble: TreeEnsemble, statistics: NodeStatistics) -> Array:
        """See `Loss.node_cost`."""
        log_mu = np.log(np.maximum(ensemble.value, _EPS))
        weight = statistics.weight[:, None]
        sum_y = statistics.sums[:, : len(ensemble.columns)] + ensemble.value * weight
        at_zero = self.at(np.zeros(1), log_mu)
        return (weight * at_zero + sum_y * (self.at(np.ones(1), log_mu) - at_zero)).mean(axis=1)

    def offset(self, target: Target, weights: Array) -> float:
        """See `Loss.offset`."""
        # summed exactly: the order of the rows does not matter
        return math.fsum(weights * self.constant(self._legal(target)).mean(axis=1))

    def _legal(self, target: Target) -> Array:
        y = known_numbers(target)
        if (y <= 0).any() if self.positive else (y < 0).any():
            bar = "> 0" if self.positive else ">= 0"
            raise ValueError(f"loss={self.name!r} is for outcomes {bar}, y holds {y.min()}")
        return y


class PoissonDeviance(Deviance):
    """Poisson deviance, as `sklearn.metrics.mean_poisson_deviance` has it."""

    name = "poisson"

    def constant(self, y: Array) -> Array:
        """See `Deviance.constant`."""
        return 2 * (xlogy(y, y) - y)

    def at(self, y: Array, log_mu: Array) -> Array:
        """See `Deviance.at`."""
        return 2 * (np.exp(log_mu) - y * log_mu)


class GammaDeviance(Deviance):
    """Gamma deviance, as `sklearn.metrics.mean_gamma_deviance` has it."""

    name = "gamma"
    positive = True

    def constant(self, y: Array) -> Array:
        """See `Deviance.constant`."""
        return -2 * (np.log(y) + 1)

    def at(self, y: Array, log_mu: Array) -> Array:
        """See `Deviance.at`."""
        return 2 * (log_mu + y * np.exp(-log_mu))


class TweedieDeviance(Deviance):
    """Tweedie deviance of power 1.5, as `sklearn.metrics.mean_tweedie_deviance` has it."""

    name = "tweedie"

    def constant(self, y: Array) -> Array:
        """See `Deviance.constant`."""
        p = TWEEDIE_POWER
        return 2 * y ** (2 - p) / ((1 - p) * (2 - p))

    def at(self, y: Array, log_mu: Array) -> Array:
        """See `Deviance.at`."""
        p = TWEEDIE_POWER
        return 2 * (np.exp((2 - p) * log_mu) / (2 - p) - y * np.exp((1 - p) * log_mu) / (1 - p))
