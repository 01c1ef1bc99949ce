"""Tables that commands read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

_ENDINGS = ".csv (also compressed), .parquet, .arrow or .feather"


def _csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, low_memory=False)  # types of whole columns, not of pieces


_READERS: dict[str, Callable[[Path], Any]] = {
    ".csv": _csv,
    ".parquet": pd.read_parquet,
    ".arrow": pd.read_feather,
    ".feather": pd.read_feather,
}


def read_table(path: Path) -> pd.DataFrame:
    """Read a table by what its name ends with.

    Parameters
    ----------
    path : pathlib.Path
        ``.csv`` (also compressed), ``.parquet``, ``.arrow`` or ``.feather``.

    Returns
    -------
    pandas.DataFrame
        With one row at least.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        With the name of the file.
    ValueError
        If the ending is another one, or the file holds no table, or one without rows.
    ImportError
        If pyarrow is needed and not there.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory: give a file that ends in {_ENDINGS}")
    ending = ".csv" if ".csv" in path.suffixes[-2:] else path.suffix
    if ending not in _READERS:
        raise ValueError(f"{path} must end in {_ENDINGS}")
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        table: pd.DataFrame = _READERS[ending](path)
    except PermissionError:
        raise
    except ImportError as error:
        raise ImportError(f"reading {path} needs pyarrow: pip install pyarrow") from error
    except (ValueError, OSError, EOFError) as error:  # what pandas and Arrow raise are kinds of these
        raise ValueError(f"{path} holds no table: {error}") from error
    if not len(table):
        raise ValueError(f"{path} has no rows")
    return table


def check_columns_there(table: pd.DataFrame, names: Sequence[str], path: Path) -> None:
    """Refuse names that a table does not have.

    Parameters
    ----------
    table : pandas.DataFrame
    names : sequence of str
    path : pathlib.Path
        Where the table comes from, for the message.

    Raises
    ------
    ValueError
    """
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise ValueError(f"{path.name} has no column {', '.join(map(repr, missing[:5]))}")
