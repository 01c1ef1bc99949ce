"""How the values of one column are distributed among weighted rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.model.ensemble import Array
from treeprune.sampling.columns import Columns, WeightedRows

SPIKE = 0.05
"""A value that more than this share of rows has in common is drawn as it is, with its share."""

_ONE_ROW = 1.5
"""Below this weight a value is one row's alone, in a table so small that each row has a large share."""


@dataclass(frozen=True, eq=False)
class Margin:
    """Distinct values of a column and their shares.

    Parameters
    ----------
    values : ndarray of float64, shape (n_values,)
        Ascending; empty if the column is all missing.
    share : ndarray of float64, shape (n_values,)
        Of the weight of the rows where the column is present; adds up to 1.
    code : ndarray of int64, shape (n_rows,)
        Place of each row's value in `values`; -1 where it is missing.
    kept : ndarray of bool, shape (n_values,)
        Whether the value is drawn as it is, with its share: values of discrete columns and spikes.
        Between other values lie values that may be drawn too.
    """

    values: Array
    share: Array
    code: Array
    kept: Array

    @property
    def below(self) -> Array:
        """Share of values up to each one, without the last: ndarray of float64, shape (n_values - 1,)."""
        return np.minimum(np.cumsum(self.share)[:-1], 1.0)


def margins(rows: WeightedRows, columns: Columns) -> list[Margin]:
    """Distribution of each column by itself.

    Parameters
    ----------
    rows : WeightedRows
    columns : Columns

    Returns
    -------
    list of Margin
        One a column.
    """
    return [_margin(rows.values[:, j], rows.weight, bool(columns.discrete[j])) for j in range(len(columns))]


def _margin(column: Array, weight: Array, discrete: bool) -> Margin:
    present = ~np.isnan(column)
    values, place = np.unique(column[present], return_inverse=True)
    code = np.full(len(column), -1)
    code[present] = place
    weights = np.bincount(place, weight[present], len(values))
    share = weights / weights.sum() if len(values) else weights
    kept = (share > SPIKE) & (weights > _ONE_ROW) | discrete
    return Margin(values, share, code, kept)
