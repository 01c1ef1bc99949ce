"""Subgroups of rows out of columns of a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from treeprune.agreement.tables import Column
from treeprune.model.ensemble import Array

_FEW = 5
MISSING = "missing"


@dataclass(frozen=True, eq=False)
class Cells:
    """A partition of all rows.

    Parameters
    ----------
    name : str
    labels : tuple of str
        Of the cells that hold rows.
    code : ndarray of int64, shape (n_rows,)
        Cell of each row.
    lines : list of ndarray of int64
        Cells that together are a subgroup shown elsewhere, or all rows.
    parents : tuple of ndarray of int64, shape (n_cells,)
        For an intersection: the cell of each of the two partitions that holds a cell.
    """

    name: str
    labels: tuple[str, ...]
    code: Array
    lines: list[Array]
    parents: tuple[Array, ...] = ()

    @property
    def count(self) -> Array:
        """Rows in each cell."""
        return np.bincount(self.code, minlength=len(self.labels))


def cells_of(column: Column, n_cuts: int) -> Cells:
    """Cells of one column: its levels, its few values, or ranges between quantiles; missing at the end.

    Parameters
    ----------
    column : Column
        Numbers of more than five different values are cut.
    n_cuts : int
        Number of ranges; ties can make it fewer. Least and largest value stay unsaid.

    Returns
    -------
    Cells
    """
    known = ~np.isnan(column.values)
    values = column.values[known]
    code = np.zeros(len(known), np.int64)
    if column.levels is not None:
        code[known], labels = values, list(column.levels)
    elif len(distinct := np.unique(values)) <= _FEW:
        code[known], labels = np.searchsorted(distinct, values), [f"{x:.6g}" for x in distinct]
    else:
        shares = np.arange(1, n_cuts) / n_cuts
        ends = np.unique(np.quantile(values, shares, method="inverted_cdf"))
        ends = ends[ends < distinct[-1]]
        code[known], labels = np.searchsorted(ends, values), _ranges(ends)
    code[~known] = len(labels)
    return _present(column.name, [*labels, MISSING], code)


def _ranges(ends: Array) -> list[str]:
    if len(ends) == 0:
        return ["known"]
    inner = [f"({low:.6g}, {high:.6g}]" for low, high in pairwise(ends)]
    return [f"<= {ends[0]:.6g}", *inner, f"> {ends[-1]:.6g}"]


def _present(name: str, labels: list[str], code: Array) -> Cells:
    used, code = np.unique(code, return_inverse=True)
    return Cells(name, tuple(labels[k] for k in used), code, [np.arange(len(used))])


def cross(a: Cells, b: Cells) -> Cells:
    """Cells of rows that share a cell of both partitions.

    Parameters
    ----------
    a, b : Cells
        One column each.

    Returns
    -------
    Cells
    """
    width = len(b.labels)
    labels = [f"{one}, {other}" for one in a.labels for other in b.labels]
    pairs = np.unique(a.code * width + b.code)
    found = _present(f"{a.name} x {b.name}", labels, a.code * width + b.code)
    parents = (pairs // width, pairs % width)
    lines = [np.flatnonzero(own == k) for own in parents for k in range(own.max() + 1)]
    return replace(found, lines=lines, parents=parents)
