"""Which file reads and writes which native family.

A file in this folder calls `register` with the names of its classes; that is all it takes to add a
family. Files import their vendor inside their functions, so looking through the folder is cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from inspect import getattr_static
from os import PathLike
from pkgutil import iter_modules
from typing import Any

from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array, TreeEnsemble


@dataclass(frozen=True)
class Backend:
    """Reader and writer of one native family.

    Parameters
    ----------
    read : callable
        ``read(model) -> TreeEnsemble``; leaves the model untouched.
    write : callable
        ``write(model, ensemble) -> model``: a copy of `model` that holds the trees of `ensemble`.
        `tree_id` and `node_id` of the ensemble say which native trees and rows those are.
    raw_output : callable
        ``raw_output(model, rows) -> ndarray (n_rows, n_columns)`` by the vendor's own code.
    in_bag : callable
        ``in_bag(model, tree, n_rows)``: how often each of the `n_rows` training rows was drawn for a
        tree, or None if the model cannot have been trained on so many rows, or does not say.
    encode : callable
        ``encode(model, X) -> table``: a user's table as numbers in the order and meaning that the
        trees know, NaN where a value is missing; an array or a CSR matrix. By default the table
        itself, for models that take numbers alone.
    tree_output : callable, optional
        ``tree_output(model, tree, rows) -> ndarray (n_rows, n_columns)``: what a tree of the model adds
        to its raw output, by the vendor's own code; used to say which tree is wrong.
    limits : mapping of str to str
        What the native format cannot do -> why: ``"values"`` (other leaf values), ``"order"`` (trees in
        another order), ``"sum"`` (its answer is no sum or mean of its trees). Factors of trees are the
        ensemble's `reweight`.
    boosts : callable
        ``boosts(estimator)``: whether the trees of an estimator, fitted or not, are (or will be) terms of
        one sum, so that none answers by itself.
    trained_by : callable
        ``trained_by(estimator)``: what the parameters of a regressor, fitted or not, say of
        `TreeEnsemble.trained_by`.
    forgets : callable
        ``forgets(estimator) -> str``: where an estimator is seen not to know the parameters it was trained
        with, since its file does not hold them, by what; else empty.
    class_trees : bool
        Whether a classifier of more than two classes has trees for each of them.
    fits_codes : bool
        Whether `fit` takes class labels 0, 1, 2, ... alone.
    refused_in_names : str
        Characters that `fit` refuses in column names.
    """

    read: Callable[[Any], TreeEnsemble]
    write: Callable[[Any, TreeEnsemble], Any]
    raw_output: Callable[[Any, Array], Array]
    in_bag: Callable[[Any, int, int], Array | None]
    encode: Callable[[Any, Any], Any] = lambda model, X: X
    tree_output: Callable[[Any, int, Array], Array] | None = None
    limits: Mapping[str, str] = field(default_factory=dict)
    boosts: Callable[[Any], bool] = lambda estimator: False
    trained_by: Callable[[Any], str | None] = lambda estimator: None
    forgets: Callable[[Any], str] = lambda estimator: ""
    class_trees: bool = False
    fits_codes: bool = False
    refused_in_names: str = ""


def always_boosts(estimator: Any) -> bool:
    """`Backend.boosts` of families that know nothing else."""
    return True


_BACKENDS: dict[str, Backend] = {}


def register(names: tuple[str, ...], backend: Backend) -> None:
    """Enter a backend for native classes.

    Parameters
    ----------
    names : tuple of str
        ``"package:Class"``, the package being the first part of the module's name: vendors move
        their private modules.
    backend : Backend
    """
    for name in names:
        _BACKENDS[name] = backend


def backends() -> dict[str, Backend]:
    """All backends of this folder by ``"package:Class"``."""
    package = __name__.rpartition(".")[0]
    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")
    return dict(_BACKENDS)


_ANSWERS = (
    "predict",
    "predict_proba",
    "decision_function",
    "score_samples",
    "apply",
    "decision_path",
)


def class_name(cls: type) -> str:
    """``"package:Class"``, the package being the first part of the module's name."""
    return f"{cls.__module__.partition('.')[0]}:{cls.__qualname__}"


def _check_answers(cls: type, family: type) -> None:
    """Refuse a subclass that answers otherwise than the trees it holds."""
    for name in _ANSWERS:
        # the raw attribute: looked up plainly, a descriptor may make a new object each time
        if getattr_static(cls, name, None) is not getattr_static(family, name, None):
            raise UnsupportedModelError(
                f"{cls.__name__} has a {name} of its own, which treeprune cannot see: it would prune by "
                f"what {family.__name__} answers, and be wrong; prune a {family.__name__} and put what "
                f"{name} adds around the pruner (a Pipeline, a TransformedTargetRegressor)"
            )


def way_out(model: Any) -> str:
    """Where the model is in an object that wraps it."""
    if isinstance(model, FrozenEstimator):  # first, for it passes on the attributes of what it holds
        return " (give its .estimator)"
    if hasattr(model, "steps"):
        return " (for a pipeline give its last step, or put the pruner in its place)"
    if isinstance(model, (str, PathLike)):
        return " (read a model file by treeprune.load_model)"
    if hasattr(model, "best_estimator_"):
        return " (give its best_estimator_)"
    # ensembles have an estimator_ too, the pattern of their members, which is not fitted
    if hasattr(model, "estimator_") and not hasattr(model, "estimators_"):
        return " (give its estimator_)"
    return ""


def check_supported(model: Any) -> Backend:
    """Backend of a model, fitted or not.

    Parameters
    ----------
    model : object
        Subclasses of a supported class are served as that class. They may have methods, parameters
        and a `fit` of their own, since however the trees were grown they say themselves what they
        answer; but they may not override what asks the trees (`predict`, `predict_proba`,
        `decision_function`, `score_samples`, `apply`, `decision_path`), since pruning never goes
        through it.

    Returns
    -------
    Backend

    Raises
    ------
    UnsupportedModelError
        If no backend knows the model, or its class answers otherwise than the class that one knows.
    """
    known = backends()
    family = next((cls for cls in type(model).__mro__ if class_name(cls) in known), None)
    if family is not None:
        _check_answers(type(model), family)
        return known[class_name(family)]
    from treeprune.backends.linear import is_linear

    linear = "; L1FeaturePruner and LinearModelPruner prune linear models" if is_linear(model) else ""
    raise UnsupportedModelError(
        f"{type(model).__name__} is not a model treeprune can prune{way_out(model)}{linear}; it prunes "
        f"{', '.join(sorted({name.partition(':')[2] for name in known}))}"
    )


def find_backend(model: Any) -> Backend:
    """Backend of a fitted model.

    Parameters
    ----------
    model : object

    Returns
    -------
    Backend

    Raises
    ------
    UnsupportedModelError
        If no backend knows the model.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    """
    backend = check_supported(model)
    if hasattr(model, "fit"):  # a vendor's booster is never without trees of its own
        check_is_fitted(model)
    return backend
