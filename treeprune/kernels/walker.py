"""Walks of rows down all trees of an ensemble, whatever kernels these get.

All kernels agree on every row to the last leaf; `treeprune.kernels.choice` says which one a tree gets.
Memory is bounded by the block of rows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from treeprune.kernels.blend import blend
from treeprune.kernels.choice import Choice, choose
from treeprune.kernels.deep import LANES, walk_deep
from treeprune.kernels.groups import STEP, Codes, Group, Kind, Scratch, cut_into_groups, finer
from treeprune.kernels.keys import encode_keys
from treeprune.kernels.plain import walk_plain
from treeprune.kernels.programs import Programs
from treeprune.kernels.slots import take_nodes
from treeprune.kernels.threads import run
from treeprune.model.ensemble import Array, TreeEnsemble


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
    n_jobs : int, optional
        Threads, see `treeprune.kernels.threads.run`.

    Attributes
    ----------
    choice : Choice
        Kernel of each tree, and what the kernels read.
    groups : list of Group
        Covers all trees in order.
    slot_first : ndarray of int64, shape (n_trees + 1,)
        The leaf numbers of tree ``t`` are slots ``slot_first[t]`` and following.
    slot_node : ndarray of int32, shape (n_slots,)
        Node of each slot. Slots of splits are never reached.
    """

    def __init__(
        self, ensemble: TreeEnsemble, has_missing: Array, n_rows: int, n_jobs: int | None = 1
    ) -> None:
        self.ensemble, self.has_missing = ensemble, has_missing
        self.choice = choose(ensemble, has_missing, n_rows, n_jobs)
        self.groups = cut_into_groups(self.choice.kinds)
        self.slot_first, self.slot_node = _slots(ensemble, self.choice)

    @property
    def kinds(self) -> list[Kind]:
        """Kernel of each tree."""
        return list(self.choice.kinds)

    def groups_of(self, trees: slice, n_jobs: int | None = 1) -> list[Group]:
        """Groups of some consecutive trees; those at the ends may be cut, others too for threads."""
        cut = ((max(g.first, trees.start), min(g.last, trees.stop), g) for g in self.groups)
        groups = [Group(g.kind, a, b, g.own + a - g.first) for a, b, g in cut if a < b]
        return finer(groups, n_jobs)

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
            If the rows have another number of columns than the model.
        """
        e, c = self.ensemble, self.choice
        if rows.ndim != 2 or rows.shape[1] != e.n_features:  # or a kernel would read foreign memory
            raise ValueError(f"rows must have {e.n_features} columns, got shape {rows.shape}")
        rows, n = np.ascontiguousarray(rows, e.input_dtype), len(rows)
        n_columns = 0 if c.columns is None else len(c.columns)
        wide = c.ranks is not None and c.ranks.largest > np.iinfo(np.uint8).max
        by_column = np.empty((n_columns if c.ranks else 0, n), np.int16 if wide else np.int8)
        by_tile = np.zeros(-(-n // LANES) * LANES * n_columns if c.packed else 0, np.uint32)

        def one_part(start: int) -> None:
            part = slice(start, start + STEP)
            if c.ranks:
                c.ranks.encode(rows[part], by_column[:, part])
            if c.packed:
                _encode_tiles(c, rows[part], by_tile[start * n_columns : (start + STEP) * n_columns])

        run(one_part, range(0, n, STEP) if n_columns else (), n_jobs)
        return Codes(rows, by_column, by_tile)

    def walk(
        self, group: Group, codes: Codes, start: int, stop: int, scratch: Scratch | None = None
    ) -> Array:
        """Leaf numbers of some rows in the trees of a group.

        Parameters
        ----------
        group : Group
        codes : Codes
        start, stop : int
            Rows of the block; `start` is a multiple of `LANES`, and not more than `STEP` rows are meant.
        scratch : Scratch, optional
            Takes the result, until it is used for the next.

        Returns
        -------
        ndarray of uint8 or int32, one-dimensional
            Number of row ``start + i`` in tree ``first + t`` at ``t * STEP + i``.
        """
        c, scratch = self.choice, scratch or Scratch()
        if group.kind == "blend":
            assert c.programs is not None
            self._blend(c.programs, group, codes, start, stop, scratch.bytes)
            return scratch.bytes
        if group.kind == "plain":
            own = np.arange(group.first, group.last)
            walk_plain(self.ensemble, codes.rows[start:stop], own, scratch.places, STEP)
            return scratch.places
        k, entry = c.packed, c.entrances
        assert k is not None
        assert entry is not None
        assert c.columns is not None
        if entry.programs is None:
            scratch.bytes[:] = 0
        else:
            self._blend(entry.programs, group, codes, start, stop, scratch.bytes)
        trees, ends = _own(group)
        walk_deep(
            codes.by_tile, len(c.columns), start, stop, k.node, k.child_bits, k.root[ends],
            k.first_steps[trees] - entry.levels, k.depth[trees] - entry.levels,
            entry.place[trees], scratch.bytes, scratch.places, STEP,
        )  # fmt: skip
        return scratch.places

    def _blend(self, p: Programs, group: Group, codes: Codes, start: int, stop: int, out: Array) -> None:
        flat, first = codes.by_column.reshape(-1), p.first[_own(group)[1]]
        blend(
            flat,
            len(codes),
            start,
            stop,
            p.split,
            p.branch,
            first,
            p.n_buffers,
            self.choice.side,
            out,
            STEP,
        )

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

    def steps(
        self, group: Group, codes: Codes, scratch: Scratch | None = None, rows: slice | None = None
    ) -> Iterator[tuple[int, int, Array]]:
        """Leaf numbers of a whole block, or of some of its rows: start, stop, numbers, step after step.

        The numbers are good until the next are asked for. `rows` begin at a multiple of `LANES`.
        """
        scratch, rows = scratch or Scratch(), rows or slice(0, len(codes))
        for start in range(rows.start, rows.stop, STEP):
            stop = min(start + STEP, rows.stop)
            yield start, stop, self.walk(group, codes, start, stop, scratch)


def _own(group: Group) -> tuple[slice, slice]:
    """Where a group stands among the trees of its kind, without and with its end."""
    return slice(group.own, group.own + len(group)), slice(group.own, group.own + len(group) + 1)


def _slots(e: TreeEnsemble, c: Choice) -> tuple[Array, Array]:
    sizes = np.where(c.kinds == "blend", c.n_leaves, np.diff(e.root))
    first = np.concatenate([[0], np.cumsum(sizes)])
    slot_node = np.empty(first[-1], np.int32)
    nodes = np.arange(e.n_nodes, dtype=np.int32)
    plain = c.kinds == "plain"
    if plain.any():
        slot_node[np.repeat(plain, sizes)] = nodes[np.repeat(plain, np.diff(e.root))]
    if c.programs is not None:
        slot_node[np.repeat(c.kinds == "blend", sizes)] = c.programs.leaf
    if c.packed is not None:
        slot_node[np.repeat(c.kinds == "deep", sizes)] = c.packed.order
    return first, slot_node


def _encode_tiles(c: Choice, rows: Array, out: Array) -> None:
    assert c.columns is not None
    if c.tile_ranks is None:
        encode_keys(c.columns, rows, out)
        return
    n_tiles = -(-len(rows) // LANES)
    ranks = np.zeros((len(c.columns), n_tiles * LANES), np.uint32)
    c.tile_ranks.encode(rows, ranks[:, : len(rows)])
    out[:] = ranks.reshape(len(ranks), n_tiles, LANES).transpose(1, 0, 2).reshape(-1)
