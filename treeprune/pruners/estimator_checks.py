"""What is asked of an estimator, judged before it is fitted where it can be, and by which loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends.registry import check_supported
from treeprune.criteria.tree_order.registry import tree_orders
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.pruners.native import predicted_task
from treeprune.pruners.parameters import check_numbers
from treeprune.statistics.deviances import Deviance
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.losses import make_loss
from treeprune.statistics.raw_losses import check_trained_by, natural_loss
from treeprune.statistics.step_losses import AUC
from treeprune.statistics.votes import BOOSTED, CLASS_TREES, SEVERAL_TARGETS, no_votes


def check_sum(estimator: Any, so: str) -> None:
    """Refuse a model whose answer is no sum or mean of its trees.

    Parameters
    ----------
    estimator : object
    so : str
        What follows from that, and the way out.

    Raises
    ------
    UnsupportedModelError
    """
    reason = check_supported(estimator).limits.get("sum")
    if reason is not None:
        raise UnsupportedModelError(f"{type(estimator).__name__} {reason}, so {so}")


def check_natural_loss(estimator: Any) -> None:
    """Refuse to judge a regressor by the loss of its training, if that is none of ours.

    Parameters
    ----------
    estimator : object
        A regressor, not fitted.

    Raises
    ------
    ValueError
        See `treeprune.statistics.raw_losses.natural_loss`.
    """
    check_trained_by(check_supported(estimator).trained_by(estimator))


def check_outcomes(y: Array, loss: Loss | str, *, classify: bool) -> None:
    """Refuse outcomes that a loss is not for.

    Parameters
    ----------
    y : ndarray, shape (n_rows,) or (n_rows, n_targets)
    loss : Loss or "auc"
    classify : bool

    Raises
    ------
    ValueError
    """
    if loss == AUC and y.ndim > 1:
        raise ValueError(f"loss='auc': for models with one target, y has {y.shape[1]}")
    if not classify:
        check_numbers(y, squares=True, counts=isinstance(loss, Deviance))


def fitting_loss(ensemble: TreeEnsemble) -> Loss:
    """The loss that sums and means of trees are judged by, if none was named.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    Loss
        The Brier score of means of shares, which are sure where few trees are left; else the natural one.
    """
    e = ensemble
    averages = e.task == "classification" and e.link == "identity"
    return make_loss("brier" if averages else natural_loss(e), e.task)


def check_orderable(estimator: Any, y: Array, method: str, *, named: bool, frozen: bool) -> None:
    """Refuse an order of trees that no model of a class has, before any is fitted.

    Parameters
    ----------
    estimator : object
    y : ndarray, shape (n_rows,) or (n_rows, n_targets)
    method : str
        A key of `treeprune.criteria.tree_order.registry.tree_orders`.
    named : bool
        Whether a loss to judge by was named.
    frozen : bool
        Whether the model is fitted, and says more itself.

    Raises
    ------
    UnsupportedModelError, ValueError
    """
    check_sum(
        estimator,
        "no subset can be judged by parts; ReducedErrorPruner prunes its trees, treeprune.keep_trees drops "
        "trees by hand",
    )
    if frozen:
        return
    if not named and predicted_task(estimator) == "regression":
        check_natural_loss(estimator)
    if tree_orders()[method].needs == "votes":
        check_can_vote(estimator, y)


def check_can_vote(estimator: Any, y: Array) -> None:
    """Refuse to order trees by votes if the trees of an estimator will not vote.

    Parameters
    ----------
    estimator : object
        A classifier, not fitted.
    y : ndarray, shape (n_rows,) or (n_rows, n_targets)

    Raises
    ------
    UnsupportedModelError
        See `treeprune.statistics.votes.check_votes`.
    """
    backend = check_supported(estimator)
    if backend.boosts(estimator):
        raise no_votes(BOOSTED)
    if y.ndim > 1:
        raise no_votes(SEVERAL_TARGETS.format(y.shape[1]))
    if backend.class_trees and len(np.unique(y)) > 2:
        raise no_votes(CLASS_TREES)
