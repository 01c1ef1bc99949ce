"""What the columns of a table may hold, and which rows count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from treeprune.model.ensemble import Array
from treeprune.statistics.weights import check_weights

Kind = Literal["continuous", "integer", "nominal"]

_MANY = 1e9
"""Weights beyond this sum say no more about how sure an estimate is."""

_LEAST = 1e-300
"""Part of the greatest weight: a row of a weight above 0 does not vanish beside a huge one."""


class WeightedRows(NamedTuple):
    """Rows that count.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rows, n_columns)
        Rows of a weight above 0; NaN is missing.
    weight : ndarray of float64, shape (n_rows,)
        Adds up to the number of rows that they stand for: the sum of the given weights, or the number
        of rows where the given ones have a smaller unit.
    """

    values: Array
    weight: Array


@dataclass(frozen=True, eq=False)
class Columns:
    """Kinds of the columns of a table, and the values that were seen in them.

    Parameters
    ----------
    kinds : tuple of {"continuous", "integer", "nominal"}
    discrete : ndarray of bool, shape (n_columns,)
        Whether drawn values must be observed ones: nominal and integer columns, and columns of at most
        two values.
    low, high : ndarray of float64, shape (n_columns,)
        Least and greatest observed value; NaN where a column is all missing.
    observed : tuple of (ndarray of float64 or None)
        Sorted distinct values of discrete columns; None for the others.
    """

    kinds: tuple[Kind, ...]
    discrete: Array
    low: Array
    high: Array
    observed: tuple[Array | None, ...]

    def __len__(self) -> int:
        return len(self.kinds)

    @property
    def nominal(self) -> Array:
        """Mask of the nominal columns, ndarray of bool, shape (n_columns,)."""
        return np.array([kind == "nominal" for kind in self.kinds], bool)


def infer_columns(rows: Any, nominal: Any, weight: Any = None) -> Columns:
    """Find out what the columns of a table hold.

    Parameters
    ----------
    rows : array-like of float64, shape (n_rows, n_columns)
        NaN is missing; nominal columns hold codes 0, 1, 2 and so on.
    nominal : array-like of bool, shape (n_columns,)
        Which columns are categories without an order.
    weight : array-like of shape (n_rows,), optional
        Rows of weight 0 are not looked at.

    Returns
    -------
    Columns
        A column whose present values are all whole numbers is an integer one; a column without any
        present value is continuous.

    Raises
    ------
    ValueError
        If rows are not a table of finite numbers or NaN, if a nominal column holds something else than
        codes, or if weights are not legal.

    Examples
    --------
    >>> import numpy as np
    >>> rows = [[0.5, 3.0, 1.0], [0.7, np.nan, 0.0], [0.1, 4.0, 2.0]]
    >>> infer_columns(rows, [False, False, True]).kinds
    ('continuous', 'integer', 'nominal')
    """
    values = _weighted(_table(rows), weight).values
    mask = np.asarray(nominal)
    if mask.dtype != bool or mask.shape != values.shape[1:]:
        raise ValueError(
            f"nominal must be {values.shape[1]} booleans, one a column of rows; got {nominal!r}"
        )
    kinds: list[Kind] = []
    distinct = []
    for j, column in enumerate(values.T):
        seen = np.unique(column[~np.isnan(column)])
        whole = len(seen) > 0 and bool((seen == np.floor(seen)).all())
        if mask[j] and len(seen) and (not whole or seen[0] < 0):
            raise ValueError(f"column {j} is nominal, so it must hold codes 0, 1, 2, ...; "
                             f"it holds {_stranger(seen)!r}")  # fmt: skip
        kinds.append("nominal" if mask[j] else "integer" if whole else "continuous")
        distinct.append(seen)
    discrete = np.array([k != "continuous" or len(d) <= 2 for k, d in zip(kinds, distinct, strict=True)])
    return Columns(
        kinds=tuple(kinds),
        discrete=discrete,
        low=np.array([d[0] if len(d) else np.nan for d in distinct]),
        high=np.array([d[-1] if len(d) else np.nan for d in distinct]),
        observed=tuple(d if flag else None for d, flag in zip(distinct, discrete, strict=True)),
    )


def rows_that_count(rows: Any, columns: Columns, weight: Any = None, name: str = "rows") -> WeightedRows:
    """Check rows against their columns, and leave out those of weight 0.

    Parameters
    ----------
    rows : array-like of float64, shape (n_rows, n_columns)
    columns : Columns
    weight : array-like of shape (n_rows,), optional
    name : str
        What the rows are called in messages.

    Returns
    -------
    WeightedRows

    Raises
    ------
    ValueError
        If the rows are no table of finite numbers and NaN, have another number of columns, hold what is
        no code in a nominal column, or if weights are not legal.
    """
    table = _table(rows, name)
    if table.shape[1] != len(columns):
        raise ValueError(f"{name} have {table.shape[1]} columns, but {len(columns)} are described")
    counting = _weighted(table, weight)
    for j in np.flatnonzero(columns.nominal):
        present = counting.values[~np.isnan(counting.values[:, j]), j]
        if (present < 0).any() or (present != np.floor(present)).any():
            raise ValueError(f"column {j} is nominal, so {name} must hold codes 0, 1, 2, ... there; "
                             f"they hold {_stranger(present)!r}")  # fmt: skip
    return counting


def _table(rows: Any, name: str = "rows") -> Array:
    table = np.asarray(rows, np.float64)
    if table.ndim != 2 or 0 in table.shape:
        raise ValueError(
            f"{name} must be a table of at least one row and one column, got shape {table.shape}"
        )
    if np.isinf(table).any():
        place = ", ".join(map(str, np.unique(np.nonzero(np.isinf(table))[1])[:5]))
        raise ValueError(f"{name} must be finite or NaN; there are infinite values in columns {place}")
    return table


def _weighted(table: Array, weight: Any) -> WeightedRows:
    given = check_weights(weight, len(table), "weight")
    counts = given > 0
    share = np.maximum(given[counts] / given.max(), _LEAST)
    with np.errstate(over="ignore"):
        total = share.sum() * given.max()
    total = min(max(total, float(counts.sum())), _MANY)
    return WeightedRows(table[counts], share * (total / share.sum()))


def _stranger(values: Array) -> float:
    return float(values[(values < 0) | (values != np.floor(values))][0])
