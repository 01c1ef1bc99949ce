"""Which leaf does each row reach in each tree? The one place where the kernel for a tree is chosen.

- Trees of up to 256 leaves become programs over blocks of rows (`blend`), whatever their splits ask for:
  a split costs a few hundredths of a nanosecond a row.
- Larger trees are packed into eight bytes a node and walked sixteen rows at a time (`deep`).
- Large trees that split on categories, or are too large to be packed, and all trees where rows are few,
  are walked as they stand (`plain`).

All agree on every row to the last leaf. Memory is bounded by the block of rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from treeprune.kernels.blend import blend
from treeprune.kernels.columns import code_columns, largest_on_the_left
from treeprune.kernels.deep import LANES, walk_deep
from treeprune.kernels.keys import encode_keys, keys
from treeprune.kernels.packed import Packed, child_bits, pack
from treeprune.kernels.plain import UNKNOWN_CODES, walk_plain
from treeprune.kernels.programs import MOST_LEAVES, Programs, write_programs
from treeprune.kernels.ranks import Ranks, rank_bounds
from treeprune.kernels.sides import category_sides
from treeprune.kernels.slots import take_nodes
from treeprune.kernels.threads import run
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble

Kind = Literal["blend", "deep", "plain"]

STEP = 4096
"""Rows whose leaf numbers are held at a time."""

_TREES = {"blend": 64, "deep": 16, "plain": 16}
"""Trees whose leaf numbers are held at a time: with `STEP` rows of them, a quarter of a megabyte."""

_MOST_CODE = int(np.iinfo(np.uint16).max)
"""Largest code that a program can compare."""

_ROWS_A_NODE = 0.5
"""Fewer rows than this for each node of a tree do not repay the preparation of the fast kernels."""


@dataclass(frozen=True)
class Group:
    """Consecutive trees of one kind: those from `first` to before `last`, the `own`-th of their kind."""

    kind: Kind
    first: int
    last: int
    own: int

    def __len__(self) -> int:
        return self.last - self.first


@dataclass(frozen=True, eq=False)
class Codes:
    """A block of rows in the forms that the kernels of an ensemble read.

    Parameters
    ----------
    rows : ndarray, shape (n_rows, n_features)
    by_column : ndarray of uint8 or uint16, shape (n_columns, n_rows)
        For `blend`; empty where no tree needs it.
    by_tile : ndarray of uint32
        For `deep`; empty where no tree needs it.
    """

    rows: Array
    by_column: Array
    by_tile: Array

    def __len__(self) -> int:
        return len(self.rows)


class Walker:
    """Walks rows down the trees of one ensemble.

    Parameters
    ----------
    ensemble : TreeEnsemble
    has_missing : ndarray of bool, shape (n_features,)
        Features that hold NaN in any of the rows to come, see
        `treeprune.kernels.columns.missing_features`.
    n_rows : int
        About how many rows will be walked.

    Attributes
    ----------
    groups : list of Group
        Covers all trees in order.
    slot_first : ndarray of int64, shape (n_trees + 1,)
        The leaf numbers of tree ``t`` are slots ``slot_first[t]`` and following.
    slot_node : ndarray of int32, shape (n_slots,)
        Node of each slot. Slots of splits are never reached.
    """

    def __init__(self, ensemble: TreeEnsemble, has_missing: Array, n_rows: int) -> None:
        e = self.ensemble = ensemble
        self._n_leaves = np.add.reduceat(e.is_leaf.astype(np.int64), e.root[:-1])
        self._ranks: Ranks | None = None
        self._tile_ranks: Ranks | None = None
        kinds = np.full(e.n_trees, "plain", object)
        if n_rows >= _ROWS_A_NODE * e.n_nodes / e.n_trees:
            self._columns = code_columns(e, has_missing)
            self._prepare(kinds)
        self.groups = list(_groups(kinds))
        self._set_slots(kinds)

    def alone(self, tree: int) -> Group:
        """Group of one tree, for passes that go tree by tree."""
        group = next(group for group in self.groups if group.first <= tree < group.last)
        return Group(group.kind, tree, tree + 1, group.own + tree - group.first)

    @property
    def kinds(self) -> list[Kind]:
        """Kernel of each tree."""
        return [group.kind for group in self.groups for _ in range(len(group))]

    def _prepare(self, kinds: Array) -> None:
        """Choose a kind for each tree and build what it reads."""
        e = self.ensemble
        by_category = e.category_set != LEAF
        numeric = ~e.is_leaf & ~by_category
        bound, never = largest_on_the_left(e)
        n_categories, place, side = category_sides(e)
        small = (self._n_leaves <= MOST_LEAVES) & ~_any_in_tree(e, never & numeric)
        if len(side) == 0 or n_categories >= _MOST_CODE:  # the code of NaN is one more
            small &= ~_any_in_tree(e, by_category)
            n_categories = 0
        if small.any():
            chosen = numeric & np.repeat(small, np.diff(e.root))
            ranks = rank_bounds(
                self._columns, bound, chosen, n_categories, UNKNOWN_CODES[e.unknown_category]
            )
            if ranks.largest <= _MOST_CODE:
                self._ranks, self._side = ranks, side
                kinds[small] = "blend"
                rank = np.where(place >= 0, -1 - place, ranks.of_node).astype(np.int32)
                self._programs = self._write_programs(np.flatnonzero(small), rank)
        large = (kinds == "plain") & ~_any_in_tree(e, (never & numeric) | by_category)
        if large.any():
            self._pack(large, kinds, bound, numeric)

    def _write_programs(self, trees: Array, rank: Array) -> Programs:
        e = self.ensemble
        return write_programs(e.root, trees, e.left, e.right, self._columns.of_node, rank, self._n_leaves)

    def _pack(self, large: Array, kinds: Array, bound: Array, numeric: Array) -> None:
        e = self.ensemble
        bits = child_bits(len(self._columns), int(np.diff(e.root)[large].max()))
        if bits is None:
            return
        if e.input_dtype == "float32":
            code = keys(bound)
        else:  # there is no room for eight bytes in a node, but for the rank among all bounds
            chosen = numeric & np.repeat(large, np.diff(e.root))
            self._tile_ranks = rank_bounds(self._columns, bound, chosen, 0, 0)
            code = self._tile_ranks.of_node.view(np.uint32)
        kinds[large] = "deep"
        trees = np.flatnonzero(large)
        self._packed: Packed = pack(e.root, trees, e.left, e.right, self._columns.of_node, code, bits)

    def _set_slots(self, kinds: Array) -> None:
        e = self.ensemble
        sizes = np.where(kinds == "blend", self._n_leaves, np.diff(e.root))
        self.slot_first = np.concatenate([[0], np.cumsum(sizes)])
        kind_of_slot = np.repeat(kinds, sizes)
        self.slot_node = np.empty(self.slot_first[-1], np.int32)
        if (kinds == "blend").any():
            self.slot_node[kind_of_slot == "blend"] = self._programs.leaf
        if (kinds == "deep").any():
            self.slot_node[kind_of_slot == "deep"] = self._packed.order
        if (kinds == "plain").any():
            nodes = np.arange(e.n_nodes, dtype=np.int32)
            self.slot_node[kind_of_slot == "plain"] = nodes[np.repeat(kinds == "plain", np.diff(e.root))]

    def encode(self, rows: Array, n_jobs: int | None = None) -> Codes:
        """Put a block of rows into the forms that the kernels read.

        Parameters
        ----------
        rows : ndarray, shape (n_rows, n_features)
            Of the model's `input_dtype`; NaN is missing.
        n_jobs : int, optional
            Threads, see `treeprune.kernels.threads.run`.

        Returns
        -------
        Codes

        Raises
        ------
        ValueError
            If the rows have another number of columns, or another type, than the model.
        """
        e = self.ensemble
        if rows.ndim != 2 or rows.shape[1] != e.n_features:  # or a kernel would read foreign memory
            raise ValueError(f"rows must have {e.n_features} columns, got shape {rows.shape}")
        rows = np.ascontiguousarray(rows, e.input_dtype)
        kinds, n = {group.kind for group in self.groups}, len(rows)
        if kinds == {"plain"}:
            return Codes(rows, np.empty((0, n), np.uint8), np.empty(0, np.uint32))
        c = len(self._columns)
        wide = self._ranks is not None and self._ranks.largest > np.iinfo(np.uint8).max
        by_column = np.empty((c if "blend" in kinds else 0, n), np.uint16 if wide else np.uint8)
        by_tile = np.zeros(-(-n // LANES) * LANES * c if "deep" in kinds else 0, np.uint32)

        def one_part(start: int) -> None:
            part = slice(start, start + STEP)
            if self._ranks is not None and "blend" in kinds:
                self._ranks.encode(rows[part], by_column[:, part])
            if "deep" in kinds:
                self._encode_tiles(rows[part], by_tile[start * c : (start + STEP) * c])

        run(one_part, range(0, n, STEP), n_jobs)
        return Codes(rows, by_column, by_tile)

    def _encode_tiles(self, rows: Array, out: Array) -> None:
        if self._tile_ranks is None:
            encode_keys(self._columns, rows, out)
            return
        n_tiles = -(-len(rows) // LANES)
        ranks = np.zeros((len(self._columns), n_tiles * LANES), np.uint32)
        self._tile_ranks.encode(rows, ranks[:, : len(rows)])
        tiles = ranks.reshape(len(ranks), n_tiles, LANES).transpose(1, 0, 2)
        out[:] = tiles.reshape(-1)

    def walk(self, group: Group, codes: Codes, start: int, stop: int) -> Array:
        """Leaf numbers of some rows in the trees of a group.

        Parameters
        ----------
        group : Group
        codes : Codes
        start, stop : int
            Rows of the block; `start` is a multiple of `STEP`, and not more than `STEP` rows are meant.

        Returns
        -------
        ndarray of uint8 or int32, one-dimensional
            Number of row ``start + i`` in tree ``first + t`` at ``t * STEP + i``.
        """
        trees = slice(group.own, group.own + len(group))
        ends = slice(trees.start, trees.stop + 1)
        if group.kind == "blend":
            p, numbers = self._programs, np.empty(len(group) * STEP, np.uint8)
            flat = codes.by_column.reshape(-1)
            blend(
                flat, len(codes), start, stop, p.split, p.branch, p.first[ends], p.n_buffers, self._side,
                numbers, STEP,
            )  # fmt: skip
            return numbers
        numbers = np.empty(len(group) * STEP, np.int32)
        if group.kind == "deep":
            k = self._packed
            walk_deep(
                codes.by_tile, len(self._columns), start, stop, k.node, k.child_bits, k.root[ends],
                k.first_steps[trees], k.depth[trees], numbers, STEP,
            )  # fmt: skip
        else:
            own = np.arange(group.first, group.last)
            walk_plain(self.ensemble, codes.rows[start:stop], own, numbers, STEP)
        return numbers

    def nodes(self, group: Group, codes: Codes, start: int, stop: int) -> Array:
        """Leaves of some rows in the trees of a group, as positions in the node arrays.

        Parameters
        ----------
        group, codes, start, stop
            As for `walk`.

        Returns
        -------
        ndarray of int32, shape (n_trees, n_rows)
        """
        out = np.empty((len(group), stop - start), np.int32)
        numbers, first = self.walk(group, codes, start, stop), self.slot_first[group.first : group.last]
        take_nodes(numbers, STEP, stop - start, self.slot_node, first, out, 0)
        return out

    def steps(self, group: Group, codes: Codes) -> Iterator[tuple[int, int, Array]]:
        """Leaf numbers of a whole block, `STEP` rows after `STEP` rows: start, stop, numbers."""
        for start in range(0, len(codes), STEP):
            stop = min(start + STEP, len(codes))
            yield start, stop, self.walk(group, codes, start, stop)


def _any_in_tree(e: TreeEnsemble, mask: Array) -> Array:
    """Whether any node of each tree is marked."""
    return np.logical_or.reduceat(mask, e.root[:-1])


def _groups(kinds: Array) -> Iterator[Group]:
    """Cut the trees into groups of one kind and of a size that suits it."""
    seen: dict[str, int] = {}
    first = 0
    while first < len(kinds):
        kind = kinds[first]
        last = first
        while last < len(kinds) and kinds[last] == kind and last - first < _TREES[kind]:
            last += 1
        yield Group(kind, first, last, seen.get(kind, 0))
        seen[kind] = seen.get(kind, 0) + last - first
        first = last
