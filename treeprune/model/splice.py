"""Let a node take the place of one above it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from treeprune.kernels.compiled import borrower
from treeprune.model.ensemble import LEAF, NODE_FIELDS, Array, TreeEnsemble
from treeprune.model.structure import parents


def splice(ensemble: TreeEnsemble, becomes: Array) -> TreeEnsemble:
    """Let nodes take the places of nodes above them, and drop what hangs on no tree any more.

    Parameters
    ----------
    ensemble : TreeEnsemble
    becomes : ndarray of int, shape (n_nodes,)
        What stands in the place of each node: the node itself, or one below it. What is said of nodes
        that are dropped has no effect.

    Returns
    -------
    TreeEnsemble
        Kept nodes keep every field, `node_id` and cover included. Trees that lose nodes are laid out in
        pre-order, the others as they were.

    Raises
    ------
    ValueError
        If a node is to be replaced by one that is not below it.
    """
    e, becomes = ensemble, np.asarray(becomes)
    if becomes.shape != (e.n_nodes,) or becomes.dtype.kind not in "iu":
        raise ValueError(
            f"becomes must be {e.n_nodes} node positions, got {becomes.dtype} of shape {becomes.shape}"
        )
    becomes = becomes.astype(np.int64)
    _check_below(e, becomes)
    final = becomes
    while not np.array_equal(final[final], final):
        final = final[final]
    kept, stack = np.empty(e.n_nodes, np.int64), np.empty(e.n_nodes + 1, np.int64)
    root = np.zeros_like(e.root)
    touched = np.logical_or.reduceat(final != np.arange(e.n_nodes), e.root[:-1])
    _spliced_order(e.left, e.right, e.root, final, touched, stack, kept, root)
    kept = kept[: root[-1]]
    position = np.full(e.n_nodes + 1, LEAF, np.int32)  # the last entry maps -1 to -1
    position[kept] = np.arange(len(kept), dtype=np.int32)
    links = np.append(final, LEAF)
    nodes = {name: array[kept] for name in NODE_FIELDS if (array := getattr(e, name)) is not None}
    nodes["left"], nodes["right"] = (position[links[side[kept]]] for side in (e.left, e.right))
    return replace(e, **nodes, root=root)


def _check_below(e: TreeEnsemble, becomes: Array) -> None:
    if len(becomes) and (becomes.min() < 0 or becomes.max() >= e.n_nodes):
        raise ValueError(f"becomes must name positions in 0..{e.n_nodes - 1}")
    node, parent = np.arange(e.n_nodes), parents(e.left, e.right)
    at = becomes.copy()
    while (climbs := at > node).any():  # parents stand before their children
        at[climbs] = parent[at[climbs]]
    wrong = np.flatnonzero(at != node)
    if len(wrong):
        raise ValueError(
            f"node {becomes[wrong[0]]} is not below node {wrong[0]}, whose place it is to take"
        )


@borrower
def _spliced_order(
    left: Array,
    right: Array,
    root: Array,
    final: Array,
    touched: Array,
    stack: Array,
    kept: Array,
    new_root: Array,
) -> None:
    n = 0
    for t in range(touched.shape[0]):
        if touched[t]:
            stack[0] = final[root[t]]
            top = 1
            while top > 0:
                top -= 1
                node = stack[top]
                kept[n] = node
                n += 1
                if left[node] != LEAF:
                    stack[top] = final[right[node]]
                    stack[top + 1] = final[left[node]]
                    top += 2
        else:
            for node in range(root[t], root[t + 1]):
                kept[n] = node
                n += 1
        new_root[t + 1] = n
