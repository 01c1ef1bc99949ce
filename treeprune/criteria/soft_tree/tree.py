"""A grown tree that knows its smaller selves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from treeprune.model.ensemble import LEAF, Array


@dataclass(frozen=True, eq=False, kw_only=True)
class SoftTree:
    """Nodes in the order in which they came about, so that the first ``2 m - 1`` are the tree of m leaves.

    Parameters
    ----------
    feature : ndarray of int32, shape (n_nodes,)
        -1 at a leaf.
    threshold : ndarray of float64, shape (n_nodes,)
        ``x <= threshold`` goes left, in single precision; infinite where missing values alone go right.
    left, right : ndarray of int32, shape (n_nodes,)
    default_left : ndarray of bool, shape (n_nodes,)
        Whether a missing value goes left.
    value : ndarray of float64, shape (n_nodes, n_columns)
        Mean of the targets.
    weight : ndarray of float64, shape (n_nodes,)
        Of all rows.
    n_real : ndarray of int64, shape (n_nodes,)
        Rows that count as support.
    real_weight : ndarray of float64, shape (n_nodes,)
        Of these rows.
    error : ndarray of float64, shape (n_nodes,)
        Weighted sum of squared errors of `value`, over all columns.
    """

    feature: Array
    threshold: Array
    left: Array
    right: Array
    default_left: Array
    value: Array
    weight: Array
    n_real: Array
    real_weight: Array
    error: Array

    @property
    def n_leaves(self) -> int:
        """Number of leaves."""
        return (len(self.feature) + 1) // 2

    def of_size(self, n_leaves: int) -> SoftTree:
        """The tree when it had so many leaves, or as many as it has."""
        n = 2 * min(n_leaves, self.n_leaves) - 1
        inner = (self.left[:n] != LEAF) & (self.left[:n] < n)  # children come in pairs
        return SoftTree(
            feature=np.where(inner, self.feature[:n], LEAF).astype(np.int32),
            threshold=np.where(inner, self.threshold[:n], 0.0),
            left=np.where(inner, self.left[:n], LEAF).astype(np.int32),
            right=np.where(inner, self.right[:n], LEAF).astype(np.int32),
            default_left=inner & self.default_left[:n],
            value=self.value[:n],
            weight=self.weight[:n],
            n_real=self.n_real[:n],
            real_weight=self.real_weight[:n],
            error=self.error[:n],
        )

    def goes_left(self, node: int, x: Array) -> Array:
        """Which rows a split sends left; x of float32, shape (n_rows, n_features)."""
        values = x[:, self.feature[node]].astype(np.float64)
        with np.errstate(invalid="ignore"):
            left: Array = values <= self.threshold[node]
        return np.where(np.isnan(values), self.default_left[node], left)

    def leaves_by_size(self, x: Array) -> Iterator[Array]:
        """Node where each row ends, for the tree of 1, 2, ... leaves.

        Parameters
        ----------
        x : ndarray of float32, shape (n_rows, n_features)

        Yields
        ------
        ndarray of int64, shape (n_rows,)
            Changed at the next step.
        """
        at = np.zeros(len(x), np.int64)
        yield at
        for split in np.argsort(np.where(self.left == LEAF, len(self.left), self.left))[
            : self.n_leaves - 1
        ]:
            here = np.flatnonzero(at == split)
            left = self.goes_left(int(split), x[here])
            at[here] = np.where(left, self.left[split], self.right[split])
            yield at

    def apply(self, x: Array) -> Array:
        """Leaf of each row; ndarray of int64, shape (n_rows,)."""
        at = np.zeros(len(x), np.int64)
        for at in self.leaves_by_size(x):  # noqa: B007
            pass
        return at
