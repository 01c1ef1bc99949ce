"""Which file reads and writes which linear model: the counterpart of `registry` for coefficients."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from treeprune.backends.registry import backends, class_name, way_out
from treeprune.exceptions import ModelMismatchError, UnsupportedModelError
from treeprune.model.ensemble import Array
from treeprune.model.linear import LinearFamily, LinearModel

_CHECKED_ROWS = 256


@dataclass(frozen=True)
class LinearBackend:
    """Reader and writer of a class of linear models.

    Parameters
    ----------
    family : callable
        ``family(model, n_classes) -> LinearFamily``: of a model, fitted or not; `n_classes` is 0 where
        numbers are predicted.
    read : callable
        ``read(model) -> LinearModel``.
    write : callable
        ``write(model, linear) -> model``: a copy of a fitted model with other coefficients.
    make : callable
        ``make(model, linear, n_iter) -> model``: a copy of a model that need not be fitted, as it would be
        if its `fit` had found these coefficients.
    raw : callable
        ``raw(model, X)``: linear predictors by the model's own code; shape (n_rows, n_outputs).
    """

    family: Callable[[Any, int], LinearFamily]
    read: Callable[[Any], LinearModel]
    write: Callable[[Any, LinearModel], Any]
    make: Callable[[Any, LinearModel, int], Any]
    raw: Callable[[Any, Any], Array]


_LINEAR: dict[str, LinearBackend] = {}


def register_linear(names: tuple[str, ...], backend: LinearBackend) -> None:
    """Enter a backend for classes, each ``"package:Class"``."""
    for name in names:
        _LINEAR[name] = backend


def linear_backends() -> dict[str, LinearBackend]:
    """All linear backends of this folder by ``"package:Class"``."""
    backends()  # looks through the folder
    return dict(_LINEAR)


def is_linear(model: Any) -> bool:
    """Whether a model, fitted or not, is of a linear family."""
    return any(class_name(cls) in linear_backends() for cls in type(model).__mro__)


def find_linear(model: Any) -> LinearBackend:
    """Backend of a linear model, fitted or not.

    Raises
    ------
    UnsupportedModelError
        If no backend knows it.
    """
    known = linear_backends()
    for cls in type(model).__mro__:
        if class_name(cls) in known:
            return known[class_name(cls)]
    raise UnsupportedModelError(
        f"{type(model).__name__} is not a linear model treeprune can prune{way_out(model)}; it prunes "
        f"{', '.join(sorted(name.partition(':')[2] for name in known))}"
    )


def read_linear(model: Any) -> LinearModel:
    """Read a fitted linear model; it is left untouched.

    Raises
    ------
    UnsupportedModelError
        If the class, or something in the model, cannot be held exactly.
    sklearn.exceptions.NotFittedError
    InvalidModelError
    """
    backend = find_linear(model)
    check_is_fitted(model)
    return backend.read(model)


def write_linear(model: Any, linear: LinearModel, X: Any) -> Any:
    """Copy a fitted linear model and give the copy other coefficients.

    Parameters
    ----------
    model : object
    linear : LinearModel
    X : ndarray or sparse matrix, shape (n_rows, n_features)
        Rows to check on.

    Returns
    -------
    object
        Of the class of `model`.

    Raises
    ------
    ModelMismatchError
        If the copy does not answer as `linear` says.
    """
    return _checked(find_linear(model), find_linear(model).write(model, linear), linear, X)


def make_linear(model: Any, linear: LinearModel, n_iter: int, X: Any) -> Any:
    """A fitted copy of an estimator, as if its own `fit` had found some coefficients.

    Parameters
    ----------
    model : object
        Fitted or not.
    linear : LinearModel
    n_iter : int
        What `n_iter_` is to say, where there is one.
    X : ndarray or sparse matrix, shape (n_rows, n_features)
        Rows to check on.

    Returns
    -------
    object
        Of the class of `model`.

    Raises
    ------
    ModelMismatchError
        If the copy does not answer as `linear` says.
    """
    return _checked(find_linear(model), find_linear(model).make(model, linear, n_iter), linear, X)


def _checked(backend: LinearBackend, written: Any, linear: LinearModel, X: Any) -> Any:
    rows, nameless = X[:_CHECKED_ROWS], copy.copy(written)
    vars(nameless).pop("feature_names_in_", None)  # rows are bare numbers
    expected, found = linear.raw(rows), backend.raw(nameless, rows)
    size = abs(rows) @ np.abs(linear.coef) + np.abs(linear.intercept)
    if not (np.abs(found - expected) <= 1e-12 * size.max(initial=1.0)).all():
        raise ModelMismatchError(
            f"the written {type(written).__name__} does not answer as its coefficients say: a fault of "
            "treeprune, please report it"
        )
    return written
