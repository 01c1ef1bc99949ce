"""XGBoost document -> `TreeEnsemble`."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends.xgboost_layout import Layout
from treeprune.exceptions import InvalidModelError
from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import leaf_means

MAX_CATEGORIES = 2**24
"""XGBoost sends every code from here on left, since single precision has no more whole numbers."""


class _CategorySets:
    """Category sets of all trees, as they are found."""

    def __init__(self) -> None:
        self.words: list[Array] = []

    def add(self, right: Array) -> int:
        """Number of a new set; `right` are the categories that XGBoost lists, which go right."""
        if len(right) == 0 or right.min() < 0 or right.max() >= MAX_CATEGORIES:
            raise InvalidModelError(f"a split lists categories outside 0..{MAX_CATEGORIES - 1}, or none")
        left = np.full(int(right.max()) // 32 + 1, 0xFFFFFFFF, np.uint32)
        np.bitwise_and.at(left, right // 32, ~(np.uint32(1) << (right % 32).astype(np.uint32)))
        self.words.append(left)
        return len(self.words) - 1

    def fields(self) -> dict[str, Any]:
        sizes = np.array([len(words) for words in self.words], np.int64)
        return {
            "category_offset": np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
            "category_word": np.concatenate([np.zeros(0, np.uint32), *self.words]),
            "category_count": 32 * sizes,
        }


@kernel
def _pre_order(left: Array, right: Array) -> Array:
    """Rows below the root, each before its children and left ones first; empty if they are no tree."""
    n = left.shape[0]
    order = np.empty(n, np.int64)
    stack = np.empty(n + 1, np.int64)
    stack[0] = 0
    top, found = 1, 0
    while top > 0:
        top -= 1
        node = stack[top]
        if found == n or node < 0 or node >= n:
            return order[:0]
        order[found] = node
        found += 1
        if left[node] != LEAF:
            if top + 2 > n:
                return order[:0]
            stack[top] = right[node]
            stack[top + 1] = left[node]
            top += 2
    return order[:found]


def tree_rows(tree: dict[str, Any]) -> Array:
    """Rows of a native tree that hang together with its root, in the order of the ensemble.

    XGBoost leaves rows behind when it prunes by `gamma` itself (``tree_method="exact"``).
    """
    left, right = (np.asarray(tree[side], np.int64) for side in ("left_children", "right_children"))
    rows = _pre_order(left, right)
    if len(rows) == 0:
        raise InvalidModelError("children of a tree are out of range, or shared")
    return rows


def _nodes(
    tree: dict[str, Any], first: int, column: int, n_columns: int, sets: _CategorySets
) -> dict[str, Array]:
    """Node fields of one tree whose nodes start at position `first`."""
    rows = tree_rows(tree)
    n = len(rows)
    position = np.full(len(tree["left_children"]) + 1, LEAF, np.int32)  # the last entry maps -1 to -1
    position[rows] = np.arange(first, first + n, dtype=np.int32)
    leaf = np.asarray(tree["left_children"])[rows] == LEAF
    number = np.asarray(tree["split_conditions"], np.float32)[rows].astype(np.float64)
    categorical = ~leaf & (np.asarray(tree["split_type"])[rows] != 0)
    value = np.zeros((n, n_columns))
    value[leaf, column] = number[leaf]
    category_set = np.full(n, LEAF, np.int32)
    for node, start, size in zip(
        *(np.asarray(tree[f"categories_{name}"]) for name in ("nodes", "segments", "sizes")), strict=True
    ):
        at = position[node] - first
        if at >= 0 and categorical[at]:
            category_set[at] = sets.add(np.asarray(tree["categories"], np.int64)[start : start + size])
    if (category_set[categorical] == LEAF).any():
        raise InvalidModelError("a split on categories lists none")
    return {
        "feature": np.where(leaf, LEAF, np.asarray(tree["split_indices"])[rows]).astype(np.int32),
        "threshold": np.where(leaf | categorical, 0.0, number),
        "left": position[np.asarray(tree["left_children"])[rows]],
        "right": np.where(leaf, LEAF, position[np.asarray(tree["right_children"])[rows]]),
        "default_left": ~leaf & (np.asarray(tree["default_left"])[rows] != 0),
        "missing": np.zeros(n, np.uint8),
        "category_set": category_set,
        "value": value,
        "cover": np.asarray(tree["sum_hessian"], np.float64)[rows],
        "node_id": rows.astype(np.int32),
    }


def read_layout(layout: Layout, n_rounds: int, base_score: Array, about: dict[str, Any]) -> TreeEnsemble:
    """Ensemble of the first rounds of a document.

    Parameters
    ----------
    layout : Layout
    n_rounds : int
        How many rounds the model predicts with (early stopping leaves more behind).
    base_score : ndarray of float64, shape (n_columns,)
        Where the sum of the trees starts.
    about : dict
        Other fields of the ensemble.

    Returns
    -------
    TreeEnsemble
    """
    n_trees = int(layout.rounds[n_rounds])
    output = layout.columns[:n_trees].astype(np.int32)
    sets = _CategorySets()
    parts: list[dict[str, Array]] = []
    first = 0
    for tree, column in zip(layout.trees[:n_trees], output, strict=True):
        parts.append(_nodes(tree, first, int(column), len(base_score), sets))
        first += len(parts[-1]["feature"])
    nodes: dict[str, Any] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    root = np.concatenate([[0], np.cumsum([len(part["feature"]) for part in parts])]).astype(np.int64)
    mean = leaf_means(nodes["left"], nodes["right"], nodes["cover"], nodes["value"])
    nodes["value"] = mean.astype(np.float32).astype(np.float64)
    return TreeEnsemble(
        **nodes,
        **sets.fields(),
        root=root,
        tree_id=np.arange(n_trees, dtype=np.int32),
        weight=layout.weights[:n_trees].copy(),
        output=output,
        base_score=base_score,
        n_features=layout.n_features,
        comparison="<",
        input_dtype="float32",
        output_dtype="float32",
        unknown_category="left",
        absent="missing",
        boosted=True,
        reweight="weight" if layout.is_dart else "value",
        **about,
    )
