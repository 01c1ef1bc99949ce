"""Columns of a user's table as numbers or words, and back again, container by container."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, issparse

from treeprune.model.ensemble import Array
from treeprune.statistics.rows import dense


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        For messages.
    values : ndarray, shape (n_rows,)
        float64 with NaN where missing; of words, objects with None where missing.
    restore : callable
        ``restore(values)`` gives such values the type that the column had.
    """

    name: str
    values: Array
    restore: Callable[[Array], Any]

    @property
    def nominal(self) -> bool:
        """Whether it holds words."""
        return self.values.dtype == object


@dataclass(frozen=True, eq=False)
class Columns:
    """All columns of a table.

    Parameters
    ----------
    columns : list of Column
    join : callable
        ``join(restored)`` makes a table of the user's kind of restored columns.
    """

    columns: list[Column]
    join: Callable[[list[Any]], Any]


def columns_of(X: Any) -> Columns:
    """Take a table apart.

    Parameters
    ----------
    X : ndarray, pandas or polars frame, or sparse matrix, shape (n_rows, n_features)

    Returns
    -------
    Columns

    Raises
    ------
    ValueError, TypeError
        If a column holds neither numbers nor words, such as times.
    """
    if issparse(X):
        table = dense(X).astype(np.float64)
        return Columns(_of_array(table), lambda parts: csr_matrix(np.column_stack(parts)))
    if hasattr(X, "iloc"):
        return _of_pandas(X)
    if hasattr(X, "get_columns"):
        return _of_polars(X)
    array = np.asarray(X)
    kind = array.dtype if array.dtype.kind in "fiu" else None

    def join(parts: list[Any]) -> Array:
        if kind is None:
            return np.column_stack([np.asarray(part, object) for part in parts])
        return np.column_stack(parts).astype(kind if kind.kind == "f" else np.float64)

    return Columns(_of_array(array), join)


def _as_given(values: Array) -> Array:
    return values


def _of_array(array: Array) -> list[Column]:
    if array.dtype.kind in "fiub":
        numbers = array.astype(np.float64)
        return [Column(f"x[{j}]", numbers[:, j], _as_given) for j in range(array.shape[1])]
    return [_of_objects(f"x[{j}]", array[:, j].astype(object)) for j in range(array.shape[1])]


def _of_objects(name: str, values: Array) -> Column:
    """A column of objects: numbers if all that is there are numbers, else words."""
    lost = np.array([v is None or (isinstance(v, float) and np.isnan(v)) for v in values], np.bool_)
    if all(isinstance(v, (int, float, np.number, np.bool_)) for v in values[~lost]):
        numbers = np.full(len(values), np.nan)
        numbers[~lost] = values[~lost].astype(np.float64)
        return Column(name, numbers, _as_given)
    words = values.copy()
    words[lost] = None
    _refuse_times(name, words[~lost])
    strange = next(
        (v for v in words[~lost] if not isinstance(v, (str, bytes, int, float, np.generic))), None
    )
    if strange is not None:
        raise TypeError(
            f"column {name!r} holds a {type(strange).__name__}: argument must be a string or a number"
        )
    return Column(name, words, _as_given)


def _refuse_times(name: str, values: Array) -> None:
    if len(values) and (hasattr(values[0], "isoformat") or hasattr(values[0], "total_seconds")):
        raise ValueError(
            f"column {name!r} holds times: a tree splits on numbers and categories; give a number, such as "
            "the days since a start"
        )


def _of_pandas(X: Any) -> Columns:
    import pandas as pd
    from pandas.api import types

    def one(j: int) -> Column:
        series = X.iloc[:, j]
        name, dtype = str(X.columns[j]), series.dtype
        if types.is_numeric_dtype(dtype):
            numbers = series.to_numpy(np.float64, na_value=np.nan)
            return Column(name, numbers, lambda values: pd.Series(values).astype(dtype))
        if not (types.is_object_dtype(dtype) or isinstance(dtype, (pd.CategoricalDtype, pd.StringDtype))):
            _refuse_times(name, series.dropna().astype(object).to_numpy())
        words = series.astype(object).to_numpy(copy=True)
        words[series.isna().to_numpy()] = None
        column = (
            _of_objects(name, words) if types.is_object_dtype(dtype) else Column(name, words, _as_given)
        )
        return Column(name, column.values, lambda values: pd.Series(values, dtype=dtype))

    def join(parts: list[Any]) -> Any:
        table = pd.concat([part.reset_index(drop=True) for part in parts], axis=1)
        table.columns = X.columns
        return table

    return Columns([one(j) for j in range(X.shape[1])], join)


def _of_polars(X: Any) -> Columns:
    import polars as pl

    def one(series: Any) -> Column:
        name, dtype = series.name, series.dtype
        if dtype.is_numeric() or dtype == pl.Boolean:
            numbers = series.cast(pl.Float64).to_numpy().astype(np.float64)

            def back(values: Array) -> Any:
                found = pl.Series(name, values, nan_to_null=True)
                return (found != 0 if dtype == pl.Boolean else found).cast(dtype)

            return Column(name, numbers, back)
        if dtype.is_temporal():
            _refuse_times(name, np.array([v for v in series.to_list() if v is not None][:1], object))
        words = np.array(series.cast(pl.String).to_list(), object)
        return Column(
            name, words, lambda values: pl.Series(name, values.tolist(), dtype=pl.String).cast(dtype)
        )

    return Columns([one(series) for series in X.get_columns()], pl.DataFrame)
