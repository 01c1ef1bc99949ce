"""The one pass over rows: what reached each node.

Rows are added to the leaf that they reach, and splits add up their children. What is added are parts of
numbers on grids so coarse that every sum is exact (`treeprune.statistics.exact`): the order of the rows,
blocks, threads and chunks cannot change a bit. What a regressor needs around each node's own value
follows from the sums of moments (`treeprune.statistics.moments`). Absolute errors alone do not follow from
sums at the leaves; they are added at every node on a row's way, as pairs of a sum and of what rounding
took from it (about 106 bits; Knuth, *The Art of Computer Programming* 2, section 4.2.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from treeprune.kernels.columns import missing_features
from treeprune.kernels.compiled import kernel
from treeprune.kernels.groups import STEP, Codes, Group, runs_of_trees
from treeprune.kernels.slots import add_columns, roll_up, take_nodes
from treeprune.kernels.threads import run
from treeprune.kernels.walker import Walker
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import parents
from treeprune.statistics.counts import MOST_CODES, MOST_ROWS, LeafCounts
from treeprune.statistics.exact import exact_parts, join_parts
from treeprune.statistics.moments import MomentLayout, errors_around, moment_parts
from treeprune.statistics.rows import model_rows, row_blocks
from treeprune.statistics.target import Target, n_answers
from treeprune.statistics.weights import check_weights

_LEAF_SUMS = 1 << 25
"""Sums at leaves that are held at a time: a quarter of a gigabyte."""

_BUDGET = 2_000_000
"""Numbers of nodes joined at a time, but for those of one tree: the interpreter hears Ctrl-C in between."""


@kernel
def add_exactly(total: Array, lost: Array, node: int, column: int, x: float) -> None:
    """Add a number to a sum, and what rounding takes from it to the remainder."""
    old = total[node, column]
    new = old + x
    part = new - old
    lost[node, column] += (old - (new - part)) + (x - part)
    total[node, column] = new


@kernel
def _climb_distances(
    leaves: Array, parent: Array, value: Array, numbers: Array, weights: Array, sums: Array
) -> None:
    """Add each row's absolute errors at every node on its way, tree by tree."""
    n_targets = numbers.shape[1]
    for t in range(leaves.shape[0]):
        for i in range(leaves.shape[1]):
            node = leaves[t, i]
            while node != LEAF:
                size = 0.0
                for k in range(n_targets):
                    size += abs(numbers[i, k] - value[node, k])
                add_exactly(sums[0], sums[1], node, 0, weights[i] * size / n_targets)
                node = parent[node]


@dataclass(frozen=True, eq=False)
class NodeStatistics:
    """What some rows leave behind in each node of an ensemble; additive over rows of one ensemble.

    Parameters
    ----------
    n_rows : ndarray of int64, shape (n_nodes,)
        Number of rows with positive weight that reach the node.
    total, lost : ndarray of float64, shape (n_nodes, 1 + m)
        Sums and their rounding remainders. Column 0 is the weight. For a classifier the others are
        the weight of each class (``m`` classes); for a regressor, of each target first
        ``sum w d`` and then ``sum w d ** 2``, with ``d = y - value of the node``
        (``m = 2 n_targets``): nothing large is left to cancel, wherever the outcomes lie.
    absolute : ndarray of float64, shape (n_nodes,), or None
        ``sum w |y - value of the node|``, averaged over targets, where it was asked for.
    """

    n_rows: Array
    total: Array
    lost: Array
    absolute: Array | None = None

    @property
    def weight(self) -> Array:
        """Weight of the rows at each node, shape (n_nodes,)."""
        return self.total[:, 0] + self.lost[:, 0]

    @property
    def sums(self) -> Array:
        """Sums behind the weight, shape (n_nodes, m)."""
        return self.total[:, 1:] + self.lost[:, 1:]

    def __add__(self, other: NodeStatistics) -> NodeStatistics:
        """Statistics of the rows of both, to about a hundred bits."""
        total = self.total + other.total
        part = total - self.total
        rounding = (self.total - (total - part)) + (other.total - part)
        absolute = None
        if self.absolute is not None and other.absolute is not None:
            absolute = self.absolute + other.absolute
        return NodeStatistics(
            self.n_rows + other.n_rows,
            total,
            self.lost + other.lost + rounding,
            absolute,
        )


class _LeafSums:
    """Sums of one pass: what each row brings, and the slots that take it."""

    def __init__(self, walker: Walker, target: Target, weights: Array, absolute: bool) -> None:
        self._walker, self.target, self.weights = walker, target, weights
        ensemble = self.ensemble = walker.ensemble
        n, n_targets = len(weights), target.known.shape[1]
        self._layout: MomentLayout | None = None
        if target.codes is not None:
            columns = exact_parts([weights], n)
        else:
            moments = moment_parts(target.known, weights, n)
            columns, self._layout = moments.parts, moments.layout
        # rows of weight one need not be counted apart
        self._counted = not (weights == 1.0).all()
        self._columns = np.hstack([columns, np.ones((n, 1))]) if self._counted else columns
        self._n_classes = n_answers(ensemble) if target.codes is not None and target.codes.shape[1] else 1
        if target.codes is not None and target.codes.shape[1]:
            self._position = target.codes * self._columns.shape[1]
        else:
            self._position = np.zeros((n, 1), np.int64)
        width = 1 + (2 * n_targets if self._layout is not None else self._n_classes * (n_targets > 0))
        self.n_rows = np.empty(ensemble.n_nodes, np.int64)
        self.total, self.lost = np.empty((ensemble.n_nodes, width)), np.zeros((ensemble.n_nodes, width))
        # every row has one class of the first target
        self._n_first = len(ensemble.classes[0]) if self._n_classes > 1 else 1
        self._distances = np.zeros((2, ensemble.n_nodes if absolute else 0, 1))
        self._parent = parents(ensemble.left, ensemble.right) if absolute else np.zeros(0, np.int32)

    @property
    def width(self) -> int:
        """Numbers that are summed at each leaf."""
        return self._n_classes * self._columns.shape[1]

    def start(self, trees: slice) -> None:
        """Make room for the sums at the leaves of some trees."""
        edges = self._walker.slot_first[[trees.start, trees.stop]]
        self._base = edges[0]
        self._sums = np.zeros((edges[1] - edges[0], self.width))

    def add(self, codes: Codes, offset: int, group: Group) -> None:
        """Add a block of rows to the leaves of a group of trees; other groups have other leaves."""
        w, trees = self._walker, slice(group.first, group.last)
        for start, stop, numbers in w.steps(group, codes):
            rows, at, first = stop - start, offset + start, w.slot_first[trees] - self._base
            add_columns(numbers, STEP, rows, at, first, self._position, self._columns, self._sums)
            if self._distances.shape[1]:
                nodes = np.empty((len(group), rows), np.int32)
                take_nodes(numbers, STEP, rows, w.slot_node, w.slot_first[trees], nodes, 0)
                part = slice(at, at + rows)
                _climb_distances(
                    nodes,
                    self._parent,
                    self.ensemble.value,
                    self.target.known[part],
                    self.weights[part],
                    self._distances,
                )

    def finish(self, group: Group) -> None:
        """Roll up the trees of a group, a few at a time."""
        e, w = self.ensemble, self._walker
        at_a_time = max(_BUDGET // self.width, 1)
        for trees in runs_of_trees(e.root, at_a_time, slice(group.first, group.last)):
            first, last = int(e.root[trees.start]), int(e.root[trees.stop])
            slots = slice(w.slot_first[trees.start], w.slot_first[trees.stop])
            sums = np.empty((last - first, self.width))
            at_slot = self._sums[slots.start - self._base : slots.stop - self._base]
            left, right = e.left[first:last], e.right[first:last]
            roll_up(left, right, first, w.slot_node[slots], at_slot, sums)
            for start in range(first, last, at_a_time):
                own = slice(start, min(start + at_a_time, last))
                joined = self._joined(sums[own.start - first : own.stop - first], e.value[own])
                self.n_rows[own], self.total[own], self.lost[own] = joined

    @property
    def absolute(self) -> Array | None:
        """Sums of absolute errors, if they were asked for."""
        return self._distances.sum(axis=0)[:, 0] if self._distances.shape[1] else None

    def _joined(self, sums: Array, value: Array) -> tuple[Array, Array, Array]:
        """Rows, sums and remainders of some nodes from their sums of parts."""
        by_class = sums.reshape(len(sums), self._n_classes, -1)
        whole = by_class[:, : self._n_first].sum(axis=1)
        n_rows = whole[:, -1 if self._counted else 0].astype(np.int64)
        if self._layout is not None:
            weight = join_parts(whole[:, self._layout.weight])
            first, first_lost, second, second_lost = errors_around(whole, value, self._layout)
            total = np.column_stack([weight[0], first, second])
            return n_rows, total, np.column_stack([weight[1], first_lost, second_lost])
        n_parts = by_class.shape[2] - self._counted
        parts = [whole[:, None, :n_parts]]
        if self.target.known.shape[1]:
            parts.append(by_class[:, :, :n_parts])
        return n_rows, *join_parts(np.concatenate(parts, axis=1))


def collect(
    ensemble: TreeEnsemble,
    X: Any,
    target: Target,
    sample_weight: Any = None,
    *,
    absolute: bool = False,
    walker: Walker | None = None,
    n_jobs: int | None = None,
) -> NodeStatistics:
    """Send rows through every tree and sum what each node receives.

    Parameters
    ----------
    ensemble : TreeEnsemble
    X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
    target : Target
    sample_weight : array-like of shape (n_rows,), optional
        Rows of weight zero count as absent.
    absolute : bool
        Whether to sum absolute errors too.
    walker : Walker, optional
        Of this very ensemble, where one was made before. If the rows lack values that it did not expect
        to be missing, another one is made.
    n_jobs : int, optional
        Threads over trees, after joblib's convention. Changes nothing in the result.

    Returns
    -------
    NodeStatistics

    Raises
    ------
    ValueError
        If the rows do not fit the model or the target, or the walker is of another ensemble.
    """
    matrix = model_rows(ensemble, X, len(target))
    weights = check_weights(sample_weight, len(target))
    _check_target(ensemble, target)
    present = np.flatnonzero(weights > 0)
    if len(present) < len(weights):
        matrix, target, weights = matrix[present], target.take(present), weights[present]
    missing = missing_features(matrix, ensemble.absent)
    if walker is not None and walker.ensemble is not ensemble:
        raise ValueError("the walker is of another ensemble")
    if walker is None or (missing & ~walker.has_missing).any():
        walker = Walker(ensemble, missing, len(weights), n_jobs)
    sums = _sums_for(walker, target, weights, absolute)
    # where the sums of all trees would need too much room, the rows come again for some trees at a time
    for trees in runs_of_trees(walker.slot_first, _LEAF_SUMS // sums.width, slice(0, ensemble.n_trees)):
        sums.start(trees)
        groups = walker.groups_of(trees, n_jobs)
        for rows, block in row_blocks(matrix, ensemble.absent):
            run(partial(sums.add, walker.encode(block, n_jobs), rows.start), groups, n_jobs)
        run(sums.finish, groups, n_jobs)
    return NodeStatistics(sums.n_rows, sums.total, sums.lost, sums.absolute)


def _check_target(e: TreeEnsemble, target: Target) -> None:
    known = target.known
    if target.codes is not None:
        # a code beyond the columns would write into foreign memory
        if known.size and not 0 <= known.min() <= known.max() < n_answers(e):
            raise ValueError(f"class codes must lie between 0 and {n_answers(e) - 1}")
    elif e.task == "classification":
        raise ValueError("a classifier needs class codes, see encode_target")
    elif known.shape[1] != len(e.columns):
        raise ValueError(f"there are {known.shape[1]} outcomes a row for {len(e.columns)} targets")


def _sums_for(walker: Walker, target: Target, weights: Array, absolute: bool) -> LeafCounts | _LeafSums:
    """Counts where they are all that is asked for."""
    if target.codes is None or absolute or not (weights == 1.0).all():
        return _LeafSums(walker, target, weights, absolute)
    classes = n_answers(walker.ensemble) if target.codes.shape[1] else 1
    if classes > MOST_CODES or len(weights) > MOST_ROWS:
        return _LeafSums(walker, target, weights, absolute)
    return LeafCounts(walker, target.codes, classes, len(walker.ensemble.classes[0]) if classes > 1 else 1)
