"""Losses of a whole path, fold by fold: one fit a fold, or none for a frozen model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from joblib import Parallel, delayed

from treeprune.criteria.path_choice import comparable_strengths
from treeprune.criteria.weakest_link import weakest_link_alphas
from treeprune.model.edit import with_classes
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.pruners.folds import Fold
from treeprune.pruners.native import Native, grow
from treeprune.pruners.risk_options import RiskOptions
from treeprune.statistics.additive import is_additive
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.path_losses import path_losses
from treeprune.statistics.rows import take_rows
from treeprune.statistics.target import encode_target

T = TypeVar("T")


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

    def grow(self, estimator: Any, rows: Array) -> Native:
        """A fresh copy of the estimator, fitted on some of the rows."""
        own = None if (self.weights == 1).all() else self.weights[rows]
        return grow(estimator, take_rows(self.X, rows), take_rows(self.y, rows), own)

    def shown(self, results: Iterable[T]) -> Iterable[T]:
        """The results, behind a bar if one was asked for."""
        if not self.verbose:
            return results
        from tqdm.auto import tqdm  # warns in notebooks without widgets: only those who ask see it

        return tqdm(results, "folds", total=len(self.folds), leave=False)


def fold_losses(
    native: Native,
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
    native : Native
    full : TreeEnsemble
        Its trees: the model whose path it is.
    alpha : ndarray of float64, shape (n_nodes,)
        Strength at which each of its splits collapses.
    alphas : ndarray of float64, shape (n_steps,)
    rows : FoldRows
    loss : Loss or "auc"
    options : RiskOptions
    estimator : object or None
        What is fitted in each fold; None to score `full` itself. If rows order its splits, each fold
        then goes by an order of the other folds' rows: no row scores what it has helped to find.

    Returns
    -------
    ndarray of float64, shape (n_folds, n_steps)
    """
    strengths = comparable_strengths(full, alphas)
    target = encode_target(full, rows.y)

    def one_fold(train: Array, test: Array) -> Array:
        own, e, strength = native, full, alpha
        if estimator is not None:
            own = rows.grow(estimator, train)
            e = own.read()
            if e.classes and not is_additive(e):  # a fold may have seen none of a rare class
                e = with_classes(e, full.classes)
        if estimator is not None or is_additive(e):
            seen = (take_rows(rows.X, train), take_rows(rows.y, train), rows.weights[train])
            strength = weakest_link_alphas(e, options.of(own, e, *seen, quiet=True))  # the full one warned
        part, w = own.rows(take_rows(rows.X, test)), rows.weights[test]
        return path_losses(e, strength, strengths, part, target.take(test), w, loss, known=full)

    with Parallel(n_jobs=rows.n_jobs, prefer="threads", return_as="generator") as parallel:
        results = parallel(delayed(one_fold)(*fold) for fold in rows.folds)
        return np.array(list(rows.shown(results)))
