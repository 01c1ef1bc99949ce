"""CatBoost models as documents: its own JSON, refused where it holds what treeprune cannot read."""

from __future__ import annotations

import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array

Document = dict[str, Any]

_KNOWN_FIELDS = {"features_info", "model_info", "oblivious_trees", "scale_and_bias", "trees"}


def check_layout(found: set[str], known: set[str], what: str) -> None:
    """Refuse fields that treeprune does not know: they may change what the others mean.

    Parameters
    ----------
    found, known : set of str
    what : str
        Whose fields these are.
    """
    if strange := found - known:
        import catboost

        raise UnsupportedModelError(
            f"{what} of CatBoost {catboost.__version__} has fields that treeprune does not know "
            f"({', '.join(sorted(strange))}); use a CatBoost release that this version of treeprune "
            "supports, or a newer treeprune"
        )


def document(model: Any) -> Document:
    """Native JSON of a fitted model, refused if it holds what cannot be read exactly.

    Parameters
    ----------
    model : catboost.CatBoost

    Returns
    -------
    dict
    """
    import catboost

    with TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        try:
            model.save_model(str(path), format="json")
        except catboost.CatBoostError as error:  # text and embedding features
            raise UnsupportedModelError(
                f"{type(model).__name__}: {str(error).rpartition(': ')[2]}, which treeprune cannot "
                "read; encode such features as numbers before training"
            ) from error
        native: Document = json.loads(path.read_text(encoding="utf-8"))
    if native["features_info"].get("categorical_features"):
        raise UnsupportedModelError(
            f"{type(model).__name__} was trained with categorical features; CatBoost keeps them as hashes "
            "and statistics, which treeprune cannot read; encode categories as numbers before training"
        )
    check_layout(set(native["features_info"]), {"float_features"}, "features_info")
    check_layout(set(native), _KNOWN_FIELDS, "a model")
    if ("trees" in native) == ("oblivious_trees" in native):
        raise UnsupportedModelError(f"{type(model).__name__} has no trees of one kind")
    return native


def scale_and_bias(model: Any) -> tuple[float, Array]:
    """What the sum of the trees is multiplied by, and what is then added to each column."""
    scale, bias = model.get_scale_and_bias()
    if not math.isfinite(scale):
        raise UnsupportedModelError(f"{type(model).__name__} has the scale {scale}")
    return float(scale), np.ravel(np.asarray(bias, np.float64))
