"""Tables on a terminal."""

from __future__ import annotations

import math

import pandas as pd

_WHOLE_NUMBERS = {"trees", "nodes", "leaves", "depth", "features used", "bytes"}


def _in_words(name: str, value: float) -> str:
    if math.isnan(value):
        return ""
    if name in _WHOLE_NUMBERS:
        return f"{value:,.0f}"
    return f"{value:.1f}" if name == "prediction ms" else f"{value:.4f}"


def table_in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """Figures as the demo prints them.

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

    table = Table(title=title)
    table.add_column("")
    for column in frame.columns:
        table.add_column(column, justify="right")
    for name, row in table_in_words(frame).iterrows():
        table.add_row(*(Text(str(cell)) for cell in (name, *row)))
    Console().print(table)
