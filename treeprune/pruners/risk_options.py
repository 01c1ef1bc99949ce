"""The training risk that orders the splits of a model, as the user asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.path import path_sums
from treeprune.pruners.native import Native
from treeprune.statistics.additive import ensemble_loss_risk, is_additive
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.losses import make_loss
from treeprune.statistics.path_losses import path_losses
from treeprune.statistics.raw_losses import natural_loss
from treeprune.statistics.risk import node_risk
from treeprune.statistics.target import encode_target

DECISIONS = ("misclassification", "cost")
"""Losses that no small change of an answer moves: they score a path, but cannot order it."""


@dataclass(frozen=True)
class RiskOptions:
    """How the splits of a model are ordered.

    Parameters
    ----------
    risk : str
    cost_matrix, priors : array-like or None
    loss : Loss or "auc"
        What held-out rows are scored by; the risk of a boosted model is a loss too.
    n_jobs : int or None
    """

    risk: str
    cost_matrix: Any
    priors: Any
    loss: Loss | str
    n_jobs: int | None

    def check(self, ensemble: TreeEnsemble, y: Any) -> None:
        """Refuse options that do not go with a model.

        Raises
        ------
        ValueError
        """
        if not is_additive(ensemble):
            if self.risk == "loss":
                raise ValueError(
                    'risk="loss" is for boosted models; the trees of this one have a risk each'
                )
            return
        if self.risk not in ("auto", "loss"):
            raise ValueError(
                f"risk={self.risk!r} does not fit a model whose trees are summed: a leaf holds a step "
                'of the sum, not the outcomes of its rows; use risk="loss", the loss of the whole ensemble'
            )
        if self.priors is not None:
            raise ValueError(
                "priors do not fit a model whose trees are summed; give sample weights instead"
            )
        if y is None:
            raise ValueError(
                "requires y to be passed, but the target y is None: the splits of a model whose trees are "
                "summed are ordered by the loss of rows"
            )

    def order_loss(self, ensemble: TreeEnsemble) -> Loss:
        """The loss that orders the splits of a boosted model.

        The loss that scores the path where that one moves with each answer; the natural one of the model
        where it does not (`DECISIONS`, and the ranking of the rows).
        """
        if isinstance(self.loss, Loss) and self.loss.name not in DECISIONS:
            return self.loss
        return make_loss(natural_loss(ensemble), ensemble.task)

    def of(
        self, native: Native, ensemble: TreeEnsemble, X: Any, y: Any, weights: Array, *, quiet: bool = False
    ) -> Array:
        """Risk of each node as a leaf.

        Parameters
        ----------
        native : Native
        ensemble : TreeEnsemble
            Its trees.
        X, y, weights : table, outcomes and weights
            Rows that order the splits of a boosted model; other models carry all that is needed.
        quiet : bool
            Do not warn where stored impurities are not trusted.

        Returns
        -------
        ndarray of float64, shape (n_nodes,)
        """
        e = ensemble
        if is_additive(e):
            target = encode_target(e, y)
            loss = self.order_loss(e)
            return ensemble_loss_risk(e, native.rows(X), target, weights, loss, n_jobs=self.n_jobs)
        risk = self.risk
        if risk == "auto":
            computed = "gini" if e.task == "classification" else "squared_error"
            risk = computed if e.impurity is None else "impurity"
        return node_risk(e, risk, cost_matrix=self.cost_matrix, priors=self.priors, quiet=quiet)

    def along(
        self,
        native: Native,
        ensemble: TreeEnsemble,
        risk: Array,
        alpha: Array,
        alphas: Array,
        mask: Array,
        X: Any,
        y: Any,
        weights: Array,
    ) -> tuple[Array, float]:
        """Training risk at each step of a path, and that of the model that was taken.

        Parameters
        ----------
        native, ensemble, X, y, weights
            As for `of`.
        risk : ndarray of float64, shape (n_nodes,)
        alpha, alphas : ndarray of float64
            The path, as for `treeprune.model.path.lifetimes`.
        mask : ndarray of bool, shape (n_nodes,)
            Splits that are collapsed in the model taken.

        Returns
        -------
        ndarray of float64, shape (n_steps,)
            Of a boosted model the mean loss of the whole pruned ensemble, from a pass over the rows.
        float
        """
        e, alone = ensemble, np.where(mask, 0.0, np.inf)
        if not is_additive(e):
            steps = path_sums(e, alpha, alphas, risk) / e.n_trees
            return steps, float(path_sums(e, alone, np.zeros(1), risk)[0] / e.n_trees)
        target, loss, rows = encode_target(e, y), self.order_loss(e), native.rows(X)
        steps = path_losses(e, alpha, alphas, rows, target, weights, loss, n_jobs=self.n_jobs)
        taken = path_losses(e, alone, np.zeros(1), rows, target, weights, loss, n_jobs=self.n_jobs)
        return steps, float(taken[0])
