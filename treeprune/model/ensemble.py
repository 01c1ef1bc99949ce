"""What a model is: every tree of an ensemble in flat arrays.

`TreeEnsemble` is the one language between the readers of native models and everything after them.
It is frozen, it holds arrays only, and its invariants are stated once, in `treeprune.model.validate`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

LEAF = -1
"""Value of `feature`, `left` and `right` at a leaf, and of `category_set` at a numeric split."""

Task = Literal["classification", "regression"]


@dataclass(frozen=True, eq=False, kw_only=True)
class TreeEnsemble:
    """Flat description of one or many decision trees.

    Nodes of all trees stand behind each other; tree ``t`` owns the nodes ``root[t]:root[t + 1]`` and
    its root is the first of them. A parent always stands before its children, so that one backward
    loop over the nodes is a bottom-up pass and one forward loop a top-down pass.

    Parameters
    ----------
    feature : ndarray of int32, shape (n_nodes,)
        Column that a node splits on; -1 at a leaf.
    threshold : ndarray of float64, shape (n_nodes,)
        A row goes left where ``x <= threshold`` (or ``<``, see `comparison`); 0 at a leaf. Infinite
        where a split only tells missing values from all others.
    left, right : ndarray of int32, shape (n_nodes,)
        Children, as positions in these arrays; -1 at a leaf.
    default_left : ndarray of bool, shape (n_nodes,)
        Where a missing value goes, if `missing` is ``"default"``.
    category_set : ndarray of int32, shape (n_nodes,)
        Which category set decides (a row goes left if its category is in the set); -1 at a numeric
        split and at a leaf.
    category_offset : ndarray of int64, shape (n_sets + 1,)
        Words of set ``s`` are ``category_word[category_offset[s]:category_offset[s + 1]]``.
    category_word : ndarray of uint32
        Bit ``c % 32`` of word ``c // 32`` of a set says that category ``c`` goes left.
    value : ndarray of float64, shape (n_nodes, n_columns)
        Output of a node if it is (or becomes) a leaf.
    cover : ndarray of float64, shape (n_nodes,)
        Weight of the training rows that reached the node.
    n_samples : ndarray of int64, shape (n_nodes,), or None
        Number of training rows that reached the node; None where the native format has none.
    impurity : ndarray of float64, shape (n_nodes,), or None
        Impurity as the vendor stored it; None where the native format has none.
    node_id : ndarray of int32, shape (n_nodes,)
        The node's number in its native tree. It survives every edit, so an edited ensemble says by
        itself which native rows a writer has to keep.
    root : ndarray of int64, shape (n_trees + 1,)
        First node of each tree, and the number of nodes at the end.
    tree_id : ndarray of int32, shape (n_trees,)
        The tree's number in the native model; it survives every edit.
    weight : ndarray of float64, shape (n_trees,)
        Factor of each tree's output.
    output : ndarray of int32, shape (n_trees,)
        Output column that a tree feeds; -1 for a tree that feeds them all.
    base_score : ndarray of float64, shape (n_columns,)
        Where the sum of the trees starts.
    columns : tuple of int
        Number of output columns of each target: the number of its classes, or 1 for regression.
    classes : tuple of ndarray
        Class labels of each target; empty for regression.
    criterion : str or None
        Growth criterion whose values `impurity` holds, by scikit-learn's name.
    monotone : ndarray of int8, shape (n_features,), or None
        Sign of the monotonic constraint on the output (for a binary classifier, on the probability
        of its second class) per feature.
    """

    feature: Array
    threshold: Array
    left: Array
    right: Array
    default_left: Array
    category_set: Array
    category_offset: Array
    category_word: Array
    value: Array
    cover: Array
    node_id: Array
    root: Array
    tree_id: Array
    weight: Array
    output: Array
    base_score: Array
    columns: tuple[int, ...]
    n_features: int
    task: Task
    n_samples: Array | None = None
    impurity: Array | None = None
    classes: tuple[Array, ...] = ()
    criterion: str | None = None
    monotone: Array | None = None
    feature_names: tuple[str, ...] | None = None
    comparison: Literal["<=", "<"] = "<="
    input_dtype: Literal["float32", "float64"] = "float32"
    missing: Literal["default", "right", "zero"] = "default"
    aggregation: Literal["sum", "mean"] = "sum"
    link: Literal["identity", "logit", "softmax", "log"] = "identity"

    @property
    def n_nodes(self) -> int:
        """Number of nodes in all trees."""
        return len(self.feature)

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.root) - 1

    @property
    def n_columns(self) -> int:
        """Number of output columns of all targets together."""
        return self.value.shape[1]

    @property
    def is_leaf(self) -> Array:
        """Boolean mask of the leaves, shape (n_nodes,)."""
        return self.left == LEAF

    @property
    def n_leaves(self) -> int:
        """Number of leaves in all trees."""
        return int(self.is_leaf.sum())

    def tree(self, t: int) -> slice:
        """Slice of the node arrays that tree `t` owns."""
        return slice(int(self.root[t]), int(self.root[t + 1]))

    def target_columns(self, k: int) -> slice:
        """Slice of the output columns that target `k` owns."""
        start = sum(self.columns[:k])
        return slice(start, start + self.columns[k])

    def name_of(self, feature: int) -> str:
        """Name of a column, ``x[3]`` where the model knows none."""
        return self.feature_names[feature] if self.feature_names else f"x[{feature}]"

    def used_features(self) -> Array:
        """Columns that at least one split looks at, ascending."""
        return np.unique(self.feature[~self.is_leaf])


NODE_FIELDS = (
    "feature",
    "threshold",
    "left",
    "right",
    "default_left",
    "category_set",
    "value",
    "cover",
    "n_samples",
    "impurity",
    "node_id",
)
"""Fields with one entry a node; an edit gathers them all, so none can be forgotten."""

TREE_FIELDS = ("tree_id", "weight", "output")
"""Fields with one entry a tree."""


def same_ensemble(a: TreeEnsemble, b: TreeEnsemble) -> bool:
    """Whether two ensembles hold the same bits in every field.

    Parameters
    ----------
    a, b : TreeEnsemble

    Returns
    -------
    bool
    """

    def same(x: Any, y: Any) -> bool:
        if isinstance(x, tuple):
            return len(x) == len(y) and all(same(i, j) for i, j in zip(x, y, strict=True))
        if isinstance(x, np.ndarray):
            return isinstance(y, np.ndarray) and x.dtype == y.dtype and np.array_equal(x, y)
        return bool(x == y)

    return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(TreeEnsemble))
