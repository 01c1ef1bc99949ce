"""What an ensemble adds up, as real numbers, and how far its own arithmetic may be from that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.traverse import total_weights

UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}
"""Half a unit in the last place of one."""


@dataclass(frozen=True, eq=False)
class Sums:
    """The raw output of an ensemble as sums of numbers at leaves.

    Parameters
    ----------
    value : ndarray of float64, shape (n_nodes, n_columns)
        What a node adds to each output column if it is a leaf that a row reaches.
    base : ndarray of float64, shape (n_columns,)
        Where the sums start.
    rounding : ndarray of float64, shape (n_columns,)
        By how much the raw output, which is summed tree after tree in the model's `output_dtype`, may
        differ from the sum of the real numbers.
    """

    value: Array
    base: Array
    rounding: Array


def sums(e: TreeEnsemble) -> Sums:
    """Take an ensemble for sums.

    Parameters
    ----------
    e : TreeEnsemble

    Returns
    -------
    Sums
        Each addition is off by at most one half unit in the last place of its result (N. Higham, Accuracy
        and Stability of Numerical Algorithms, 2002, section 2.2), so `rounding` follows from the
        greatest sizes of all partial sums.

    Raises
    ------
    UnsupportedModelError
        If the ensemble answers with a median.
    """
    if e.aggregation == "median":
        raise UnsupportedModelError(
            "this model answers with the weighted median of its trees, which is no sum: its change cannot "
            "be bounded tree by tree"
        )
    dtype, unit = np.dtype(e.output_dtype), UNIT[e.output_dtype]
    sizes = np.diff(e.root)
    factor = np.repeat(e.weight.astype(dtype), sizes)[:, None]
    value = (e.value.astype(dtype) * factor).astype(np.float64)
    tree = np.repeat(np.arange(e.n_trees), sizes)
    fed = (e.output[tree][:, None] < 0) | (e.output[tree][:, None] == np.arange(e.n_columns))
    value = np.where(fed, value, 0.0)
    base = e.base_score.astype(dtype).astype(np.float64)
    low = np.minimum.reduceat(np.where(e.is_leaf[:, None], value, np.inf), e.root[:-1])
    high = np.maximum.reduceat(np.where(e.is_leaf[:, None], value, -np.inf), e.root[:-1])
    partial = np.maximum(np.abs(base + np.cumsum(low, axis=0)), np.abs(base + np.cumsum(high, axis=0)))
    # the sums themselves are off by what came before, which the factor covers for up to a million trees
    rounding = 1.1 * unit * partial.sum(axis=0)
    if e.aggregation == "mean":
        total = total_weights(e).astype(dtype).astype(np.float64)
        total = np.where(total == 0, 1.0, total)  # a column that no tree feeds
        value, base = value / total, base / total
        rounding = 1.1 * (rounding / total + unit * partial[-1] / total)
    return Sums(value, base, rounding)
