"""Columns of a domain from a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from treeprune.domain.column import Column
from treeprune.domain.tables import labels_of
from treeprune.model.ensemble import Array


def columns_of_table(
    X: Any, rows: Array, names: Sequence[str], margin: float, integer: Literal["auto"] | Sequence[str]
) -> tuple[Column, ...]:
    """What each column of a table holds.

    Parameters
    ----------
    X : table
        Asked for its categories only.
    rows : ndarray of float64, shape (n_rows, n_columns)
        Its numbers.
    names : sequence of str
    margin : float
    integer : "auto" or sequence of str

    Returns
    -------
    tuple of Column

    Raises
    ------
    ValueError
        If a column that should hold whole numbers does not, or is no column.
    """
    labels = labels_of(X, rows)
    if not isinstance(integer, str):
        strange = [name for name in integer if name not in names]
        if strange:
            raise ValueError(f"integer names {strange[0]!r}, which is no column of the table")
    elif integer != "auto":
        raise ValueError(f"integer must be 'auto' or a list of column names, got {integer!r}")
    return tuple(
        _column(name, rows[:, j], labels.get(j), margin, None if integer == "auto" else name in integer)
        for j, name in enumerate(names)
    )


def _column(
    name: str, x: Array, labels: dict[float, str] | None, margin: float, integer: bool | None
) -> Column:
    gone = np.isnan(x)
    present, missing = x[~gone], bool(gone.any())
    if len(present) and (present.min() == np.inf or present.max() == -np.inf):
        raise ValueError(f"column {name!r} holds no finite value")
    if labels is not None or len(present) == 0:
        codes = tuple(sorted(labels or {}))
        shown = tuple(labels[code] for code in codes) if labels else None
        return Column(name=name, values=codes, labels=shown, missing=missing)
    finite = present[np.isfinite(present)]
    whole = bool((np.floor(present) == present).all())
    if integer and not whole:
        raise ValueError(f"column {name!r} holds numbers that are not whole")
    whole = whole if integer is None else integer
    low, high = float(present.min()), float(present.max())
    more = margin * (float(finite.max()) - float(finite.min())) if len(finite) else 0.0
    if more > 0 and not (whole and low == 0 and high == 1):
        low, high = (np.floor(low - more), np.ceil(high + more)) if whole else (low - more, high + more)
    return Column(name=name, lower=float(low), upper=float(high), integer=whole, missing=missing)
