"""Users' tables as the numbers that a domain speaks of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from treeprune.backends import encode
from treeprune.model.ensemble import Array
from treeprune.pruners.unwrap import native_of
from treeprune.statistics.rows import as_matrix, dense


def column_names(X: Any) -> tuple[str, ...] | None:
    """Names of a table's columns, None where it has none."""
    names = getattr(X, "columns", None)
    return None if names is None else tuple(map(str, names))


def _category(column: Any) -> Any:
    """A column of categories as a pandas series, None for other columns."""
    if isinstance(getattr(column, "dtype", None), pd.CategoricalDtype):
        return column
    kind = str(getattr(column, "dtype", ""))
    return column.to_pandas() if kind.startswith(("Categorical", "Enum")) else None


def _columns_of(X: Any) -> list[Any]:
    if isinstance(X, pd.DataFrame):
        return [X.iloc[:, j] for j in range(X.shape[1])]
    return list(X.iter_columns()) if hasattr(X, "iter_columns") else []


def labels_of(X: Any, rows: Array) -> dict[int, dict[float, str]]:
    """What each code of the columns of categories stands for.

    Parameters
    ----------
    X : table
    rows : ndarray of float64
        Its numbers.

    Returns
    -------
    dict of int to dict of float to str
        By column, for those that hold categories.
    """
    found: dict[int, dict[float, str]] = {}
    for j, column in enumerate(_columns_of(X)):
        series = _category(column)
        if series is not None:
            present = ~np.isnan(rows[:, j])
            pairs = zip(rows[present, j].tolist(), series.to_numpy()[present], strict=True)
            found[j] = {code: str(label) for code, label in dict(pairs).items()}
    return found


def numbers(X: Any, model: Any = None) -> Array:
    """A table as double precision numbers, NaN where a value is missing.

    Parameters
    ----------
    X : array-like, dataframe or sparse matrix
    model : object, optional
        Fitted model whose codes of categories are meant; without one those of the table itself.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_columns)

    Raises
    ------
    ValueError
        If a column holds neither numbers nor categories.
    """
    if model is not None:
        native = native_of(model)
        e = native.trees()
        return dense(as_matrix(encode(native.model, native.table(X)), "float64", infinite=True), e.absent)
    columns = _columns_of(X)
    if not columns:
        return dense(as_matrix(X, "float64", infinite=True))
    made = []
    for name, column in zip(column_names(X) or (), columns, strict=True):
        series = _category(column)
        if series is not None:
            codes = series.cat.codes.to_numpy()
            made.append(np.where(codes < 0, np.nan, codes))
            continue
        try:
            own = (
                column.to_numpy() if not isinstance(column, pd.Series) else column.to_numpy(na_value=np.nan)
            )
            made.append(np.asarray(own, np.float64))
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"column {name!r} holds neither numbers nor categories; give the model whose table it is"
            ) from error
    return dense(as_matrix(np.column_stack(made), "float64", infinite=True))


def rows_of(names: tuple[str, ...], X: Any, model: Any) -> Array:
    """A table as numbers in the order of some columns, which a dataframe has by name.

    Parameters
    ----------
    names : tuple of str
    X : array-like, dataframe or sparse matrix
    model : object or None
        As for `numbers`.

    Returns
    -------
    ndarray of float64, shape (n_rows, len(names))

    Raises
    ------
    ValueError
        If the table has other columns.
    """
    given, rows = column_names(X), numbers(X, model)
    if given is not None and sorted(given) == sorted(names):
        return rows[:, [given.index(name) for name in names]]
    if rows.shape[1] != len(names):
        raise ValueError(f"the domain has {len(names)} columns, the table {rows.shape[1]}")
    if given is not None and model is None:
        raise ValueError(f"the domain has the columns {', '.join(names)}; the table {', '.join(given)}")
    return rows
