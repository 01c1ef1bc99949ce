"""The model inside freezers and fitted pruners."""

from __future__ import annotations

from typing import Any

from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from treeprune.pruners.base import BasePruner
from treeprune.pruners.native import Native
from treeprune.pruners.skin import PrunerSkin


def bare_model(model: Any) -> Any:
    """The model in a freezer; a fitted pruner whose model speaks another language stands for itself."""
    while isinstance(model, FrozenEstimator):
        model = model.estimator
    if isinstance(model, Native):
        return model.model
    if not isinstance(model, PrunerSkin):
        return model
    check_is_fitted(model)
    if isinstance(model, BasePruner) and (
        model.native_.labels is not None or model.native_.names is not None
    ):
        return model
    return model.estimator_


def native_of(model: Any) -> Native:
    """The native model inside a freezer or a fitted pruner, in the user's terms; others as they are.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If it is a pruner that is not fitted.
    """
    while isinstance(model, FrozenEstimator):
        model = model.estimator
    if isinstance(model, Native):
        return model
    if not isinstance(model, PrunerSkin):
        return Native(model)
    check_is_fitted(model)
    return model.native_ if isinstance(model, BasePruner) else Native(model.estimator_)
