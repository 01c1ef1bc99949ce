"""What a loss is: an answer's cost, for one row and for all rows that stand in a node."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from treeprune.model.ensemble import Array, Task, TreeEnsemble
from treeprune.statistics.collect import NodeStatistics
from treeprune.statistics.target import Target


@dataclass(frozen=True)
class Loss(ABC):
    """One additive loss; smaller is better. Losses of several targets are averaged."""

    name: ClassVar[str]
    task: ClassVar[Task]
    needs_absolute: ClassVar[bool] = False

    @abstractmethod
    def row_loss(self, ensemble: TreeEnsemble, target: Target, answers: Array) -> Array:
        """Loss of each row.

        Parameters
        ----------
        ensemble : TreeEnsemble
        target : Target
        answers : ndarray of float64, shape (n_rows, n_answers)
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


def known_numbers(target: Target) -> Array:
    """Outcomes of a regression, shape (n_rows, n_targets)."""
    assert target.numbers is not None
    return target.numbers


class NumberLoss(Loss):
    """Loss of predicted numbers."""

    task: ClassVar[Task] = "regression"
