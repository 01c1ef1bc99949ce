"""Typed look-ups in an XGBoost document; what is missing or of another type is named with its place.

Arrays are numpy arrays in a document from UBJSON and lists in one from JSON. Both forms pass through here
and come out as numpy arrays.
"""

from __future__ import annotations

import re
from types import UnionType
from typing import Any, TypeAlias

import numpy as np

from treeprune.exceptions import InvalidModelError

Array: TypeAlias = np.ndarray[Any, Any]
Document: TypeAlias = dict[str, Any]

_WHOLE = re.compile(r"[0-9]{1,10}")
_LARGEST = float(np.finfo(np.float32).max)
_REAL = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]{1,4})?")


def fault(place: str, message: str) -> InvalidModelError:
    """The error for something wrong at `place`."""
    return InvalidModelError(f"XGBoost model, {place}: {message}")


def member(document: Document, key: str, kind: type[Any] | UnionType, place: str) -> Any:
    """`document[key]`, which must be there and of type `kind`."""
    if key not in document:
        raise fault(place, f"{key!r} is missing")
    value = document[key]
    if not isinstance(value, kind):
        name = kind.__name__ if isinstance(kind, type) else kind
        raise fault(place, f"{key!r} must be {name}, got {type(value).__name__}")
    return value


def whole_number(document: Document, key: str, place: str, low: int, default: int | None = None) -> int:
    """An integer that XGBoost stores as text, at least `low` and within 32 bits."""
    if key not in document and default is not None:
        return default
    text = member(document, key, str, place)
    if not _WHOLE.fullmatch(text) or not low <= int(text) < 2**31:
        raise fault(place, f"{key!r} must be an integer of {low} or more, got {text[:40]!r}")
    return int(text)


def real_number(text: str, place: str) -> float:
    """A finite number in single precision, stored as text."""
    stripped = text.strip()
    value = float(stripped) if _REAL.fullmatch(stripped) else np.nan
    if not abs(value) <= _LARGEST:
        raise fault(place, f"{text[:40]!r} is no finite number")
    return value


def integers(value: Any, name: str, place: str, dtype: str | None = None) -> Array:
    """An array of integers as int64; a numpy array must have the `dtype` that XGBoost stores."""
    if isinstance(value, np.ndarray):
        if value.ndim != 1 or value.dtype.kind not in "iu" or (dtype is not None and value.dtype != dtype):
            raise fault(place, f"{name!r} must be a row of {dtype or 'integers'}, got {value.dtype}")
        return value.astype(np.int64)
    if not isinstance(value, list) or not all(issubclass(kind, int) for kind in set(map(type, value))):
        raise fault(place, f"{name!r} must be a list of integers")
    try:
        return np.array(value, dtype=np.int64)
    except OverflowError:
        raise fault(place, f"{name!r} holds an integer beyond 64 bits") from None


def floats(value: Any, name: str, place: str) -> Array:
    """An array of numbers as float32, as XGBoost stores them; infinities and NaN come through."""
    if isinstance(value, np.ndarray):
        if value.ndim != 1 or value.dtype != np.float32:
            raise fault(place, f"{name!r} must be a row of float32, got {value.dtype}")
        return value
    if not isinstance(value, list) or not all(issubclass(kind, float) for kind in set(map(type, value))):
        raise fault(place, f"{name!r} must be a list of floating point numbers")
    with np.errstate(over="ignore"):
        return np.array(value, dtype=np.float64).astype(np.float32)


def texts(document: Document, key: str, place: str) -> list[str]:
    """An optional list of texts; empty where it is missing."""
    if key not in document:
        return []
    value = member(document, key, list, place)
    if not all(isinstance(text, str) for text in value):
        raise fault(place, f"{key!r} must hold texts only")
    return value


def first(bad: Array) -> int:
    """Position of the first true element; there must be one."""
    return int(np.argmax(bad))
