"""Losses of a whole path, fold by fold: one fit a fold, or none for a frozen model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone

from treeprune.backends import read
from treeprune.criteria.path_choice import comparable_strengths
from treeprune.criteria.weakest_link import weakest_link_alphas
from treeprune.model.edit import with_classes
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.pruners.folds import Fold
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.path_losses import path_losses
from treeprune.statistics.risk import node_risk
from treeprune.statistics.rows import take_rows
from treeprune.statistics.target import encode_target


@dataclass(frozen=True)
class RiskOptions:
    """The training risk that orders the splits, as the user asked for it.

    Parameters
    ----------
    risk : str
    cost_matrix, priors : array-like or None
    """

    risk: str
    cost_matrix: Any
    priors: Any

    def of(self, ensemble: TreeEnsemble, *, quiet: bool = False) -> Array:
        """Risk of each node; shape (n_nodes,)."""
        return node_risk(ensemble, self.risk, cost_matrix=self.cost_matrix, priors=self.priors, quiet=quiet)


@dataclass(frozen=True, eq=False)
class FoldRows:
    """Checked rows, and which of them each fold trains and tests on.

    Parameters
    ----------
    X : table, shape (n_rows, n_features)
    y : ndarray, shape (n_rows,) or (n_rows, n_targets)
    weights : ndarray of float64, shape (n_rows,)
    folds : list of (train, test)
    n_jobs : int or None
        Threads over folds.
    verbose : bool
        Show a bar over folds.
    """

    X: Any
    y: Any
    weights: Array
    folds: list[Fold]
    n_jobs: int | None
    verbose: bool

    def grow(self, estimator: Any, rows: Array) -> Any:
        """A fresh copy of the estimator, fitted on some of the rows."""
        own = {} if (self.weights == 1).all() else {"sample_weight": self.weights[rows]}
        return clone(estimator).fit(take_rows(self.X, rows), take_rows(self.y, rows), **own)

    def shown(self, results: Iterable[Array]) -> Iterable[Array]:
        """The results, behind a bar if one was asked for."""
        if not self.verbose:
            return results
        from tqdm.auto import tqdm  # warns in notebooks without widgets: only those who ask see it

        return tqdm(results, "folds", total=len(self.folds), leave=False)


def fold_losses(
    full: TreeEnsemble,
    alpha: Array,
    alphas: Array,
    rows: FoldRows,
    loss: Loss | str,
    options: RiskOptions,
    estimator: Any,
) -> Array:
    """Loss of each fold at each step of a path.

    Parameters
    ----------
    full : TreeEnsemble
        The model whose path it is.
    alpha : ndarray of float64, shape (n_nodes,)
        Strength at which each of its splits collapses.
    alphas : ndarray of float64, shape (n_steps,)
    rows : FoldRows
    loss : Loss or "auc"
    options : RiskOptions
    estimator : object or None
        What is fitted in each fold; None to score `full` itself.

    Returns
    -------
    ndarray of float64, shape (n_folds, n_steps)
    """
    strengths = comparable_strengths(full, alphas)
    target = encode_target(full, rows.y)

    def one_fold(train: Array, test: Array) -> Array:
        e, own = full, alpha
        if estimator is not None:
            e = read(rows.grow(estimator, train))
            # a fold may have seen none of a rare class
            e = with_classes(e, full.classes) if full.classes else e
            own = weakest_link_alphas(e, options.of(e, quiet=True))  # the full model has warned
        part, w = take_rows(rows.X, test), rows.weights[test]
        return path_losses(e, own, strengths, part, target.take(test), w, loss)

    with Parallel(n_jobs=rows.n_jobs, prefer="threads", return_as="generator") as parallel:
        results = parallel(delayed(one_fold)(*fold) for fold in rows.folds)
        return np.array(list(rows.shown(results)))
