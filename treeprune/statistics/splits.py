"""Folds and held-out parts that depend on what the rows say, not on where they stand.

Rows with equal columns fall on the same side, so a patient who appears twice cannot be trained on and
tested on; a weight of two is the same as a row given twice, a weight of zero the same as a row left
out; and the order of the rows changes nothing. Tables of a few patterns (a handful of yes-or-no
questions) are another matter: there equal rows are different patients, and they are spread.
"""

from __future__ import annotations

import numpy as np

from treeprune.model.ensemble import Array
from treeprune.statistics.words import bits_of, mix

_PATTERNS_A_PART = 20
"""A table with fewer different rows than this in each part has patterns, not patients."""


def _with_outcomes(words: Array, y: Array) -> Array:
    for column in np.asarray(y, np.float64).T:
        words = mix(words ^ mix(bits_of(column)))
    return words


def _copies_apart(words: Array) -> Array:
    """Another word for each copy of a word; equal rows may change places, so their order is idle."""
    order = np.argsort(words, kind="stable")
    starts = np.concatenate([[True], np.diff(words[order]) != 0])
    first = np.flatnonzero(starts)[np.cumsum(starts) - 1]
    copy = np.empty(len(words), np.uint64)
    copy[order] = (np.arange(len(words)) - first).astype(np.uint64)
    return mix(words ^ mix(copy))


def _units(words: Array, y: Array, n_parts: int) -> Array:
    """Words of what must not be torn apart: rows with equal columns, or single rows.

    Where a table has few patterns, and the same pattern comes with different outcomes, a pattern is no
    patient, and leaving out whole patterns would test a model on what it could not learn. Repeating
    rows changes neither the number of patterns nor whether their outcomes differ.
    """
    n_patterns = len(np.unique(words))
    with_outcomes = _with_outcomes(words, y)
    mixed = len(np.unique(with_outcomes)) > n_patterns
    if n_patterns < n_parts or (mixed and n_patterns < _PATTERNS_A_PART * n_parts):
        return _copies_apart(with_outcomes)
    return words


def _ordered_units(
    words: Array, y: Array, weights: Array, *, stratify: bool, seed: int
) -> tuple[Array, list[Array]]:
    """Unit of each row, and the units of each stratum in the order of their words.

    A unit belongs to the class in which it has most weight, the first of equals.
    """
    stirred = mix(words ^ mix(np.array([seed], np.uint64)))
    different, unit = np.unique(stirred, return_inverse=True)
    unit = unit.ravel()
    if not stratify:
        return unit, [np.arange(len(different))]
    stratum = np.unique(y, axis=0, return_inverse=True)[1].ravel()
    pairs, pair = np.unique(np.column_stack([unit, stratum]), axis=0, return_inverse=True)
    weight = np.bincount(pair.ravel(), weights)
    order = np.lexsort((pairs[:, 1], -weight, pairs[:, 0]))
    first = np.unique(pairs[order, 0], return_index=True)[1]
    stratum_of_unit = pairs[order, 1][first]
    return unit, [np.flatnonzero(stratum_of_unit == s) for s in np.unique(stratum_of_unit)]


def assign_folds(
    words: Array,
    y: Array,
    weights: Array,
    n_folds: int,
    *,
    stratify: bool,
    grouped: bool = False,
    seed: int = 0,
) -> Array:
    """Fold of each row.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_rows,)
        From `hash_rows` or `hash_groups` of `treeprune.statistics.words`.
    y : ndarray of numbers, shape (n_rows, n_targets)
        Class codes or regression outcomes.
    weights : ndarray of float64, shape (n_rows,)
        Rows of weight zero are put into fold -1.
    n_folds : int
    stratify : bool
        Spread every class (every combination of classes) over the folds.
    grouped : bool
        Never tear rows of one word apart, however few words there are.
    seed : int

    Returns
    -------
    ndarray of int64, shape (n_rows,)

    Raises
    ------
    ValueError
        If there are fewer rows, or groups, than folds.
    """
    fold = np.full(len(y), -1, np.int64)
    present = np.flatnonzero(weights > 0)
    own, y = words[present], y[present]
    units = own if grouped else _units(own, y, n_folds)
    unit, strata = _ordered_units(units, y, weights[present], stratify=stratify, seed=seed)
    # each class begins where the last one ended, or the first folds would get all small ones
    fold_of_unit = np.empty(sum(map(len, strata)), np.int64)
    fold_of_unit[np.concatenate(strata)] = np.arange(len(fold_of_unit)) % n_folds
    fold[present] = fold_of_unit[unit]
    if len(fold_of_unit) < n_folds:
        what = "groups" if grouped else "rows"
        raise ValueError(
            f"cannot make {n_folds} folds of {len(fold_of_unit)} {what} (n_samples={len(present)}); "
            "give fewer folds or more rows"
        )
    return fold


def held_out_rows(
    words: Array, y: Array, weights: Array, fraction: float, *, stratify: bool, seed: int = 0
) -> Array:
    """Which rows are held out: about `fraction` of the different rows of each class.

    One at least, if there are two; so every class is seen on both sides where that is possible.

    Parameters
    ----------
    words, y, weights, stratify, seed
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
    units = _units(words[present], y[present], round(1 / fraction))
    unit, strata = _ordered_units(units, y[present], weights[present], stratify=stratify, seed=seed)
    chosen = np.zeros(unit.max(initial=-1) + 1, bool)
    for members in strata:
        wanted = min(max(round(fraction * len(members)), 1), len(members) - 1)
        chosen[members[:wanted]] = True
    held_out[present] = chosen[unit]
    if not held_out.any() or held_out[present].all():
        raise ValueError(
            f"cannot hold out {fraction:.0%} of {len(present)} rows (n_samples={len(present)}): one "
            "part would be empty; pass X_val and y_val, or more rows"
        )
    return held_out
