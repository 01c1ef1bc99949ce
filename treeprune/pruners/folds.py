"""Which rows are trained on and which are scored, fold by fold."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.utils import check_consistent_length

from treeprune.model.ensemble import Array
from treeprune.statistics.rows import take_rows
from treeprune.statistics.splits import assign_folds
from treeprune.statistics.words import hash_groups, hash_rows

Fold = tuple[Array, Array]


def numeric_columns(y: Array) -> Array:
    """Outcomes as columns of numbers: class labels become codes."""
    columns = y.reshape(len(y), -1)
    if columns.dtype.kind in "fiub":
        return columns.astype(np.float64)
    return np.column_stack([np.unique(c.astype(str), return_inverse=True)[1] for c in columns.T])


def make_folds(
    cv: Any, X: Any, y: Any, weights: Array, groups: Any, *, classify: bool, wanted: bool = True
) -> list[Fold]:
    """Folds as pairs of row numbers; rows without weight are in none of them.

    Parameters
    ----------
    cv : int, scikit-learn splitter or iterable of (train, test)
        An int makes stratified folds that depend on what rows (or `groups`) say, not on where they
        stand, see `treeprune.statistics.splits`. An iterable refers to the rows as given.
    X, y : table and outcomes
    weights : ndarray of float64, shape (n_rows,)
    groups : array-like of shape (n_rows,) or None
        Rows of one group stay together, whatever `cv` is.
    classify : bool
    wanted : bool
        Whether anything is compared over folds; if not, there are none.

    Returns
    -------
    list of (train, test)

    Raises
    ------
    ValueError
        If there are fewer than two folds, or a fold trains or tests on nothing; or if there are groups
        for folds that nobody wants.
    """
    if not wanted:
        if groups is not None:
            raise ValueError(
                "groups says which rows stay together in folds, but the size is given, so there are none; "
                "leave groups out, or let the size be chosen by cross-validation"
            )
        return []
    y = np.asarray(y)
    present = np.flatnonzero(weights > 0)
    if groups is not None:
        check_consistent_length(X, groups)
    if isinstance(cv, Real) and (not isinstance(cv, Integral) or isinstance(cv, bool) or cv < 2):
        raise ValueError(f"cv={cv!r}: cross-validation needs two folds at least, and whole ones")
    if isinstance(cv, Integral):
        fold = assign_folds(
            hash_rows(X) if groups is None else hash_groups(groups),
            numeric_columns(y),
            weights,
            int(cv),
            stratify=classify,
            grouped=groups is not None,
        )
        pairs = [(present[fold[present] != k], present[fold[present] == k]) for k in range(int(cv))]
    elif hasattr(cv, "split") or cv is None:
        splitter = check_cv(cv, y[present], classifier=classify)
        own_groups = None if groups is None else np.asarray(groups)[present]
        splits = splitter.split(take_rows(X, present), y[present], own_groups)
        pairs = [(present[train], present[test]) for train, test in splits]
    else:
        every = np.arange(len(y))
        pairs = [(every[train], every[test]) for train, test in cv]
        pairs = [(a[weights[a] > 0], b[weights[b] > 0]) for a, b in pairs]
    if len(pairs) < 2:
        raise ValueError(f"cross-validation needs two folds at least, cv gives {len(pairs)}")
    for k, (train, test) in enumerate(pairs):
        if len(train) == 0 or len(test) == 0:
            raise ValueError(f"fold {k} trains on {len(train)} rows and tests on {len(test)}")
    return pairs
