"""A user's table as a LightGBM model sees it, container by container as LightGBM itself reads them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from treeprune.model.ensemble import Array

_ARROW_NUMBER = re.compile(r"u?int(8|16|32|64)|halffloat|float|double|bool")


def _check_numeric(strange: list[str]) -> None:
    if strange:
        raise ValueError(
            f"LightGBM takes columns of numbers, booleans and (in pandas) categories; of another type: "
            f"{', '.join(strange)}"
        )


def check_order(X: Any, names: list[str]) -> None:
    """Refuse a table with the columns of the training table in another order.

    LightGBM goes by their places without a word. Other names than those of the training table are
    no mistake, as where it was an array.

    Parameters
    ----------
    X : array-like, pandas or polars frame, pyarrow table or sparse matrix
    names : list of str
        Those of the model.

    Raises
    ------
    ValueError
    """
    columns = getattr(X, "column_names", getattr(X, "columns", ()))
    given = [str(name).replace(" ", "_") for name in columns]  # LightGBM puts underscores for blanks
    if given != names and sorted(given) == sorted(names):
        at = next(i for i, (own, known) in enumerate(zip(given, names, strict=True)) if own != known)
        raise ValueError(
            f"the columns of the table are the model's in another order: column {at} is {given[at]!r}, the "
            f"model's is {names[at]!r}; LightGBM goes by places, so put them into the order of training"
        )


def _from_pandas(frame: pd.DataFrame, categories: list[list[Any]] | None) -> Array:
    """Categories are the codes of the training table; others and missing ones are NaN."""
    by_category = [i for i, dtype in enumerate(frame.dtypes) if isinstance(dtype, pd.CategoricalDtype)]
    if categories is not None and len(categories) != len(by_category):
        raise ValueError(
            f"the table has {len(by_category)} columns of categories, the model was trained on "
            f"{len(categories)}"
        )
    known = dict(zip(by_category, categories, strict=True)) if categories is not None else {}
    columns, strange = [], []
    for i, dtype in enumerate(frame.dtypes):
        column = frame.iloc[:, i]
        if i in by_category:
            # a model that was trained without a pandas table takes a table's own codes
            codes = (column.cat.set_categories(known[i]) if i in known else column).cat.codes
            columns.append(np.where(codes < 0, np.nan, codes))
        elif getattr(dtype, "kind", "O") in "biuf":
            columns.append(column.to_numpy(np.float64, na_value=np.nan))
        else:
            strange.append(f"{frame.columns[i]}: {dtype}")
    _check_numeric(strange)
    return np.column_stack(columns) if columns else np.empty(frame.shape)


def _from_arrow(table: Any) -> Array:
    columns, strange = [], []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if _ARROW_NUMBER.fullmatch(str(column.type)):
            columns.append(column.cast("float64", safe=False).to_numpy())
        else:
            strange.append(f"{name}: {column.type}")
    _check_numeric(strange)
    return np.column_stack(columns) if columns else np.empty(table.shape)


def _from_polars(frame: Any) -> Array:
    import polars as pl

    columns, strange = [], []
    for column in frame.iter_columns():
        kind = column.dtype
        if kind.is_integer() or kind.is_float() or kind == pl.Boolean:
            columns.append(column.cast(pl.Float64).to_numpy())
        else:
            strange.append(f"{column.name}: {kind}")
    _check_numeric(strange)
    return np.column_stack(columns) if columns else np.empty(frame.shape)


def encoded(X: Any, categories: list[list[Any]] | None, *, single: str) -> Any:
    """A table as numbers, in the meaning that the trees know.

    Parameters
    ----------
    X : array-like, pandas or polars frame, pyarrow table or sparse matrix
    categories : list of list, or None
        Those of the training table's columns of categories, in the order of the columns.
    single : str
        Kinds of arrays that are rounded to single precision where they are not of a usual floating
        type: LightGBM does so with whole numbers, in training and prediction alike.

    Returns
    -------
    ndarray or sparse matrix

    Raises
    ------
    ValueError
        If a column is neither numbers nor categories, or categories stand in other columns.
    """
    if isinstance(X, pd.DataFrame):
        return _from_pandas(X, categories)
    package = type(X).__module__.partition(".")[0]
    if package == "pyarrow":
        return _from_arrow(X)
    if package == "polars":
        return _from_polars(X)
    if sparse.issparse(X):
        return X
    if isinstance(X, np.ndarray | list | tuple):
        array = np.asarray(X)
        usual = array.dtype in (np.float32, np.float64)
        return array.astype(np.float32) if array.dtype.kind in single and not usual else array
    return X
