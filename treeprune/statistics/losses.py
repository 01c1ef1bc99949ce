"""Losses: what an answer costs, for one row and for all rows that stand in a node.

A loss is *additive* if the cost of a tree is the sum of the costs of its leaves; then a whole path
of trees is scored from node statistics alone. All of these are, but for the ranking loss in
`treeprune.statistics.ranking`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from treeprune.kernels.compiled import borrower
from treeprune.model.ensemble import Array, Task, TreeEnsemble
from treeprune.statistics.collect import NodeStatistics
from treeprune.statistics.deviances import GammaDeviance, PoissonDeviance, TweedieDeviance
from treeprune.statistics.loss_base import Loss, NumberLoss, known_numbers
from treeprune.statistics.target import Target, answer_columns

_EPS = np.finfo(np.float64).eps

_IN_ORDER = 7
"""Terms that numpy adds from the first to the last; it sums longer rows in another order."""


@borrower
def _add_products(total: Array, lost: Array, start: int, factor: Array, out: Array) -> None:
    """Add to each node the products of its sums, from column `start` on, with its factors."""
    for node in range(out.shape[0]):
        own = 0.0
        for c in range(factor.shape[1]):
            own += (total[node, start + c] + lost[node, start + c]) * factor[node, c]
        out[node] += own


def _row_sums(table: Array) -> Array:
    """``table.sum(axis=1)``: of few columns, which numpy is slow at, bit for bit the same and faster."""
    if not 0 < table.shape[1] <= _IN_ORDER:
        return np.asarray(table.sum(axis=1))
    sums = table[:, 0].copy()
    for c in range(1, table.shape[1]):
        sums += table[:, c]
    return sums


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
            columns = answer_columns(ensemble, k)
            yield columns, self.class_costs(probability[:, columns])

    def row_loss(self, ensemble: TreeEnsemble, target: Target, answers: Array) -> Array:
        """See `Loss.row_loss`."""
        assert target.codes is not None
        loss = np.zeros(len(answers))
        for k, (columns, costs) in enumerate(self._targets(ensemble, answers)):
            loss += costs[np.arange(len(answers)), target.codes[:, k] - columns.start]
        return loss / len(ensemble.columns)

    def node_cost(self, ensemble: TreeEnsemble, statistics: NodeStatistics) -> Array:
        """See `Loss.node_cost`."""
        cost = np.zeros(ensemble.n_nodes)
        for columns, costs in self._targets(ensemble, ensemble.value):
            if costs.shape[1] <= _IN_ORDER:
                _add_products(statistics.total, statistics.lost, 1 + columns.start, costs, cost)
            else:
                cost += (statistics.sums[:, columns] * costs).sum(axis=1)
        return cost / len(ensemble.columns)


class LogLoss(ClassLoss):
    """Negative log-likelihood in nats, probabilities clipped as `sklearn.metrics.log_loss` does."""

    name = "log_loss"

    def class_costs(self, probability: Array) -> Array:
        """See `ClassLoss.class_costs`."""
        costs = np.clip(probability, _EPS, 1 - _EPS)
        return np.negative(np.log(costs, out=costs), out=costs)


class Brier(ClassLoss):
    """Brier score (Brier 1950); halved for two classes, as `sklearn.metrics.brier_score_loss` is."""

    name = "brier"

    def class_costs(self, probability: Array) -> Array:
        """See `ClassLoss.class_costs`."""
        square = _row_sums(probability**2)[:, None] - 2 * probability + 1
        return square / 2 if probability.shape[1] == 2 else square


class Misclassification(ClassLoss):
    """Share of rows whose most probable class (the first one of equals) is not theirs."""

    name = "misclassification"

    def class_costs(self, probability: Array) -> Array:
        """See `ClassLoss.class_costs`."""
        return np.take(1.0 - np.eye(probability.shape[1]), probability.argmax(axis=1), axis=0)


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
        return np.take(costs.T, (probability @ costs).argmin(axis=1), axis=0)


class SquaredError(NumberLoss):
    """Squared error, in squared units of the outcome."""

    name = "squared_error"

    def row_loss(self, ensemble: TreeEnsemble, target: Target, answers: Array) -> Array:
        """See `Loss.row_loss`."""
        return ((answers - known_numbers(target)) ** 2).mean(axis=1)

    def node_cost(self, ensemble: TreeEnsemble, statistics: NodeStatistics) -> Array:
        """See `Loss.node_cost`."""
        return statistics.sums[:, len(ensemble.columns) :].mean(axis=1)


class AbsoluteError(NumberLoss):
    """Absolute error, in units of the outcome."""

    name = "absolute_error"
    needs_absolute = True

    def row_loss(self, ensemble: TreeEnsemble, target: Target, answers: Array) -> Array:
        """See `Loss.row_loss`."""
        return np.abs(answers - known_numbers(target)).mean(axis=1)

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
        GammaDeviance,
        TweedieDeviance,
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
