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

MISSING_DEFAULT, MISSING_IS_ZERO, ZERO_IS_MISSING = 0, 1, 2
"""Values of `missing`: a missing value goes by `default_left`; it is read as 0; it goes by
`default_left` and so does 0 (`ZERO_LIMIT` and less), as LightGBM's ``zero_as_missing`` has it."""

ZERO_LIMIT = float(np.float32(1e-35))
"""What LightGBM takes for zero: a single precision constant, compared in double precision."""

Task = Literal["classification", "regression", "ranking", "anomaly"]

Link = Literal["identity", "logit", "softmax", "log", "step", "log1p_exp", "signed_square", "isolation"]


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
        Whether a missing value goes left.
    missing : ndarray of uint8, shape (n_nodes,)
        `MISSING_DEFAULT`, `MISSING_IS_ZERO` or `ZERO_IS_MISSING`: what NaN means to a numeric split.
        At a split on categories NaN always goes by `default_left`.
    category_set : ndarray of int32, shape (n_nodes,)
        Which category set decides (a row goes left if its category is in the set, right if it is
        another known one); -1 at a numeric split and at a leaf.
    category_offset : ndarray of int64, shape (n_sets + 1,)
        Words of set ``s`` are ``category_word[category_offset[s]:category_offset[s + 1]]``.
    category_word : ndarray of uint32
        Bit ``c % 32`` of word ``c // 32`` of a set says that category ``c`` goes left.
    category_count : ndarray of int64, shape (n_sets,)
        Codes from 0 to below this are known to the set; no more than its words have bits.
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
        Number of output columns of each target: the number of its classes, or 1 for a number, or for
        two classes behind a logit link.
    classes : tuple of ndarray
        Class labels of each target; empty but for classification.
    prior : ndarray of float64, shape (n_columns,), or None
        What the first tree of each column holds that is no tree's own, but where the sum starts
        (LightGBM has no other place for it). It stays when that tree goes.
    criterion : str or None
        Growth criterion whose values `impurity` holds, by scikit-learn's name.
    monotone : ndarray of int8, shape (n_features,), or None
        Sign of the monotonic constraint on the output (for a binary classifier, on the probability
        of its second class) per feature.
    feature_names : tuple of str or None
    comparison : {"<=", "<"}
    input_dtype : {"float32", "float64"}
        What a row is rounded to before it is compared.
    output_dtype : {"float32", "float64"}
        What values are stored and summed in. Values are exact in it.
    unknown_category : {"left", "right", "default"}
        Where a category goes that a set does not know: a negative code, or one beyond
        `category_count`. Codes are cut towards 0; one between -1 and 0 is negative, but under
        ``"right"``, where it is category 0 (LightGBM).
    absent : {"zero", "missing"}
        What an entry is that a sparse matrix does not store.
    infinite : bool
        Whether infinite inputs are legal.
    boosted : bool
        Whether trees are terms of one sum, so that a tree alone answers nothing; else each tree is a
        model of its own.
    aggregation : {"sum", "mean", "median"}
        Mean and median are weighted by `weight`.
    reweight : {"value", "weight", "blend", "none"}
        How the native format holds a factor of a tree: in the tree's values, beside the tree, by
        blending the values with the ensemble's prior (class probabilities have to sum to one), or
        not at all.
    link : str
        What turns the raw output into an answer, see `treeprune.model.links`.
    link_scale : float
        The raw output is multiplied by it first.
    trained_by : str or None
        Loss that the trees of a regressor were grown by, by its name in `treeprune.statistics.losses` or,
        if there is none of it, another word (``"quantile"``); None where the link says enough.
    """

    feature: Array
    threshold: Array
    left: Array
    right: Array
    default_left: Array
    missing: Array
    category_set: Array
    category_offset: Array
    category_word: Array
    category_count: Array
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
    prior: Array | None = None
    criterion: str | None = None
    monotone: Array | None = None
    feature_names: tuple[str, ...] | None = None
    comparison: Literal["<=", "<"] = "<="
    input_dtype: Literal["float32", "float64"] = "float32"
    output_dtype: Literal["float32", "float64"] = "float64"
    unknown_category: Literal["left", "right", "default"] = "right"
    absent: Literal["zero", "missing"] = "zero"
    infinite: bool = False
    boosted: bool = False
    aggregation: Literal["sum", "mean", "median"] = "sum"
    reweight: Literal["value", "weight", "blend", "none"] = "none"
    link: Link = "identity"
    link_scale: float = 1.0
    trained_by: str | None = None

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

    def trees_of(self, column: int) -> Array:
        """Positions of the trees that feed an output column, ascending."""
        return np.flatnonzero((self.output == LEAF) | (self.output == column))

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
    "missing",
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
