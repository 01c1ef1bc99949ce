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

How the sums over the rows are made stands in `treeprune.statistics.ways`.

What pruning several trees at once does beyond the sum of what it does one by one is not in R. It is in
the scores: each step of a path is judged by the raw output of the whole pruned ensemble.

L is the loss of gradient boosting as a sum of trees (J. Friedman, Greedy function approximation: a
gradient boosting machine, Annals of Statistics 29, 2001). XGBoost prunes by the same difference to
second order, with its leaves free to move (T. Chen, C. Guestrin, XGBoost, KDD 2016, equations 6 and
7): alpha times the weight of the rows compares with its ``gamma``.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from treeprune.kernels.threads import run
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.statistics.changes import NodeSums, Rows, column_of
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.passes import EncodedRows
from treeprune.statistics.rows import model_rows
from treeprune.statistics.target import Target
from treeprune.statistics.ways import Way, way_for
from treeprune.statistics.weights import below_one


def is_additive(ensemble: TreeEnsemble) -> bool:
    """Whether trees are terms of a sum, rather than each a model whose nodes answer by themselves.

    So are the trees of boosted models, and those whose sum or mean goes through a link (the votes of
    AdaBoost, log odds that a forest averages): their values are no answers.
    """
    return ensemble.boosted or ensemble.link != "identity"


Prepared = dict[int, Any]
"""What some rows bring to the trees of each kind: those that feed one column and are summed in one way."""


class ChangeSums:
    """Sums over rows of what each node would change as a leaf, whatever the order of the rows."""

    def __init__(self, ensemble: TreeEnsemble, loss: Loss) -> None:
        self.ensemble = ensemble
        self._nodes = NodeSums(ensemble)
        self._kinds: list[tuple[int | None, Way]] = []
        self._kind_of: list[int | None] = []  # None where the tree is one leaf
        number: dict[tuple[int | None, Way], int] = {}
        for tree, n_nodes in enumerate(np.diff(ensemble.root).tolist()):
            if n_nodes == 1:
                self._kind_of.append(None)
                continue
            kind = column_of(ensemble, tree), way_for(loss, self._nodes, tree)
            if kind not in number:
                number[kind] = len(self._kinds)
                self._kinds.append(kind)
            self._kind_of.append(number[kind])

    @property
    def sums(self) -> Array:
        """Weighted change at each node, shape (n_nodes,); 0 at leaves. Of finished trees."""
        return (self._nodes.total + self._nodes.lost)[:, 0]

    def sums_of(self, tree: int) -> Array:
        """Those at the nodes of one tree."""
        own = self.ensemble.tree(tree)
        return (self._nodes.total[own] + self._nodes.lost[own])[:, 0]

    def prepare(
        self, rows: Rows, part: slice, first: int = 0, last: int | None = None, n_jobs: int | None = None
    ) -> Prepared:
        """Compute once what some of the rows bring to a range of trees."""
        last = self.ensemble.n_trees if last is None else last
        kinds = sorted({k for k in self._kind_of[first:last] if k is not None})

        def one_kind(k: int) -> Any:
            column, way = self._kinds[k]
            return way.prepare(rows, column, part)

        return dict(zip(kinds, run(one_kind, kinds, n_jobs), strict=True))

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
        kind = self._kind_of[tree]
        if kind is not None:
            self._kinds[kind][1].add(self._nodes, tree, leaves, prepared[kind])

    def finish(self, tree: int) -> None:
        """Say that all rows were added to a tree."""
        kind = self._kind_of[tree]
        if kind is not None:
            self._kinds[kind][1].finish(self._nodes, tree)


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
    e, weights = ensemble, below_one(weights)
    matrix, target = model_rows(e, X, len(target)), target.take(weights > 0)
    encoded = EncodedRows(e, matrix, weights, n_jobs)
    rows = Rows(loss, e, target, encoded.raw_output(), weights[weights > 0])
    sums = ChangeSums(e, loss)
    for step in encoded:
        prepared = sums.prepare(rows, step.rows, n_jobs=n_jobs)
        encoded.each_tree(step, partial(sums.add, prepared=prepared))
    for tree in range(e.n_trees):
        sums.finish(tree)
    return check_finite(sums.sums / math.fsum(weights))


def check_finite(costs: Array) -> Array:
    """The costs, refused if one of them is not a finite number."""
    if not np.isfinite(costs).all():
        raise ValueError(
            "the loss of the ensemble is not a finite number: the model's answers or the outcomes are too "
            "large for float64; divide the outcome by a constant"
        )
    return costs
