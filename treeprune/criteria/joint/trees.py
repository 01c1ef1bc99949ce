"""The trees of a joint problem: tops of the given ones that may be kept, and where rows end in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import branch_sums, depths
from treeprune.statistics.leaf_places import LeafPlaces


@dataclass(frozen=True, eq=False)
class JointTrees:
    """Trees in flat arrays, children counted within their tree.

    Parameters
    ----------
    left, right : ndarray of int32, shape (n_nodes,)
        Children, counted from the first node of their tree; -1 at a leaf. Parents stand first.
    feature : ndarray of int32, shape (n_nodes,)
        Column that a split looks at; -1 at a leaf.
    first_use : ndarray of bool, shape (n_nodes,)
        Splits whose feature no split above them looks at.
    root : ndarray of int64, shape (n_trees + 1,)
        First node of each tree, and the number of nodes.
    node : ndarray of int64, shape (n_nodes,)
        Position of each node in the ensemble that the trees were made from.
    places : LeafPlaces
        Leaf of each row in each tree.
    """

    left: Array
    right: Array
    feature: Array
    first_use: Array
    root: Array
    node: Array
    places: LeafPlaces

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.root) - 1

    def tree(self, t: int) -> slice:
        """Slice of the node arrays that tree `t` owns."""
        return slice(int(self.root[t]), int(self.root[t + 1]))


@kernel
def _write_tops(left: Array, right: Array, may_split: Array, owner: Array) -> None:
    """Write the top's leaf above (or at) each node; LEAF at splits of the top."""
    for node in range(left.shape[0]):
        if owner[node] == LEAF and not (left[node] != LEAF and may_split[node]):
            owner[node] = node
        if left[node] != LEAF and owner[node] != LEAF:
            owner[left[node]] = owner[node]
            owner[right[node]] = owner[node]


@kernel
def _write_first_uses(left: Array, right: Array, feature: Array, parent: Array, first_use: Array) -> None:
    for node in range(left.shape[0]):
        if left[node] == LEAF:
            continue
        parent[left[node]] = node
        parent[right[node]] = node
        above = parent[node]
        while above != LEAF and feature[above] != feature[node]:
            above = parent[above]
        first_use[node] = above == LEAF


def joint_trees(
    ensemble: TreeEnsemble,
    places: LeafPlaces,
    weights: Array,
    *,
    max_depth: int | None = None,
    min_leaf_weight: float = 0.0,
    allowed: Array | None = None,
) -> JointTrees:
    """Cut trees back to what may be kept at all.

    Parameters
    ----------
    ensemble : TreeEnsemble
    places : LeafPlaces
        Of rows with weight in the trees of the ensemble.
    weights : ndarray of float64, shape (n_rows,)
    max_depth : int, optional
        Depth of the deepest leaf that may be kept.
    min_leaf_weight : float
        Sum of weights that a leaf needs. A split goes, with all below it, unless both of its branches
        have so much. A small number above 0 spares much work where trees were grown on other rows.
    allowed : ndarray of bool, shape (n_features,), optional
        Features that splits may look at. A split on another one goes, with all below it.

    Returns
    -------
    JointTrees
    """
    e = ensemble
    at_leaf = np.zeros(e.n_nodes)
    at_leaf[places.node] = places.sums(weights[:, None])[:, 0]
    mass = branch_sums(e.left, e.right, at_leaf, np.zeros(e.n_nodes))
    least = np.minimum(mass[e.left], mass[e.right])  # at a leaf both are the last node's, not looked at
    may_split = least >= min_leaf_weight
    if max_depth is not None:
        may_split &= depths(e.left, e.right) < max_depth
    if allowed is not None:
        may_split &= np.append(allowed, False)[e.feature]  # the last entry is the leaves'
    owner = np.full(e.n_nodes, LEAF, np.int64)
    _write_tops(e.left, e.right, may_split, owner)
    nodes = np.arange(e.n_nodes)
    is_leaf = owner == nodes
    kept = np.flatnonzero((owner == LEAF) | is_leaf)
    root = np.searchsorted(kept, e.root)
    position = np.full(e.n_nodes, LEAF, np.int64)
    position[kept] = np.arange(len(kept)) - np.repeat(root[:-1], np.diff(root))
    top_leaf = is_leaf[kept]
    left, right = (
        np.where(top_leaf, LEAF, position[side[kept]]).astype(np.int32) for side in (e.left, e.right)
    )
    feature = np.where(top_leaf, LEAF, e.feature[kept]).astype(np.int32)
    before = np.concatenate([[0], np.cumsum(top_leaf)])
    first = before[root]
    rank = np.zeros(e.n_nodes, np.int64)
    rank[kept] = before[:-1] - np.repeat(first[:-1], np.diff(root))
    merged = places.merged(rank[owner[places.node]], first, np.flatnonzero(top_leaf))
    first_use = np.zeros(len(kept), np.bool_)
    for t in range(e.n_trees):
        own = slice(int(root[t]), int(root[t + 1]))
        parent = np.full(own.stop - own.start, LEAF, np.int64)
        _write_first_uses(left[own], right[own], feature[own], parent, first_use[own])
    return JointTrees(left, right, feature, first_use, root, kept, merged)
