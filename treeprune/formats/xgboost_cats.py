"""The container that turns a user's categories into codes, which models have since XGBoost 3.1."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from treeprune.formats.xgboost_fields import Array, Document, fault, integers, member

_STORED = {
    7: "float32",
    8: "float64",
    9: "int8",
    10: "uint8",
    11: "int16",
    12: "int16",
    13: "int32",
    14: "int32",
    15: "int64",
    16: "int64",
}
"""XGBoost's numbers for the types of an array, and the type that its UBJSON has room for."""

_UNSIGNED = {12: "uint16", 14: "uint32", 16: "uint64"}


def check_cats(cats: Document, n_features: int) -> None:
    """Check the container of categories of a model.

    Parameters
    ----------
    cats : dict
        The document's `cats`.
    n_features : int
        Number of features of the model.

    Raises
    ------
    InvalidModelError
        The parts contradict each other, so that values of a table would get wrong codes.
    """
    encodings = member(cats, "enc", list, "cats")
    segments = integers(
        member(cats, "feature_segments", object, "cats"), "feature_segments", "cats", "int32"
    )
    order = integers(member(cats, "sorted_idx", object, "cats"), "sorted_idx", "cats", "int32")
    if not encodings and not len(segments) and not len(order):
        return
    if len(encodings) != n_features or len(segments) != n_features + 1:
        raise fault("cats", f"{n_features} features need as many encodings and one segment more")
    if segments[0] != 0 or (np.diff(segments) < 0).any() or segments[-1] != len(order):
        raise fault(
            "cats", f"'feature_segments' must rise from 0 to the {len(order)} entries of 'sorted_idx'"
        )
    for feature, encoding in enumerate(encodings):
        place = f"cats, feature {feature}"
        if not isinstance(encoding, dict):
            raise fault(place, f"an encoding must be dict, got {type(encoding).__name__}")
        keys = _strings(encoding, place) if "offsets" in encoding else _numbers(encoding, place)
        own = order[segments[feature] : segments[feature + 1]]
        if len(keys) != len(own):
            raise fault(place, f"{len(keys)} categories, but its segment has {len(own)}")
        if not np.array_equal(np.sort(own), np.arange(len(own))):
            raise fault(place, "'sorted_idx' does not name each category once")
        ranked = [keys[i] for i in own]
        if any(b < a for a, b in pairwise(ranked)):
            raise fault(place, "'sorted_idx' does not sort the categories")


def _strings(encoding: Document, place: str) -> list[Any]:
    """The texts of one feature, as bytes that sort as XGBoost sorts them: by signed characters."""
    offsets = integers(encoding["offsets"], "offsets", place, "int32")
    values = integers(member(encoding, "values", object, place), "values", place, "int8")
    if ((values < -128) | (values > 127)).any():
        raise fault(place, "'values' must hold single characters")
    if not len(offsets) and not len(values):
        return []
    if not len(offsets) or offsets[0] != 0 or (np.diff(offsets) < 0).any() or offsets[-1] != len(values):
        raise fault(place, f"'offsets' must rise from 0 to the {len(values)} characters of 'values'")
    characters = (values + 128).astype(np.uint8).tobytes()
    return [characters[a:b] for a, b in pairwise(offsets)]


def _numbers(encoding: Document, place: str) -> list[Any]:
    kind = member(encoding, "type", int, place)
    values: Array | list[Any] = member(encoding, "values", object, place)
    dtype = _STORED.get(kind)
    if dtype is None:
        raise fault(place, f"its type {kind} is not known")
    if isinstance(values, np.ndarray):
        if values.ndim != 1 or values.dtype != dtype:
            raise fault(place, f"'values' must be {dtype}, got {values.dtype}")
        return values.view(_UNSIGNED.get(kind, dtype)).tolist()
    allowed = float if dtype.startswith("float") else int
    if not isinstance(values, list) or not all(
        issubclass(kind, allowed) for kind in set(map(type, values))
    ):
        raise fault(place, f"'values' must be {dtype}")
    return values
