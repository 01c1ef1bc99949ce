"""Loss of every tree of a pruning path from one pass over the rows."""

from __future__ import annotations

import math
from typing import Any

from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.path import lifetimes, path_sums
from treeprune.statistics.additive import is_additive
from treeprune.statistics.collect import collect
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.path_outputs import PathOutputs
from treeprune.statistics.ranking import path_auc
from treeprune.statistics.step_losses import step_losses
from treeprune.statistics.target import Target
from treeprune.statistics.weights import below_one


def _tree_losses(
    e: TreeEnsemble, alpha: Array, alphas: Array, X: Any, target: Target, w: Array, loss: Loss | str
) -> Array:
    needs_absolute = isinstance(loss, Loss) and loss.needs_absolute
    statistics = collect(e, X, target, w, absolute=needs_absolute)
    if not isinstance(loss, Loss):
        return 1.0 - path_auc(e, *lifetimes(e, alpha, alphas), statistics.sums, len(alphas))
    total = path_sums(e, alpha, alphas, loss.node_cost(e, statistics))
    return (total + loss.offset(target, w)) / math.fsum(w)


def path_losses(
    ensemble: TreeEnsemble,
    alpha: Array,
    alphas: Array,
    X: Any,
    target: Target,
    weights: Array,
    loss: Loss | str,
    *,
    known: TreeEnsemble | None = None,
    n_jobs: int | None = None,
) -> Array:
    """Mean loss of some rows at each step of a path.

    Parameters
    ----------
    ensemble, alpha, alphas
        As for `treeprune.model.path.lifetimes`. All trees of an ensemble are pruned by the same strength.
    X : array-like or sparse matrix, shape (n_rows, n_features)
        Encoded as the trees know it, see `treeprune.backends.encode`.
    target : Target
    weights : ndarray of float64, shape (n_rows,)
    loss : Loss or "auc"
    known : TreeEnsemble, optional
        The model in whose classes the outcomes are encoded, where a fold has seen fewer of them.
    n_jobs : int, optional
        Threads over blocks of rows, for ensembles.

    Returns
    -------
    ndarray of float64, shape (n_steps,)
        Weighted mean for each step; smaller is better.
    """
    if ensemble.n_trees == 1 and not is_additive(ensemble):
        even = (weights == 1.0).all()  # faster as they are
        w = weights if even else below_one(weights)
        return _tree_losses(ensemble, alpha, alphas, X, target, w, loss)
    return step_losses(
        ensemble,
        X,
        target,
        weights,
        loss,
        lambda walker: PathOutputs(walker, alpha, alphas),
        known=known,
        n_jobs=n_jobs,
    )
