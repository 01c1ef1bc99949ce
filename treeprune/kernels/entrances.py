"""The first levels of large trees as small programs.

All rows pass the same few splits at the top of a tree, so asking these splits of all rows at once, as the
programs of small trees do, costs less than walking. A row then enters the walk where the top left it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.kernels.packed import Packed
from treeprune.kernels.programs import Programs, write_programs
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble

TOP_LEVELS = 4
"""Levels of a large tree that are asked of all rows; half as much again costs twice as much."""


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


def entrances(
    e: TreeEnsemble, trees: Array, packed: Packed, level: Array, levels: int, column: Array, rank: Array
) -> Entrances:
    """Programs of the tops of some trees.

    Parameters
    ----------
    e : TreeEnsemble
    trees : ndarray of int64
        Positions of the packed trees.
    packed : Packed
    level : ndarray of int32, shape (n_nodes,)
        Depth of each node.
    levels : int
        Depth at which the tops end; 0 for no tops.
    column, rank : ndarray of int32, shape (n_nodes,)
        What a split of a top asks for, as for `treeprune.kernels.programs.write_programs`.

    Returns
    -------
    Entrances
    """
    if levels == 0:
        return Entrances(None, np.zeros((len(trees), 1), np.int32), 0)
    inside = level < levels
    left, right = (np.where(inside, child, LEAF).astype(np.int32) for child in (e.left, e.right))
    ends = (level <= levels) & (left == LEAF)
    n_ends = np.add.reduceat(ends.astype(np.int64), e.root[:-1])
    programs = write_programs(e.root, trees, left, right, column, rank, n_ends)
    place_of = np.empty(e.n_nodes, np.int32)
    place_of[packed.order] = np.arange(len(packed.order)) - np.repeat(
        packed.root[:-1], np.diff(packed.root)
    )
    place = np.zeros((len(trees), 2**levels), np.int32)
    own = n_ends[trees]
    tree = np.repeat(np.arange(len(trees)), own)
    number = np.arange(len(tree)) - np.repeat(np.cumsum(own) - own, own)
    place[tree, number] = place_of[programs.leaf]
    return Entrances(programs, place, levels)
