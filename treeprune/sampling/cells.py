"""Rows of a table sorted into cells, several times, and draws from within the cells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from treeprune.kernels.compiled import borrower, part
from treeprune.model.ensemble import Array


class Cells(NamedTuple):
    """One partition of the rows a tree.

    Parameters
    ----------
    member : ndarray of int32, shape (n_trees, n_rows)
        Rows, cell by cell.
    up_to : ndarray of float64, shape (n_trees, n_rows + 1)
        Weights of the rows before each place in `member`.
    cell : ndarray of int32, shape (n_trees, n_rows)
        Cell of each row.
    start : ndarray of int32, shape (n_trees, n_rows + 1)
        Place in `member` where each cell starts; one more than there are cells is filled.
    """

    member: Array
    up_to: Array
    cell: Array
    start: Array


class Values(NamedTuple):
    """Values of all columns, one column after the other.

    Parameters
    ----------
    code : ndarray of int32, shape (n_rows, n_columns)
        Place of a row's value in `value`; -1 where it is missing.
    value : ndarray of float64, shape (n_values,)
        Ascending within a column.
    kept : ndarray of bool, shape (n_values,)
        Whether a value is drawn as it is.
    """

    code: Array
    value: Array
    kept: Array


def cells_of(leaf: Array, weight: Array, least: int) -> Cells:
    """Sort rows into cells by the leaves that they fall into.

    Parameters
    ----------
    leaf : ndarray of int64, shape (n_rows, n_trees)
        Neighbouring numbers stand for neighbouring leaves.
    weight : ndarray of float64, shape (n_rows,)
    least : int
        A leaf of fewer rows is joined to its neighbour, and so on.

    Returns
    -------
    Cells
    """
    n, n_trees = leaf.shape
    found = Cells(
        np.empty((n_trees, n), np.int32), np.zeros((n_trees, n + 1)),
        np.empty((n_trees, n), np.int32), np.zeros((n_trees, n + 1), np.int32),
    )  # fmt: skip
    for t in range(n_trees):
        order = np.argsort(leaf[:, t], kind="stable")
        sorted_leaf = leaf[order, t]
        ends = np.append(np.flatnonzero(np.diff(sorted_leaf)) + 1, n)
        starts = [0]
        for end in ends.tolist():
            if end - starts[-1] >= least:
                starts.append(end)
        if starts[-1] < n:  # too few are left at the end: they join the cell before
            starts = [*starts[:-1], n] if len(starts) > 1 else [0, n]
        found.member[t], found.start[t, : len(starts)] = order, starts
        found.cell[t, order] = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        found.up_to[t, 1:] = np.cumsum(weight[order])
    return found


def draw_from(cells: Cells, values: Values, tree: Array, row: Array, uniform: Array, drawn: Array) -> None:
    """Draw each column for itself from the cell that a row falls into.

    Parameters
    ----------
    cells : Cells
    values : Values
    tree, row : ndarray of int64, shape (n,)
        Which tree's cell of which row to draw from.
    uniform : ndarray of float64, shape (n, 3 * n_columns)
        From 0 to below 1.
    drawn : ndarray of float64, shape (n, n_columns)
        Takes the values.
    """
    _draw(*cells, *values, tree, row, uniform, drawn)


@part
def _pick(up_to: Array, low: int, high: int, uniform: float) -> int:
    """Place from `low` to below `high` where the weights pass a share of their sum."""
    goal = up_to[low] + uniform * (up_to[high] - up_to[low])
    last = high - 1
    while low < last:
        middle = (low + last) // 2
        if up_to[middle + 1] > goal:
            last = middle
        else:
            low = middle + 1
    return low


@borrower
def _draw(
    member: Array,
    up_to: Array,
    cell: Array,
    start: Array,
    code: Array,
    value: Array,
    kept: Array,
    tree: Array,
    row: Array,
    uniform: Array,
    drawn: Array,
) -> None:
    for s in range(drawn.shape[0]):
        t = tree[s]
        c = cell[t, row[s]]
        low, high = start[t, c], start[t, c + 1]
        for j in range(drawn.shape[1]):
            k = code[member[t, _pick(up_to[t], low, high, uniform[s, 3 * j])], j]
            if k < 0:
                drawn[s, j] = np.nan
                continue
            x = value[k]
            if not kept[k]:
                # half way at most towards a neighbour on the side of another row of the cell: so no
                # value leaves the range of its cell
                other = code[member[t, _pick(up_to[t], low, high, uniform[s, 3 * j + 1])], j]
                if other >= 0 and other != k:
                    y = value[k + 1] if other > k else value[k - 1]
                    share = 0.5 * uniform[s, 3 * j + 2]
                    moved = (1.0 - share) * x + share * y
                    x = min(max(moved, min(x, y)), max(x, y))
            drawn[s, j] = x
