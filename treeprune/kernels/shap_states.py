"""States of rows at branches of few conditions: counted, and looked up in tables.

See `treeprune.kernels.shap_groups` for what a state is, and `treeprune.kernels.shap_tables` for the tables.
"""

from __future__ import annotations

import numpy as np

from treeprune.kernels.compiled import borrower, part
from treeprune.kernels.pointers import pointer
from treeprune.model.ensemble import Array


@part
def _state(g: int, first: int, first_bit: Array, source: Array, side: Array, holds: Array, n_rows: int,
           state: Array) -> None:  # fmt: skip
    """States of the rows at a group."""
    for i in range(n_rows):
        state[i] = 0
    for at in range(first_bit[g], first_bit[g + 1]):
        edge, bit = source[at], np.uint16(at - first_bit[g])
        if edge >= 0:
            own = pointer(holds, (edge - first) * holds.shape[1])
        else:
            own = pointer(side, (~edge - first) * side.shape[1])
        for i in range(n_rows):
            state[i] |= np.uint16(own[i]) << bit


@borrower
def count_states(
    groups: Array,
    first: int,
    first_bit: Array,
    source: Array,
    side: Array,
    holds: Array,
    weight: Array,
    state: Array,
    first_state: Array,
    counted: Array,
) -> None:
    """Add the weights of a block of rows to the entries of their states in some groups."""
    for g in range(groups[0], groups[1]):
        _state(g, first, first_bit, source, side, holds, len(weight), state)
        own = pointer(counted, first_state[g])
        for i in range(len(weight)):
            own[state[i]] += weight[i]


@borrower
def add_from_tables(
    groups: Array,
    first: int,
    first_bit: Array,
    source: Array,
    feature: Array,
    n_features: Array,
    tree: Array,
    first_column: Array,
    n_columns: Array,
    width: int,
    side: Array,
    holds: Array,
    state: Array,
    table: Array,
    first_entry: Array,
    sums: Array,
) -> None:
    """Add what some groups say about a block of rows to `sums` (n_features * width, n_rows)."""
    n_rows = sums.shape[1]
    for g in range(groups[0], groups[1]):
        n = np.int64(1) << (first_bit[g + 1] - first_bit[g])
        _state(g, first, first_bit, source, side, holds, n_rows, state)
        c0, k = first_column[tree[g]], n_columns[tree[g]]
        for j in range(n_features[g]):
            for c in range(k):
                target = pointer(sums, (feature[first_bit[g] + j] * width + c0 + c) * n_rows)
                own = pointer(table, first_entry[g] + (j * k + c) * n)
                for i in range(n_rows):
                    target[i] += own[np.uint64(state[i])]
