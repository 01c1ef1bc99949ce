"""Tables that commands read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from treeprune.backends import read
from treeprune.exceptions import UnsupportedModelError
from treeprune.pruners.native import is_scikit_learn


def read_table(path: Path) -> pd.DataFrame:
    """Read a table by what its name ends with.

    Parameters
    ----------
    path : pathlib.Path
        ``.csv`` (also compressed), ``.parquet``, ``.arrow`` or ``.feather``.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    ValueError
        If the ending is another one, or the file holds no table.
    """
    endings = path.suffixes
    try:
        if ".csv" in endings:
            return pd.read_csv(path)
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        if path.suffix in (".arrow", ".feather"):
            return pd.read_feather(path)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} holds no table: {error}") from error
    except ImportError as error:
        raise ValueError(f"reading {path.name} needs pyarrow: pip install pyarrow") from error
    raise ValueError(f"{path.name} must end in .csv, .parquet, .arrow or .feather")


def rows_for(model: Any, table: pd.DataFrame, target: str) -> tuple[pd.DataFrame, pd.Series[Any]]:
    """Columns that a model knows, in its order, and the outcome.

    Parameters
    ----------
    model : object
        Fitted.
    table : pandas.DataFrame
    target : str

    Returns
    -------
    X : pandas.DataFrame
    y : pandas.Series

    Raises
    ------
    ValueError
        If a column is not there, or an outcome is missing.
    """
    if target not in table.columns:
        raise ValueError(f"the table has no column {target!r}")
    if table[target].isna().any():
        raise ValueError(f"column {target!r} has missing values: leave such rows out")
    names = _names(model)
    if names is None:
        names = [name for name in table.columns if name != target]
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise ValueError(
            f"the table has no column {', '.join(map(repr, missing[:5]))}, which the model needs"
        )
    return table[names], table[target]


def _names(model: Any) -> list[str] | None:
    if is_scikit_learn(model):
        known = getattr(model, "feature_names_in_", None)
        return None if known is None else [str(name) for name in known]
    try:
        names = read(model).feature_names
    except UnsupportedModelError:
        return None
    return None if names is None else list(names)
