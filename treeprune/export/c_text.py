"""Words of C: literals, tables, comments, strings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from treeprune.model.ensemble import Array

_WIDTH = 100


@dataclass(frozen=True)
class Words:
    """What stands in templates for ``M``, the model's name, and ``T``, its type of numbers.

    Parameters
    ----------
    name : str
    kind : {"float", "double"}
    """

    name: str
    kind: str

    def fill(self, template: str) -> str:
        """A template in these words, with the mathematical functions of the type.

        Parameters
        ----------
        template : str
            Of our own: a user's text might hold such letters too.

        Returns
        -------
        str
        """
        text = re.sub(r"\bM_", f"{self.name}_", re.sub(r"\bT\b", self.kind, template))
        return re.sub(r"\b(exp2?|fabs|log1p)\(", r"\1f(", text) if self.kind == "float" else text


def number(x: float, kind: str) -> str:
    """A literal that reads back as the same number.

    Parameters
    ----------
    x : float
    kind : {"float", "double"}

    Returns
    -------
    str
    """
    if np.isnan(x):
        return "NAN"
    if np.isinf(x):
        return "INFINITY" if x > 0 else "-INFINITY"
    if kind == "double":
        return repr(float(x))
    text = str(np.float32(x))
    return f"{text}f"


def numbers(values: Iterable[float], kind: str) -> str:
    """Literals between braces."""
    return f"{{{', '.join(number(float(x), kind) for x in values)}}}"


def table(name: str, values: Array, kind: str) -> str:
    """A constant table.

    Parameters
    ----------
    name : str
    values : ndarray
        Flattened row by row.
    kind : {"float", "double", "whole"}
        Whole numbers have the smallest type that holds all.

    Returns
    -------
    str
    """
    flat = values.ravel().tolist()
    if kind == "whole":
        kind, texts = whole_type(max(flat)), [str(x) for x in flat]
    else:
        texts = [number(x, kind) for x in flat]
    return f"static const {kind} {name}[] = {{\n{_filled(texts)}\n}};"


def whole_type(largest: int) -> str:
    """Smallest unsigned type for numbers from 0 to `largest`."""
    bits = next(bits for bits in (8, 16, 32, 64) if largest < 2**bits)
    return f"uint{bits}_t"


def _filled(texts: list[str]) -> str:
    lines, line = [], "   "
    for text in texts:
        if len(line) + len(text) + 2 > _WIDTH:
            lines.append(line)
            line = "   "
        line += f" {text},"
    return "\n".join([*lines, line])


def string(text: str) -> str:
    """A string literal of the text in UTF-8."""
    return '"' + "".join(map(_character, text.encode("utf-8", "surrogatepass"))) + '"'


def _character(byte: int) -> str:
    """As it is where it can do no harm; else in octal, which ends by itself after three digits."""
    plain = chr(byte)
    return (
        plain if plain.isascii() and (plain.isalnum() or plain in " _-+.,:;<>=()[]/%") else f"\\{byte:03o}"
    )


def comment(lines: Iterable[str]) -> str:
    """A comment of lines that cannot end it."""
    safe = (re.sub(r"\?(?=\?)", "? ", line.replace("*/", "* /").replace("/*", "/ *")) for line in lines)
    body = "\n".join(f" * {line}".rstrip() for line in safe)
    return f"/{body[1:]}\n */"
