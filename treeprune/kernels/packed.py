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
from treeprune.kernels.groups import runs_of_trees
from treeprune.kernels.pointers import pointer
from treeprune.kernels.threads import run
from treeprune.model.ensemble import LEAF, Array

_HIGH_BITS = 32
ALL_LEFT = np.uint32(np.iinfo(np.uint32).max)
"""Bound of a leaf: no code is above it."""

_ZERO, _ONE = np.uint64(0), np.uint64(1)

_NODES_A_TASK = 200_000

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
    queue: Array,
) -> None:
    """`queue` has room for all nodes of a tree, and for two more: leaves write children too, unread."""
    waiting = pointer(queue, 0)
    for position in range(trees.shape[0]):
        start, n = new_root[position], new_root[position + 1] - new_root[position]
        nodes, named = pointer(node, 2 * start), pointer(order, start)
        waiting[_ZERO] = root[trees[position]]
        tail, level_end = _ONE, _ONE
        for place in range(np.uint64(n)):
            if place == level_end:
                depth[position] += 1
                level_end = tail
            # no branch: half of the nodes are leaves, in no order
            old = np.uint64(waiting[place])
            named[place] = old
            child, largest_code = left[old], bound[old]
            splits = np.uint64(child != LEAF)
            offset = np.uint64(column[old] * LANES) << np.uint64(shift)
            waiting[tail], waiting[tail + _ONE] = child, right[old]
            nodes[place + place] = largest_code if splits else ALL_LEFT
            nodes[place + place + _ONE] = offset | tail if splits else place
            tail += splits + splits


def pack(
    root: Array,
    trees: Array,
    left: Array,
    right: Array,
    column: Array,
    bound: Array,
    shift: int,
    n_jobs: int | None = 1,
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
    n_jobs : int, optional
        Threads, see `treeprune.kernels.threads.run`.

    Returns
    -------
    Packed
    """
    new_root = np.concatenate([[0], np.cumsum(root[trees + 1] - root[trees])])
    node, order = np.empty((new_root[-1], 2), np.uint32), np.empty(new_root[-1], np.int32)
    depth = np.zeros(len(trees), np.int64)

    def one_part(part: slice) -> None:
        first, own = new_root[part.start : part.stop + 1], depth[part]
        queue = np.empty(np.diff(first).max() + 2, np.int32)
        _pack(root, trees[part], left, right, column, bound, shift, first, node, own, order, queue)

    run(one_part, list(runs_of_trees(new_root, _NODES_A_TASK, slice(0, len(trees)))), n_jobs)
    # a few steps more than a balanced tree of so many nodes has levels
    first = np.where(
        depth <= _BALANCED, depth, np.minimum(np.log2(np.diff(new_root)).astype(np.int64) + 5, depth)
    )
    return Packed(node, shift, new_root, depth, first, order)
