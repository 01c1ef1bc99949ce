"""Splits on categories as tables: which side each category code goes to."""

from __future__ import annotations

import numpy as np

from treeprune.kernels.compiled import borrower
from treeprune.kernels.plain import UNKNOWN_CODES
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble

MOST_SIDES = 1 << 25
"""Bytes of the largest table; models beyond it are walked by their bit sets."""


@borrower
def _write_sides(
    offset: Array, word: Array, count: Array, row: Array, n: int, unknown: int, side: Array
) -> None:
    for key in range(row.shape[0]):
        if row[key] < 0:
            continue
        chosen, default_left = key >> 1, (key & 1) == 1
        for code in range(n + 2):
            if code == n + 1:
                left = default_left
            elif code >= count[chosen]:
                left = default_left if unknown == 2 else unknown == 0
            else:
                bit = word[offset[chosen] + (code >> 5)] >> np.uint32(code & 31)
                left = (bit & np.uint32(1)) == np.uint32(1)
            side[row[key] * (n + 2) + code] = np.uint8(not left)


def category_sides(ensemble: TreeEnsemble) -> tuple[int, Array, Array]:
    """Tables of the sides that category codes go to.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    n_categories : int
        Codes from 0 to below this are known to some set; this one stands for unknown categories, the next
        for NaN.
    place : ndarray of int64, shape (n_nodes,)
        Where the table of each split on categories begins; -1 elsewhere.
    side : ndarray of uint8
        1 where a code goes right. Splits of one set and one default share a table. Empty if all tables
        together were larger than `MOST_SIDES`.
    """
    e = ensemble
    place = np.full(e.n_nodes, -1, np.int64)
    nodes = np.flatnonzero(e.category_set != LEAF)
    if len(nodes) == 0:
        return 0, place, np.zeros(0, np.uint8)
    n = int(e.category_count[e.category_set[nodes]].max())
    key = 2 * e.category_set[nodes].astype(np.int64) + e.default_left[nodes]
    row = np.full(2 * len(e.category_count), -1, np.int64)
    used = np.unique(key)
    if len(used) * (n + 2) > MOST_SIDES:
        return n, place, np.zeros(0, np.uint8)
    row[used] = np.arange(len(used))
    side = np.empty(len(used) * (n + 2), np.uint8)
    _write_sides(
        e.category_offset,
        e.category_word,
        e.category_count,
        row,
        n,
        UNKNOWN_CODES[e.unknown_category],
        side,
    )
    place[nodes] = row[key] * (n + 2)
    return n, place, side
