"""`TreeEnsemble` -> XGBoost document, by surgery on the document that it was read from."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends.xgboost_layout import CATEGORY_ENTRIES, NODE_ENTRIES, Layout
from treeprune.backends.xgboost_read import tree_rows
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble

_SPLIT_ONLY = ("split_indices", "split_type", "default_left", "loss_changes")
_BEST = ("best_iteration", "best_score")


def _native_links(tree: dict[str, Any], rows: Array) -> tuple[Array, Array]:
    """Children of some rows among them, -1 where they went too."""
    position = np.full(len(tree["left_children"]) + 1, LEAF, np.int64)  # the last entry maps -1 to -1
    position[rows] = np.arange(len(rows))
    left, right = (position[np.asarray(tree[f"{side}_children"])[rows]] for side in ("left", "right"))
    return left, right


def _level_order(left: Array, right: Array) -> Array:
    """Nodes of a tree level by level: each left child stands beside the right one."""
    order = level = np.zeros(1, np.int64)
    while len(level):
        splits = level[left[level] != LEAF]
        level = np.column_stack([left[splits], right[splits]]).ravel().astype(np.int64)
        order = np.concatenate([order, level])
    return order


def _kept_rows(tree: dict[str, Any], rows: Array, left: Array, right: Array) -> dict[str, Any]:
    """Tree of some rows with the children given; a row that lost its children is a leaf."""
    new: dict[str, Any] = {**tree, **{name: np.asarray(tree[name])[rows] for name in NODE_ENTRIES}}
    position = np.full(len(tree["left_children"]) + 1, LEAF, np.int64)  # the last entry maps -1 to -1
    position[rows] = np.arange(len(rows))
    leaf = left == LEAF
    parent = new["parents"]
    parent[0] = np.asarray(tree["parents"])[0]  # a constant that differs between releases
    for name, side in (("left_children", left), ("right_children", right)):
        new[name] = side.astype(new[name].dtype)
        parent[side[~leaf]] = np.flatnonzero(~leaf)
    became_leaf = leaf & (np.asarray(tree["left_children"])[rows] != LEAF)
    for name in _SPLIT_ONLY:
        new[name][became_leaf] = 0
    new.update(_kept_categories(tree, position, leaf))
    new["tree_param"] = {**tree["tree_param"], "num_nodes": str(len(rows)), "num_deleted": "0"}
    return new


def _kept_categories(tree: dict[str, Any], position: Array, leaf: Array) -> dict[str, Array]:
    """Category entries of the splits that are left."""
    words, nodes, starts, sizes = (np.asarray(tree[name]) for name in CATEGORY_ENTRIES)
    at = position[nodes]
    kept = np.flatnonzero((at != LEAF) & ~leaf[at])
    kept = kept[np.argsort(at[kept])]  # XGBoost counts on nodes in order
    pieces = [words[a : a + n] for a, n in zip(starts[kept], sizes[kept], strict=True)]
    ends = np.cumsum(sizes[kept])
    return {
        "categories": np.concatenate([words[:0], *pieces]),
        "categories_nodes": at[kept].astype(nodes.dtype),
        "categories_segments": (ends - sizes[kept]).astype(starts.dtype),
        "categories_sizes": sizes[kept],
    }


def _links(ensemble: TreeEnsemble, own: slice, order: Array) -> tuple[Array, Array]:
    """Children of the nodes of a tree in an order, by their places in it."""
    place = np.full(own.stop - own.start + 1, LEAF, np.int64)  # the last entry maps -1 to -1
    place[order] = np.arange(len(order))
    left, right = (
        place[np.where(side[own] == LEAF, LEAF, side[own] - own.start)[order]]
        for side in (ensemble.left, ensemble.right)
    )
    return left, right


def _edited(tree: dict[str, Any], ensemble: TreeEnsemble, t: int) -> dict[str, Any]:
    """Native tree with the rows, leaf values and covers of one tree of the ensemble."""
    own = ensemble.tree(t)
    rows = ensemble.node_id[own].astype(np.int64)
    # rows keep their native order, in which XGBoost's predictor finds right children beside left ones
    order = np.argsort(rows)
    left, right = _links(ensemble, own, order)
    native = _native_links(tree, rows[order])
    if not (np.array_equal(left, native[0]) and np.array_equal(right, native[1])):
        order = order[_level_order(left, right)]  # a node took the place of one above it
        left, right = _links(ensemble, own, order)
    native_rows = rows[order]
    # rows that XGBoost left behind stay while nothing else changes, so that nothing else does
    whole = np.array_equal(native_rows, np.sort(tree_rows(tree)))
    if whole:
        every = np.arange(len(tree["left_children"]))
        new = _kept_rows(tree, every, *_native_links(tree, every))
        new["tree_param"] = tree["tree_param"]
    else:
        new = _kept_rows(tree, native_rows, left, right)
    here = native_rows if whole else np.arange(len(rows))
    leaf = new["left_children"][here] == LEAF
    became_leaf = leaf & (np.asarray(tree["left_children"])[native_rows] != LEAF)
    value = ensemble.value[own][order, ensemble.output[t]].astype(np.float32)
    # bits stay where the number is the same: a zero keeps its sign
    changed = became_leaf | (leaf & (new["split_conditions"][here] != value))
    for name in ("split_conditions", "base_weights"):
        new[name][here[changed]] = value[changed]
    new["sum_hessian"][here] = ensemble.cover[own][order]
    return new


def stub(tree: dict[str, Any]) -> dict[str, Any]:
    """Tree of one leaf that adds 0: it holds the place of a dropped tree in a round that stays.

    Parameters
    ----------
    tree : dict
        The tree that is dropped; its root says what rows it saw.

    Returns
    -------
    dict
    """
    nothing = np.full(1, LEAF, np.int64)
    new = _kept_rows(tree, np.zeros(1, np.int64), nothing, nothing)
    new["split_conditions"][0] = new["base_weights"][0] = 0
    return new


def _check_order(ensemble: TreeEnsemble, n_trees: int) -> None:
    if (np.diff(ensemble.tree_id) < 0).any():
        raise ValueError(
            "the trees of an XGBoost model must keep their order: a tree corrects the sum of those "
            "before it, and each round holds one tree for each output column"
        )
    if ensemble.tree_id[-1] >= n_trees:
        raise ValueError(f"tree {ensemble.tree_id[-1]} is not one of the {n_trees} trees of the model")


def write_layout(layout: Layout, ensemble: TreeEnsemble) -> dict[str, Any]:
    """Document with the trees of an edited ensemble.

    Parameters
    ----------
    layout : Layout
        Of the document that the ensemble was read from; it is changed.
    ensemble : TreeEnsemble
        Rounds that lost all their trees go. In a round that stays, a stub stands for each tree that
        does not: readers of the format count on rounds of one size.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        If the trees stand in another order.
    UnsupportedModelError
        If trees have factors that the format has no place for.
    """
    trees, columns, rounds, weights = layout.trees, layout.columns, layout.rounds, layout.weights
    _check_order(ensemble, len(trees))
    if not layout.is_dart and (ensemble.weight != 1).any():
        raise UnsupportedModelError(
            "only a DART model has a factor beside each tree; multiply the leaf values instead"
        )
    position = {int(tree): t for t, tree in enumerate(ensemble.tree_id)}
    kept_rounds = np.unique(np.searchsorted(rounds, ensemble.tree_id, side="right") - 1)
    kept = np.concatenate([np.arange(rounds[r], rounds[r + 1]) for r in kept_rounds])
    new = [
        _edited(trees[tree], ensemble, position[tree]) if tree in position else stub(trees[tree])
        for tree in map(int, kept)
    ]
    weights[ensemble.tree_id] = ensemble.weight
    if len(kept_rounds) < len(rounds) - 1:
        # Predict goes no further than the best round, which now is the last one or another. XGBoost's
        # slice drops the mark too: continued training would take it over, and ignore the new rounds.
        attributes = layout.learner.get("attributes", {})
        layout.learner["attributes"] = {k: v for k, v in attributes.items() if k not in _BEST}
    sizes = np.diff(rounds)[kept_rounds]
    layout.replace_trees(new, columns[kept], np.concatenate([[0], np.cumsum(sizes)]), weights[kept])
    return layout.document
