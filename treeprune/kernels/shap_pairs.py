"""Interventional Shapley values pair by pair: one row, one background row, one tree.

Where both rows take the same branch of a split, or the split's feature has been decided already, there is
one way to go; else both are gone, one with the feature of the row and one with the background's. A leaf that
is reached with s features of the row and t of the background (among those that make a difference) gives
each of the former ``v / (s * C(s + t, s))``, each of the latter ``-v / (t * C(s + t, t))`` (S. Lundberg
et al., From local explanations to global understanding with explainable AI for trees, Nature Machine
Intelligence 2, 2020; I. Laberge and Y. Pequignot, Understanding Interventional TreeSHAP, 2022).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.kernels.compiled import borrower, part
from treeprune.kernels.pointers import pointer
from treeprune.model.ensemble import LEAF, Array

WORD = 64
"""Nodes whose sides are kept in a word."""


@borrower
def pack_sides(first: int, last: int, left: Array, side: Array, n_rows: int, out: Array) -> None:
    """Put the sides of each row at a tree's splits into its own words of `out` (n_rows, n_words)."""
    for node in range(first, last):
        if left[node] != LEAF:
            word, bit = (node - first) // WORD, np.uint64((node - first) % WORD)
            for i in range(n_rows):
                out[i, word] |= np.uint64(side[node - first, i]) << bit


@part
def _side_that_is_set(f: int, n: int, decided: Array, sign: Array) -> int:
    """1 where the feature has been taken from the row, -1 from the background, 0 where it is open."""
    for u in range(n):
        if decided[u] == f:
            return sign[u]
    return 0


@part
def _next_split(
    node: int, first: int, n: int, row: Any, other: Any, feature: Array, left: Array, right: Array,
    decided: Array, sign: Array,
) -> int:  # fmt: skip
    """Go down to the next split where both rows part, or to a leaf."""
    while left[node] != LEAF:
        word, bit = np.uint64((node - first) // WORD), np.uint64((node - first) % WORD)
        own, others = (row[word] >> bit) & np.uint64(1), (other[word] >> bit) & np.uint64(1)
        if own != others:
            taken = _side_that_is_set(feature[node], n, decided, sign)
            if taken == 0:
                break
            own = own if taken > 0 else others
        node = left[node] if own == np.uint64(1) else right[node]
    return node


@part
def _at_leaf(
    n: int, s: int, scale: float, gain: Array, decided: Array, sign: Array, value: Array, leaf: int,
    c0: int, k: int, sums: Array, row: int,
) -> None:  # fmt: skip
    """Give each feature that made a difference its part of a leaf."""
    if n == 0:
        return
    for_row, for_other = scale * gain[s, n - s], -scale * gain[n - s, s]
    for u in range(n):
        part_of = for_row if sign[u] > 0 else for_other
        for c in range(k):
            sums[decided[u] * value.shape[1] + c0 + c, row] += part_of * value[leaf, c0 + c]


@borrower
def add_pairs(
    tree: int,
    root: Array,
    feature: Array,
    left: Array,
    right: Array,
    value: Array,
    c0: int,
    k: int,
    gain: Array,
    rows: Array,
    others: Array,
    weight: Array,
    decided: Array,
    sign: Array,
    stack: Array,
    sums: Array,
) -> None:
    """Add what one tree says about each row against each row of the background to `sums`.

    `rows` and `others` are packed sides; ``gain[s, t]`` is ``1 / (s * C(s + t, s))``; `stack` has room for
    three numbers a level.
    """
    first = root[tree]
    for b in range(others.shape[0]):
        other = pointer(others, b * others.shape[1])
        for i in range(rows.shape[0]):
            row = pointer(rows, i * rows.shape[1])
            node, n, s, open_nodes = first, 0, 0, 0
            while True:
                node = _next_split(node, first, n, row, other, feature, left, right, decided, sign)
                if left[node] != LEAF:
                    word, bit = np.uint64((node - first) // WORD), np.uint64((node - first) % WORD)
                    to_left = ((row[word] >> bit) & np.uint64(1)) == np.uint64(1)
                    own, others_way = (left[node], right[node]) if to_left else (right[node], left[node])
                    stack[open_nodes, 0], stack[open_nodes, 1], stack[open_nodes, 2] = others_way, n, s
                    open_nodes += 1
                    decided[n], sign[n] = feature[node], 1
                    node, n, s = own, n + 1, s + 1
                    continue
                _at_leaf(n, s, weight[b], gain, decided, sign, value, node, c0, k, sums, i)
                if open_nodes == 0:
                    break
                open_nodes -= 1
                node, n, s = stack[open_nodes, 0], stack[open_nodes, 1] + 1, stack[open_nodes, 2]
                sign[n - 1] = -1
