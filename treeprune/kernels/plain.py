"""The walk as everybody would write it: one row, one tree, every rule of the ensemble spelled out.

It needs no preparation, so it serves where rows are few; and it knows every rule, so it serves the trees
that the faster kernels cannot hold.
"""

from __future__ import annotations

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import (
    LEAF,
    MISSING_IS_ZERO,
    ZERO_IS_MISSING,
    ZERO_LIMIT,
    Array,
    TreeEnsemble,
)

UNKNOWN_CODES = {"left": 0, "right": 1, "default": 2}
"""Numbers of the rules for unknown categories, see `TreeEnsemble.unknown_category`."""


@kernel
def _goes_left_by_set(
    x: float,
    chosen: int,
    category_offset: Array,
    category_word: Array,
    category_count: Array,
    unknown: int,
    default_left: bool,
) -> bool:
    # compared as floats: a huge code must not wrap around when it becomes an integer
    below = x <= -1.0 if unknown == 1 else x < 0.0
    if below or x >= category_count[chosen]:
        return default_left if unknown == 2 else unknown == 0
    category = np.int64(x)
    word = category_word[category_offset[chosen] + (category >> 5)]
    return ((word >> np.uint32(category & 31)) & np.uint32(1)) == np.uint32(1)


@kernel
def _walk_plain(
    rows: Array,
    trees: Array,
    root: Array,
    feature: Array,
    left: Array,
    right: Array,
    threshold: Array,
    default_left: Array,
    missing: Array,
    category_set: Array,
    category_offset: Array,
    category_word: Array,
    category_count: Array,
    strict: bool,
    unknown: int,
    out: Array,
    out_step: int,
) -> None:
    for position in range(trees.shape[0]):
        start = root[trees[position]]
        for i in range(rows.shape[0]):
            node = start
            while True:
                f = feature[node]
                if f == LEAF:
                    break
                x = np.float64(rows[i, f])
                chosen = category_set[node]
                if np.isnan(x) and (chosen != LEAF or missing[node] != MISSING_IS_ZERO):
                    goes_left = default_left[node]
                elif chosen != LEAF:
                    goes_left = _goes_left_by_set(
                        x,
                        chosen,
                        category_offset,
                        category_word,
                        category_count,
                        unknown,
                        default_left[node],
                    )
                elif missing[node] == ZERO_IS_MISSING and abs(x) <= ZERO_LIMIT:
                    goes_left = default_left[node]
                else:
                    x = np.float64(0.0) if np.isnan(x) else x
                    goes_left = x < threshold[node] if strict else x <= threshold[node]
                # both are loaded, so that the choice is a move and not a jump that is mispredicted
                a, b = left[node], right[node]
                node = a if goes_left else b
            out[position * out_step + i] = node - start


def walk_plain(e: TreeEnsemble, rows: Array, trees: Array, out: Array, out_step: int) -> None:
    """Write the place of each row in some trees, counted from the root.

    Parameters
    ----------
    e : TreeEnsemble
    rows : ndarray, shape (n_rows, n_features)
    trees : ndarray of int64
    out : ndarray of int32, one-dimensional
        Place of row ``i`` in the tree at position ``k`` of `trees` at ``k * out_step + i``.
    out_step : int
    """
    _walk_plain(
        rows,
        trees,
        e.root,
        e.feature,
        e.left,
        e.right,
        e.threshold,
        e.default_left,
        e.missing,
        e.category_set,
        e.category_offset,
        e.category_word,
        e.category_count,
        e.comparison == "<",
        UNKNOWN_CODES[e.unknown_category],
        out,
        out_step,
    )
