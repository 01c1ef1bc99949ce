"""What a report is made of: numbers that say what they mean, tables, pictures, text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from treeprune.export.vocabulary import plain

Cell = str | int | float | bool | None

Part = Literal[
    "Verdict",
    "Description of Modification",
    "Modification Protocol",
    "Impact Assessment",
    "What people have to supply",
]


@dataclass(frozen=True)
class Measure:
    """A number, and all that is needed to read it.

    Parameters
    ----------
    name : str
    value : float
        NaN where it is not defined.
    unit : str
    meaning : str
    rows : str
        Which rows it was worked out from.
    low, high : float
        Ends of its interval; NaN where it has none.
    confidence : float
        Of the interval; NaN where there is none.
    """

    name: str
    value: float
    unit: str
    meaning: str
    rows: str
    low: float = np.nan
    high: float = np.nan
    confidence: float = np.nan

    def to_dict(self) -> dict[str, Cell]:
        """Plain values; what is not defined becomes None."""
        return {name: cell(x) for name, x in vars(self).items()}


@dataclass(frozen=True)
class Table:
    """A table of numbers and words.

    Parameters
    ----------
    caption : str
    columns : tuple of str
        The first column heads the rows.
    rows : tuple of tuple
    note : str
        What the columns mean, and which rows they come from.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    @classmethod
    def of(cls, caption: str, columns: Sequence[str], rows: Any, note: str = "") -> Table:
        """Make one, all cells plain."""
        cells = tuple(tuple(cell(x) for x in row) for row in rows)
        return cls(caption, tuple(map(plain, columns)), cells, note)

    def to_dict(self) -> dict[str, Any]:
        """Lists and plain values."""
        rows = [list(row) for row in self.rows]
        return {"caption": self.caption, "columns": list(self.columns), "rows": rows, "note": self.note}


@dataclass(frozen=True)
class Figure:
    """A picture.

    Parameters
    ----------
    title, alt : str
        What it is, and what it says to those who do not see it.
    image : str
        A data URI, or an ``svg`` element that this package has made.
    """

    title: str
    alt: str
    image: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", plain(self.title))
        object.__setattr__(self, "alt", plain(self.alt))

    @property
    def inline(self) -> bool:
        """Whether the image is an element and no address."""
        return self.image.startswith("<svg")

    def to_dict(self) -> dict[str, str]:
        """Words alone: the image is in the page."""
        return {"title": self.title, "alt": self.alt}


@dataclass(frozen=True)
class Section:
    """One section of the report.

    Parameters
    ----------
    key : str
        Its name in addresses and in JSON.
    part, heading : str
    text : tuple of str
        Paragraphs.
    measures : tuple of Measure
    tables : tuple of Table
    figures : tuple of Figure
    listings : tuple of (str, str)
        Captions and texts that are shown as they stand.
    fragments : tuple of str
        HTML that this package has made, with names escaped; not in JSON.
    """

    key: str
    part: Part
    heading: str
    text: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    listings: tuple[tuple[str, str], ...] = ()
    fragments: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        # names of users may hold what neither XML nor a terminal can bear
        object.__setattr__(self, "text", tuple(map(plain, self.text)))

    def to_dict(self) -> dict[str, Any]:
        """Everything but images."""
        return {
            "key": self.key,
            "part": self.part,
            "heading": self.heading,
            "text": list(self.text),
            "measures": [measure.to_dict() for measure in self.measures],
            "tables": [table.to_dict() for table in self.tables],
            "figures": [figure.to_dict() for figure in self.figures],
            "listings": [{"caption": caption, "text": text} for caption, text in self.listings],
        }


def cell(x: Any) -> Cell:
    """A value as JSON knows it: no NaN, no infinity, text on one line."""
    if x is None or isinstance(x, str):
        return None if x is None else plain(x)
    if isinstance(x, bool | np.bool_):
        return bool(x)
    if isinstance(x, int | np.integer):
        return int(x)
    if isinstance(x, float | np.floating):
        return float(x) if np.isfinite(x) else None
    return None if type(x).__name__ in ("NAType", "NaTType") else plain(x)
