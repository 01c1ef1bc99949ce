"""Ways to sum what rows change where a tree answers with a node in place of their leaf.

All rows of a leaf are shifted alike, by the value of the node less that of the leaf. Where the loss
of a row is a sum of products, *number of the row* times *function of the shift*, the sums of these
numbers at the leaves say it all: rows are added at their leaves only, and the functions are evaluated once
for each leaf and each node above it (`ByGradient`, `ByPoints`). Other losses are summed row by row and
node by node (`ByOdds`, `ByDistance`, `ByLoss`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import LEAF, Array
from treeprune.statistics import logistic
from treeprune.statistics.changes import NodeSums, Rows, column_of
from treeprune.statistics.collect import add_exactly
from treeprune.statistics.courses import course_of, spread_gradients
from treeprune.statistics.exact import join_parts
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.losses import AbsoluteError
from treeprune.statistics.raw_losses import Change, change_of, of_logits, target_of


@kernel
def _climb_distances(
    leaves: Array,
    off: Array,
    w: Array,
    parent: Array,
    value: Array,
    factor: float,
    share: float,
    total: Array,
    lost: Array,
) -> None:
    """Add by how much the distance of each row grows at each node above its leaf in one tree."""
    for i in range(leaves.shape[0]):
        leaf = leaves[i]
        node = parent[leaf]
        while node != LEAF:
            s = factor * (value[node] - value[leaf])
            # shifts that do not reach the outcome change the distance by themselves, to the last digit
            if abs(s) <= abs(off[i]):
                grown = abs(s) if (s > 0.0) == (off[i] > 0.0) else -abs(s)
            else:
                grown = abs(off[i] + s) - abs(off[i])
            add_exactly(total, lost, node, 0, share * (w[i] * grown))
            node = parent[node]


@kernel
def _add_changes(nodes: Array, changes: Array, total: Array, lost: Array) -> None:
    for i in range(nodes.shape[0]):
        add_exactly(total, lost, nodes[i], 0, changes[i])


class Way(ABC):
    """One way to sum changes."""

    @abstractmethod
    def prepare(self, rows: Rows, column: int | None, part: slice) -> Any:
        """What some of the rows bring to all trees that feed a column."""

    @abstractmethod
    def add(self, sums: NodeSums, tree: int, leaves: Array, prepared: Any) -> None:
        """Add these rows to one tree."""

    def finish(self, sums: NodeSums, tree: int) -> None:  # noqa: B027 (nothing waits by default)
        """Bring to the nodes what waits at the leaves."""


@dataclass(frozen=True)
class ByGradient(Way):
    """The derivatives say everything (`treeprune.statistics.courses`)."""

    course: int

    def prepare(self, rows: Rows, column: int | None, part: slice) -> Array:
        """See `Way.prepare`."""
        assert column is not None
        return rows.gradient_parts(column)[part]

    def add(self, sums: NodeSums, tree: int, leaves: Array, prepared: Array) -> None:
        """See `Way.add`."""
        sums.at_leaves.add(tree, leaves, prepared)

    def finish(self, sums: NodeSums, tree: int) -> None:
        """See `Way.finish`."""
        parts = sums.at_leaves.take(tree)
        if parts is not None:
            joined, _ = join_parts(parts.reshape(len(parts), 2, -1))
            spread_gradients(self.course, joined, *sums.below(tree))


@dataclass(frozen=True)
class ByPoints(Way):
    """The log loss at a few points says it everywhere between them (`treeprune.statistics.logistic`)."""

    n: int

    def prepare(self, rows: Rows, column: int | None, part: slice) -> Array:
        """See `Way.prepare`."""
        assert column is not None
        return logistic.point_parts(*rows.odds(column, part), logistic.points(self.n), rows.grid)

    def add(self, sums: NodeSums, tree: int, leaves: Array, prepared: Array) -> None:
        """See `Way.add`."""
        sums.at_leaves.add(tree, leaves, prepared)

    def finish(self, sums: NodeSums, tree: int) -> None:
        """See `Way.finish`."""
        parts = sums.at_leaves.take(tree)
        if parts is not None:
            joined, _ = join_parts(parts.reshape(len(parts), -1, self.n).swapaxes(1, 2))
            at = logistic.points(self.n)
            logistic.spread_points(joined, at.shift, at.weight, *sums.below(tree))


@dataclass(frozen=True)
class ByOdds(Way):
    """The log loss of each row, however far it is shifted."""

    def prepare(self, rows: Rows, column: int | None, part: slice) -> tuple[Array, Array, Array]:
        """See `Way.prepare`."""
        assert column is not None
        return rows.odds(column, part)

    def add(self, sums: NodeSums, tree: int, leaves: Array, prepared: tuple[Array, Array, Array]) -> None:
        """See `Way.add`."""
        odds, hit, w = prepared
        logistic.climb(leaves, odds, hit, w, *sums.above(tree))


@dataclass(frozen=True)
class ByDistance(Way):
    """The absolute error of each row."""

    def prepare(self, rows: Rows, column: int | None, part: slice) -> tuple[Array, Array]:
        """See `Way.prepare`."""
        assert column is not None
        e, numbers = rows.ensemble, rows.target.numbers
        assert numbers is not None
        off = rows.raw[part, column] * e.link_scale - numbers[part, target_of(e, column)]
        return off, rows.weights[part]

    def add(self, sums: NodeSums, tree: int, leaves: Array, prepared: tuple[Array, Array]) -> None:
        """See `Way.add`."""
        off, w = prepared
        _climb_distances(leaves, off, w, *sums.above(tree))


@dataclass(frozen=True)
class ByLoss(Way):
    """Any loss: all rows together, one level of the tree after the other."""

    def prepare(self, rows: Rows, column: int | None, part: slice) -> tuple[Change, Array]:
        """See `Way.prepare`."""
        change = change_of(rows.loss, rows.ensemble, rows.target.take(part), rows.raw[part], column)
        return change, rows.weights[part]

    def add(self, sums: NodeSums, tree: int, leaves: Array, prepared: tuple[Change, Array]) -> None:
        """See `Way.add`."""
        change, w = prepared
        rows, nodes = np.arange(len(leaves)), sums.parent[leaves]
        while True:
            inside = nodes != LEAF
            if not inside.all():
                rows, nodes = rows[inside], nodes[inside]
            if len(rows) == 0:
                return
            with np.errstate(over="ignore", invalid="ignore"):  # found out in the sums
                changes = w[rows] * change(rows, sums.shift(tree, leaves[rows], nodes))
            _add_changes(nodes, changes, sums.total, sums.lost)
            nodes = sums.parent[nodes]


def way_for(loss: Loss, sums: NodeSums, tree: int) -> Way:
    """The fastest way for a loss in one tree."""
    e, column = sums.ensemble, column_of(sums.ensemble, tree)
    if column is None:
        return ByLoss()
    reach = sums.reach(tree, column)
    if of_logits(loss, e):
        n = logistic.n_points(reach)
        return ByPoints(n) if n else ByOdds()
    course = course_of(loss, e, reach)
    if course is not None:
        return ByGradient(course)
    if isinstance(loss, AbsoluteError) and e.link == "identity":
        return ByDistance()
    return ByLoss()
