"""Trees as terms of one sum, factors and means worked in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.traverse import total_weights


@dataclass(frozen=True, eq=False)
class Terms:
    """What each leaf adds to the raw output.

    Parameters
    ----------
    value : ndarray of float64, shape (n_nodes, n_columns)
        Leaf values times the factor of their tree, over the sum of the factors where trees are averaged;
        0 in columns that the tree does not feed.
    start : ndarray of float64, shape (n_columns,)
        Where the sum starts.
    first_column : ndarray of int64, shape (n_trees,)
        The first output column that a tree feeds.
    n_columns : ndarray of int64, shape (n_trees,)
        Number of columns that it feeds: one or all.
    """

    value: Array
    start: Array
    first_column: Array
    n_columns: Array


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
            "SHAP values of a weighted median of trees (AdaBoostRegressor) have no exact formula; explain its"
            " predictions with a model-agnostic explainer"
        )
    over = total_weights(e) if e.aggregation == "mean" else np.ones(e.n_columns)
    factor = np.where(fed_columns(e), e.weight[:, None] / over, 0.0)
    value = e.value * np.repeat(factor, np.diff(e.root), axis=0)
    one = e.output != LEAF
    return Terms(value, e.base_score / over, np.where(one, e.output, 0), np.where(one, 1, e.n_columns))
