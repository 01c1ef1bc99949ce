"""Passes of the rows over one tree: sums at its leaves, and what it adds to the raw output."""

from __future__ import annotations

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import LEAF, Array


@kernel
def add_pairs(numbers: Array, pairs: Array, sums: Array) -> None:
    """Add each row's two numbers to its leaf's two sums, shape (n_leaves, 2)."""
    for i in range(numbers.shape[0]):
        leaf = numbers[i]
        sums[leaf, 0] += pairs[i, 0]
        sums[leaf, 1] += pairs[i, 1]


@kernel
def spread(left: Array, answers: Array, value: Array, table: Array) -> None:
    """Write what a top answers at each leaf of the whole tree, shape (n_leaves, n_columns)."""
    leaf = 0
    for node in range(left.shape[0]):
        if left[node] == LEAF:
            for c in range(value.shape[1]):
                table[leaf, c] = value[answers[node], c]
            leaf += 1


@kernel
def shift_rows(numbers: Array, table: Array, c: int, raw: Array) -> None:
    """Add what a table says of each row's leaf to a column of the raw output."""
    for i in range(numbers.shape[0]):
        raw[i] += table[numbers[i], c]
