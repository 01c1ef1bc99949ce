"""Rows that weigh one are counted, which needs no parts of numbers and a quarter of the memory.

A table of counts is read and written in no order. To stay in the cache beside the tree it has two
bytes a count; before a count can overflow, all are added to a table of four bytes.
"""

from __future__ import annotations

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.kernels.groups import STEP, Codes, Group
from treeprune.kernels.pointers import pointer
from treeprune.kernels.slots import count_rows
from treeprune.kernels.walker import Walker
from treeprune.model.ensemble import LEAF, Array

MOST_ROWS = np.iinfo(np.uint32).max
"""Rows that can be counted."""

MOST_CODES = 1 << 16
"""Classes of all targets together that rows can be counted under."""

_MOST = np.iinfo(np.uint16).max
_ONE = np.uint64(1)


@kernel
def _empty_into(counts: Array, first: int, last: int, whole: Array) -> None:
    for i in range(first, last):
        whole[i] += counts[i]
        counts[i] = 0


@kernel
def _count_nodes(
    root: Array,
    first: int,
    last: int,
    left: Array,
    right: Array,
    slot_first: Array,
    slot_node: Array,
    base: int,
    counts: Array,
    whole: Array,
    n_codes: int,
    n_first: int,
    n_rows: Array,
    total: Array,
    slots: Array,
) -> None:
    """Put the counts of the leaves of some trees to their nodes, and add up those of children.

    `slots` has room for the nodes of the largest of these trees.
    """
    width = np.uint64(total.shape[1])
    sums = pointer(total, 0)
    for t in range(first, last):
        start, n = root[t], root[t + 1] - root[t]
        nodes, own = pointer(slot_node, slot_first[t]), pointer(slots, 0)
        for slot in range(slot_first[t + 1] - slot_first[t]):
            own[np.uint64(nodes[slot] - start)] = slot
        here = pointer(counts, (slot_first[t] - base) * n_codes)
        before = pointer(whole, (slot_first[t] - base) * n_codes if whole.shape[0] > 0 else 0)
        # children stand behind their parents: nodes are written one after the other, from the last on
        for i in range(n):
            node = np.uint64(root[t + 1] - 1 - i)
            to = node * width
            if left[node] != LEAF:
                a, b = np.uint64(left[node]), np.uint64(right[node])
                n_rows[node] = n_rows[a] + n_rows[b]
                for c in range(width):
                    sums[to + c] = sums[a * width + c] + sums[b * width + c]
                continue
            at = np.uint64(own[np.uint64(n - 1 - i)]) * np.uint64(n_codes)
            rows = np.int64(0)
            for c in range(np.uint64(n_codes)):
                count = np.int64(here[at + c])
                if whole.shape[0] > 0:
                    count += np.int64(before[at + c])
                if c < np.uint64(n_first):
                    rows += count
                if c + _ONE < width:
                    sums[to + c + _ONE] = count
            n_rows[node] = rows
            sums[to] = rows


class LeafCounts:
    """Counts of one pass: rows that reach each node, of each class.

    Parameters
    ----------
    walker : Walker
    codes : ndarray of int, shape (n_rows, n_targets)
        Position of each row's class among all classes, for each target.
    n_codes : int
        Classes of all targets; at most `MOST_CODES`. Rows, at most `MOST_ROWS`, have one of each target.
    n_first : int
        Classes of the first target.

    Attributes
    ----------
    n_rows : ndarray of int64, shape (n_nodes,)
    total : ndarray of float64, shape (n_nodes, 1 + n_codes)
        Rows, and rows of each class; without targets only the rows.
    lost : ndarray of float64
        What rounding took from them: nothing.
    absolute : None
    """

    def __init__(self, walker: Walker, codes: Array, n_codes: int, n_first: int) -> None:
        n_nodes, n_targets = walker.ensemble.n_nodes, codes.shape[1]
        self._walker, self._n_codes, self._n_first = walker, n_codes, n_first
        self._codes = codes.astype(np.uint16) if n_targets else np.zeros((len(codes), 1), np.uint16)
        self.n_rows = np.empty(n_nodes, np.int64)
        width = 1 + n_codes * (n_targets > 0)
        self.total, self.lost = np.empty((n_nodes, width)), np.zeros((n_nodes, width))
        self.absolute: Array | None = None

    @property
    def width(self) -> int:
        """Numbers held for each slot."""
        return self._n_codes

    def start(self, trees: slice) -> None:
        """Make room for the counts at the leaves of some trees."""
        w = self._walker
        self._base = int(w.slot_first[trees.start])
        size = (int(w.slot_first[trees.stop]) - self._base) * self._n_codes
        self._counts = np.zeros(size, np.uint16)
        self._whole = np.zeros(size if len(self._codes) > _MOST else 0, np.uint32)
        # rows in the table of two bytes, at the first tree of each group
        self._held = np.zeros(w.ensemble.n_trees, np.int64)

    def add(self, codes: Codes, offset: int, group: Group) -> None:
        """Count a block of rows at the leaves of a group of trees; other groups have other leaves."""
        w, trees = self._walker, slice(group.first, group.last)
        first = w.slot_first[trees] - self._base
        for start, stop, numbers in w.steps(group, codes):
            if self._held[group.first] + stop - start > _MOST:
                last = w.slot_first[group.last] - self._base
                _empty_into(self._counts, first[0] * self._n_codes, last * self._n_codes, self._whole)
                self._held[group.first] = 0
            self._held[group.first] += stop - start
            count_rows(
                numbers, STEP, stop - start, offset + start, first, self._codes, self._n_codes, self._counts
            )

    def finish(self, group: Group) -> None:
        """Write the counts of all nodes of a group of trees."""
        e, w = self._walker.ensemble, self._walker
        slots = np.empty(np.diff(e.root[group.first : group.last + 1]).max(), np.uint32)
        _count_nodes(
            e.root, group.first, group.last, e.left, e.right, w.slot_first, w.slot_node, self._base,
            self._counts, self._whole, self._n_codes, self._n_first, self.n_rows, self.total,
            slots,
        )  # fmt: skip
