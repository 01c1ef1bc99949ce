"""JSON as XGBoost writes it: the text of a model to the same document that its UBJSON holds, and back.

A first pass over the text, by one regular expression, finds how deep it nests and which keys stand twice.
Only then does the standard library parse it.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np

from treeprune.exceptions import InvalidModelError

MAX_DEPTH = 64
"""Containers within containers; a model needs about ten."""

# a text without its closing quote is swallowed whole, so that the pass stays linear on any input
_TOKEN = re.compile(r'("(?:[^"\\]++|\\.)*+"?)(\s*+:)?|[\[\]{}]', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_TO_ESCAPE = re.compile(r'\\(?!u)|["\x00-\x1f]')
_SHORT_ESCAPE = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LONGEST_INTEGER = 20


def _fail(text: str, at: int, message: str) -> InvalidModelError:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    return InvalidModelError(f"JSON, line {line}, column {column}: {message}")


def _check_nesting(text: str) -> None:
    """Refuse what nests too deep and a key that stands twice in one object."""
    keys: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        bracket = token[0]
        if token[2]:
            if keys and token[1] in keys[-1]:
                raise _fail(text, token.start(), f"the key {token[1][:40]} stands twice in one object")
            if keys:
                keys[-1].add(token[1])
        elif bracket in ("{", "["):
            if len(keys) == MAX_DEPTH:
                raise _fail(text, token.start(), f"nested deeper than {MAX_DEPTH}")
            keys.append(set())
        elif bracket in ("}", "]") and keys:
            keys.pop()


def _integer(digits: str) -> int:
    value = int(digits) if len(digits) <= _LONGEST_INTEGER else 2**63
    if not -(2**63) <= value < 2**63:
        raise OverflowError(digits)
    return value


def _real(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise OverflowError(digits)
    return value


def loads(text: bytes | str) -> dict[str, Any]:
    r"""Read a document from JSON.

    Parameters
    ----------
    text : bytes or str
        What XGBoost's `save_raw("json")` or `save_model("model.json")` wrote.

    Returns
    -------
    dict
        The document that `ubjson.loads` would give, with lists in the place of arrays. Like XGBoost, which
        writes them for thresholds, this reads the words NaN and Infinity, and leaves `\u` in texts alone.

    Raises
    ------
    InvalidModelError
        The text is not one JSON object; the message gives line and column.
    """
    if not isinstance(text, str):
        try:
            text = bytes(text).decode()
        except UnicodeDecodeError as error:
            raise InvalidModelError(f"JSON, byte {error.start}: not UTF-8 ({error.reason})") from None
    _check_nesting(text)
    literal = (
        _ESCAPE.sub(lambda found: r"\\u" if found[1] == "u" else found[0], text) if r"\u" in text else text
    )
    try:
        document = json.loads(literal, parse_int=_integer, parse_float=_real)
    except json.JSONDecodeError as error:
        raise InvalidModelError(f"JSON, line {error.lineno}, column {error.colno}: {error.msg}") from None
    except OverflowError as error:
        digits = str(error)
        raise _fail(text, text.find(digits), f"the number {digits[:40]} is too large") from None
    if not isinstance(document, dict):
        raise _fail(text, 0, "a model is an object in braces")
    return document


def dumps(document: dict[str, Any]) -> bytes:
    """Write a document as JSON, in XGBoost's own way: no spaces, the shortest digits in single precision.

    Parameters
    ----------
    document : dict
        From `loads` or from `ubjson.loads`.

    Returns
    -------
    bytes
        Equal to what `loads` was given, if that came from XGBoost.
    """
    out: list[str] = []
    _write(document, out, 0)
    return "".join(out).encode()


def _write(value: Any, out: list[str], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"a document must not be nested deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        for i, (key, item) in enumerate(value.items()):
            out.append(f"{',' if i else '{'}{_quoted(key)}:")
            _write(item, out, depth + 1)
        out.append("}" if value else "{}")
    elif isinstance(value, list | tuple):
        out.append("[")
        for i, item in enumerate(value):
            if i:
                out.append(",")
            _write(item, out, depth + 1)
        out.append("]")
    elif isinstance(value, np.ndarray):
        if value.ndim != 1:
            raise TypeError(f"a document holds no array with {value.ndim} dimensions")
        one = _number if value.dtype.kind == "f" else str
        out.append(f"[{','.join(map(one, value.tolist()))}]")
    else:
        out.append(_scalar(value))


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return _number(float(value))
    raise TypeError(f"a document holds no {type(value).__name__}")


def _escaped(found: re.Match[str]) -> str:
    return _SHORT_ESCAPE.get(found[0]) or f"\\u{ord(found[0]):04x}"


def _quoted(text: str) -> str:
    return f'"{_TO_ESCAPE.sub(_escaped, text)}"'


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    mantissa, exponent = np.format_float_scientific(np.float32(value), trim="-").split("e")
    return f"{mantissa}E{int(exponent)}"
