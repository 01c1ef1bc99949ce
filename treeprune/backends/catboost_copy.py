"""Copies of CatBoost models that hold the trees of another document.

CatBoost writes its JSON with all digits but reads numbers back in a hurry: about one in ten comes back
one unit in the last place off. What the document carries is therefore set once more, exactly.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from treeprune.backends.catboost_document import Document, document, scale_and_bias
from treeprune.backends.catboost_trees import leaf_weights
from treeprune.model.ensemble import Array


def _loaded(native: Document, values: Array, weights: Array, scale_and_bias: tuple[float, Array]) -> Any:
    """CatBoost object of a document, with the numbers it is to have to the last bit."""
    import catboost

    with TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        path.write_text(json.dumps(native), encoding="utf-8")
        loaded = catboost.CatBoost().load_model(str(path), format="json")
    loaded.set_leaf_values(values)
    loaded.set_scale_and_bias(scale_and_bias[0], scale_and_bias[1].tolist())
    read_back = leaf_weights(document(loaded))  # its own function for them fails with several columns
    if not np.array_equal(read_back, weights):
        # nor is there one that sets them; in the binary form they stand one behind the other
        binary = loaded._serialize_model()
        if binary.count(read_back.tobytes()) == 1:
            loaded = catboost.CatBoost().load_model(
                blob=binary.replace(read_back.tobytes(), weights.tobytes())
            )
    return loaded


def copy_with(model: Any, native: Document, values: Array, weights: Array) -> Any:
    """Copy of a model that holds the trees of a document.

    Parameters
    ----------
    model : catboost.CatBoost
    native : dict
        Made from ``document(model)``.
    values : ndarray of float64, shape (n_leaves * n_columns,)
        Values of the leaves in the order of the document.
    weights : ndarray of float64, shape (n_leaves,)

    Returns
    -------
    catboost.CatBoost
        Of the class of `model`, with its parameters, labels and names.
    """
    scale, bias = scale_and_bias(model)
    loaded = _loaded(native, values, weights, (scale, bias))
    described, description = model.get_metadata(), loaded.get_metadata()
    for key in described.keys():  # noqa: SIM118 - it is no dict
        description[key] = described[key]
    cls: Any = type(model)
    new = cls.__new__(cls)
    new.__dict__.update({k: copy.deepcopy(v) for k, v in vars(model).items() if k != "_object"})
    new._object = loaded._object
    new._tree_count = loaded._tree_count
    _renew_importances(new)
    return new


def _renew_importances(model: Any) -> None:
    """Bring up to date what CatBoost keeps beside the trees about the features."""
    if getattr(model, "_prediction_values_change", None) is not None:
        model.get_feature_importance(type="PredictionValuesChange")  # keeps its result by itself
    if getattr(model, "_loss_value_change", None) is not None:
        model._loss_value_change = None  # needs the training rows
