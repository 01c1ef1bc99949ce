"""Pure edits: each takes an ensemble and gives a new one, the old stays as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numba import njit

from treeprune.model.ensemble import LEAF, NODE_FIELDS, TREE_FIELDS, Array, TreeEnsemble


@njit(nogil=True, cache=True)
def _kept_in_order(left: Array, right: Array, root: Array, collapse: Array) -> tuple[Array, Array]:
    """Nodes that remain, in the order they are to stand, and the new roots.

    A tree that loses nodes is laid out anew in pre-order, as scikit-learn lays out a pruned tree; a
    tree that loses none keeps its order, so that an empty edit is the identity.
    """
    kept = np.empty(left.shape[0], np.int64)
    new_root = np.zeros(root.shape[0], np.int64)
    stack = np.empty(left.shape[0] + 1, np.int64)
    n = 0
    for t in range(root.shape[0] - 1):
        touched = False
        for node in range(root[t], root[t + 1]):
            if collapse[node] and left[node] != LEAF:
                touched = True
        if touched:
            stack[0] = root[t]
            top = 1
            while top > 0:
                top -= 1
                node = stack[top]
                kept[n] = node
                n += 1
                if left[node] != LEAF and not collapse[node]:
                    stack[top] = right[node]
                    stack[top + 1] = left[node]
                    top += 2
        else:
            for node in range(root[t], root[t + 1]):
                kept[n] = node
                n += 1
        new_root[t + 1] = n
    return kept[:n], new_root


def _gather(ensemble: TreeEnsemble, kept: Array, **changes: Any) -> TreeEnsemble:
    """Ensemble of the nodes `kept`, with children renumbered."""
    position = np.full(ensemble.n_nodes + 1, LEAF, np.int32)  # the last entry maps -1 to -1
    position[kept] = np.arange(len(kept), dtype=np.int32)
    nodes = {name: array[kept] for name in NODE_FIELDS if (array := getattr(ensemble, name)) is not None}
    nodes["left"] = position[nodes["left"]]
    nodes["right"] = position[nodes["right"]]
    return replace(ensemble, **nodes, **changes)


def collapse(ensemble: TreeEnsemble, nodes: Array) -> TreeEnsemble:
    """Turn splits into leaves and drop everything below them.

    Parameters
    ----------
    ensemble : TreeEnsemble
    nodes : ndarray of bool, shape (n_nodes,)
        Splits that become leaves; entries at leaves and below other chosen nodes have no effect.

    Returns
    -------
    TreeEnsemble
        Kept nodes keep every field, `node_id` and cover included.
    """
    if nodes.dtype != np.bool_ or nodes.shape != (ensemble.n_nodes,):
        raise ValueError(
            f"nodes must be a boolean mask of shape ({ensemble.n_nodes},), "
            f"got {nodes.dtype} of shape {nodes.shape}"
        )
    kept, root = _kept_in_order(ensemble.left, ensemble.right, ensemble.root, nodes)
    edited = _gather(ensemble, kept, root=root)
    leaf = nodes[kept] | (edited.left == LEAF)
    blank = {
        "left": LEAF,
        "right": LEAF,
        "feature": LEAF,
        "threshold": 0.0,
        "default_left": False,
        "category_set": LEAF,
    }
    for name, nothing in blank.items():
        getattr(edited, name)[leaf] = nothing  # gathered a moment ago, so nobody else holds them
    return edited


def keep_trees(ensemble: TreeEnsemble, trees: Array) -> TreeEnsemble:
    """Keep some trees, in the order given.

    Parameters
    ----------
    ensemble : TreeEnsemble
    trees : ndarray of int, shape (n_kept,)
        Positions of the trees to keep; at least one, none twice.

    Returns
    -------
    TreeEnsemble
    """
    trees = np.asarray(trees)
    if len(trees) == 0 or len(np.unique(trees)) != len(trees) or trees.dtype.kind not in "iu":
        raise ValueError("trees must name at least one tree by its position, and none twice")
    if trees.min() < 0 or trees.max() >= ensemble.n_trees:
        raise ValueError(f"trees must name positions in 0..{ensemble.n_trees - 1}, got {trees.tolist()}")
    kept = np.concatenate([np.arange(ensemble.root[t], ensemble.root[t + 1]) for t in trees])
    sizes = np.diff(ensemble.root)[trees]
    root = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    per_tree = {name: getattr(ensemble, name)[trees] for name in TREE_FIELDS}
    return _gather(ensemble, kept, root=root, **per_tree)


def with_values(
    ensemble: TreeEnsemble,
    value: Array,
    *,
    cover: Array | None = None,
    n_samples: Array | None = None,
    impurity: Array | None = None,
) -> TreeEnsemble:
    """Replace the node values, and what they rest on.

    Parameters
    ----------
    ensemble : TreeEnsemble
    value : ndarray of float64, shape (n_nodes, n_columns)
    cover : ndarray of float64, shape (n_nodes,), optional
    n_samples : ndarray of int64, shape (n_nodes,), optional
    impurity : ndarray of float64, shape (n_nodes,), optional

    Returns
    -------
    TreeEnsemble
    """
    if value.shape != ensemble.value.shape:
        raise ValueError(f"value must have shape {ensemble.value.shape}, got {value.shape}")
    return replace(
        ensemble,
        value=np.ascontiguousarray(value, np.float64),
        cover=ensemble.cover if cover is None else np.asarray(cover, np.float64),
        n_samples=ensemble.n_samples if n_samples is None else np.asarray(n_samples, np.int64),
        impurity=ensemble.impurity if impurity is None else np.asarray(impurity, np.float64),
    )


def with_classes(ensemble: TreeEnsemble, classes: tuple[Array, ...]) -> TreeEnsemble:
    """Give a classifier output columns for classes it has never seen, at probability zero.

    Parameters
    ----------
    ensemble : TreeEnsemble
        Trained on rows that may lack some classes.
    classes : tuple of ndarray
        Sorted labels of each target, those of the ensemble among them.

    Returns
    -------
    TreeEnsemble
    """
    if all(np.array_equal(a, b) for a, b in zip(ensemble.classes, classes, strict=True)):
        return ensemble
    start = np.cumsum([0, *map(len, classes)])
    column = np.concatenate(
        [
            start[k] + np.searchsorted(wanted, own)
            for k, (own, wanted) in enumerate(zip(ensemble.classes, classes, strict=True))
        ]
    )
    value = np.zeros((ensemble.n_nodes, start[-1]))
    value[:, column] = ensemble.value
    base_score = np.zeros(start[-1])
    base_score[column] = ensemble.base_score
    output = np.where(ensemble.output == LEAF, LEAF, column[ensemble.output]).astype(np.int32)
    return replace(
        ensemble,
        value=value,
        base_score=base_score,
        output=output,
        classes=classes,
        columns=tuple(map(len, classes)),
    )
