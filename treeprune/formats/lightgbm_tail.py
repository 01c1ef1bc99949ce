"""The end of a LightGBM model text: feature importances, parameters and the categories of pandas.

No tree depends on it, but the process does: LightGBM reads each parameter past its colon without
looking whether there is one. And a list of categories that is lost turns names into the wrong codes.

The parameters' values are not judged: no tree depends on them, and where one of them is not of its kind
the Python package itself raises, a `json.JSONDecodeError`.
"""

from __future__ import annotations

import json
import re
from typing import Any

from treeprune.exceptions import InvalidModelError
from treeprune.formats.lightgbm_text import END_OF_TREES, excerpt

_IMPORTANCES = "feature_importances:"
_PARAMETERS = ("parameters:", "end of parameters")
_PARSER = ("parser:", "end of parser")
_PANDAS = "pandas_categorical:"
_PARAMETER = re.compile(r"\[[a-zA-Z0-9_]+: .*\]")


def _block(lines: list[str], start: int, names: tuple[str, str]) -> int:
    """The line behind the block that opens on line `start`."""
    try:
        return lines.index(names[1], start) + 1
    except ValueError:
        raise InvalidModelError(f"{names[0]!r} is not closed by {names[1]!r}") from None


def _constant(name: str) -> float:
    if name == "NaN":
        raise ValueError("a missing value is no category")
    return float(name)


def _check_categories(text: str, n_features: int) -> None:
    try:
        lists: Any = json.loads(text, parse_constant=_constant)
    except (ValueError, RecursionError):
        raise InvalidModelError(
            f"{_PANDAS} is followed by {excerpt(text)}, which holds no categories"
        ) from None
    if lists is None:
        return
    if not isinstance(lists, list) or len(lists) > n_features:
        raise InvalidModelError(f"{_PANDAS} must be null or a list for each categorical feature")
    for i, labels in enumerate(lists):
        if not isinstance(labels, list):
            raise InvalidModelError(
                f"{_PANDAS} list {i} is {excerpt(json.dumps(labels))}, which is no list"
            )
        if not all(isinstance(label, str | int | float) for label in labels):
            raise InvalidModelError(f"{_PANDAS} list {i} holds what is no label")
        if len(set(labels)) != len(labels):
            raise InvalidModelError(f"{_PANDAS} list {i} names a category twice")


def _check_end(lines: list[str], n_features: int) -> None:
    """What stands behind the parameters: maybe a parser's settings, maybe the categories."""
    at = 0
    while at < len(lines):
        line = lines[at]
        if line == _PARSER[0]:
            at = _block(lines, at, _PARSER)
            continue
        if line.startswith(_PANDAS):
            # one line further up and the Python package would overlook it
            if lines[at + 1 :] not in ([], [""]):
                raise InvalidModelError(f"{_PANDAS} must be the last line")
            _check_categories(line.removeprefix(_PANDAS), n_features)
        elif line:
            raise InvalidModelError(f"unexpected line {excerpt(line)} behind the parameters")
        at += 1


def check_tail(tail: str, n_features: int) -> None:
    """Check that the tail of a document is whole.

    Parameters
    ----------
    tail : str
        From "end of trees" on.
    n_features : int

    Raises
    ------
    InvalidModelError
        If a block is missing or open, a parameter is not one, or the categories are no JSON.
    """
    lines = tail.split("\n")
    try:
        if lines[:3] != [END_OF_TREES, "", _IMPORTANCES]:
            raise InvalidModelError(f"{END_OF_TREES!r} must be followed by {_IMPORTANCES!r}")
        if _PARAMETERS[0] not in lines:
            raise InvalidModelError(f"{_PARAMETERS[0]!r} is missing: the file is cut off")
        start = lines.index(_PARAMETERS[0])
        end = _block(lines, start, _PARAMETERS)
        for line in lines[start + 1 : end - 1]:
            if line and not _PARAMETER.fullmatch(line):
                raise InvalidModelError(f"{excerpt(line)} is no parameter")
        _check_end(lines[end:], n_features)
    except InvalidModelError as error:
        raise InvalidModelError(f"tail: {error}") from None
