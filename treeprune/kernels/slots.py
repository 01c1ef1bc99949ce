"""What is done with the leaves that rows have reached, tree by tree.

A walk says the *number* of each row's leaf: in a small tree the leaf's number from the left, in a large one
its place in the packed tree. Tables over these numbers, the *slots* of all trees one after the other, turn
them into node positions, sums and outputs. Numbers lie in a flat array, tree after tree.
"""

from __future__ import annotations

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.kernels.pointers import pointer
from treeprune.model.ensemble import LEAF, Array

_ONE = np.uint64(1)


@kernel
def take_nodes(
    numbers: Array, step: int, rows: int, slot: Array, first: Array, out: Array, start: int
) -> None:
    """Write what each slot holds to ``out[tree, start + i]``."""
    for t in range(first.shape[0]):
        own, table = pointer(numbers, t * step), pointer(slot, first[t])
        for i in range(rows):
            out[t, start + i] = table[np.uint64(own[i])]


@kernel
def add_columns(
    numbers: Array,
    step: int,
    rows: int,
    start: int,
    first: Array,
    position: Array,
    columns: Array,
    sums: Array,
) -> None:
    """Add row ``start + i`` of `columns` to its leaf's row of `sums`, one time for each position.

    ``position[i, k]`` says which of the leaf's columns take the row's for the k-th time. One position and
    one to three columns are the common cases; each has a loop that the compiler can unroll.
    """
    width, n_columns = np.uint64(sums.shape[1]), columns.shape[1]
    source = pointer(columns, start * n_columns)
    for t in range(first.shape[0]):
        own, table = pointer(numbers, t * step), pointer(sums, first[t] * sums.shape[1])
        if position.shape[1] == 1 and n_columns == 1:
            for i in range(rows):
                at = np.uint64(own[i]) * width + np.uint64(position[start + i, 0])
                table[at] += source[i]
        elif position.shape[1] == 1 and n_columns == 2:
            for i in range(rows):
                at = np.uint64(own[i]) * width + np.uint64(position[start + i, 0])
                table[at] += source[2 * i]
                table[at + _ONE] += source[2 * i + 1]
        elif position.shape[1] == 1 and n_columns == 3:
            for i in range(rows):
                at = np.uint64(own[i]) * width + np.uint64(position[start + i, 0])
                table[at] += source[3 * i]
                table[at + _ONE] += source[3 * i + 1]
                table[at + _ONE + _ONE] += source[3 * i + 2]
        else:
            for i in range(rows):
                leaf = np.uint64(own[i]) * width
                for k in range(position.shape[1]):
                    at = leaf + np.uint64(position[start + i, k])
                    for c in range(n_columns):
                        table[at + np.uint64(c)] += source[i * n_columns + c]


@kernel
def count_rows(
    numbers: Array, step: int, rows: int, start: int, first: Array, code: Array, n_codes: int, counts: Array
) -> None:
    """Count row ``start + i`` at its leaf, one time under each of its codes ``code[start + i]``."""
    width, n = np.uint64(n_codes), code.shape[1]
    for t in range(first.shape[0]):
        own, table = pointer(numbers, t * step), pointer(counts, first[t] * n_codes)
        for k in range(n):
            source = pointer(code, start * n + k)
            for i in range(rows):
                table[np.uint64(own[i]) * width + np.uint64(source[i * n])] += _ONE


@kernel
def add_outputs(
    numbers: Array,
    step: int,
    rows: int,
    start: int,
    first: Array,
    value: Array,
    column: Array,
    raw: Array,
) -> None:
    """Add each tree's output to rows from `start` on, tree after tree, as the native libraries sum."""
    width, n_columns = np.uint64(value.shape[1]), raw.shape[1]
    target = pointer(raw, start * n_columns)
    for t in range(first.shape[0]):
        own, table = pointer(numbers, t * step), pointer(value, first[t] * value.shape[1])
        c = column[t]
        if n_columns == 1:
            for i in range(rows):
                target[i] += table[np.uint64(own[i])]
        elif c != LEAF:
            for i in range(rows):
                target[i * n_columns + c] += table[np.uint64(own[i]) * width + np.uint64(c)]
        else:
            for i in range(rows):
                leaf = np.uint64(own[i]) * width
                for k in range(n_columns):
                    target[i * n_columns + k] += table[leaf + np.uint64(k)]


@kernel
def take_values(
    numbers: Array, step: int, rows: int, start: int, first: Array, value: Array, out: Array
) -> None:
    """Write each tree's value to ``out[tree, start + i, column]``."""
    width = value.shape[1]
    for t in range(first.shape[0]):
        own, table = pointer(numbers, t * step), pointer(value, first[t] * width)
        for i in range(rows):
            leaf = np.uint64(own[i]) * np.uint64(width)
            for k in range(width):
                out[t, start + i, k] = table[leaf + np.uint64(k)]


@kernel
def roll_up(left: Array, right: Array, first: int, slot_node: Array, at_slot: Array, sums: Array) -> None:
    """Put the sums of the leaves to their nodes, and write the sum of its children at each split.

    Nodes are counted from `first`, in `left`, `right` and `slot_node` too.
    """
    for slot in range(slot_node.shape[0]):
        node = slot_node[slot] - first
        if left[node] == LEAF:
            for c in range(sums.shape[1]):
                sums[node, c] = at_slot[slot, c]
    for node in range(left.shape[0] - 1, -1, -1):
        if left[node] != LEAF:
            a, b = left[node] - first, right[node] - first
            for c in range(sums.shape[1]):
                sums[node, c] = sums[a, c] + sums[b, c]
