"""Rows with their targets, sorted by each column once, so that every node of a tree is a selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_array

from treeprune.criteria.split_stability.order import ascending
from treeprune.model.ensemble import Array
from treeprune.statistics.weights import check_weights

_MOST_ROWS = 2**31 - 1
_LARGE = 1e70
"""Fourth powers of targets, and squares of weights times targets, stay finite."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows at a node.

    Parameters
    ----------
    values : ndarray of float32, shape (n_features, n_rows)
        Rounded as scikit-learn's trees see them; NaN is missing.
    order : ndarray of int32, shape (n_features, n_rows)
        Rows by ascending value of each feature, equal values in the order of the rows, missing ones last.
    targets : ndarray of float64, shape (n_rows, n_targets)
    weights : ndarray of float64, shape (n_rows,)
        All positive.
    """

    values: Array
    order: Array
    targets: Array
    weights: Array

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def n_features(self) -> int:
        """Number of columns of the rows."""
        return len(self.values)

    def at(self, inside: Array) -> Sample:
        """Select rows, in the same order.

        Parameters
        ----------
        inside : ndarray of bool, shape (n_rows,)

        Returns
        -------
        Sample
        """
        number = (np.cumsum(inside) - 1).astype(np.int32)
        order = number[self.order[inside[self.order]]].reshape(self.n_features, -1)
        # compress keeps the layout that kernels are compiled for; indexing would turn it
        return Sample(
            self.values.compress(inside, axis=1), order, self.targets[inside], self.weights[inside]
        )


def make_sample(rows: Any, targets: Any, weights: Any = None) -> Sample:
    """Check and sort rows.

    Parameters
    ----------
    rows : array-like of numbers, shape (n_rows, n_features)
        Rounded to single precision, as scikit-learn's trees do. NaN is missing.
    targets : array-like of numbers, shape (n_rows,) or (n_rows, n_targets)
        What the teacher answers.
    weights : array-like of numbers, shape (n_rows,), optional
        Rows of weight 0 are left out.

    Returns
    -------
    Sample

    Raises
    ------
    ValueError
        If an array has the wrong shape, rows or targets are infinite, targets are missing or beyond
        1e70, or weights are negative, not finite, all 0 or add up to more than 1e70 or less than 1e-70.
    """
    x = check_array(rows, dtype=np.float64, ensure_all_finite="allow-nan", input_name="rows")
    y = check_array(targets, dtype=np.float64, ensure_2d=False, input_name="targets")
    y = y[:, None] if y.ndim == 1 else y
    if y.ndim != 2 or len(y) != len(x):
        raise ValueError(f"targets have shape {y.shape}, but there are {len(x)} rows")
    if len(x) > _MOST_ROWS:
        raise ValueError(f"at most {_MOST_ROWS} rows can be sorted, got {len(x)}")
    w = check_weights(weights, len(x), "weights")
    with np.errstate(over="ignore"):
        values = np.ascontiguousarray(x.T, dtype=np.float32)
    if np.isinf(values).any():
        raise ValueError("rows hold numbers too large for single precision, in which trees compare them")
    if np.abs(y).max() > _LARGE:
        raise ValueError(f"targets beyond {_LARGE:g} have no finite fourth powers, which variances need")
    if not 1 / _LARGE <= w.sum() <= _LARGE:
        raise ValueError(f"weights add up to {w.sum():g}, and their squares to nothing that can be held")
    present = w > 0
    if not present.all():
        values, y, w = values.compress(present, axis=1), y[present], w[present]
    return Sample(values, ascending(values), np.ascontiguousarray(y), w)
