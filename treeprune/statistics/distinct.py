"""Rows that say the same, taken together, in an order that depends on what they say alone.

What sums over such rows in floating point depends neither on the order of the rows, nor on whether one is
repeated or weighs more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.model.ensemble import Array
from treeprune.statistics.words import bits_of, hash_rows


@dataclass(frozen=True, eq=False)
class DistinctRows:
    """Groups of equal rows.

    Parameters
    ----------
    first : ndarray of int64, shape (n_groups,)
        A row of each group.
    rows : ndarray of int64, shape (n_present,)
        All rows that have a weight, group after group.
    start : ndarray of int64, shape (n_groups,)
        Where each group begins in `rows`.
    weight : ndarray of float64, shape (n_groups,)
        Sum of the weights.
    """

    first: Array
    rows: Array
    start: Array
    weight: Array

    @property
    def alone(self) -> bool:
        """Whether no two rows are equal."""
        return len(self.first) == len(self.rows)

    def means(self, numbers: Array, weights: Array) -> Array:
        """Weighted mean of each group; `numbers` and `weights` are of all rows."""
        w = weights[self.rows][:, None]
        found: Array = np.add.reduceat(numbers[self.rows] * w, self.start) / self.weight[:, None]
        return found


def distinct_rows(X: Any, outcome: Array, weights: Array) -> DistinctRows:
    """Group rows with equal columns and outcomes.

    Parameters
    ----------
    X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
    outcome : ndarray of numbers, shape (n_rows, n_targets)
    weights : ndarray of float64, shape (n_rows,)
        Rows of weight zero are left out.

    Returns
    -------
    DistinctRows
        Rows are told apart by a word of 64 bits; that two of a million different ones share theirs has
        a chance below one in ten million.
    """
    words = hash_rows(X)
    bits = [bits_of(column.astype(np.float64)) for column in outcome.T]
    order = np.lexsort((weights, *bits, words))
    order = order[weights[order] > 0]
    keys = np.column_stack([words, *bits])[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    start = np.flatnonzero(new)
    return DistinctRows(order[start], order, start, np.add.reduceat(weights[order], start))
