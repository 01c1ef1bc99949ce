"""What an XGBoost objective makes of the sum of the trees."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array, Link, Task

_OBJECTIVES: dict[str, tuple[Task, Link]] = {
    "binary:logistic": ("classification", "logit"),
    # the vendor answers with the raw sum, but what it is trained as is a logit
    "binary:logitraw": ("classification", "logit"),
    "binary:hinge": ("classification", "step"),
    "multi:softprob": ("classification", "softmax"),
    "multi:softmax": ("classification", "softmax"),
    "reg:logistic": ("regression", "logit"),
    "reg:linear": ("regression", "identity"),
    "reg:squarederror": ("regression", "identity"),
    "reg:squaredlogerror": ("regression", "identity"),
    "reg:absoluteerror": ("regression", "identity"),
    "reg:pseudohubererror": ("regression", "identity"),
    "reg:quantileerror": ("regression", "identity"),
    "reg:expectileerror": ("regression", "identity"),
    "count:poisson": ("regression", "log"),
    "reg:gamma": ("regression", "log"),
    "reg:tweedie": ("regression", "log"),
    "survival:cox": ("regression", "log"),
    "survival:aft": ("regression", "log"),
    "rank:pairwise": ("ranking", "identity"),
    "rank:ndcg": ("ranking", "identity"),
    "rank:map": ("ranking", "identity"),
}

_TRAINED_BY = {
    "reg:absoluteerror": "absolute_error",
    "reg:quantileerror": "quantile",
    "reg:expectileerror": "expectile",
    "reg:gamma": "gamma",
    "reg:tweedie": "tweedie",
    "survival:cox": "Cox regression",
    "survival:aft": "survival time",
}


def trained_by(model: Any) -> str | None:
    """What the parameters of a model say of `TreeEnsemble.trained_by`."""
    name = model.get_params().get("objective") if hasattr(model, "get_params") else None
    return _TRAINED_BY.get(name) if isinstance(name, str) else None


def _task_and_link(name: str, kind: str | None) -> tuple[Task, Link]:
    if name not in _OBJECTIVES:
        raise UnsupportedModelError(
            f"the objective {name!r} of this XGBoost model is not one whose answers treeprune knows; "
            f"it knows {', '.join(_OBJECTIVES)} (a function of your own is served as the objective that "
            "the booster names)"
        )
    task, link = _OBJECTIVES[name]
    if kind == "classifier" and task != "classification":
        if link != "logit":
            raise UnsupportedModelError(
                f"a classifier with the objective {name!r} has no class probabilities; train it with "
                "'binary:logistic', or use a regressor"
            )
        task = "classification"
    if kind == "regressor" and link == "logit":
        task = "regression"  # it answers with the probability, as a number
    return task, link


def answer_fields(learner: dict[str, Any], labels: Array | None, kind: str | None) -> dict[str, Any]:
    """Fields of a `TreeEnsemble` that say what an XGBoost model predicts.

    Parameters
    ----------
    learner : dict
        That of the document.
    labels : ndarray or None
        Class labels that the wrapper holds.
    kind : {"classifier", "regressor", "ranker"} or None
        What the wrapper is; None for a plain booster, where the objective alone decides.

    Returns
    -------
    dict
        `task`, `link`, `columns`, `classes` and `trained_by`.

    Raises
    ------
    UnsupportedModelError
        If the objective is not known, or does not go with the wrapper.
    """
    task, link = _task_and_link(learner["objective"]["name"], kind)
    shape = learner["learner_model_param"]
    n_classes, n_targets = int(shape["num_class"]), max(int(shape.get("num_target", 1)), 1)
    if n_classes > 1 and n_targets > 1:
        raise UnsupportedModelError(
            f"this XGBoost model has {n_targets} targets of {n_classes} classes each; "
            "train one model for each target"
        )
    columns = (n_classes,) if n_classes > 1 else (1,) * n_targets
    classes: tuple[Array, ...] = ()
    if task == "classification":
        wanted = max(n_classes, 2)
        # a model that saw one class only has one label, but still answers for two
        fits = labels is not None and len(labels) == wanted
        own = np.asarray(labels) if fits else np.arange(wanted)
        classes = (own,) * len(columns)
    return {
        "task": task,
        "link": link,
        "columns": columns,
        "classes": classes,
        "trained_by": _TRAINED_BY.get(learner["objective"]["name"]),
    }
