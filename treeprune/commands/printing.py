"""What commands say, and where: results on the standard stream, the rest on the error stream."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import pandas as pd

_WHOLE_NUMBERS = {"trees", "nodes", "leaves", "depth", "features used", "coefficients", "bytes"}


@dataclass(frozen=True)
class Voice:
    """How much a command says.

    Parameters
    ----------
    quiet : bool, default=False
        Errors alone.
    verbose : bool, default=False
        Details, and progress bars even where the error stream is no terminal.
    """

    quiet: bool = False
    verbose: bool = False

    @property
    def shows_progress(self) -> bool:
        """Whether long work shows a bar."""
        return not self.quiet and (self.verbose or sys.stderr.isatty())

    def say(self, text: object) -> None:
        """A result."""
        if not self.quiet:
            print(text)

    def note(self, text: object) -> None:
        """What the user should know about how it came about."""
        if not self.quiet:
            print(f"treeprune: {' '.join(str(text).split())}", file=sys.stderr)

    def table(self, frame: pd.DataFrame, title: str) -> None:
        """A frame of figures, one row a metric."""
        if not self.quiet:
            print_table(frame, title)


def _in_words(name: str, value: float) -> str:
    if math.isnan(value):
        return ""
    if name in _WHOLE_NUMBERS:
        return f"{value:,.0f}"
    return f"{value:.1f}" if name == "prediction ms" else f"{value:.4f}"


def table_in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """Figures as they are printed.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a metric, one column a model.

    Returns
    -------
    pandas.DataFrame of str
    """
    rows = {str(name): [_in_words(str(name), value) for value in row] for name, row in frame.iterrows()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=frame.columns)


def print_table(frame: pd.DataFrame, title: str) -> None:
    """Print a frame of figures, one row a metric."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title))
    table.add_column("")
    for column in frame.columns:
        table.add_column(Text(str(column)), justify="right")
    for name, row in table_in_words(frame).iterrows():
        table.add_row(*(Text(str(cell)) for cell in (name, *row)))
    Console().print(table)
