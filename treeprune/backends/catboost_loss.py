"""What a CatBoost loss makes of the sum of the trees."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends.catboost_document import Document
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Link, Task

_IDENTITY: tuple[Task, Link] = ("regression", "identity")
_RANKING: tuple[Task, Link] = ("ranking", "identity")

_LOSSES: dict[str, tuple[Task, Link]] = {
    "Logloss": ("classification", "logit"),
    "CrossEntropy": ("classification", "logit"),
    "Focal": ("classification", "logit"),
    "MultiClass": ("classification", "softmax"),
    "MultiClassOneVsAll": ("classification", "logit"),
    "Poisson": ("regression", "log"),
    "Tweedie": ("regression", "log"),
    **dict.fromkeys(
        (
            "Cox",
            "Expectile",
            "GroupQuantile",
            "Huber",
            "LogCosh",
            "LogLinQuantile",  # answers with the logarithm
            "Lq",
            "MAE",
            "MAPE",
            "MultiQuantile",
            "MultiRMSE",
            "MultiRMSEWithMissingValues",
            "Quantile",
            "RMSE",
            "RMSPE",
            "SurvivalAft",
        ),
        _IDENTITY,
    ),
    **dict.fromkeys(
        (
            "LambdaMart",
            "PairLogit",
            "PairLogitPairwise",
            "QueryCrossEntropy",
            "QueryRMSE",
            "QuerySoftMax",
            "StochasticFilter",
            "StochasticRank",
            "YetiRank",
            "YetiRankPairwise",
        ),
        _RANKING,
    ),
}

_TRAINED_BY = {
    "MAE": "absolute_error",
    "Tweedie": "tweedie",
    **{
        name: name
        for name in (
            "Cox",
            "Expectile",
            "GroupQuantile",
            "LogLinQuantile",
            "MAPE",
            "MultiQuantile",
            "Quantile",
            "SurvivalAft",
        )
    },
}

_WAYS_OUT = {
    "RMSEWithUncertainty": "a mean and a variance that pruning cannot trade off; train it with 'RMSE'",
    "MultiLogloss": "several labels a row; train one model a label",
    "MultiCrossEntropy": "several labels a row; train one model a label",
}


def trained_by(model: Any) -> str | None:
    """What the parameters of a model say of `TreeEnsemble.trained_by`."""
    given = model.get_params()
    name = given.get("loss_function") or given.get("objective")
    return _TRAINED_BY.get(name.partition(":")[0]) if isinstance(name, str) else None


def answer_fields(model: Any, native: Document, n_columns: int) -> dict[str, Any]:
    """Fields of a `TreeEnsemble` that say what a CatBoost model predicts.

    Parameters
    ----------
    model : catboost.CatBoost
    native : dict
        Its document.
    n_columns : int

    Returns
    -------
    dict
    """
    name = native["model_info"].get("params", {}).get("loss_function", {}).get("type")
    if name not in _LOSSES:
        why = _WAYS_OUT.get(
            name, f"answers that treeprune does not know; it knows those of {', '.join(_LOSSES)}"
        )
        raise UnsupportedModelError(f"{type(model).__name__} with the loss {name!r} has {why}")
    task, link = _LOSSES[name]
    if task != "classification":
        return {
            "task": task,
            "link": link,
            "columns": (1,) * n_columns,
            "trained_by": _TRAINED_BY.get(name),
        }
    labels = np.asarray(model.classes_)
    if len(labels) != max(2, n_columns):
        raise UnsupportedModelError(
            f"{type(model).__name__} has {len(labels)} class labels for {n_columns} output columns; "
            "train it by fit() with the labels of the classes"
        )
    return {"task": task, "link": link, "columns": (n_columns,), "classes": (labels,)}
