"""A LightGBM model text as a `TreeEnsemble`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from treeprune.backends.lightgbm_prior import first_trees, prior_of
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.formats.lightgbm_fields import integers, numbers
from treeprune.formats.lightgbm_text import LightGBMDocument
from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import (
    LEAF,
    MISSING_DEFAULT,
    MISSING_IS_ZERO,
    ZERO_IS_MISSING,
    ZERO_LIMIT,
    Array,
    TreeEnsemble,
)
from treeprune.model.structure import leaf_means

SPLIT_KEYS = (
    "split_feature",
    "split_gain",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "internal_value",
    "internal_weight",
    "internal_count",
)
"""Lists of a tree with one entry a split."""

LEAF_KEYS = ("leaf_value", "leaf_weight", "leaf_count")
"""Lists of a tree with one entry a leaf."""

CATEGORY_KEYS = ("cat_boundaries", "cat_threshold")
"""Lists of a tree that splits on categories."""

# bits of decision_type
CATEGORICAL, _DEFAULT_LEFT, _MISSING_SHIFT = 1, 2, 2

_UNKNOWN = -1
"""Rows of a tree of one leaf, which LightGBM before 4.6 forgets."""

_MISSING_RULE = np.array([MISSING_IS_ZERO, ZERO_IS_MISSING, MISSING_DEFAULT, 255], np.uint8)
"""By LightGBM's missing type: None, Zero, NaN; the fourth is none, which validation says."""


@kernel
def _pre_order(left: Array, right: Array) -> Array:
    """Nodes from the root down, left before right; more entries than nodes if this is no tree."""
    n = left.shape[0]
    order = np.empty(n + 1, np.int64)
    stack = np.empty(2 * n + 2, np.int64)
    stack[0] = 0
    top, found = 1, 0
    while top > 0 and found <= n:
        top -= 1
        node = stack[top]
        order[found] = node
        found += 1
        if left[node] != LEAF:
            stack[top] = right[node]
            stack[top + 1] = left[node]
            top += 2
    return order[:found]


def _check_constant_leaves(tree: Mapping[str, str]) -> None:
    if tree.get("is_linear", "0") != "0":
        raise UnsupportedModelError(
            "linear_tree: leaves of this LightGBM model hold linear models, which treeprune cannot merge "
            "exactly; train it with linear_tree=False"
        )


def _effective(threshold: Array) -> Array:
    """Largest number that goes left.

    LightGBM reads a number of up to `ZERO_LIMIT` as 0, and its thresholds beside 0 are just there.
    """
    nearly_zero = np.abs(threshold) <= ZERO_LIMIT
    at_zero = np.where(threshold < 0.0, np.nextafter(-ZERO_LIMIT, -np.inf), ZERO_LIMIT)
    return np.where(nearly_zero, at_zero, threshold)


def _splits(tree: Mapping[str, str], n_leaves: int) -> dict[str, Array]:
    """Node fields of one tree in its native order, splits before leaves."""
    n_splits, n = n_leaves - 1, 2 * n_leaves - 1
    decision = np.zeros(n, np.int64)
    decision[:n_splits] = integers(tree, "decision_type")
    by_category = (decision & CATEGORICAL) > 0
    by_number = ~by_category
    by_number[n_splits:] = False
    fields: dict[str, Array] = {
        "feature": np.full(n, LEAF, np.int32),
        "threshold": np.zeros(n),
        "left": np.full(n, LEAF, np.int32),
        "right": np.full(n, LEAF, np.int32),
        # at a split on categories a missing value goes right, whatever the bit says
        "default_left": by_number & ((decision & _DEFAULT_LEFT) > 0),
        "missing": np.where(by_number, _MISSING_RULE[(decision >> _MISSING_SHIFT) & 3], MISSING_DEFAULT),
        "native_set": np.full(n, LEAF, np.int64),
        "node_id": np.arange(n, dtype=np.int32),
    }
    fields["feature"][:n_splits] = integers(tree, "split_feature")
    for side in ("left", "right"):
        child = integers(tree, f"{side}_child")
        fields[side][:n_splits] = np.where(child >= 0, child, n_splits + ~child)
    threshold = np.zeros(n)
    threshold[:n_splits] = numbers(tree, "threshold")
    fields["threshold"][by_number] = _effective(threshold[by_number])
    fields["native_set"][by_category] = threshold[by_category]
    return fields


def _tree_arrays(tree: Mapping[str, str], number: int) -> tuple[dict[str, Array], list[Array]]:
    """Node fields of one tree, parents before children, and the words of its category sets.

    A tree that was pruned by us and one that is being pruned stand in the same order: pre-order.
    """
    _check_constant_leaves(tree)
    n_leaves = int(tree["num_leaves"])
    n_splits = n_leaves - 1
    fields = _splits(tree, n_leaves)
    order = _pre_order(fields["left"], fields["right"])
    if len(order) != 2 * n_leaves - 1:
        raise InvalidModelError(f"tree {number} of this LightGBM model is not a tree")
    value, count = np.zeros(len(order)), np.zeros(len(order), np.int64)
    value[n_splits:] = numbers(tree, "leaf_value")
    count[n_splits:] = integers(tree, "leaf_count") if tree["leaf_count"] else _UNKNOWN
    count[:n_splits] = integers(tree, "internal_count")
    position = np.full(len(order) + 1, LEAF, np.int32)  # the last entry maps -1 to -1
    position[order] = np.arange(len(order), dtype=np.int32)
    fields |= {"value": value, "n_samples": count}
    fields |= {side: position[fields[side]] for side in ("left", "right")}
    fields = {name: array[order] for name, array in fields.items()}
    native_set = fields.pop("native_set")
    chosen = np.flatnonzero(native_set != LEAF)
    sets = []
    if len(chosen):
        bounds, words = integers(tree, "cat_boundaries"), integers(tree, "cat_threshold").astype(np.uint32)
        sets = [words[bounds[s] : bounds[s + 1]] for s in native_set[chosen]]
    fields["category_set"] = np.full(len(order), LEAF, np.int32)
    fields["category_set"][chosen] = np.arange(len(sets))
    return fields, sets


def _feature_names(header: Mapping[str, str | None]) -> tuple[str, ...] | None:
    names = tuple((header["feature_names"] or "").split())
    return None if names == tuple(f"Column_{i}" for i in range(len(names))) else names


def _monotone(header: Mapping[str, str | None]) -> Array | None:
    signs = header.get("monotone_constraints")
    return np.array(signs.split(), np.int8) if signs else None


def ensemble_of(document: LightGBMDocument, about: Mapping[str, Any]) -> TreeEnsemble:
    """Ensemble of the trees of a checked document.

    Parameters
    ----------
    document : LightGBMDocument
    about : mapping
        What the model predicts, see `treeprune.backends.lightgbm_output.output_fields`.

    Returns
    -------
    TreeEnsemble
    """
    header, n_columns = document.header, sum(about["columns"])
    if not document.trees:
        raise InvalidModelError("this LightGBM model has no trees, so there is nothing to prune; train it")
    starts = first_trees(document, n_columns)
    tree_id = np.array([n for n in range(len(document.trees)) if n >= starts[n % n_columns]], np.int32)
    parts: list[dict[str, Array]] = []
    sets: list[Array] = []
    first = 0
    for number in tree_id.tolist():
        tree = document.trees[number]
        fields, own_sets = _tree_arrays(tree, number)
        split = fields["left"] != LEAF
        for side in ("left", "right"):
            fields[side][split] += first
        fields["category_set"][fields["category_set"] != LEAF] += len(sets)
        parts.append(fields)
        sets += own_sets
        first += len(split)
    nodes: dict[str, Any] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    sizes = np.array([len(part["left"]) for part in parts])
    output = tree_id % n_columns
    # most likely as many as the other trees saw
    count = nodes["n_samples"]
    count[count == _UNKNOWN] = max(count.max(), 0)
    cover = count.astype(np.float64)
    value = np.zeros((first, n_columns))
    value[np.arange(first), np.repeat(output, sizes)] = leaf_means(
        nodes["left"], nodes["right"], cover, nodes["value"][:, None]
    )[:, 0]
    words_per_set = np.array([len(words) for words in sets], np.int64)
    is_mean = "average_output" in header
    return TreeEnsemble(
        **(nodes | {"value": value}),
        cover=cover,
        category_offset=np.concatenate([[0], np.cumsum(words_per_set)]).astype(np.int64),
        category_word=np.concatenate([np.zeros(0, np.uint32), *sets]),
        category_count=32 * words_per_set,
        root=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        tree_id=tree_id,
        weight=np.ones(len(parts)),
        output=output,
        base_score=np.zeros(n_columns),
        prior=prior_of(document, n_columns),
        n_features=int(header["max_feature_idx"] or 0) + 1,
        feature_names=_feature_names(header),
        monotone=_monotone(header),
        comparison="<=",
        input_dtype="float64",
        output_dtype="float64",
        unknown_category="right",
        absent="zero",
        infinite=True,
        boosted=not is_mean,
        aggregation="mean" if is_mean else "sum",
        reweight="value",
        **about,
    )
