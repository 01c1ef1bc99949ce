"""Rows and sums that the changes of a loss are summed from and into, see `treeprune.statistics.ways`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import parents
from treeprune.model.traverse import total_weights
from treeprune.statistics import logistic
from treeprune.statistics.deviances import Deviance
from treeprune.statistics.exact import part_columns
from treeprune.statistics.gradients import column_gradients
from treeprune.statistics.leaf_sums import LeafSums
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.raw_losses import log_odds
from treeprune.statistics.target import Target


def tree_factors(ensemble: TreeEnsemble) -> Array:
    """What one unit of a tree's value adds to each raw column; shape (n_trees, n_columns)."""
    factors = np.repeat(ensemble.weight[:, None], ensemble.n_columns, axis=1)
    return factors / total_weights(ensemble) if ensemble.aggregation == "mean" else factors


def column_of(ensemble: TreeEnsemble, tree: int) -> int | None:
    """Raw column that a tree feeds; None for all of several."""
    if ensemble.output[tree] != LEAF:
        return int(ensemble.output[tree])
    return 0 if ensemble.n_columns == 1 else None


@kernel
def _reach(left: Array, parent: Array, value: Array, factor: float, first: int, last: int) -> float:
    """Largest shift of a leaf of one tree."""
    reach = 0.0
    for leaf in range(first, last):
        if left[leaf] == LEAF:
            node = parent[leaf]
            while node != LEAF:
                reach = max(reach, abs(factor * (value[node] - value[leaf])))
                node = parent[node]
    return reach


class NodeSums:
    """Sums at the nodes of an ensemble, and what the ways to fill them need to know of its trees."""

    def __init__(self, ensemble: TreeEnsemble) -> None:
        self.ensemble = ensemble
        self.parent = parents(ensemble.left, ensemble.right)
        self.factors = tree_factors(ensemble)
        self.values = np.ascontiguousarray(ensemble.value.T)
        self.total = np.zeros((ensemble.n_nodes, 1))
        self.lost = np.zeros((ensemble.n_nodes, 1))
        self.at_leaves = LeafSums(ensemble)

    def _of(self, tree: int, column: int) -> tuple[Array, Array, float]:
        """Parents and values of all nodes, and how far a tree moves what is fed into the link."""
        factor = float(self.factors[tree, column] * self.ensemble.link_scale)
        return self.parent, self.values[column], factor

    def reach(self, tree: int, column: int) -> float:
        """Largest shift in a tree that feeds one column, of what is fed into the link."""
        own = self.ensemble.tree(tree)
        return _reach(self.ensemble.left, *self._of(tree, column), own.start, own.stop)

    def above(self, tree: int) -> tuple[Array, Array, float, float, Array, Array]:
        """What kernels need that climb from leaves to the root of a tree that feeds one column."""
        column = column_of(self.ensemble, tree)
        assert column is not None
        share = 1.0 / len(self.ensemble.columns)
        return *self._of(tree, column), share, self.total, self.lost

    def below(self, tree: int) -> tuple[int, int, Array, Array, Array, float, float, Array, Array]:
        """What kernels need that climb from each leaf of a tree that feeds one column."""
        own = self.ensemble.tree(tree)
        return own.start, own.stop, self.ensemble.left, *self.above(tree)

    def shift(self, tree: int, leaves: Array, nodes: Array) -> Array:
        """By how much the raw output moves where `nodes` answer in place of `leaves`."""
        e, column = self.ensemble, column_of(self.ensemble, tree)
        own = slice(None) if column is None else column
        moved: Array = (e.value[nodes, own] - e.value[leaves, own]) * self.factors[tree, own]
        return moved


@dataclass(eq=False)
class Rows:
    """Rows of one pass, with the raw output of the ensemble as it now is.

    Parameters
    ----------
    loss : Loss
    ensemble : TreeEnsemble
    target : Target
    raw : ndarray of float64, shape (n_rows, n_columns)
    weights : ndarray of float64, shape (n_rows,)
        All positive.
    """

    loss: Loss
    ensemble: TreeEnsemble
    target: Target
    raw: Array
    weights: Array

    def __post_init__(self) -> None:
        self._gradients: dict[int, Array] = {}
        self._odds: dict[tuple[int, tuple[int, int]], tuple[Array, Array, Array]] = {}
        if isinstance(self.loss, Deviance):
            self.loss.offset(self.target, self.weights)  # refuses outcomes that it is not for

    @cached_property
    def grid(self) -> Array:
        """Grids that fit changes of the log loss."""
        return logistic.grids(len(self.weights), float(self.weights.max(initial=0.0)))

    def moved(self) -> None:
        """Forget what was computed: the raw output is another."""
        self._gradients.clear()
        self._odds.clear()

    def gradient_parts(self, column: int) -> Array:
        """Parts of both weighted derivatives, shape (n_rows, 2 * n_parts)."""
        if column not in self._gradients:
            pair = column_gradients(self.loss, self.ensemble, self.target, self.raw, column)
            with np.errstate(over="ignore", invalid="ignore"):  # found out in the sums
                both = [part_columns([self.weights * side], len(side)) for side in pair]
            parts = np.zeros((len(self.raw), 2, max(map(len, both))))
            for k, columns in enumerate(both):
                for j, part in enumerate(columns):
                    parts[:, k, j] = part
            self._gradients[column] = parts.reshape(len(parts), -1)
        return self._gradients[column]

    def odds(self, column: int, part: slice) -> tuple[Array, Array, Array]:
        """Log odds of a column, whether the outcome is what they speak for, and weights."""
        span = (part.start, part.stop)
        found = self._odds.get((column, span))
        if found is None:
            odds, hit = log_odds(self.ensemble, self.target.take(part), self.raw[part], column)
            found = odds, hit, self.weights[part]
            # those of other rows go, and threads that ask for other columns are not disturbed
            kept = {key: each for key, each in self._odds.items() if key[1] == span}
            self._odds = kept | {(column, span): found}
        return found
