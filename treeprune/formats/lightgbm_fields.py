"""Numbers out of the text of a LightGBM model, read as strictly as they must be and as fast as they can.

LightGBM's own reader takes what it can of a token and goes on: "0,5" is 0, "12abc" is 12, a missing
count is whatever memory held. Here each token is a whole number of its kind or an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from treeprune.exceptions import InvalidModelError
from treeprune.formats.lightgbm_text import excerpt

_INTEGER = r"-?[0-9]{1,10}"  # the format knows nothing wider than 32 bits
_NUMBER = r"-?(?:[0-9]{1,40}(?:\.[0-9]{1,40})?(?:e[+-]?[0-9]{1,3})?|inf|nan)"
_INTEGERS = re.compile(f"(?:{_INTEGER}(?: {_INTEGER})*+)?")
_NUMBERS = re.compile(f"(?:{_NUMBER}(?: {_NUMBER})*+)?")

# LightGBM puts a second space between the leaves here, and a space at the end
_LOOSE = ("leaf_features", "leaf_coeff")


def text(fields: Mapping[str, str | None], key: str) -> str:
    """The value of a field that must be there.

    Parameters
    ----------
    fields : mapping of str to str or None
        A tree or the header.
    key : str

    Returns
    -------
    str
    """
    value = fields.get(key)
    if value is None:
        raise InvalidModelError(f"{key} has no value" if key in fields else f"{key} is missing")
    return value


def _read(
    fields: Mapping[str, str | None],
    key: str,
    all_tokens: re.Pattern[str],
    one: str,
    dtype: type,
    kind: str,
) -> NDArray[Any]:
    value = text(fields, key)
    if key in _LOOSE:
        value = " ".join([token for token in value.split(" ") if token])
    if not all_tokens.fullmatch(value):
        tokens = value.split(" ")
        bad = next(i for i, token in enumerate(tokens) if not re.fullmatch(one, token))
        raise InvalidModelError(f"{key}: entry {bad} is {excerpt(tokens[bad])}, which is not {kind}")
    return np.fromstring(value, dtype, sep=" ") if value else np.empty(0, dtype)


def integers(fields: Mapping[str, str | None], key: str) -> NDArray[np.int64]:
    """The integers of a field.

    Parameters
    ----------
    fields : mapping of str to str or None
        A tree or the header.
    key : str

    Returns
    -------
    ndarray of int64

    Raises
    ------
    InvalidModelError
        If the field is missing or an entry is not an integer of at most ten digits.
    """
    return _read(fields, key, _INTEGERS, _INTEGER, np.int64, "an integer")


def numbers(fields: Mapping[str, str | None], key: str) -> NDArray[np.float64]:
    """The numbers of a field, each rounded to the nearest double.

    Parameters
    ----------
    fields : mapping of str to str or None
        A tree or the header.
    key : str

    Returns
    -------
    ndarray of float64
        Infinite and NaN where the text says so or the number is too large.

    Raises
    ------
    InvalidModelError
        If the field is missing or an entry is not a number.
    """
    return _read(fields, key, _NUMBERS, _NUMBER, np.float64, "a number")


def integer(fields: Mapping[str, str | None], key: str, low: int, high: int) -> int:
    """The one integer of a field.

    Parameters
    ----------
    fields : mapping of str to str or None
        A tree or the header.
    key : str
    low, high : int
        The smallest and the largest legal one.

    Returns
    -------
    int
    """
    found = integers(fields, key)
    if len(found) != 1:
        raise InvalidModelError(f"{key} must be one integer, got {len(found)}")
    if not low <= found[0] <= high:
        raise InvalidModelError(f"{key} is {found[0]}, out of {low}..{high}")
    return int(found[0])
