"""Kernels that walk rows down the trees: leaf index and raw output."""

from __future__ import annotations

import numpy as np
from numba import njit

from treeprune.model.ensemble import LEAF, Array, TreeEnsemble

_MISSING_CODES = {"default": 0, "right": 1, "zero": 2}


@njit(nogil=True, cache=True)
def _goes_left_by_set(x: float, chosen: int, category_offset: Array, category_word: Array) -> bool:
    n_words = category_offset[chosen + 1] - category_offset[chosen]
    # compared as floats: a huge code must not wrap around when it becomes an integer
    if x < 0.0 or x >= 32.0 * n_words:
        return False
    category = np.int64(x)
    word = category_word[category_offset[chosen] + (category >> 5)]
    return ((word >> np.uint32(category & 31)) & np.uint32(1)) == np.uint32(1)


@njit(nogil=True, cache=True)
def _leaf_index(
    rows: Array,
    first: int,
    last: int,
    root: Array,
    feature: Array,
    left: Array,
    right: Array,
    threshold: Array,
    default_left: Array,
    category_set: Array,
    category_offset: Array,
    category_word: Array,
    strict: bool,
    missing: int,
    out: Array,
) -> None:
    for t in range(first, last):
        start = root[t]
        for i in range(rows.shape[0]):
            node = start
            while True:
                f = feature[node]
                if f == LEAF:
                    break
                x = np.float64(rows[i, f])
                if np.isnan(x) and missing != 2:
                    goes_left = missing == 0 and default_left[node]
                else:
                    x = np.float64(0.0) if np.isnan(x) else x
                    chosen = category_set[node]
                    if chosen != LEAF:
                        goes_left = _goes_left_by_set(x, chosen, category_offset, category_word)
                    elif strict:
                        goes_left = x < threshold[node]
                    else:
                        goes_left = x <= threshold[node]
                # both are loaded, so that the choice is a move and not a jump that is mispredicted
                a, b = left[node], right[node]
                node = a if goes_left else b
            out[t - first, i] = node


@njit(nogil=True, cache=True)
def _add_outputs(leaves: Array, value: Array, weight: Array, output: Array, raw: Array) -> None:
    # tree after tree, as the native libraries sum: the last bits then agree
    for t in range(leaves.shape[0]):
        for i in range(leaves.shape[1]):
            node = leaves[t, i]
            if output[t] == LEAF:
                for c in range(value.shape[1]):
                    raw[i, c] += weight[t] * value[node, c]
            else:
                raw[i, output[t]] += weight[t] * value[node, output[t]]


def leaf_index(ensemble: TreeEnsemble, rows: Array, first: int = 0, last: int | None = None) -> Array:
    """Leaf that each row reaches in each tree.

    Parameters
    ----------
    ensemble : TreeEnsemble
    rows : ndarray, shape (n_rows, n_features)
        Already of the model's `input_dtype`; NaN is missing.
    first, last : int
        Range of trees; all of them by default.

    Returns
    -------
    ndarray of int32, shape (last - first, n_rows)
        Positions in the node arrays. Trees come first, since most readers go tree by tree.

    Raises
    ------
    ValueError
        If the rows have another number of columns than the model.
    """
    if rows.ndim != 2 or rows.shape[1] != ensemble.n_features:  # or the walk would read foreign memory
        raise ValueError(f"rows must have {ensemble.n_features} columns, got shape {rows.shape}")
    last = ensemble.n_trees if last is None else last
    out = np.empty((last - first, len(rows)), np.int32)
    e = ensemble
    _leaf_index(
        rows,
        first,
        last,
        e.root,
        e.feature,
        e.left,
        e.right,
        e.threshold,
        e.default_left,
        e.category_set,
        e.category_offset,
        e.category_word,
        e.comparison == "<",
        _MISSING_CODES[e.missing],
        out,
    )
    return out


def raw_output(ensemble: TreeEnsemble, rows: Array) -> Array:
    """Output of the ensemble before its link.

    Parameters
    ----------
    ensemble : TreeEnsemble
    rows : ndarray, shape (n_rows, n_features)
        Already of the model's `input_dtype`.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_columns)
    """
    raw = np.tile(ensemble.base_score, (len(rows), 1))
    leaves = leaf_index(ensemble, rows)
    _add_outputs(leaves, ensemble.value, ensemble.weight, ensemble.output, raw)
    if ensemble.aggregation == "mean":
        raw /= ensemble.n_trees
    return raw
