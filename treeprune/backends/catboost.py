"""CatBoost: CatBoostClassifier, CatBoostRegressor, CatBoostRanker and the plain CatBoost.

CatBoost adds its bias after the trees, the IR before them: `predict` and the IR agree but for the
rounding of that last sum, which is why `_raw_output` sums the vendor's leaves in the order of the IR.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends.catboost_copy import copy_with
from treeprune.backends.catboost_document import check_layout, document, scale_and_bias
from treeprune.backends.catboost_loss import answer_fields, trained_by
from treeprune.backends.catboost_trees import tree_arrays, with_trees
from treeprune.backends.registry import Backend, always_boosts, register
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import branch_sums, leaf_means

_MISSING_GOES_LEFT = {"AsIs": True, "AsFalse": True, "AsTrue": False}
"""CatBoost compares ``x > border``; NaN is no larger than anything, unless it is treated as true."""

_ROUNDING = 1e-10
"""How far the sum of many trees may be off after another order of summation, relative to their size."""


def _features(model: Any, native: dict[str, Any]) -> dict[str, Any]:
    """Number, names, rules for NaN and constraints of the features."""
    known = {
        "borders",
        "feature_id",
        "feature_index",
        "flat_feature_index",
        "has_nans",
        "nan_value_treatment",
    }
    features = native["features_info"]["float_features"]
    for feature in features:
        check_layout(set(feature), known, "a feature")
        if feature["feature_index"] != feature["flat_feature_index"]:
            raise UnsupportedModelError(f"{type(model).__name__} has features that are not numbers")
    n = len(features)
    options = native["model_info"].get("params", {}).get("tree_learner_options", {})
    signs = options.get("monotone_constraints", {})
    return {
        "n_features": n,
        "feature_names": tuple(model.feature_names_) if any(f["feature_id"] for f in features) else None,
        "monotone": np.array([signs.get(str(f), 0) for f in range(n)], np.int8) if signs else None,
    }


def _missing_left(native: dict[str, Any], feature: Array) -> Array:
    rules = [
        _MISSING_GOES_LEFT[f["nan_value_treatment"]] for f in native["features_info"]["float_features"]
    ]
    return np.array([*rules, False])[feature]  # a leaf's -1 finds the last


def _read(model: Any) -> TreeEnsemble:
    native = document(model)
    scale, bias = scale_and_bias(model)
    trees = tree_arrays(native, len(bias))
    sizes = [len(tree["feature"]) for tree in trees]
    root = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    for tree, first in zip(trees, root, strict=False):
        for side in ("left", "right"):
            tree[side] = np.where(tree[side] == LEAF, LEAF, tree[side] + first).astype(np.int32)
    nodes: dict[str, Any] = {name: np.concatenate([tree[name] for tree in trees]) for name in trees[0]}
    left, right, n = nodes["left"], nodes["right"], len(nodes["left"])
    nodes["value"] = leaf_means(left, right, nodes["cover"], nodes["value"])
    nodes["cover"] = branch_sums(left, right, nodes["cover"], np.zeros(n))
    return TreeEnsemble(
        **nodes,
        default_left=_missing_left(native, nodes["feature"]),
        missing=np.zeros(n, np.uint8),
        category_set=np.full(n, LEAF, np.int32),
        category_offset=np.zeros(1, np.int64),
        category_word=np.zeros(0, np.uint32),
        category_count=np.zeros(0, np.int64),
        node_id=np.concatenate([np.arange(size, dtype=np.int32) for size in sizes]),
        root=root,
        tree_id=np.arange(len(trees), dtype=np.int32),
        weight=np.full(len(trees), scale),
        output=np.full(len(trees), LEAF, np.int32),
        base_score=bias,
        infinite=True,
        boosted=True,
        reweight="value",
        **_features(model, native),
        **answer_fields(model, native, len(bias)),
    )


def _write(model: Any, ensemble: TreeEnsemble) -> Any:
    native, order = with_trees(document(model), ensemble)
    return copy_with(model, native, ensemble.value[order].ravel(), ensemble.cover[order])


def _leaf_outputs(model: Any, rows: Array) -> Array:
    """What each tree adds to each row, by CatBoost's own walk; (n_trees, n_rows, n_columns)."""
    scale, bias = scale_and_bias(model)
    first = np.cumsum([0, *model.get_tree_leaf_counts()])[:-1].astype(np.int64)
    leaves = first + np.asarray(model.calc_leaf_indexes(rows)).astype(np.int64)
    value = np.asarray(model.get_leaf_values(), np.float64).reshape(-1, len(bias))
    return scale * value[leaves.T]


def _raw_output(model: Any, rows: Array) -> Array:
    import catboost

    terms = _leaf_outputs(model, rows)
    raw = np.tile(scale_and_bias(model)[1], (len(rows), 1))
    size = np.abs(raw)
    for term in terms:
        raw += term
        size += np.abs(term)
    # by the base class: the ranker's own predict takes no type
    native = catboost.CatBoost.predict(model, rows, prediction_type="RawFormulaVal").reshape(raw.shape)
    return np.where(np.abs(native - raw) <= _ROUNDING * size, raw, native)


def _tree_output(model: Any, tree: int, rows: Array) -> Array:
    return _leaf_outputs(model, rows)[tree]


def _in_bag(model: Any, tree: int, n_rows: int) -> Array | None:
    return None


def _encode(model: Any, X: Any) -> Any:
    """A table with the columns of the model: CatBoost finds those of a frame by their names."""
    if not hasattr(X, "columns"):
        return X
    names, columns = list(model.feature_names_), list(map(str, X.columns))
    if columns == names:
        return X
    if names == list(map(str, range(len(names)))):  # also what a model without names says
        if set(names) & set(columns):
            raise ValueError(f"X has the columns {columns}, but the model was trained on {names}")
        return X
    if missing := [name for name in names if name not in columns]:
        raise ValueError(f"X has no columns {missing}, on which the model was trained")
    return X[[X.columns[columns.index(name)] for name in names]]


register(
    (
        "catboost:CatBoost",
        "catboost:CatBoostClassifier",
        "catboost:CatBoostRanker",
        "catboost:CatBoostRegressor",
    ),
    Backend(
        _read,
        _write,
        _raw_output,
        _in_bag,
        _encode,
        _tree_output,
        boosts=always_boosts,
        trained_by=trained_by,
    ),
)
