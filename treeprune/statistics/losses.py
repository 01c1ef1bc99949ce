"""Losses: what an answer costs, for one row and for all rows that stand in a node.

A loss is *additive* if the cost of a tree is the sum of the costs of its leaves; then a whole path
of trees is scored from node statistics alone. All of these are, but for the ranking loss in
`treeprune.statistics.ranking`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import xlogy

from treeprune.model.ensemble import Array, Task, TreeEnsemble
from treeprune.statistics.collect import NodeStatistics
from treeprune.statistics.target import Target

_EPS = np.finfo(np.float64).eps


@dataclass(frozen=True)
class Loss(ABC):
    """One additive loss; smaller is better. Losses of several targets are averaged."""

    name: ClassVar[str]
    task: ClassVar[Task]
    needs_absolute: ClassVar[bool] = False

    @abstractmethod
    def row_loss(self, ensemble: TreeEnsemble, target: Target, raw: Array) -> Array:
        """Loss of each row.

        Parameters
        ----------
        ensemble : TreeEnsemble
        target : Target
        raw : ndarray of float64, shape (n_rows, n_columns)
            Class probabilities, or predicted numbers.

        Returns
        -------
        ndarray of float64, shape (n_rows,)
        """

    @abstractmethod
    def node_cost(self, ensemble: TreeEnsemble, statistics: NodeStatistics) -> Array:
        """Weighted loss of the rows in each node if the node answered them all.

        Parameters
        ----------
        ensemble : TreeEnsemble
        statistics : NodeStatistics
            Collected with ``absolute=True`` if the loss has `needs_absolute`.

        Returns
        -------
        ndarray of float64, shape (n_nodes,)
            Up to `offset`, which no pruning changes.
        """

    def offset(self, target: Target, weights: Array) -> float:
        """Part of the weighted loss that depends on the outcomes alone and `node_cost` leaves out."""
        return 0.0


class ClassLoss(Loss):
    """Loss of class probabilities: defined by its matrix of costs, one column for each true class."""

    task: ClassVar[Task] = "classification"

    @abstractmethod
    def class_costs(self, probability: Array) -> Array:
        """Cost of each answer under each true class.

        Parameters
        ----------
        probability : ndarray of float64, shape (n, n_classes)

        Returns
        -------
        ndarray of float64, shape (n, n_classes)
        """

    def _targets(self, ensemble: TreeEnsemble, probability: Array) -> Iterator[tuple[slice, Array]]:
        for k in range(len(ensemble.columns)):
            columns = ensemble.target_columns(k)
            yield columns, self.class_costs(probability[:, columns])

    def row_loss(self, ensemble: TreeEnsemble, target: Target, raw: Array) -> Array:
        """See `Loss.row_loss`."""
        assert target.codes is not None
        loss = np.zeros(len(raw))
        for k, (columns, costs) in enumerate(self._targets(ensemble, raw)):
            loss += costs[np.arange(len(raw)), target.codes[:, k] - columns.start]
        return loss / len(ensemble.columns)

    def node_cost(self, ensemble: TreeEnsemble, statistics: NodeStatistics) -> Array:
        """See `Loss.node_cost`."""
        cost = np.zeros(ensemble.n_nodes)
        sums = statistics.sums
        for columns, costs in self._targets(ensemble, ensemble.value):
            cost += (sums[:, columns] * costs).sum(axis=1)
        return cost / len(ensemble.columns)


class LogLoss(ClassLoss):
    """Negative log-likelihood in nats, probabilities clipped as `sklearn.metrics.log_loss` does."""

    name = "log_loss"

    def class_costs(self, probability: Array) -> Array:
        """See `ClassLoss.class_costs`."""
        return -np.log(np.clip(probability, _EPS, 1 - _EPS))


class Brier(ClassLoss):
    """Brier score (Brier 1950); halved for two classes, as `sklearn.metrics.brier_score_loss` is."""

    name = "brier"

    def class_costs(self, probability: Array) -> Array:
        """See `ClassLoss.class_costs`."""
        square = (probability**2).sum(axis=1, keepdims=True) - 2 * probability + 1
        return square / 2 if probability.shape[1] == 2 else square


class Misclassification(ClassLoss):
    """Share of rows whose most probable class (the first one of equals) is not theirs."""

    name = "misclassification"

    def class_costs(self, probability: Array) -> Array:
        """See `ClassLoss.class_costs`."""
        costs = np.ones_like(probability)
        costs[np.arange(len(probability)), probability.argmax(axis=1)] = 0.0
        return costs


@dataclass(frozen=True)
class ExpectedCost(ClassLoss):
    """Cost of the decision that the probabilities make the cheapest (CART, section 4.4).

    Parameters
    ----------
    matrix : tuple of tuple of float
        ``matrix[i][j]`` is the cost of deciding for class j where i is true.
    """

    matrix: tuple[tuple[float, ...], ...] = ()
    name = "cost"

    def class_costs(self, probability: Array) -> Array:
        """See `ClassLoss.class_costs`."""
        costs = np.asarray(self.matrix)
        if len(costs) != probability.shape[1]:
            raise ValueError(
                f"cost_matrix is for {len(costs)} classes, the model has {probability.shape[1]}"
            )
        return costs.T[(probability @ costs).argmin(axis=1)]


def _numbers(target: Target) -> Array:
    assert target.numbers is not None
    return target.numbers


class _NumberLoss(Loss):
    task: ClassVar[Task] = "regression"


class SquaredError(_NumberLoss):
    """Squared error, in squared units of the outcome."""

    name = "squared_error"

    def row_loss(self, ensemble: TreeEnsemble, target: Target, raw: Array) -> Array:
        """See `Loss.row_loss`."""
        return ((raw - _numbers(target)) ** 2).mean(axis=1)

    def node_cost(self, ensemble: TreeEnsemble, statistics: NodeStatistics) -> Array:
        """See `Loss.node_cost`."""
        return statistics.sums[:, len(ensemble.columns) :].mean(axis=1)


class PoissonDeviance(_NumberLoss):
    """Poisson deviance, as `sklearn.metrics.mean_poisson_deviance` has it."""

    name = "poisson"

    def row_loss(self, ensemble: TreeEnsemble, target: Target, raw: Array) -> Array:
        """See `Loss.row_loss`."""
        y, mu = self._counts(target), np.maximum(raw, _EPS)
        return 2 * (xlogy(y, y) - y - xlogy(y, mu) + mu).mean(axis=1)

    def node_cost(self, ensemble: TreeEnsemble, statistics: NodeStatistics) -> Array:
        """See `Loss.node_cost`."""
        mu = np.maximum(ensemble.value, _EPS)
        weight = statistics.weight[:, None]
        sum_y = statistics.sums[:, : len(ensemble.columns)] + ensemble.value * weight
        return 2 * (mu * weight - sum_y * np.log(mu)).mean(axis=1)

    def offset(self, target: Target, weights: Array) -> float:
        """See `Loss.offset`."""
        y = self._counts(target)
        return float(2 * weights @ (xlogy(y, y) - y).mean(axis=1))

    @staticmethod
    def _counts(target: Target) -> Array:
        y = _numbers(target)
        if (y < 0).any():
            raise ValueError(f"loss='poisson' is for outcomes >= 0, y holds {y.min()}")
        return y


class AbsoluteError(_NumberLoss):
    """Absolute error, in units of the outcome."""

    name = "absolute_error"
    needs_absolute = True

    def row_loss(self, ensemble: TreeEnsemble, target: Target, raw: Array) -> Array:
        """See `Loss.row_loss`."""
        return np.abs(raw - _numbers(target)).mean(axis=1)

    def node_cost(self, ensemble: TreeEnsemble, statistics: NodeStatistics) -> Array:
        """See `Loss.node_cost`."""
        assert statistics.absolute is not None
        return statistics.absolute


LOSSES: dict[str, type[Loss]] = {
    loss.name: loss
    for loss in (
        LogLoss,
        Brier,
        Misclassification,
        ExpectedCost,
        SquaredError,
        AbsoluteError,
        PoissonDeviance,
    )
}
"""Additive losses by name; a new one is a class here."""


def make_loss(name: str, task: Task, cost_matrix: object = None) -> Loss:
    """Loss by name, checked against the kind of model.

    Parameters
    ----------
    name : str
        A key of `LOSSES`, or ``"auto"``.
    task : {"classification", "regression"}
    cost_matrix : array-like of shape (n_classes, n_classes), optional
        Needed by ``"cost"``; rows are true classes, columns decisions.

    Returns
    -------
    Loss

    Raises
    ------
    ValueError
        If the name is unknown, does not fit the model, or the cost matrix is missing or not legal.
    """
    name = default_loss(task) if name == "auto" else name
    fitting = sorted(key for key, loss in LOSSES.items() if loss.task == task)
    if name not in fitting:
        raise ValueError(f"loss={name!r} does not fit {task}; use one of {', '.join(fitting)}")
    if name == "cost":
        return ExpectedCost(matrix=check_cost_matrix(cost_matrix))
    return LOSSES[name]()


def check_cost_matrix(cost_matrix: object) -> tuple[tuple[float, ...], ...]:
    """Cost matrix as tuples: square, finite, not negative, zero on the diagonal."""
    if cost_matrix is None:
        raise ValueError("a cost-sensitive loss or risk needs cost_matrix")
    matrix = np.asarray(cost_matrix, np.float64)
    square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1]
    if not square or not np.isfinite(matrix).all() or (matrix < 0).any() or np.diag(matrix).any():
        raise ValueError(
            "cost_matrix must be square, with a zero diagonal and finite costs >= 0 elsewhere "
            "(rows: true class, columns: decision)"
        )
    return tuple(map(tuple, matrix.tolist()))


def default_loss(task: Task) -> str:
    """Probability loss for classes, squared error for numbers."""
    return "log_loss" if task == "classification" else "squared_error"
