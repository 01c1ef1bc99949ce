"""Trees of CatBoost's JSON: symmetric ones (one split a level) and nested ones, and back.

Symmetric trees are read as the full binary trees they stand for. The first split, which CatBoost chose
first, is at the root: collapsing then takes the last splits first.
"""

from __future__ import annotations

import numpy as np

from treeprune.backends.catboost_document import Document, check_layout
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import depths

_NO_SPLIT: Document = {"float_feature_index": LEAF, "border": 0.0}


def _checked_split(split: Document) -> Document:
    if split.get("split_type") != "FloatFeature":
        raise UnsupportedModelError(
            f"a tree splits on {split.get('split_type')}, which treeprune cannot read; "
            "encode categories as numbers before training"
        )
    check_layout(set(split), {"border", "float_feature_index", "split_index", "split_type"}, "a split")
    return split


def _arrays(
    splits: list[Document], left: Array, right: Array, value: Array, weight: Array
) -> dict[str, Array]:
    return {
        "feature": np.array([split["float_feature_index"] for split in splits], np.int32),
        "threshold": np.array([split["border"] for split in splits], np.float64),
        "left": left,
        "right": right,
        "value": value,
        "cover": weight,
    }


def _levels(depth: int) -> list[Array]:
    """Pre-order numbers of the nodes of a full tree, level by level and from left to right."""
    levels = [np.zeros(1, np.int64)]
    for below in range(depth, 0, -1):
        left = levels[-1] + 1
        levels.append(np.column_stack([left, left + (1 << below) - 1]).ravel())
    return levels


def _symmetric_arrays(tree: Document, n_columns: int) -> dict[str, Array]:
    check_layout(set(tree), {"leaf_values", "leaf_weights", "splits"}, "a tree")
    splits = [_checked_split(split) for split in tree["splits"] or []]
    depth = len(splits)
    if np.shape(tree["leaf_values"]) != (n_columns << depth,):
        raise InvalidModelError(f"a tree of {depth} splits has {len(tree['leaf_values'])} leaf values")
    weights = tree.get("leaf_weights")
    if weights is None or np.shape(weights) != (1 << depth,):
        raise UnsupportedModelError(
            "the trees do not say how many rows reached their leaves, which pruning has to know; train "
            "the model anew or use the file that CatBoost itself saved"
        )
    levels, n = _levels(depth), (2 << depth) - 1
    left, right = np.full((2, n), LEAF, np.int32)
    per_node = [_NO_SPLIT] * n
    for level, split in enumerate(splits):
        left[levels[level]], right[levels[level]] = levels[level + 1].reshape(-1, 2).T
        for node in levels[level]:
            per_node[node] = split
    value, cover = np.zeros((n, n_columns)), np.zeros(n)
    order = _leaf_order(levels[-1])
    value[order] = np.reshape(tree["leaf_values"], (-1, n_columns))
    cover[order] = weights
    return _arrays(per_node, left, right, value, cover)


def _leaf_order(leaves: Array) -> Array:
    """Leaves of a full tree, from left to right, in the order of a symmetric tree's values.

    Bit i of a leaf's number there belongs to split i, the root being split 0.
    """
    depth = len(leaves).bit_length() - 1
    return leaves.reshape((2,) * depth).transpose(range(depth)[::-1]).ravel()


def nested_nodes(tree: Document) -> list[Document]:
    """Nodes of a nested tree in pre-order.

    Parameters
    ----------
    tree : dict

    Returns
    -------
    list of dict
    """
    nodes, stack = [], [tree]
    while stack:
        node = stack.pop()
        nodes.append(node)
        if "split" in node:
            check_layout(set(node), {"left", "right", "split"}, "a node")
            _checked_split(node["split"])
            stack += [node["right"], node["left"]]
        else:
            check_layout(set(node), {"value", "weight"}, "a leaf")
    return nodes


def _nested_arrays(tree: Document, n_columns: int) -> dict[str, Array]:
    nodes = nested_nodes(tree)
    position = {id(node): i for i, node in enumerate(nodes)}

    def child(side: str) -> Array:
        return np.array([position[id(n[side])] if "split" in n else LEAF for n in nodes], np.int32)

    nothing = [0.0] * n_columns
    return _arrays(
        [node.get("split", _NO_SPLIT) for node in nodes],
        child("left"),
        child("right"),
        np.array([np.ravel(node.get("value", nothing)) for node in nodes], np.float64),
        np.array([node.get("weight", 0.0) for node in nodes], np.float64),
    )


def tree_arrays(native: Document, n_columns: int) -> list[dict[str, Array]]:
    """Features, thresholds, children (within the tree), values and covers of each tree.

    Parameters
    ----------
    native : dict
        Document of a model.
    n_columns : int

    Returns
    -------
    list of dict of str to ndarray
        Values and covers at splits are 0.
    """
    if "trees" in native:
        return [_nested_arrays(tree, n_columns) for tree in native["trees"]]
    return [_symmetric_arrays(tree, n_columns) for tree in native["oblivious_trees"]]


def leaf_weights(native: Document) -> Array:
    """Weights of all leaves in the order of a document; float64, shape (n_leaves,)."""
    if "trees" in native:
        nodes = [node for tree in native["trees"] for node in nested_nodes(tree)]
        return np.array([node["weight"] for node in nodes if "weight" in node], np.float64)
    return np.concatenate([tree["leaf_weights"] for tree in native["oblivious_trees"]]).astype(np.float64)


def _symmetric_trees(native: Document, ensemble: TreeEnsemble) -> tuple[list[Document], list[Array]]:
    trees, orders = [], []
    for t, tree_id in enumerate(ensemble.tree_id):
        own = ensemble.tree(t)
        order = _leaf_order(own.start + np.flatnonzero(ensemble.is_leaf[own]))
        depth = len(order).bit_length() - 1
        splits = native["oblivious_trees"][tree_id]["splits"][:depth] if depth else None
        trees.append(
            {
                "leaf_values": ensemble.value[order].ravel().tolist(),
                "leaf_weights": ensemble.cover[order].tolist(),
                "splits": splits,
            }
        )
        orders.append(order)
    return trees, orders


def _has_first_splits(native: Document, ensemble: TreeEnsemble, t: int, depth: Array) -> bool:
    """Whether each split of a tree stands on the level that it had: no node took the place of another."""
    own, tree_id = ensemble.tree(t), ensemble.tree_id[t]
    splits = ~ensemble.is_leaf[own]
    level = _level_of_number(len(native["oblivious_trees"][tree_id]["splits"] or []))
    return np.array_equal(level[ensemble.node_id[own][splits]], depth[own][splits])


def _level_of_number(n_splits: int) -> Array:
    """Level of each node of a full tree, by its number."""
    by_number = np.zeros((2 << n_splits) - 1, np.int64)
    for level, numbers in enumerate(_levels(n_splits)):
        by_number[numbers] = level
    return by_number


def _native_splits(native: Document, tree_id: int, node_id: Array) -> list[Document]:
    """Split of each node, as it stands in the native tree."""
    if "trees" in native:
        nodes = nested_nodes(native["trees"][tree_id])
        return [nodes[i].get("split", _NO_SPLIT) for i in node_id]
    splits = native["oblivious_trees"][tree_id]["splits"] or []
    return [[*splits, _NO_SPLIT][level] for level in _level_of_number(len(splits))[node_id]]


def _nested_trees(native: Document, ensemble: TreeEnsemble) -> tuple[list[Document], list[Array]]:
    e = ensemble
    trees, orders = [], []
    for t, tree_id in enumerate(e.tree_id):
        own = e.tree(t)
        splits = _native_splits(native, int(tree_id), e.node_id[own])
        made: dict[int, Document] = {}
        order: dict[int, list[int]] = {}
        for node in range(own.stop - 1, own.start - 1, -1):  # children stand behind their parents
            a, b = int(e.left[node]), int(e.right[node])
            if a == LEAF:
                value = e.value[node].tolist()
                made[node] = {
                    "value": value[0] if len(value) == 1 else value,
                    "weight": float(e.cover[node]),
                }
                order[node] = [node]
            else:
                made[node] = {
                    "left": made.pop(a),
                    "right": made.pop(b),
                    "split": splits[node - own.start],
                }
                order[node] = order.pop(a) + order.pop(b)
        trees.append(made[own.start])
        orders.append(np.array(order[own.start]))
    return trees, orders


def with_trees(native: Document, ensemble: TreeEnsemble) -> tuple[Document, Array]:
    """Document with the trees of an edited ensemble.

    Trees stay symmetric as long as each loses whole levels only; if one does not, all are written in
    the nested form, since a document holds trees of one form.

    Parameters
    ----------
    native : dict
        Document of the model that `ensemble` was read from; it is left untouched.
    ensemble : TreeEnsemble

    Returns
    -------
    dict
    ndarray of int, shape (n_leaves,)
        Leaves of the ensemble in the order of the document.
    """
    depth, leaf = depths(ensemble.left, ensemble.right), ensemble.is_leaf
    of_leaves = [depth[ensemble.tree(t)][leaf[ensemble.tree(t)]] for t in range(ensemble.n_trees)]
    full = all(d.min() == d.max() for d in of_leaves)
    # CatBoost's importances of nested trees without any split are NaN, of symmetric ones 0
    symmetric = bool(leaf.all())
    if "oblivious_trees" in native and full:
        symmetric = all(_has_first_splits(native, ensemble, t, depth) for t in range(ensemble.n_trees))
    write = _symmetric_trees if symmetric else _nested_trees
    trees, orders = write(native, ensemble)
    others = {name: field for name, field in native.items() if name not in {"trees", "oblivious_trees"}}
    return others | {"oblivious_trees" if symmetric else "trees": trees}, np.concatenate(orders)
