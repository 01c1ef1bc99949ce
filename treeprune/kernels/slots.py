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

    ``position[i, k]`` says which of the leaf's columns take the row's for the k-th time; that of a row with
    one position and one column is the common case, and has a loop of its own.
    """
    width, n_columns = sums.shape[1], columns.shape[1]
    flat = sums.reshape(sums.size)
    for t in range(first.shape[0]):
        own, table = pointer(numbers, t * step), pointer(flat, first[t] * width)
        if n_columns == 1 and position.shape[1] == 1:
            for i in range(rows):
                at = np.uint64(own[i]) * np.uint64(width) + np.uint64(position[start + i, 0])
                table[at] += columns[start + i, 0]
            continue
        for i in range(rows):
            leaf = np.uint64(own[i]) * np.uint64(width)
            for k in range(position.shape[1]):
                at = leaf + np.uint64(position[start + i, k])
                for c in range(n_columns):
                    table[at + np.uint64(c)] += columns[start + i, c]


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
    width, n_columns = value.shape[1], raw.shape[1]
    flat = value.reshape(value.size)
    for t in range(first.shape[0]):
        own, table = pointer(numbers, t * step), pointer(flat, first[t] * width)
        c = column[t]
        if c != LEAF or n_columns == 1:
            c = max(c, 0)
            for i in range(rows):
                raw[start + i, c] += table[np.uint64(own[i]) * np.uint64(width) + np.uint64(c)]
            continue
        for i in range(rows):
            leaf = np.uint64(own[i]) * np.uint64(width)
            for k in range(n_columns):
                raw[start + i, k] += table[leaf + np.uint64(k)]


@kernel
def take_values(
    numbers: Array, step: int, rows: int, start: int, first: Array, value: Array, out: Array
) -> None:
    """Write each tree's value to ``out[tree, start + i, column]``."""
    width = value.shape[1]
    flat = value.reshape(value.size)
    for t in range(first.shape[0]):
        own, table = pointer(numbers, t * step), pointer(flat, first[t] * width)
        for i in range(rows):
            leaf = np.uint64(own[i]) * np.uint64(width)
            for k in range(width):
                out[t, start + i, k] = table[leaf + np.uint64(k)]
