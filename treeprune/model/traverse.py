"""Kernels that walk rows down the trees: leaf index and raw output."""

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

_UNKNOWN_CODES = {"left": 0, "right": 1, "default": 2}


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
    missing: Array,
    category_set: Array,
    category_offset: Array,
    category_word: Array,
    category_count: Array,
    strict: bool,
    unknown: int,
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
            out[t - first, i] = node


@kernel
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
        e.missing,
        e.category_set,
        e.category_offset,
        e.category_word,
        e.category_count,
        e.comparison == "<",
        _UNKNOWN_CODES[e.unknown_category],
        out,
    )
    return out


def total_weights(ensemble: TreeEnsemble) -> Array:
    """Sum of the factors of the trees that feed each output column; shape (n_columns,)."""
    sums = [ensemble.weight[ensemble.trees_of(c)].sum() for c in range(ensemble.n_columns)]
    return np.array(sums)


def weighted_median(answers: Array, weights: Array) -> Array:
    """Least answer of each row at which half of the weight is reached.

    Parameters
    ----------
    answers : ndarray of float64, shape (n_trees, n_rows)
    weights : ndarray of float64, shape (n_trees,)

    Returns
    -------
    ndarray of float64, shape (n_rows,)
    """
    order = np.argsort(answers, axis=0)
    reached = np.cumsum(weights[order], axis=0)
    first = (reached >= 0.5 * reached[-1]).argmax(axis=0)
    return np.take_along_axis(answers, np.take_along_axis(order, first[None], 0), 0)[0]


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
        Summed in the model's `output_dtype`, tree after tree.
    """
    e, dtype = ensemble, np.dtype(ensemble.output_dtype)
    leaves = leaf_index(e, rows)
    if e.aggregation == "median":
        return np.column_stack([weighted_median(v[leaves], e.weight) for v in e.value.T])
    raw = np.tile(e.base_score.astype(dtype), (len(rows), 1))
    _add_outputs(
        leaves, e.value.astype(dtype, copy=False), e.weight.astype(dtype, copy=False), e.output, raw
    )
    if e.aggregation == "mean":
        raw /= total_weights(e).astype(dtype)
    return raw.astype(np.float64, copy=False)
