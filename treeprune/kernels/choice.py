"""The one place where the kernel for a tree is chosen, and what it reads is built.

- Trees of up to 256 leaves become programs over blocks of rows (`blend`), whatever their splits ask for:
  a split costs a few hundredths of a nanosecond a row.
- Larger trees are packed into eight bytes a node and walked sixteen rows at a time (`deep`), below a top of
  four levels that is a program too.
- Large trees that split on categories, or are too large to be packed, and all trees where rows are few,
  are walked as they stand (`plain`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from treeprune.kernels.columns import Columns, code_columns, largest_on_the_left
from treeprune.kernels.entrances import TOP_LEVELS, Entrances, entrances, find_tops
from treeprune.kernels.keys import keys
from treeprune.kernels.packed import Packed, child_bits, pack
from treeprune.kernels.plain import UNKNOWN_CODES
from treeprune.kernels.programs import MOST_LEAVES, Programs, write_programs
from treeprune.kernels.ranks import Ranks, rank_bounds
from treeprune.kernels.sides import category_sides
from treeprune.kernels.threads import run
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble

_MOST_CODE = np.iinfo(np.uint16).max

_ROWS_A_NODE = 0.5
"""Fewer rows than this for each node of a tree do not repay the preparation of the fast kernels."""


@dataclass(eq=False)
class Choice:
    """Kernel of each tree, and what the kernels read; None where no tree needs it.

    Parameters
    ----------
    kinds : ndarray of str, shape (n_trees,)
    n_leaves : ndarray of int64, shape (n_trees,)
    columns : Columns or None
    ranks : Ranks or None
        For `programs`, and for the tops of `packed` trees.
    side : ndarray of uint8
        From `treeprune.kernels.sides.category_sides`.
    programs : Programs or None
    packed : Packed or None
    tile_ranks : Ranks or None
        For `packed`, where rows are not of single precision.
    entrances : Entrances or None
        For `packed`.
    """

    kinds: Array
    n_leaves: Array
    columns: Columns | None = None
    ranks: Ranks | None = None
    side: Array = field(default_factory=lambda: np.zeros(0, np.uint8))
    programs: Programs | None = None
    packed: Packed | None = None
    tile_ranks: Ranks | None = None
    entrances: Entrances | None = None


def choose(e: TreeEnsemble, has_missing: Array, n_rows: int, n_jobs: int | None = 1) -> Choice:
    """Choose a kernel for each tree.

    Parameters
    ----------
    e : TreeEnsemble
    has_missing : ndarray of bool, shape (n_features,)
    n_rows : int
        About how many rows will be walked.
    n_jobs : int, optional
        Threads, see `treeprune.kernels.threads.run`.

    Returns
    -------
    Choice
    """
    n_leaves = np.add.reduceat(e.is_leaf.astype(np.int64), e.root[:-1])
    choice = Choice(np.full(e.n_trees, "plain", object), n_leaves)
    if n_rows < _ROWS_A_NODE * e.n_nodes / e.n_trees:
        return choice
    passes: list[Callable[[], Any]] = [
        partial(code_columns, e, has_missing),
        partial(largest_on_the_left, e),
    ]
    columns, (bound, never) = run(lambda one: one(), passes, n_jobs)
    choice.columns = columns
    n_categories, place, choice.side = category_sides(e)
    by_category = e.category_set != LEAF
    numeric = ~e.is_leaf & ~by_category
    sound, numbers_only = ~_in_any(e, never & numeric), ~_in_any(e, by_category)
    small = (n_leaves <= MOST_LEAVES) & sound
    if len(choice.side) == 0 or n_categories >= _MOST_CODE:  # the code of NaN is one more
        small &= numbers_only
        n_categories = 0
    packable = sound & numbers_only
    bits = child_bits(len(columns), int(np.diff(e.root)[packable].max(initial=1)))
    if bits is None:
        packable[:] = False
    # small trees and the tops of large ones share the codes of the rows; without room for both, tops go
    for levels in (TOP_LEVELS, 0):
        tops = find_tops(e, np.flatnonzero(packable & ~small), levels)
        ranked = numeric & _nodes_of(e, small)
        ranked[tops.splits] = True
        ranks = rank_bounds(columns, bound, ranked, n_categories, UNKNOWN_CODES[e.unknown_category])
        fits = ranks.largest <= _MOST_CODE
        if fits:
            break
    if not fits:
        small[:] = False
        tops = find_tops(e, np.flatnonzero(packable), 0)
    elif ranked.any() or small.any():
        choice.ranks = ranks
    rank = ranks.of_node
    rank[by_category] = -1 - place[by_category]
    if small.any():
        trees = np.flatnonzero(small)
        choice.programs = write_programs(e.root, trees, e.left, e.right, columns.of_node, rank, n_leaves)
        choice.kinds[small] = "blend"
    large = packable & ~small
    if bits is not None and large.any():
        trees = np.flatnonzero(large)
        if e.input_dtype == "float32":
            code = keys(bound)
        else:  # there is no room for eight bytes in a node, but for the rank among all bounds
            choice.tile_ranks = rank_bounds(columns, bound, numeric & _nodes_of(e, large), 0, 0)
            code = choice.tile_ranks.of_node.view(np.uint32)
        choice.packed = pack(e.root, trees, e.left, e.right, columns.of_node, code, bits, n_jobs)
        choice.entrances = entrances(tops, len(trees), columns.of_node, rank)
        choice.kinds[large] = "deep"
    return choice


def _in_any(e: TreeEnsemble, mask: Array) -> Array:
    """Whether any node of each tree is marked."""
    return np.logical_or.reduceat(mask, e.root[:-1])


def _nodes_of(e: TreeEnsemble, trees: Array) -> Array:
    """Mark the nodes of marked trees."""
    return np.repeat(trees, np.diff(e.root))
