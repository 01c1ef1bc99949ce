"""What collapsing a node costs an ensemble whose trees are terms of one sum.

The trees of a boosted model answer nothing by themselves: a leaf holds a step towards the outcome from
where the other trees have come, not a share of classes. What a node costs as a leaf is therefore asked
of the whole ensemble. With F(x) its raw output, f_t the output of the tree that owns node v, and
w_t the tree's factor, the *ensemble loss risk* of v is

    R(v) = sum over rows i in v of  weight_i (L(y_i, F(x_i) + w_t (value_v - f_t(x_i))) - L(y_i, F(x_i)))

by the sum of all weights, and 0 at the leaves of the tree as it was grown. Disjoint nodes of one tree
hold disjoint rows. So the loss of the ensemble after any pruning of that tree, the others as they are,
is exactly the loss before plus the sum of R over the tree's leaves, for any loss L, convex or not: the
weakest links of these risks (Breiman, Friedman, Olshen, Stone, *Classification and Regression Trees*,
1984, chapter 3) minimise loss + alpha * leaves exactly, one tree given the others.

What pruning several trees at once does beyond the sum of what it does one by one is not in R. It is in
the scores: each step of a path is judged by the raw output of the whole pruned ensemble.

L is the loss of gradient boosting as a sum of trees (J. Friedman, Greedy function approximation: a
gradient boosting machine, Annals of Statistics 29, 2001). XGBoost prunes by the same difference to
second order, with its leaves free to move (T. Chen, C. Guestrin, XGBoost, KDD 2016, equations 6 and
7): alpha times the weight of the rows compares with its ``gamma``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from treeprune.kernels.threads import run
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.traverse import leaf_index, raw_output
from treeprune.statistics.changes import NodeSums, Rows, column_of
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.rows import model_rows, row_blocks
from treeprune.statistics.target import Target
from treeprune.statistics.ways import Way, way_for

TREES_A_TASK = 16
"""Trees whose leaf numbers are held at a time: memory stays near that of the raw output."""

_PREPARED_NUMBERS = 4_000_000
"""Numbers held at a time that rows bring to the trees, about."""


def is_additive(ensemble: TreeEnsemble) -> bool:
    """Whether trees are terms of a sum, rather than each a model whose nodes answer by themselves.

    So are the trees of boosted models, and those whose sum or mean goes through a link (the votes of
    AdaBoost, log odds that a forest averages): their values are no answers.
    """
    return ensemble.boosted or ensemble.link != "identity"


Prepared = dict[tuple[int | None, Way], Any]
"""What some rows bring to all trees of a column that are summed in one way."""


class ChangeSums:
    """Sums over rows of what each node would change as a leaf, whatever the order of the rows."""

    def __init__(self, ensemble: TreeEnsemble, loss: Loss) -> None:
        self.ensemble = ensemble
        self._nodes = NodeSums(ensemble)
        self._ways = [way_for(loss, self._nodes, t) for t in range(ensemble.n_trees)]

    @property
    def sums(self) -> Array:
        """Weighted change at each node, shape (n_nodes,); 0 at leaves. Of finished trees."""
        return (self._nodes.total + self._nodes.lost)[:, 0]

    def sums_of(self, tree: int) -> Array:
        """Those at the nodes of one tree."""
        own = self.ensemble.tree(tree)
        return (self._nodes.total[own] + self._nodes.lost[own])[:, 0]

    def shift(self, tree: int, leaves: Array, nodes: Array) -> Array:
        """By how much the raw output moves where `nodes` answer in place of `leaves`."""
        return self._nodes.shift(tree, leaves, nodes)

    def _is_split(self, tree: int) -> bool:
        return int(np.diff(self.ensemble.root[tree : tree + 2])[0]) > 1

    def _key(self, tree: int) -> tuple[int | None, Way]:
        return column_of(self.ensemble, tree), self._ways[tree]

    def prepare(self, rows: Rows, part: slice, first: int = 0, last: int | None = None) -> Prepared:
        """Compute once what some of the rows bring to a range of trees."""
        last = self.ensemble.n_trees if last is None else last
        keys = {self._key(tree) for tree in range(first, last) if self._is_split(tree)}
        return {(column, way): way.prepare(rows, column, part) for column, way in keys}

    def add(self, tree: int, leaves: Array, prepared: Prepared) -> None:
        """Add some rows to one tree; threads may do so for different trees.

        Parameters
        ----------
        tree : int
        leaves : ndarray of int32, shape (n_rows,)
            Leaf that each row reaches.
        prepared : dict
            Of `prepare`, for the same rows.
        """
        if self._is_split(tree):
            self._ways[tree].add(self._nodes, tree, leaves, prepared[self._key(tree)])

    def finish(self, tree: int) -> None:
        """Say that all rows were added to a tree."""
        self._ways[tree].finish(self._nodes, tree)


def ensemble_loss_risk(
    ensemble: TreeEnsemble,
    X: Any,
    target: Target,
    weights: Array,
    loss: Loss,
    *,
    n_jobs: int | None = None,
) -> Array:
    """Rise of the mean loss of the whole ensemble for each node, if it alone became a leaf.

    Parameters
    ----------
    ensemble : TreeEnsemble
    X : array-like or sparse matrix, shape (n_rows, n_features)
        Encoded as the trees know it, see `treeprune.backends.encode`.
    target : Target
    weights : ndarray of float64, shape (n_rows,)
        Rows of weight zero count as absent.
    loss : Loss
    n_jobs : int, optional
        Threads over trees, after joblib's convention. Changes nothing in the result.

    Returns
    -------
    ndarray of float64, shape (n_nodes,)
        0 at leaves; negative where the ensemble would be better off.

    Raises
    ------
    ValueError
        If a loss is not a finite number.
    """
    e = ensemble
    matrix, target = model_rows(e, X, len(target)), target.take(weights > 0)
    raw = np.concatenate(
        run(lambda block: raw_output(e, block), _present_blocks(e, matrix, weights), n_jobs)
    )
    rows = Rows(loss, e, target, raw, weights[weights > 0])
    sums = ChangeSums(e, loss)
    start = 0
    for block in _present_blocks(e, matrix, weights):
        part = slice(start, start + len(block))
        start = part.stop
        prepared = sums.prepare(rows, part)

        def one_task(first: int, block: Array = block, prepared: Prepared = prepared) -> None:
            last = min(first + TREES_A_TASK, e.n_trees)
            # tasks own different trees, hence different nodes: no two threads write to one place
            for tree, leaves in enumerate(leaf_index(e, block, first, last), first):
                sums.add(tree, leaves, prepared)

        run(one_task, range(0, e.n_trees, TREES_A_TASK), n_jobs)
    for tree in range(e.n_trees):
        sums.finish(tree)
    return check_finite(sums.sums / weights.sum())


def _present_blocks(e: TreeEnsemble, matrix: Any, weights: Array) -> Iterator[Array]:
    """Blocks of the rows that have weight."""
    for rows, block in row_blocks(matrix, e.absent):
        present = weights[rows] > 0
        yield block if present.all() else block[present]


def check_finite(costs: Array) -> Array:
    """The costs, refused if one of them is not a finite number."""
    if not np.isfinite(costs).all():
        raise ValueError(
            "the loss of the ensemble is not a finite number: the model's answers or the outcomes are too "
            "large for float64; divide the outcome by a constant"
        )
    return costs
