"""Rows to grow a tree on: sorted once, with the places where each feature may be split."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from treeprune.model.ensemble import Array

LEAST_GAP = 1e-7
"""Values no further apart than this are one, as in scikit-learn's trees."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SoftRows:
    """What a tree is grown on.

    Parameters
    ----------
    x : ndarray of float32, shape (n_rows, n_features)
        NaN is missing.
    target : ndarray of float64, shape (n_rows, n_columns)
        Shares of classes, or numbers.
    weight : ndarray of float64, shape (n_rows,)
        Positive.
    real : ndarray of bool, shape (n_rows,)
        Rows that count as support of a leaf.
    cuts : tuple of ndarray of float64, or None
        Thresholds that each feature may be split at (``x <= cut`` goes left), ascending; None for any.
    """

    x: Array
    target: Array
    weight: Array
    real: Array
    cuts: tuple[Array, ...] | None = None

    def __post_init__(self) -> None:
        n_rows, n_features = self.x.shape
        if n_rows == 0 or n_features == 0:
            raise ValueError(f"a tree needs rows and columns, got {n_rows} and {n_features}")
        if self.x.dtype != np.float32 or np.isinf(self.x).any():
            raise ValueError("rows must be in single precision and finite, or NaN where missing")
        if self.target.ndim != 2 or not np.isfinite(self.target).all():
            raise ValueError("targets must be finite and have two dimensions")
        if not (np.isfinite(self.weight).all() and (self.weight > 0).all()):
            raise ValueError("weights must be positive and finite; leave rows of weight 0 out")
        if {len(self.target), len(self.weight), len(self.real)} != {n_rows}:
            raise ValueError("rows, targets, weights and marks of real rows must be of one length")
        if self.cuts is not None and len(self.cuts) != n_features:
            raise ValueError(f"there must be thresholds for each of {n_features} features")

    @cached_property
    def columns(self) -> Array:
        """Values feature by feature; ndarray of float32, shape (n_features, n_rows)."""
        return np.ascontiguousarray(self.x.T)

    @cached_property
    def missing(self) -> Array:
        """Where values are missing; ndarray of bool, shape (n_features, n_rows)."""
        return np.isnan(self.columns)

    @cached_property
    def order(self) -> Array:
        """Rows by each feature's value, missing ones last; ndarray of int32, shape (n_features, n_rows)."""
        return np.argsort(self.columns, axis=1, kind="stable").astype(np.int32)

    @cached_property
    def cell(self) -> Array:
        """Rows that a feature cannot tell apart have one number; ndarray of int32, shape of `order`."""
        cell = np.zeros(self.order.shape, np.int32)
        for j, (values, order) in enumerate(zip(self.columns, self.order, strict=True)):
            if self.cuts is not None:
                cell[j] = np.searchsorted(self.cuts[j], values.astype(np.float64), side="left")
            else:
                gaps = np.diff(values[order].astype(np.float64), prepend=values[order[0]])
                with np.errstate(invalid="ignore"):
                    cell[j, order] = np.cumsum(gaps > LEAST_GAP)
        return cell

    def threshold(self, feature: int, left: float, right: float) -> float:
        """Where to cut between the last value on the left and the first one on the right."""
        middle = left / 2.0 + right / 2.0
        if self.cuts is not None:
            own = self.cuts[feature]
            between = own[np.searchsorted(own, left) : np.searchsorted(own, right)]
            return float(between[np.argmin(np.abs(between - middle))])
        return left if middle in (right, np.inf) else middle
