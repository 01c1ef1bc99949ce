"""Every invariant of a `TreeEnsemble`, checked on each read and before each write.

Native loaders trust their input: a child index out of range ends the process, a cycle hangs it and a
NaN threshold changes numbers in silence. Nothing passes from a native format into our arrays, or back,
without coming through here.
"""

from __future__ import annotations

from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np

from treeprune.exceptions import InvalidModelError
from treeprune.model.ensemble import (
    LEAF,
    NODE_FIELDS,
    TREE_FIELDS,
    ZERO_IS_MISSING,
    Array,
    TreeEnsemble,
)
from treeprune.model.traverse import total_weights

_DTYPES = {
    "feature": np.int32,
    "threshold": np.float64,
    "left": np.int32,
    "right": np.int32,
    "default_left": np.bool_,
    "missing": np.uint8,
    "category_set": np.int32,
    "category_offset": np.int64,
    "category_word": np.uint32,
    "category_count": np.int64,
    "value": np.float64,
    "cover": np.float64,
    "n_samples": np.int64,
    "impurity": np.float64,
    "node_id": np.int32,
    "root": np.int64,
    "tree_id": np.int32,
    "weight": np.float64,
    "output": np.int32,
    "base_score": np.float64,
    "prior": np.float64,
}

_OPTIONAL = ("n_samples", "impurity", "prior")

_CHOICES = {
    name: get_args(hint)
    for name, hint in get_type_hints(TreeEnsemble).items()
    if get_origin(hint) is Literal
}


def _bad_links(left: Array, right: Array, root: Array) -> Array:
    """Nodes whose links break the tree shape.

    Children must lie behind their parent and inside its tree, and each node but the root needs one
    parent. Together these say: no cycle, nothing shared, everything reachable.
    """
    node, end = np.arange(len(left)), np.repeat(root[1:], np.diff(root))
    split = (left != LEAF) | (right != LEAF)
    least, most = np.minimum(left, right), np.maximum(left, right)
    bad = np.flatnonzero(split & ((least <= node) | (most >= end) | (left == right)))
    if len(bad):
        return bad
    n_parents = np.bincount(left[split], minlength=len(left))
    n_parents += np.bincount(right[split], minlength=len(left))
    n_parents[root[:-1]] += 1
    return np.flatnonzero(n_parents != 1)


def _check_arrays(e: TreeEnsemble) -> None:
    for name, dtype in _DTYPES.items():
        array = getattr(e, name)
        if array is None and name in _OPTIONAL:
            continue
        if not isinstance(array, np.ndarray) or array.dtype != dtype:
            got = getattr(array, "dtype", type(array).__name__)
            raise InvalidModelError(f"{name} must be an array of {np.dtype(dtype)}, got {got}")
        if array.ndim != (2 if name == "value" else 1):
            raise InvalidModelError(f"{name} has the wrong number of dimensions: {array.shape}")
    for names, n in ((NODE_FIELDS, e.n_nodes), (TREE_FIELDS, e.n_trees)):
        for name in names:
            array = getattr(e, name)
            if array is not None and len(array) != n:
                raise InvalidModelError(f"{name} has {len(array)} entries where {n} are expected")


def _check_trees(e: TreeEnsemble) -> None:
    if e.n_trees < 1 or e.root[0] != 0 or e.root[-1] != e.n_nodes or (np.diff(e.root) < 1).any():
        raise InvalidModelError("root must rise from 0 to the number of nodes, one node a tree at least")
    links = _bad_links(e.left, e.right, e.root)
    if len(links):
        bad = int(links[0])
        raise InvalidModelError(
            f"node {bad} (left {e.left[bad]}, right {e.right[bad]}) is not part of a proper tree: "
            "children must stand behind their parent, in its tree, and have one parent"
        )
    split = ~e.is_leaf
    if (e.feature[~split] != LEAF).any():
        raise InvalidModelError("a leaf must have feature -1")
    if split.any() and (e.feature[split].min() < 0 or e.feature[split].max() >= e.n_features):
        raise InvalidModelError(f"a split looks at a feature outside 0..{e.n_features - 1}")
    if len(np.unique(e.tree_id)) != e.n_trees:
        raise InvalidModelError("tree_id names a native tree twice")
    if (e.tree_id < 0).any() or (e.node_id < 0).any():
        raise InvalidModelError("tree_id and node_id must not be negative")


def _check_numbers(e: TreeEnsemble) -> None:
    if np.isnan(e.threshold).any():
        raise InvalidModelError("threshold holds NaN")
    for name in ("value", "cover", "weight", "base_score"):
        if not np.isfinite(getattr(e, name)).all():
            raise InvalidModelError(f"{name} holds NaN or infinity")
    if e.output_dtype == "float32":
        for name in ("value", "weight", "base_score"):
            array = getattr(e, name)
            with np.errstate(over="ignore"):
                if not np.array_equal(array, array.astype(np.float32)):
                    raise InvalidModelError(f"{name} holds a number that single precision cannot")
    if e.missing.size and e.missing.max() > ZERO_IS_MISSING:
        raise InvalidModelError(f"missing holds {e.missing.max()}, which is no rule")
    if not np.isfinite(e.link_scale):
        raise InvalidModelError(f"link_scale must be finite, got {e.link_scale}")
    if (e.cover < 0).any() or (e.n_samples is not None and (e.n_samples < 0).any()):
        raise InvalidModelError("cover and n_samples must not be negative")


def _check_categories(e: TreeEnsemble) -> None:
    n_sets = len(e.category_offset) - 1
    if n_sets < 0 or e.category_offset[0] != 0 or e.category_offset[-1] != len(e.category_word):
        raise InvalidModelError("category_offset must rise from 0 to the number of category words")
    if (np.diff(e.category_offset) < 1).any():
        raise InvalidModelError("a category set is empty")
    bits = 32 * np.diff(e.category_offset)
    if len(e.category_count) != n_sets or ((e.category_count < 1) | (e.category_count > bits)).any():
        raise InvalidModelError("category_count must lie between 1 and the number of bits of its set")
    if (e.category_set < LEAF).any() or (e.category_set >= n_sets).any():
        raise InvalidModelError(f"a split names a category set outside 0..{n_sets - 1}")


def _classes_fit(e: TreeEnsemble) -> bool:
    if len(e.classes) != len(e.columns):
        return False
    one_column = (2,) if e.link in ("logit", "step") else ()
    return all(
        len(labels) == n or (n == 1 and len(labels) in one_column)
        for labels, n in zip(e.classes, e.columns, strict=True)
    )


def _check_outputs(e: TreeEnsemble) -> None:
    for name, known in _CHOICES.items():
        if getattr(e, name) not in known:
            raise InvalidModelError(f"{name} must be one of {known}, got {getattr(e, name)!r}")
    columns_fit = sum(e.columns) == e.n_columns and min(e.columns, default=0) > 0
    if not columns_fit or len(e.base_score) != e.n_columns:
        raise InvalidModelError(f"columns {e.columns} do not add up to {e.n_columns} output columns")
    if (e.output < LEAF).any() or (e.output >= e.n_columns).any():
        raise InvalidModelError("a tree feeds an output column that does not exist")
    if e.aggregation != "sum" and (e.weight.min() < 0 or total_weights(e).min() <= 0):
        raise InvalidModelError(f"a {e.aggregation} needs factors >= 0, not all zero in a column")
    if e.task == "classification" and not _classes_fit(e):
        raise InvalidModelError("a classifier needs the class labels of each target")
    if e.prior is not None and (len(e.prior) != e.n_columns or not np.isfinite(e.prior).all()):
        raise InvalidModelError(f"prior must hold {e.n_columns} finite numbers")
    if e.feature_names is not None and len(e.feature_names) != e.n_features:
        raise InvalidModelError(f"{len(e.feature_names)} feature names for {e.n_features} features")
    if e.monotone is not None and not np.isin(e.monotone, (-1, 0, 1)).all():
        raise InvalidModelError("monotone holds signs: -1, 0 and 1")
    if e.monotone is not None and len(e.monotone) != e.n_features:
        raise InvalidModelError(f"{len(e.monotone)} monotone constraints for {e.n_features} features")


def validate(ensemble: TreeEnsemble) -> TreeEnsemble:
    """Check every invariant and hand the ensemble back.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    TreeEnsemble
        The same object.

    Raises
    ------
    InvalidModelError
        If an array has the wrong type or length, a tree is not a tree, a number is not finite, or a
        feature, category or output is out of range.
    """
    for check in (_check_arrays, _check_trees, _check_numbers, _check_categories, _check_outputs):
        check(ensemble)
    return ensemble
