"""What the trees of a LightGBM model add up to, by its objective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from treeprune.model.ensemble import Array, Link

RANKING = ("lambdarank", "rank_xendcg")

_CLASSES: dict[str, Link] = {"binary": "logit", "multiclass": "softmax", "multiclassova": "logit"}

_NUMBERS: dict[str, Link] = {
    "regression": "identity",
    "regression_l1": "identity",
    "huber": "identity",
    "fair": "identity",
    "quantile": "identity",
    "mape": "identity",
    "poisson": "log",
    "gamma": "log",
    "tweedie": "log",
    "cross_entropy": "logit",
    "cross_entropy_lambda": "log1p_exp",
}

_TRAINED_BY = {
    "regression_l1": "absolute_error",
    "mape": "absolute percentage error",
    "quantile": "quantile",
    "gamma": "gamma",
    "tweedie": "tweedie",
}


_SYNONYMS = {
    "l1": "regression_l1",
    "mae": "regression_l1",
    "mean_absolute_error": "regression_l1",
    "mean_absolute_percentage_error": "mape",
}


def _given(model: Any) -> dict[str, Any]:
    """Parameters of an estimator or a booster."""
    given: dict[str, Any] = model.get_params() if hasattr(model, "get_params") else model.params
    return given


def trained_by(model: Any) -> str | None:
    """What the parameters of a model say of `TreeEnsemble.trained_by`."""
    name = _given(model).get("objective")
    return _TRAINED_BY.get(_SYNONYMS.get(name, name)) if isinstance(name, str) else None


def boosts(model: Any) -> bool:
    """Whether no parameter asks for a random forest, whose trees are averaged."""
    given = _given(model)
    kinds = [given.get(name) for name in ("boosting", "boosting_type", "boost")]
    return not any(kind in ("rf", "random_forest") for kind in kinds)


def objective_of(header: Mapping[str, str | None]) -> tuple[str, dict[str, str]]:
    """Name and options of the objective in a model's header.

    Parameters
    ----------
    header : mapping of str to str or None

    Returns
    -------
    str
        Empty for an objective of the user's own, of which the model text has no line.
    dict of str to str
        "sigmoid:2" is an option with a value, "sqrt" one without.
    """
    words = (header.get("objective") or "").split()
    if not words:
        return "", {}
    pairs = (word.partition(":") for word in words[1:])
    return words[0], {name: value for name, _, value in pairs}


def output_fields(
    header: Mapping[str, str | None], classes: Array | None, *, ranks: bool, classifies: bool
) -> dict[str, Any]:
    """Fields of a `TreeEnsemble` that say what a model predicts.

    Parameters
    ----------
    header : mapping of str to str or None
    classes : ndarray or None
        Labels, where the model knows them; else classes are numbered from 0.
    ranks : bool
        Whether the model is a ranker, whatever its objective.
    classifies : bool
        Whether the model is a classifier: `predict` then answers labels.

    Returns
    -------
    dict
    """
    n_columns = int(header["num_tree_per_iteration"] or 0)
    name, options = objective_of(header)
    numbers = {"columns": (1,) * n_columns, "task": "ranking" if ranks else "regression"}
    if not name:  # LightGBM itself answers the raw output then, a classifier of its own too
        return numbers
    if name in RANKING:
        return numbers | {"task": "ranking"}
    if name in _CLASSES or (name == "cross_entropy" and classifies):
        if classes is None:
            classes = np.arange(2 if n_columns == 1 else n_columns)
        return {
            "columns": (n_columns,),
            "classes": (classes,),
            "task": "classification",
            "link": _CLASSES.get(name, "logit"),
            "link_scale": float(options.get("sigmoid") or 1.0),
        }
    link = "signed_square" if "sqrt" in options else _NUMBERS[name]
    return numbers | {"link": link, "trained_by": _TRAINED_BY.get(name)}
