"""The model inside freezers and fitted pruners."""

from __future__ import annotations

from typing import Any

from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

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
    native = getattr(model, "native_", None)
    if native is not None and (native.labels is not None or native.names is not None):
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
    native = getattr(model, "native_", None)
    return Native(model.estimator_) if native is None else native
