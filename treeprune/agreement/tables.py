"""Columns of a user's table, as numbers or as levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from treeprune.model.ensemble import Array


@dataclass(frozen=True, eq=False)
class Column:
    """One column.

    Parameters
    ----------
    name : str
    values : ndarray of float64, shape (n_rows,)
        Numbers, or positions among the levels; NaN where missing.
    levels : tuple of str or None
        Names of the levels of a nominal column, None for numbers.
    """

    name: str
    values: Array
    levels: tuple[str, ...] | None

    def take(self, rows: Array) -> Column:
        """The column of some rows."""
        return replace(self, values=self.values[rows])


def columns_of(table: Any) -> list[Column]:
    """Columns of a table.

    Parameters
    ----------
    table : dataframe, mapping of names to arrays, or array-like of shape (n_rows, n_columns)
        Text, categories and objects that are no numbers are nominal. Columns without names are x0, x1...

    Returns
    -------
    list of Column

    Raises
    ------
    TypeError
        If a column holds dates, complex numbers or masked values.
    ValueError
        If the table has no columns, two of one name, or columns of different length.
    """
    if hasattr(table, "columns") or isinstance(table, Mapping):
        names = list(table.columns if hasattr(table, "columns") else table)
        if len(set(map(str, names))) < len(names):
            raise ValueError("the table has two columns of one name")
        columns = [_column(str(name), table[name]) for name in names]
    else:
        array = np.ma.asanyarray(table) if isinstance(table, np.ma.MaskedArray) else np.asarray(table)
        if array.ndim != 2:
            raise ValueError(f"the table must have two dimensions, got shape {array.shape}")
        columns = [_column(f"x{j}", array[:, j]) for j in range(array.shape[1])]
    if not columns or len(columns[0].values) == 0:
        raise ValueError("the table is empty")
    if len({len(column.values) for column in columns}) > 1:
        raise ValueError("the columns of the table differ in length")
    return columns


def _column(name: str, data: Any) -> Column:
    if isinstance(data, np.ma.MaskedArray):
        raise TypeError(f"column {name!r} is masked; fill it, with NaN for instance")
    array = np.asarray(data)
    if array.ndim != 1:
        raise ValueError(f"column {name!r} must have one dimension, got shape {array.shape}")
    categories = str(getattr(data, "dtype", "")).lower().startswith(("category", "categorical", "enum"))
    if array.dtype.kind in "buif" and not categories:
        return Column(name, array.astype(np.float64), None)
    if array.dtype.kind not in "buifOUST":
        raise TypeError(f"column {name!r} must hold numbers or names, got {array.dtype}")
    return _objects(name, array.astype(object), categories)


def _objects(name: str, array: Array, nominal: bool) -> Column:
    import pandas as pd  # it alone knows all ways to say that a value is missing

    missing = np.asarray(pd.isna(array))
    present = array[~missing]
    values = np.full(len(array), np.nan)
    numeric = all(isinstance(x, int | float | np.number | np.bool_) for x in present)
    if numeric and not nominal:
        values[~missing] = present.astype(np.float64)
        return Column(name, values, None)
    if numeric:
        levels, codes = np.unique(present.astype(np.float64), return_inverse=True)
        names = [f"{x:.15g}" for x in levels]
    else:
        levels, codes = np.unique(np.array([str(x) for x in present], dtype=object), return_inverse=True)
        names = [str(x) for x in levels]
    values[~missing] = codes
    return Column(name, values, tuple(names))
