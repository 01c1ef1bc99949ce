"""The first levels of large trees as small programs.

All rows pass the same few splits at the top of a tree, so asking these splits of all rows at once, as the
programs of small trees do, costs less than walking. A row then enters the walk where the top left it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.kernels.compiled import borrower
from treeprune.kernels.programs import Programs, write_programs
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble

TOP_LEVELS = 4
"""Levels of a large tree that are asked of all rows; one more would cost as much as it saves."""


@dataclass(frozen=True, eq=False)
class Tops:
    """The first levels of some large trees, each in `width` positions of its own.

    Children of the node at position ``k`` stand at ``2 k + 1`` and ``2 k + 2``; some positions are empty.

    Parameters
    ----------
    levels : int
    left, right : ndarray of int32, shape (n_trees * width,)
        As in a `TreeEnsemble`; -1 where the top ends.
    node, place : ndarray of int32, shape (n_trees * width,)
        Which node of the ensemble it is, and its place in the packed tree.
    """

    levels: int
    left: Array
    right: Array
    node: Array
    place: Array

    @property
    def splits(self) -> Array:
        """Nodes of the ensemble that the tops split."""
        return self.node[self.left != LEAF]


@dataclass(frozen=True, eq=False)
class Entrances:
    """Where rows enter the walks of some large trees.

    Parameters
    ----------
    programs : Programs or None
        Of the tops; None where all rows enter at the root.
    place : ndarray of int32, shape (n_trees, n_entrances)
        Place in the packed tree of each leaf of a top.
    levels : int
        Levels that are passed.
    """

    programs: Programs | None
    place: Array
    levels: int


@borrower
def _write_tops(
    root: Array,
    trees: Array,
    child_left: Array,
    child_right: Array,
    width: int,
    left: Array,
    right: Array,
    node: Array,
    place: Array,
) -> None:
    for k in range(trees.shape[0]):
        start = k * width
        node[start] = root[trees[k]]
        tail = 1
        # level by level, as packed trees are numbered: so places are counted on the way
        for here in range(start, start + width // 2):
            old = node[here]
            if old == LEAF or child_left[old] == LEAF:
                continue
            below = 2 * (here - start) + 1 + start
            left[here], right[here] = below, below + 1
            node[below], node[below + 1] = child_left[old], child_right[old]
            place[below], place[below + 1] = tail, tail + 1
            tail += 2


def find_tops(e: TreeEnsemble, trees: Array, levels: int) -> Tops:
    """First levels of some trees.

    Parameters
    ----------
    e : TreeEnsemble
    trees : ndarray of int64
        Positions of the packed trees.
    levels : int
        Depth at which the tops end; 0 for no tops.

    Returns
    -------
    Tops
    """
    width = 2 ** (levels + 1) - 1
    left, right, node = (np.full(len(trees) * width, LEAF, np.int32) for _ in range(3))
    place = np.zeros(len(trees) * width, np.int32)
    _write_tops(e.root, trees, e.left, e.right, width, left, right, node, place)
    return Tops(levels, left, right, node, place)


def entrances(tops: Tops, n_trees: int, column: Array, rank: Array) -> Entrances:
    """Programs of the tops of some trees.

    Parameters
    ----------
    tops : Tops
    n_trees : int
    column, rank : ndarray of int32, shape (n_nodes,)
        What a split of the ensemble asks for, as for `treeprune.kernels.programs.write_programs`.

    Returns
    -------
    Entrances
    """
    if tops.levels == 0:
        return Entrances(None, np.zeros((n_trees, 1), np.int32), 0)
    root = np.arange(n_trees + 1) * (len(tops.node) // max(n_trees, 1))
    used = tops.node != LEAF
    own = np.add.reduceat((used & (tops.left == LEAF)).astype(np.int64), root[:-1])
    asked = np.maximum(tops.node, 0)
    trees = np.arange(n_trees)
    programs = write_programs(root, trees, tops.left, tops.right, column[asked], rank[asked], own)
    place = np.zeros((n_trees, 2**tops.levels), np.int32)
    number = np.arange(len(programs.leaf)) - np.repeat(np.cumsum(own) - own, own)
    place[np.repeat(trees, own), number] = tops.place[programs.leaf]
    return Entrances(programs, place, tops.levels)
