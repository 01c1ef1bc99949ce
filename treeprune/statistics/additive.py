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

from typing import Any

import numpy as np
from joblib import Parallel, delayed

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import parents
from treeprune.model.traverse import leaf_index, raw_output, total_weights
from treeprune.statistics.collect import add_exactly
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.raw_losses import change_of
from treeprune.statistics.rows import model_rows, row_blocks
from treeprune.statistics.target import Target

TREES_A_TASK = 16
"""Trees whose leaf numbers are held at a time: memory stays near that of the raw output."""


def is_additive(ensemble: TreeEnsemble) -> bool:
    """Whether trees are terms of a sum, rather than each a model whose nodes answer by themselves.

    So are the trees of boosted models, and those whose sum or mean goes through a link (the votes of
    AdaBoost, log odds that a forest averages): their values are no answers.
    """
    return ensemble.boosted or ensemble.link != "identity"


@kernel
def _add_changes(nodes: Array, changes: Array, total: Array, lost: Array) -> None:
    for i in range(nodes.shape[0]):
        add_exactly(total, lost, nodes[i], 0, changes[i])


def tree_factors(ensemble: TreeEnsemble) -> Array:
    """What one unit of a tree's value adds to each raw column; shape (n_trees, n_columns)."""
    factors = np.repeat(ensemble.weight[:, None], ensemble.n_columns, axis=1)
    return factors / total_weights(ensemble) if ensemble.aggregation == "mean" else factors


def column_of(ensemble: TreeEnsemble, tree: int) -> int | None:
    """Raw column that a tree feeds; None for all of several."""
    if ensemble.output[tree] != LEAF:
        return int(ensemble.output[tree])
    return 0 if ensemble.n_columns == 1 else None


class ChangeSums:
    """Sums over rows of what each node would change as a leaf, whatever the order of the rows."""

    def __init__(self, ensemble: TreeEnsemble) -> None:
        self.ensemble = ensemble
        self._parent = parents(ensemble.left, ensemble.right)
        self._factors = tree_factors(ensemble)
        self._total = np.zeros((ensemble.n_nodes, 1))
        self._lost = np.zeros((ensemble.n_nodes, 1))

    @property
    def sums(self) -> Array:
        """Weighted change at each node, shape (n_nodes,); 0 at leaves."""
        return (self._total + self._lost)[:, 0]

    def sums_of(self, tree: int) -> Array:
        """Those at the nodes of one tree."""
        own = self.ensemble.tree(tree)
        return (self._total[own] + self._lost[own])[:, 0]

    def shift(self, tree: int, leaves: Array, nodes: Array) -> Array:
        """By how much the raw output moves where `nodes` answer in place of `leaves`."""
        e, column = self.ensemble, column_of(self.ensemble, tree)
        own = slice(None) if column is None else column
        moved: Array = (e.value[nodes, own] - e.value[leaves, own]) * self._factors[tree, own]
        return moved

    def add(self, tree: int, leaves: Array, raw: Array, target: Target, w: Array, loss: Loss) -> None:
        """Add some rows to the nodes that they pass in one tree.

        Parameters
        ----------
        tree : int
        leaves : ndarray of int32, shape (n_rows,)
            Leaf that each row reaches.
        raw : ndarray of float64, shape (n_rows, n_columns)
            Raw output of the whole ensemble.
        target : Target
        w : ndarray of float64, shape (n_rows,)
        loss : Loss
        """
        change = change_of(loss, self.ensemble, target, raw, column_of(self.ensemble, tree))
        rows, nodes = np.arange(len(leaves)), self._parent[leaves]
        while True:
            inside = nodes != LEAF
            if not inside.all():
                rows, nodes = rows[inside], nodes[inside]
            if len(rows) == 0:
                return
            with np.errstate(over="ignore", invalid="ignore"):  # found out in the sums
                changes = w[rows] * change(rows, self.shift(tree, leaves[rows], nodes))
            _add_changes(nodes, changes, self._total, self._lost)
            nodes = self._parent[nodes]


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
    sums = ChangeSums(e)

    def one_task(block: Array, first: int, raw: Array, part: Target, w: Array) -> None:
        last = min(first + TREES_A_TASK, e.n_trees)
        # tasks own different trees, hence different nodes: no two threads write to one place
        for tree, leaves in enumerate(leaf_index(e, block, first, last), first):
            sums.add(tree, leaves, raw, part, w, loss)

    with Parallel(n_jobs=n_jobs, require="sharedmem") as parallel:
        for rows, block in row_blocks(model_rows(e, X, len(target)), e.absent):
            present = weights[rows] > 0
            seen, part, w = block[present], target.take(rows).take(present), weights[rows][present]
            raw = raw_output(e, seen)
            parallel(
                delayed(one_task)(seen, first, raw, part, w) for first in range(0, e.n_trees, TREES_A_TASK)
            )
    return check_finite(sums.sums / weights.sum())


def check_finite(costs: Array) -> Array:
    """The costs, refused if one of them is not a finite number."""
    if not np.isfinite(costs).all():
        raise ValueError(
            "the loss of the ensemble is not a finite number: the model's answers or the outcomes are too "
            "large for float64; divide the outcome by a constant"
        )
    return costs
