"""Numbers and names as they are read: in pages, in Markdown, in spreadsheets."""

from __future__ import annotations

import re
from html import escape

from treeprune.audit.parts import Cell
from treeprune.export.vocabulary import plain

ABSENT = "\N{EN DASH}"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~$-])")


def shown(x: Cell) -> str:
    """A cell as it is read: four digits that count, thousands apart."""
    if x is None:
        return ABSENT
    if isinstance(x, bool):
        return "yes" if x else "no"
    if isinstance(x, str):
        return x
    if isinstance(x, int) or float(x).is_integer():
        return f"{x:,.0f}" if abs(x) < 1e15 else f"{x:.4g}"
    return f"{x:,.1f}" if abs(x) >= 1000 else f"{x:.4g}"


def sentence_start(text: str) -> str:
    """A text with a capital letter, unless it starts with the name of a file, which stays as it is."""
    return text if "." in text.split(maxsplit=1)[0] else text[0].upper() + text[1:]


def spread_words(low: Cell, high: Cell, confidence: Cell) -> str:
    """An interval as it is read; a dash where there is none."""
    if low is None or high is None:
        return ABSENT
    level = "" if confidence is None else f" ({float(confidence):.0%})"
    return f"{shown(low)} to {shown(high)}{level}"


def points(x: float) -> str:
    """A difference of probabilities in percentage points."""
    if 0 < abs(x) < 0.0005:
        return "less than 0.1 percentage points"
    return f"{100 * x:.1f} percentage points"


def safe_for_spreadsheets(x: object) -> object:
    """Text that a spreadsheet would take for a formula gets an apostrophe (OWASP, CSV injection)."""
    if not isinstance(x, str):
        return x
    text = plain(x)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def safe_for_markdown(x: object) -> str:
    """Text in which nothing is markup, neither of Markdown nor of HTML."""
    return _MARKUP.sub(r"\\\1", escape(plain(x), quote=False))


def few(n: int, least: int) -> Cell:
    """A number of rows; from 1 to `least` - 1 it is not said."""
    return f"<{least}" if 0 < n < least else n
