"""Linear models of scikit-learn."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from sklearn.base import clone

from treeprune.backends.linear import LinearBackend, register_linear
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array
from treeprune.model.linear import LinearFamily, LinearModel

_SQUARED = (
    "LinearRegression",
    "Ridge",
    "RidgeCV",
    "Lasso",
    "LassoCV",
    "LassoLars",
    "LassoLarsCV",
    "LassoLarsIC",
    "ElasticNet",
    "ElasticNetCV",
)

_OF_THE_FIT = (
    "active_",
    "coef_path_",
    "coefs_paths_",
    "dual_gap_",
    "rank_",
    "singular_",
    "standard_coef_",
    "standard_intercept_",
)
"""Attributes that speak of the coefficients that were found, and of no others."""


def _family(model: Any, n_classes: int) -> LinearFamily:
    name = type(model).__name__
    loss = getattr(model, "loss", None)
    if n_classes:
        if loss not in (None, "log_loss"):
            raise UnsupportedModelError(
                f"{name}(loss={loss!r}) gives no probabilities, and treeprune has no path for it; use "
                "loss='log_loss', or LogisticRegression"
            )
        return "binomial" if n_classes == 2 else "multinomial"
    if loss not in (None, "squared_error"):
        raise UnsupportedModelError(
            f"treeprune has no path for {name}(loss={loss!r}); use loss='squared_error'"
        )
    return "gaussian"


def _poisson(model: Any, n_classes: int) -> LinearFamily:
    return "poisson"


def _refuse_margin(model: Any, n_classes: int) -> LinearFamily:
    name = type(model).__name__
    raise UnsupportedModelError(
        f"{name} minimises a hinge loss and gives no probabilities, so that nothing says how far a smaller "
        "model is from it; use LogisticRegression, or SGDClassifier(loss='log_loss')"
    )


def _refuse_one_vs_rest(model: Any) -> None:
    """Classes fitted one against all others have no softmax behind them."""
    alone = type(model).__name__ == "SGDClassifier" or getattr(model, "solver", "") == "liblinear"
    if alone or getattr(model, "multi_class", "") == "ovr":
        raise UnsupportedModelError(
            f"the {len(model.classes_)} classes of this {type(model).__name__} were fitted one against all "
            "others, which no softmax stands behind; use LogisticRegression, which fits them together"
        )


def _read(model: Any) -> LinearModel:
    classes = getattr(model, "classes_", None)
    family = _family_of(model, 0 if classes is None else len(classes))
    coef = np.atleast_2d(np.asarray(model.coef_, np.float64)).T
    if classes is not None and len(classes) > 2:
        _refuse_one_vs_rest(model)
    intercept = np.broadcast_to(np.asarray(model.intercept_, np.float64), coef.shape[1:]).copy()
    names = getattr(model, "feature_names_in_", None)
    of_sum, of_mean = _ridge(model)
    return LinearModel(
        family,
        np.ascontiguousarray(coef),
        intercept,
        fit_intercept=bool(model.fit_intercept),
        ridge_of_sum=of_sum,
        ridge_of_mean=of_mean,
        positive=bool(getattr(model, "positive", False)),
        classes=classes,
        feature_names=None if names is None else tuple(names),
    )


def _family_of(model: Any, n_classes: int) -> LinearFamily:
    special = {"PoissonRegressor": _poisson, "LinearSVC": _refuse_margin}
    known = (special[cls.__name__] for cls in type(model).__mro__ if cls.__name__ in special)
    return next(known, _family)(model, n_classes)


def _ridge(model: Any) -> tuple[float, float]:
    """Its ridge, by the sum and by the mean of the losses."""
    name = next(cls.__name__ for cls in type(model).__mro__ if cls.__module__.startswith("sklearn."))
    if name in ("LogisticRegression", "LogisticRegressionCV"):
        strength = np.min(model.C_) if name == "LogisticRegressionCV" else model.C
        return _l2_share(model) / float(strength), 0.0
    if name in ("Ridge", "RidgeCV"):
        return float(np.mean(model.alpha if name == "Ridge" else model.alpha_)), 0.0
    if name in ("ElasticNet", "ElasticNetCV"):
        fitted = name == "ElasticNetCV"
        alpha, share = (model.alpha_, model.l1_ratio_) if fitted else (model.alpha, model.l1_ratio)
        return 0.0, float(alpha * (1.0 - share))
    if name == "PoissonRegressor":
        return 0.0, float(model.alpha)
    if name.startswith("SGD") and model.penalty in ("l2", "elasticnet"):
        return 0.0, float(model.alpha * (1.0 - (model.l1_ratio if model.penalty == "elasticnet" else 0.0)))
    return 0.0, 0.0


def _l2_share(model: Any) -> float:
    """Which part of the penalty of a logistic regression is a ridge."""
    penalty = getattr(model, "penalty", "deprecated")
    if penalty in (None, "none", "l1"):
        return 0.0
    if penalty == "l2":
        return 1.0
    share = getattr(model, "l1_ratio_", getattr(model, "l1_ratio", 0.0))
    return 1.0 - float(np.max(share if share is not None else 0.0))


def _shaped(model: Any, linear: LinearModel) -> tuple[Array, Any]:
    """Coefficients and intercept in the shapes that the model's own `fit` gives them."""
    coef, intercept = linear.coef.T.copy(), linear.intercept.copy()
    sgd = hasattr(model, "learning_rate")
    if linear.task == "classification" or linear.n_outputs > 1:
        return coef, intercept
    return coef[0], intercept if sgd else float(intercept[0])


def _with(model: Any, linear: LinearModel) -> Any:
    coef, intercept = _shaped(model, linear)
    old = getattr(model, "coef_", None)
    if old is not None:  # a 2-D outcome of one column keeps its shape
        coef = coef.reshape(np.shape(old)).astype(old.dtype)
        intercept = np.reshape(intercept, np.shape(model.intercept_))
        intercept = intercept.astype(old.dtype) if np.ndim(intercept) else float(intercept)
    model.coef_, model.intercept_ = coef, intercept
    for name in _OF_THE_FIT:
        vars(model).pop(name, None)
    return model


def _write(model: Any, linear: LinearModel) -> Any:
    return _with(copy.deepcopy(model), linear)


def _make(model: Any, linear: LinearModel, n_iter: int) -> Any:
    new = clone(model)
    new.n_features_in_ = linear.n_features
    if linear.feature_names is not None:
        new.feature_names_in_ = np.array(linear.feature_names, dtype=object)
    if linear.classes is not None:
        new.classes_ = linear.classes
    if hasattr(new, "_get_loss"):
        new._base_loss = new._get_loss()
    if hasattr(new, "max_iter"):
        logistic = linear.task == "classification" and not hasattr(new, "learning_rate")
        new.n_iter_ = np.array([n_iter], np.int32) if logistic else n_iter
    return _with(new, linear)


def _raw(model: Any, X: Any) -> Array:
    if hasattr(model, "decision_function"):
        raw = model.decision_function(X)
    else:
        raw = model.predict(X)
        raw = np.log(raw) if type(model).__name__ == "PoissonRegressor" else raw
    return np.asarray(raw, np.float64).reshape(X.shape[0], -1)


register_linear(
    (
        *(f"sklearn:{name}" for name in _SQUARED),
        "sklearn:LogisticRegression",
        "sklearn:LogisticRegressionCV",
        "sklearn:PoissonRegressor",
        "sklearn:SGDClassifier",
        "sklearn:SGDRegressor",
        "sklearn:LinearSVC",  # to say why not
    ),
    LinearBackend(_family_of, _read, _write, _make, _raw),
)
