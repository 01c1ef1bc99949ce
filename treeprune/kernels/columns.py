"""Code columns: what a row has to say so that integers alone decide every split.

A split asks for a feature, and for what a missing value does there. Each such pair is one column of
codes: NaN is coded below all bounds where it goes left, above all where it goes right. Features without
missing values need one column whatever the splits say, so most tables have as many columns as features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.kernels.compiled import borrower
from treeprune.model.ensemble import (
    LEAF,
    MISSING_IS_ZERO,
    ZERO_IS_MISSING,
    Array,
    TreeEnsemble,
)

NAN_RIGHT, NAN_LEFT, NAN_IS_ZERO, ZERO_RIGHT, ZERO_LEFT, CATEGORY = range(6)
"""Rules of a column: what is missing (NaN, or zero too), and where it goes."""

_RULES = 6
_ROWS_AT_A_TIME = 1024


@dataclass(frozen=True, eq=False)
class Columns:
    """Which columns of codes the splits of an ensemble look at.

    Parameters
    ----------
    feature : ndarray of int64, shape (n_columns,)
    rule : ndarray of uint8, shape (n_columns,)
    of_node : ndarray of int32, shape (n_nodes,)
        Column that a split looks at; -1 at a leaf.
    """

    feature: Array
    rule: Array
    of_node: Array

    def __len__(self) -> int:
        return len(self.feature)


@borrower
def _column_keys(
    feature: Array,
    default_left: Array,
    missing: Array,
    category_set: Array,
    has_missing: Array,
    key: Array,
    seen: Array,
) -> None:
    for node in range(feature.shape[0]):
        f = feature[node]
        if f == LEAF:
            key[node] = LEAF
            continue
        if category_set[node] != LEAF:
            rule = CATEGORY
        elif missing[node] == ZERO_IS_MISSING:
            rule = ZERO_LEFT if default_left[node] else ZERO_RIGHT
        elif not has_missing[f]:
            rule = NAN_RIGHT
        elif missing[node] == MISSING_IS_ZERO:
            rule = NAN_IS_ZERO
        else:
            rule = NAN_LEFT if default_left[node] else NAN_RIGHT
        key[node] = f * _RULES + rule
        seen[key[node]] = True


def code_columns(ensemble: TreeEnsemble, has_missing: Array) -> Columns:
    """Columns of codes that the splits of an ensemble need.

    Parameters
    ----------
    ensemble : TreeEnsemble
    has_missing : ndarray of bool, shape (n_features,)
        Which features hold NaN in the rows that will be walked.

    Returns
    -------
    Columns
    """
    e = ensemble
    key = np.empty(e.n_nodes, np.int32)
    seen = np.zeros(e.n_features * _RULES, np.bool_)
    _column_keys(e.feature, e.default_left, e.missing, e.category_set, has_missing, key, seen)
    used = np.flatnonzero(seen)
    name = np.append(np.cumsum(seen) - 1, LEAF).astype(np.int32)  # the last entry maps -1 to -1
    return Columns(feature=used // _RULES, rule=(used % _RULES).astype(np.uint8), of_node=name[key])


@borrower
def _bounds(threshold: Array, rounded: Array, strict: bool, lower: Array, never: Array) -> None:
    """Mark rounded thresholds that would send more to the left than the threshold itself."""
    for node in range(threshold.shape[0]):
        t = threshold[node]
        bound = np.float64(rounded[node])
        if (bound >= t) if strict else (bound > t):
            never[node] = bound == -np.inf
            lower[node] = True


def largest_on_the_left(ensemble: TreeEnsemble) -> tuple[Array, Array]:
    """Largest number of the input type that goes left at each numeric split.

    With it, ``<`` on any threshold and ``<=`` on one that the input type cannot hold are all ``<=``.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    bound : ndarray of the input type, shape (n_nodes,)
    never : ndarray of bool, shape (n_nodes,)
        Splits where no number goes left (``x < -inf``).
    """
    strict, dtype = ensemble.comparison == "<", np.dtype(ensemble.input_dtype)
    lower, never = np.zeros(len(ensemble.threshold), np.bool_), np.zeros(len(ensemble.threshold), np.bool_)
    with np.errstate(over="ignore"):  # thresholds beyond single precision, and below its last number
        bound = ensemble.threshold.astype(dtype)
        _bounds(ensemble.threshold, bound, strict, lower, never)
        if lower.any():
            bound[lower] = np.nextafter(bound[lower], dtype.type(-np.inf))
    bound += dtype.type(0.0)  # there is one zero only
    return bound, never


def missing_features(matrix: Array, absent: str = "zero") -> Array:
    """Which features hold NaN.

    Parameters
    ----------
    matrix : ndarray or csr matrix, shape (n_rows, n_features)
    absent : {"zero", "missing"}
        What an entry is that a sparse matrix does not store.

    Returns
    -------
    ndarray of bool, shape (n_features,)
    """
    found = np.zeros(matrix.shape[1], np.bool_)
    if isinstance(matrix, np.ndarray):
        for start in range(0, len(matrix), _ROWS_AT_A_TIME):
            found |= np.isnan(matrix[start : start + _ROWS_AT_A_TIME]).any(axis=0)
        return found
    if absent == "missing":
        return ~found
    found[matrix.indices[np.isnan(matrix.data)]] = True
    return found
