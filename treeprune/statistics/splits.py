"""Folds and held-out parts that depend on what the rows say, not on where they stand.

Equal rows always fall on the same side, so a patient who appears twice cannot be trained on and
tested on; a weight of two is the same as a row given twice, a weight of zero the same as a row left
out; and the order of rows and columns changes nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.model.ensemble import Array
from treeprune.statistics.rows import as_matrix, row_blocks

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(bits: Array) -> Array:
    """SplitMix64 finaliser (Steele, Lea, Flood 2014, OOPSLA): one well-stirred word for each word."""
    z = bits + _GOLDEN
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _bits(numbers: Array) -> Array:
    canonical = np.where(np.isnan(numbers), np.nan, numbers) + 0.0  # one NaN, and no -0.0
    return np.ascontiguousarray(canonical, np.float64).view(np.uint64)


def hash_rows(X: Any, y: Array, seed: int = 0) -> Array:
    """One 64-bit word for each row, the same for equal rows.

    Zeros add nothing, so a sparse table hashes as its dense twin does; columns are added up, so
    their order does not matter.

    Parameters
    ----------
    X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
    y : ndarray of numbers, shape (n_rows, n_targets)
    seed : int

    Returns
    -------
    ndarray of uint64, shape (n_rows,)
    """
    matrix = as_matrix(X, "float64")
    words = np.empty(matrix.shape[0], np.uint64)
    for rows, block in row_blocks(matrix):
        stirred = np.where(block == 0.0, np.uint64(0), _mix(_bits(block)))
        words[rows] = stirred.sum(axis=1, dtype=np.uint64)
    for column in np.asarray(y, np.float64).T:
        words = _mix(words ^ _mix(_bits(column)))
    return _mix(words ^ _mix(np.array([seed], np.uint64)))


def _strata(y: Array, stratify: bool) -> Array:
    if not stratify:
        return np.zeros(len(y), np.int64)
    return np.unique(y, axis=0, return_inverse=True)[1].ravel()


def _places(words: Array) -> tuple[Array, int]:
    """Place of each row's word among the different words, and how many those are.

    Weights and repetitions do not enter: they must not move a row to another side.
    """
    different, place = np.unique(words, return_inverse=True)
    return place.ravel(), len(different)


def assign_folds(X: Any, y: Array, weights: Array, n_folds: int, *, stratify: bool, seed: int = 0) -> Array:
    """Fold of each row.

    Parameters
    ----------
    X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
    y : ndarray of numbers, shape (n_rows, n_targets)
        Class codes or regression outcomes.
    weights : ndarray of float64, shape (n_rows,)
        Rows of weight zero are put into fold -1.
    n_folds : int
    stratify : bool
        Spread every class (every combination of classes) over the folds.
    seed : int

    Returns
    -------
    ndarray of int64, shape (n_rows,)

    Raises
    ------
    ValueError
        If there are fewer different rows than folds.
    """
    fold = np.full(len(y), -1, np.int64)
    present = np.flatnonzero(weights > 0)
    words = hash_rows(X, y, seed)[present]
    strata = _strata(y[present], stratify)
    start = 0
    for stratum in np.unique(strata):
        members = strata == stratum
        place, n_different = _places(words[members])
        # each class begins where the last one ended, or the first folds would get all small ones
        fold[present[members]] = (place + start) % n_folds
        start += n_different
    n_used = len(np.unique(fold[present]))
    if n_used < n_folds:
        raise ValueError(
            f"cannot make {n_folds} folds: the {len(present)} rows (n_samples={len(present)}) fill only "
            f"{n_used}; give fewer folds or more rows"
        )
    return fold


def held_out_rows(
    X: Any, y: Array, weights: Array, fraction: float, *, stratify: bool, seed: int = 0
) -> Array:
    """Which rows are held out: about `fraction` of the different rows of each stratum.

    One at least, if there are two; so every class is seen on both sides where that is possible.

    Parameters
    ----------
    X, y, weights, stratify, seed
        As for `assign_folds`.
    fraction : float
        Between 0 and 1.

    Returns
    -------
    ndarray of bool, shape (n_rows,)

    Raises
    ------
    ValueError
        If one of the two parts would be empty.
    """
    held_out = np.zeros(len(y), bool)
    present = np.flatnonzero(weights > 0)
    words = hash_rows(X, y, seed)[present]
    strata = _strata(y[present], stratify)
    for stratum in np.unique(strata):
        members = strata == stratum
        place, n_different = _places(words[members])
        wanted = min(max(round(fraction * n_different), 1), n_different - 1)
        held_out[present[members]] = place < wanted
    if not held_out.any() or held_out[present].all():
        raise ValueError(
            f"cannot hold out {fraction:.0%} of {len(present)} rows (n_samples={len(present)}): one "
            "part would be empty; pass X_val and y_val, or more rows"
        )
    return held_out
