"""Joint problems of models whose trees are added up or say numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from treeprune.criteria.joint.losses import LossKind
from treeprune.criteria.joint.problem import Bounds, JointProblem, Prices, Values
from treeprune.criteria.joint.trees import JointTrees, joint_trees
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.statistics.leaf_places import LeafPlaces, leaf_places
from treeprune.statistics.rows import take_rows
from treeprune.statistics.weights import check_weights

_LEAST_SPREAD = 0.05


@dataclass(frozen=True, eq=False)
class JointRows:
    """A model and the rows that it is pruned on, walked once for all problems that follow.

    Parameters
    ----------
    ensemble : TreeEnsemble
    trees : JointTrees
    present : ndarray of bool, shape (n_rows,)
        Rows with weight; the others are left out.
    weight : ndarray of float64, shape (n_present,)
    whole : LeafPlaces
        Where these rows end in the whole trees.
    """

    ensemble: TreeEnsemble
    trees: JointTrees
    present: Array
    weight: Array
    whole: LeafPlaces

    def cut_back(
        self,
        *,
        max_depth: int | None = None,
        min_leaf_weight: float = 0.0,
        allowed: Array | None = None,
    ) -> JointRows:
        """The same rows in other tops of the trees, see `treeprune.criteria.joint.trees.joint_trees`."""
        trees = joint_trees(
            self.ensemble,
            self.whole,
            self.weight,
            max_depth=max_depth,
            min_leaf_weight=min_leaf_weight,
            allowed=allowed,
        )
        return replace(self, trees=trees)

    def outcome(self, outcome: Array) -> Array:
        """Outcome of the rows with weight, checked."""
        outcome = np.asarray(outcome, np.float64)
        if outcome.ndim != 2 or len(outcome) != len(self.present):
            raise ValueError(
                f"outcome must have one row for each of {len(self.present)} rows, got shape {outcome.shape}"
            )
        return outcome[self.present]


def joint_rows(
    ensemble: TreeEnsemble,
    X: Any,
    sample_weight: Any = None,
    *,
    max_depth: int | None = None,
    min_leaf_weight: float = 0.0,
    n_jobs: int | None = None,
) -> JointRows:
    """Walk rows down a model, and cut its trees back to what may be kept.

    Parameters
    ----------
    ensemble : TreeEnsemble
    X : array-like or sparse matrix, shape (n_rows, n_features)
        Encoded as the trees know it, see `treeprune.backends.encode`.
    sample_weight : array-like of shape (n_rows,), optional
    max_depth, min_leaf_weight
        See `treeprune.criteria.joint.trees.joint_trees`.
    n_jobs : int, optional
        Threads, after joblib's convention.

    Returns
    -------
    JointRows

    Raises
    ------
    UnsupportedModelError
        If trees are joined by a median, or the model has no outcome to fit.
    """
    if ensemble.aggregation == "median" or ensemble.task not in ("classification", "regression"):
        raise UnsupportedModelError(
            "joint pruning needs a sum or a mean of trees that predict an outcome; this model "
            + ("takes a median" if ensemble.aggregation == "median" else f"is made for {ensemble.task}")
        )
    n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
    weight = check_weights(sample_weight, n_rows)
    present = weight > 0
    rows = X if present.all() else take_rows(X, np.flatnonzero(present))
    places = leaf_places(ensemble, rows, n_jobs=n_jobs)
    trees = joint_trees(
        ensemble, places, weight[present], max_depth=max_depth, min_leaf_weight=min_leaf_weight
    )
    return JointRows(ensemble, trees, present, weight[present], places)


def sum_start(ensemble: TreeEnsemble) -> tuple[Array, Array]:
    """Where the sum of a boosted model starts, and what each of its nodes adds to the raw output.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    base : ndarray of float64, shape (n_columns,)
    value : ndarray of float64, shape (n_nodes, n_columns)
        Times the tree's factor and `link_scale`, less the prior.
    """
    e = ensemble
    value = e.value * np.repeat(e.weight, np.diff(e.root))[:, None] * e.link_scale
    base = e.base_score * e.link_scale
    if e.prior is not None:
        base = base + e.prior * e.link_scale
        for column in map(int, np.flatnonzero(e.prior)):
            value[e.tree(int(e.trees_of(column)[0])), column] -= e.prior[column] * e.link_scale
    return base, value


def mean_start(ensemble: TreeEnsemble) -> tuple[Array, Array]:
    """What a mean of trees is around, and how far each of its nodes is from that.

    Parameters
    ----------
    ensemble : TreeEnsemble
        That averages what stands before its link.

    Returns
    -------
    base : ndarray of float64, shape (n_columns,)
        Mean of the roots of the trees that feed a column; times `link_scale`, as the next.
    value : ndarray of float64, shape (n_nodes, n_columns)
    """
    e = ensemble
    roots = e.value[e.root[:-1]]
    base = np.array([np.average(roots[own, c], weights=e.weight[own])
                     for c, own in enumerate(map(e.trees_of, range(e.n_columns)))])  # fmt: skip
    return base * e.link_scale, (e.value - base) * e.link_scale


def boosted_problem(
    rows: JointRows,
    outcome: Array,
    loss: LossKind,
    *,
    n_trees: int | None = None,
    values: Values = "anchored",
    ridge: float = 1.0,
    prices: Prices | None = None,
) -> JointProblem:
    """Smaller boosted model: a sum of tops of some of the trees.

    Parameters
    ----------
    rows : JointRows
        Of a model whose trees are added, or averaged before a link.
    outcome : ndarray of float64, shape (n_rows, n_columns)
    loss : str
        See `treeprune.criteria.joint.losses.RowLoss`.
    n_trees : int, optional
        Most trees of each column that may be kept, if each says what a mean of such trees would: old
        values are divided by it, and their factors are at most 1.
    values, ridge, prices
        See `JointProblem`.

    Returns
    -------
    JointProblem
    """
    e, trees = rows.ensemble, rows.trees
    if e.aggregation != "sum" and e.link == "identity":
        raise ValueError("answers of these trees are averaged; use additive_problem or shares_problem")
    base, value = sum_start(e) if e.aggregation == "sum" else mean_start(e)
    value = value[trees.node]
    one = bool((e.output >= 0).all())
    if one:
        column = np.repeat(e.output, np.diff(trees.root))
        value = np.take_along_axis(value, column[:, None].astype(np.int64), axis=1)
    most = np.inf if n_trees is None else n_trees * len(base)
    return JointProblem(
        trees=trees, old=np.ascontiguousarray(value / (n_trees or 1)), column=e.output,
        outcome=rows.outcome(outcome), weight=rows.weight, loss=loss, base=base,
        bounds=Bounds.free(value.shape[1]), values=values, ridge=ridge,
        max_factor=np.inf if n_trees is None else 1.0, max_trees=most, prices=prices or Prices(),
        monotone=e.monotone,
    )  # fmt: skip


def additive_problem(
    rows: JointRows,
    outcome: Array,
    loss: LossKind,
    *,
    n_trees: int | None = None,
    values: Values = "anchored",
    ridge: float = 1.0,
    prices: Prices | None = None,
) -> JointProblem:
    """Sum of tops of the trees of a forest of numbers.

    A sum of K trees and a base is the mean of K trees too, each K times as steep, so the forest loses
    nothing by it.

    Parameters
    ----------
    rows : JointRows
        Of a model whose trees are averaged.
    outcome : ndarray of float64, shape (n_rows, n_columns)
        Two classes have one column, the share of the second.
    loss : str
        See `treeprune.criteria.joint.losses.RowLoss`.
    n_trees : int, optional
        Most trees that may be kept. Old values are then those of a mean of so many trees, and their
        factors at most 1: what one tree says weighs no more than in that mean.
    values, ridge, prices
        See `JointProblem`. Old values are the nodes' own less the mean of the outcome, for the log loss
        divided by its variance, for Poisson as the logarithm of the ratio.

    Returns
    -------
    JointProblem
    """
    e, trees = rows.ensemble, rows.trees
    check_mean(e)
    target = rows.outcome(outcome)
    value = e.value[trees.node]
    if target.shape[1] == 1 and value.shape[1] == 2:
        value = value[:, 1:]
    mean = np.average(target, axis=0, weights=rows.weight)
    if loss == "poisson":
        old = np.log(np.maximum(value, 1e-3 * mean) / np.maximum(mean, np.finfo(np.float64).tiny))
        base = np.log(np.maximum(mean, np.finfo(np.float64).tiny))
    elif loss == "log_loss":
        share = np.clip(mean, 1e-6, 1 - 1e-6)
        old = (value - mean) / np.maximum(mean * (1 - mean), _LEAST_SPREAD)
        base = np.log(share) if len(mean) > 1 else np.log(share / (1 - share))
    else:
        old, base = value - mean, mean
    most = np.inf if n_trees is None else n_trees
    return JointProblem(
        trees=trees, old=np.ascontiguousarray(old / (n_trees or 1)),
        column=all_or_only(e, old.shape[1]), outcome=target, weight=rows.weight, loss=loss, base=base,
        bounds=Bounds.free(old.shape[1]), values=values, ridge=ridge,
        max_factor=np.inf if n_trees is None else 1.0, max_trees=most, prices=prices or Prices(),
        monotone=e.monotone,
    )  # fmt: skip


def check_mean(e: TreeEnsemble) -> None:
    """Refuse models whose trees are added up."""
    if e.aggregation != "mean":
        raise ValueError("trees of this model are added; use boosted_problem")


def all_or_only(e: TreeEnsemble, width: int) -> Array:
    """Column that each tree feeds: all, or the only one."""
    return np.full(e.n_trees, -1 if width > 1 else 0, np.int32)
