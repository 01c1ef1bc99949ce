"""What an estimator says before it is fitted of what its models could not be asked for afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends.registry import check_supported
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array
from treeprune.statistics.raw_losses import check_trained_by
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
