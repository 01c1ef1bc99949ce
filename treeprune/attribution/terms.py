"""Trees as terms of one sum, factors and means worked in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.traverse import total_weights

_ROUNDING = 8 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Terms:
    """What each leaf adds to the raw output.

    Parameters
    ----------
    value : ndarray of float64, shape (n_nodes, n_columns)
        Leaf values times the factor of their tree, over the sum of the factors where trees are averaged;
        0 in columns that the tree does not feed.
    kept : ndarray of float64, shape (n_nodes, n_columns or one less)
        The columns of `value` that say something new: where those of each tree add up to one number
        whatever the row (shares of classes), the last one does not.
    base : ndarray of float64, shape (n_columns,)
        Where the sum starts.
    first_column : ndarray of int64, shape (n_trees,)
        The first output column that a tree feeds.
    n_columns : ndarray of int64, shape (n_trees,)
        Number of columns of `kept` that it feeds: one or all.
    """

    value: Array
    kept: Array
    base: Array
    first_column: Array
    n_columns: Array

    def complete(self, phi: Array) -> Array:
        """SHAP values of all columns, the last axis, from those of the kept ones."""
        if self.kept.shape == self.value.shape:
            return phi
        return np.concatenate([phi, -phi.sum(axis=-1, keepdims=True)], axis=-1)


def fed_columns(ensemble: TreeEnsemble) -> Array:
    """Which columns each tree feeds; bool, shape (n_trees, n_columns)."""
    output = ensemble.output[:, None]
    fed: Array = (output == LEAF) | (output == np.arange(ensemble.n_columns))
    return fed


def terms_of(ensemble: TreeEnsemble) -> Terms:
    """Write an ensemble as a sum.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    Terms

    Raises
    ------
    UnsupportedModelError
        If the ensemble answers with a median, which is no sum.
    """
    e = ensemble
    if e.aggregation == "median":
        raise UnsupportedModelError(
            "a weighted median of trees (AdaBoostRegressor) is no sum of them, and there is no way to its"
            " exact SHAP values in reasonable time; explain its predictions with a model-agnostic explainer"
        )
    over = total_weights(e) if e.aggregation == "mean" else np.ones(e.n_columns)
    factor = np.where(fed_columns(e), e.weight[:, None] / over, 0.0)
    value = e.value * np.repeat(factor, np.diff(e.root), axis=0)
    one, kept = e.output != LEAF, e.n_columns - _closed(e, value)
    return Terms(
        value,
        np.ascontiguousarray(value[:, :kept]),
        e.base_score / over,
        np.where(one, e.output, 0).astype(np.int64),
        np.where(one, 1, kept).astype(np.int64),
    )


def _closed(e: TreeEnsemble, value: Array) -> bool:
    """Whether the columns of each tree add up to one number, up to rounding."""
    if e.n_columns == 1 or (e.output != LEAF).any():
        return False
    total, size = value.sum(axis=1), np.abs(value).sum(axis=1)
    total, size = total[e.is_leaf], size[e.is_leaf]
    n_leaves = np.add.reduceat(e.is_leaf.astype(np.int64), e.root[:-1])
    first = np.cumsum(n_leaves) - n_leaves
    spread = np.maximum.reduceat(total, first) - np.minimum.reduceat(total, first)
    return bool((spread <= _ROUNDING * np.maximum.reduceat(size, first)).all())
