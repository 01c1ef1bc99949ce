"""Large trees in eight bytes a node, children side by side.

Half of a node is the largest code that goes left, the other half its column and the place of its left
child; the right child is the next one. A leaf is its own left child, and no code goes right there, so
a row that has arrived stays where it is and rows of unequal depth can walk together. Nodes stand level by
level: the first levels of a tree, which every row visits, share a few cache lines.

How wide tables of optimised trees are laid out is described by N. Asadi, J. Lin, A. de Vries, Runtime
optimizations for tree-based machine learning models, IEEE TKDE 26, 2014.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.kernels.deep import LANES
from treeprune.model.ensemble import LEAF, Array

_HIGH_BITS = 32
ALL_LEFT = np.uint32(np.iinfo(np.uint32).max)
"""Bound of a leaf: no code is above it."""

_BALANCED = 14
"""Trees up to this depth are walked to the end by all rows alike."""


@dataclass(frozen=True, eq=False)
class Packed:
    """Nodes of some trees in eight bytes each.

    Parameters
    ----------
    node : ndarray of uint32, shape (n_nodes, 2)
        Largest code that goes left; and ``offset << child_bits | left child``: where the codes of the
        split's column begin in a tile of rows, and a place, counted from the root.
    child_bits : int
    root : ndarray of int64, shape (n_trees + 1,)
    depth : ndarray of int64, shape (n_trees,)
        Splits on the longest way.
    first_steps : ndarray of int64, shape (n_trees,)
        Steps that all rows take before anyone looks who has arrived.
    order : ndarray of int32, shape (n_nodes,)
        Which node of the ensemble stands at each place.
    """

    node: Array
    child_bits: int
    root: Array
    depth: Array
    first_steps: Array
    order: Array


def child_bits(n_columns: int, largest_tree: int) -> int | None:
    """Bits that the place of a child needs; None if it and a column do not fit in 32 bits.

    Parameters
    ----------
    n_columns : int
    largest_tree : int
        Number of nodes.

    Returns
    -------
    int or None
    """
    child, offset = max(largest_tree - 1, 1).bit_length(), max((n_columns - 1) * LANES, 1).bit_length()
    return child if child + offset <= _HIGH_BITS else None


@kernel
def _pack(
    root: Array,
    trees: Array,
    left: Array,
    right: Array,
    column: Array,
    bound: Array,
    shift: int,
    new_root: Array,
    node: Array,
    depth: Array,
    order: Array,
) -> None:
    for position in range(trees.shape[0]):
        t = trees[position]
        start, n = new_root[position], root[t + 1] - root[t]
        order[start] = root[t]
        tail, level_end = 1, 1
        for place in range(n):
            if place == level_end:
                depth[position] += 1
                level_end = tail
            old = order[start + place]
            if left[old] == LEAF:
                node[start + place, 0] = ALL_LEFT
                node[start + place, 1] = place
                continue
            offset = np.uint64(column[old] * LANES) << np.uint64(shift)
            node[start + place, 0] = bound[old]
            node[start + place, 1] = offset | np.uint64(tail)
            order[start + tail], order[start + tail + 1] = left[old], right[old]
            tail += 2


def pack(
    root: Array, trees: Array, left: Array, right: Array, column: Array, bound: Array, shift: int
) -> Packed:
    """Pack some trees.

    Parameters
    ----------
    root : ndarray of int64, shape (n_trees + 1,)
    trees : ndarray of int64
        Positions of the trees that are meant.
    left, right, column : ndarray of int32, shape (n_nodes,)
    bound : ndarray of uint32, shape (n_nodes,)
        Largest code that goes left; below `ALL_LEFT`.
    shift : int
        From `child_bits`.

    Returns
    -------
    Packed
    """
    new_root = np.concatenate([[0], np.cumsum(root[trees + 1] - root[trees])])
    node, order = np.empty((new_root[-1], 2), np.uint32), np.empty(new_root[-1], np.int32)
    depth = np.zeros(len(trees), np.int64)
    _pack(root, trees, left, right, column, bound, shift, new_root, node, depth, order)
    # a few steps more than a balanced tree of so many nodes has levels
    first = np.where(
        depth <= _BALANCED, depth, np.minimum(np.log2(np.diff(new_root)).astype(np.int64) + 5, depth)
    )
    return Packed(node, shift, new_root, depth, first, order)
