"""The value of a sum of functions on boxes at one point, and better points near it."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.kernels.compiled import borrower, part
from treeprune.model.ensemble import Array


@part
def _holds(word: Array, at: int, k: int) -> Any:
    return (word[at + (k >> 6)] >> np.uint64(k & 63)) & np.uint64(1)


@part
def _leaf_of(
    factor: int, leaf_first: Array, entry_first: Array, entry_pair: Array, entry_word: Array, word: Array,
    own_class: Array,
) -> Any:  # fmt: skip
    """First leaf of a tree whose box holds the point; -1 if none does."""
    for leaf in range(leaf_first[factor], leaf_first[factor + 1]):
        inside = True
        for e in range(entry_first[leaf], entry_first[leaf + 1]):
            if not _holds(word, entry_word[e], own_class[entry_pair[e]]):
                inside = False
                break
        if inside:
            return leaf
    return -1


@part
def _set_classes(
    column: int, cell: int, column_first: Array, column_pair: Array, lam_first: Array, cls: Array,
    own_class: Array,
) -> None:  # fmt: skip
    for i in range(column_first[column], column_first[column + 1]):
        p = column_pair[i]
        own_class[p] = cls[lam_first[p] + cell]


@borrower
def value_at(
    point: Array, column_first: Array, column_pair: Array, lam_first: Array, cls: Array, leaf_first: Array,
    value: Array, entry_first: Array, entry_pair: Array, entry_word: Array, word: Array, own_class: Array,
) -> float:  # fmt: skip
    """Sum of all functions at a point (a cell of each column); minus infinity where one has no box."""
    for j in range(point.shape[0]):
        _set_classes(j, point[j], column_first, column_pair, lam_first, cls, own_class)
    total = 0.0
    for t in range(leaf_first.shape[0] - 1):
        leaf = _leaf_of(t, leaf_first, entry_first, entry_pair, entry_word, word, own_class)
        if leaf < 0:
            return -np.inf
        total += value[leaf]
    return total


@part
def _totals(
    column: int, pair_factor: Array, column_first: Array, column_pair: Array, cell_first: Array,
    lam_first: Array, cls: Array, class_first: Array, leaf_first: Array, value: Array, entry_first: Array,
    entry_pair: Array, entry_word: Array, word: Array, own_class: Array, room: Array, total: Array,
) -> None:  # fmt: skip
    """Sum of the functions that look at a column, at each of its cells; the other columns stay put."""
    n_cells = cell_first[column + 1] - cell_first[column]
    for c in range(n_cells):
        total[c] = 0.0
    for i in range(column_first[column], column_first[column + 1]):
        p = column_pair[i]
        before = own_class[p]
        for k in range(class_first[p + 1] - class_first[p]):
            own_class[p] = k
            leaf = _leaf_of(
                pair_factor[p], leaf_first, entry_first, entry_pair, entry_word, word, own_class
            )
            room[k] = value[leaf] if leaf >= 0 else -np.inf
        own_class[p] = before
        for c in range(n_cells):
            total[c] += room[cls[lam_first[p] + c]]


@borrower
def totals_at(
    column: int, point: Array, pair_factor: Array, column_first: Array, column_pair: Array,
    cell_first: Array, lam_first: Array, cls: Array, class_first: Array, leaf_first: Array, value: Array,
    entry_first: Array, entry_pair: Array, entry_word: Array, word: Array, own_class: Array, room: Array,
    total: Array,
) -> None:  # fmt: skip
    """Sum of the functions that look at a column, at each of its cells, beside a point."""
    for j in range(point.shape[0]):
        _set_classes(j, point[j], column_first, column_pair, lam_first, cls, own_class)
    _totals(
        column, pair_factor, column_first, column_pair, cell_first, lam_first, cls, class_first, leaf_first,
        value, entry_first, entry_pair, entry_word, word, own_class, room, total,
    )  # fmt: skip


@borrower
def climb(
    point: Array, fixed: Array, pair_factor: Array, column_first: Array, column_pair: Array,
    cell_first: Array, lam_first: Array, cls: Array, class_first: Array, leaf_first: Array, value: Array,
    entry_first: Array, entry_pair: Array, entry_word: Array, word: Array, allowed: Array, own_class: Array,
    room: Array, total: Array,
) -> None:  # fmt: skip
    """Give one column after the other its best cell in the box, until no change of one column helps.

    `point` is changed in place. Columns that are `fixed` (members of groups) stay as they are. Parameters
    are otherwise those of `pass_messages`; `own_class` is room for one number a pair.
    """
    n_columns = column_first.shape[0] - 1
    for j in range(n_columns):
        _set_classes(j, point[j], column_first, column_pair, lam_first, cls, own_class)
    waiting, j = n_columns, 0
    while waiting > 0:
        waiting -= 1
        if column_first[j] < column_first[j + 1] and not fixed[j]:
            _totals(
                j, pair_factor, column_first, column_pair, cell_first, lam_first, cls, class_first,
                leaf_first, value, entry_first, entry_pair, entry_word, word, own_class, room, total,
            )  # fmt: skip
            start, best = cell_first[j], point[j]
            for c in range(cell_first[j + 1] - start):
                if allowed[start + c] and (total[c] > total[best] or not allowed[start + best]):
                    best = c
            if best != point[j]:
                point[j] = best
                waiting = n_columns - 1
            _set_classes(j, best, column_first, column_pair, lam_first, cls, own_class)
        j = (j + 1) % n_columns
