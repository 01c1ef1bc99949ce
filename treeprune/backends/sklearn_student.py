"""A tree that was grown elsewhere as scikit-learn's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends.sklearn_tree import checked_state
from treeprune.criteria.soft_tree.tree import SoftTree
from treeprune.model.ensemble import LEAF, Array
from treeprune.model.structure import depths

_NO_SPLIT = -2
"""What scikit-learn writes for the feature and the threshold of a leaf."""


def student(
    tree: SoftTree, n_features: int, classes: Array | None, names: Array | None, **parameters: Any
) -> Any:
    """Make a scikit-learn tree of a grown one.

    Parameters
    ----------
    tree : SoftTree
        For classes, of two columns at least; its support and weight become the numbers of samples.
    n_features : int
    classes : ndarray or None
        Class labels, in the order of the tree's columns; None for numbers.
    names : ndarray of str or None
        Column names.
    **parameters : object
        Of the estimator.

    Returns
    -------
    DecisionTreeClassifier or DecisionTreeRegressor
        Fitted. The impurity of a node is the variance of the targets (the mean over outcomes), or Gini's of
        the shares that it answers with.
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    width = tree.value.shape[1]
    if classes is None:
        model: Any = DecisionTreeRegressor(**parameters)
        model.fit(np.zeros((1, n_features)), np.zeros((1, width)) if width > 1 else np.zeros(1))
        values = tree.value[:, :, None]
        impurity = tree.error / tree.weight / width
    else:
        model = DecisionTreeClassifier(**parameters)
        model.fit(np.zeros((len(classes), n_features)), classes)
        values = tree.value[:, None, :]
        impurity = 1.0 - (tree.value**2).sum(axis=1)
    if names is not None:
        model.feature_names_in_ = names
    state = checked_state(model.tree_)
    leaf = tree.left == LEAF
    nodes = np.zeros(len(leaf), state["nodes"].dtype)
    nodes["left_child"], nodes["right_child"] = tree.left, tree.right
    nodes["feature"] = np.where(leaf, _NO_SPLIT, tree.feature)
    nodes["threshold"] = np.where(leaf, float(_NO_SPLIT), tree.threshold)
    nodes["missing_go_to_left"] = tree.default_left
    nodes["impurity"] = np.maximum(impurity, 0.0)
    nodes["n_node_samples"] = tree.n_real
    nodes["weighted_n_node_samples"] = tree.real_weight
    make, arguments = model.tree_.__reduce__()[:2]
    model.tree_ = make(*arguments)
    model.tree_.__setstate__(
        state
        | {
            "max_depth": int(depths(tree.left, tree.right).max()),
            "node_count": len(nodes),
            "nodes": nodes,
            "values": np.ascontiguousarray(values),
        }
    )
    return model
