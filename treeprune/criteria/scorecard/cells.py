"""Totals of a scorecard in cells, none of which is about a few rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.agreement.suppression import hidden_counts
from treeprune.criteria.scorecard.items import round_number
from treeprune.model.ensemble import Array

LEAST_ROWS = 11
"""A cell of fewer rows is not shown."""


@dataclass(frozen=True, eq=False)
class Seen:
    """Rows that were scored.

    Parameters
    ----------
    totals : ndarray of int64, shape (n_rows,)
    probability, weight : ndarray of float64, shape (n_rows,)
    happened : ndarray of float64, shape (n_rows,), or None
        1 where the event came about, else 0.
    """

    totals: Array
    probability: Array
    weight: Array
    happened: Array | None


@dataclass(frozen=True, eq=False)
class Cells:
    """Adjoining ranges of totals.

    Parameters
    ----------
    low, high : ndarray of int64, shape (n_cells,)
        Ends, both included; the first cell is open below, the last above.
    rows : ndarray of int64, shape (n_cells,)
    share : ndarray of float64, shape (n_cells,)
        Of the weight of all rows.
    probability : ndarray of float64, shape (n_cells,)
        Mean over rows of what the scorecard says.
    observed : ndarray of float64, shape (n_cells,), or None
        Share of the event; NaN where fewer than 11 rows had it, or did not, and where subtraction would
        tell.
    """

    low: Array
    high: Array
    rows: Array
    share: Array
    probability: Array
    observed: Array | None


def score_cells(seen: Seen, width: int = 1) -> Cells:
    """Count rows by their totals; cells of fewer than 11 rows are merged with the next ones.

    Parameters
    ----------
    seen : Seen
    width : int
        Totals in a cell before any are merged.

    Returns
    -------
    Cells
        One cell may hold fewer than 11 rows only if there are no more rows at all.
    """
    start, cell, counts = np.unique(seen.totals // width, return_inverse=True, return_counts=True)
    merged = _merge(counts)
    cell = merged[cell.ravel()]
    sums = np.bincount(cell, seen.weight)
    low = start[np.unique(merged, return_index=True)[1]] * width

    def mean(x: Array) -> Array:
        return np.asarray(np.bincount(cell, seen.weight * x) / sums)

    return Cells(
        low,
        np.append(low[1:] - 1, seen.totals.max()),
        np.bincount(cell),
        sums / sums.sum(),
        mean(seen.probability),
        None if seen.happened is None else _observed(cell, seen.happened, mean(seen.happened)),
    )


def _observed(cell: Array, happened: Array, share: Array) -> Array:
    """Shares of the event, but where they tell of a few patients, with or without it."""
    rows, events = np.bincount(cell), np.bincount(cell, happened).astype(np.int64)
    few = hidden_counts(np.array([events, rows - events]), [np.arange(len(rows))], LEAST_ROWS)
    return np.where(few, np.nan, share)


def _merge(counts: Array) -> Array:
    """Cell of each total: a cell is closed once it has enough rows, the rest joins the last."""
    cell, rows = np.zeros(len(counts), np.int64), 0
    for k, count in enumerate(counts):
        cell[k] = cell[k - 1] + (rows >= LEAST_ROWS) if k else 0
        rows = count + (0 if rows >= LEAST_ROWS else rows)
    if rows < LEAST_ROWS and cell[-1] > 0:
        cell[cell == cell[-1]] -= 1
    return cell


def readable_width(totals: Array, most: int) -> int:
    """Width of cells, a round number, of which there are about `most` at the most."""
    span = int(totals.max() - totals.min()) + 1
    return 1 if span <= most else int(max(round_number(span / most), 2.0))
