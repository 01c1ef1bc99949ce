"""Features that stand for each other: attributions of correlated features are judged as one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.stats import rankdata

from treeprune.agreement.association import association
from treeprune.agreement.checks import numbers, share
from treeprune.agreement.tables import Column, columns_of
from treeprune.model.ensemble import Array

_LEAST_ROWS = 10


def correlation_groups(X: Any, threshold: float = 0.7, nominal: Iterable[str | int] = ()) -> Array:
    """Clusters of features, by absolute Spearman correlation.

    Average linkage on one minus the strength of association: two clusters join while the mean
    association between their features is at least the threshold (R. Sokal, C. Michener, Univ. Kansas
    Sci. Bull. 38, 1958).

    Parameters
    ----------
    X : dataframe, mapping of names to arrays, or array-like of shape (n_rows, n_features)
        Missing values are left out pair by pair; pairs that fewer than 10 rows know are unrelated.
        A constant column is a group of its own. Nominal columns (text, categories) are measured by the
        correlation ratio and Cramer's V, see `treeprune.agreement.association`.
    threshold : float, default=0.7
    nominal : iterable of str or int
        Names or positions of columns whose numbers are codes.

    Returns
    -------
    ndarray of int64, shape (n_features,)
        Group of each feature, numbered from 0 in the order of their first features.

    Raises
    ------
    TypeError, ValueError
        If the table is not legal, the threshold lies outside (0, 1), or a nominal column is not there.

    Examples
    --------
    >>> x = np.arange(20.0)
    >>> correlation_groups(np.column_stack([x, x % 3, -(x**3)])).tolist()
    [0, 1, 0]
    """
    cut = 1 - share("threshold", threshold)
    columns = _mark_nominal(columns_of(X), nominal)
    n = len(columns)
    if n == 1:
        return np.zeros(1, np.int64)
    from scipy.cluster.hierarchy import fcluster, linkage  # not for those who only prune

    distance = 1 - _associations(columns)
    tree = linkage(distance[np.triu_indices(n, 1)], "average")
    found = fcluster(tree, cut * (1 + 1e-12), "distance")
    _, first, group = np.unique(found, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[group], np.int64)


def _mark_nominal(columns: list[Column], nominal: Iterable[str | int]) -> list[Column]:
    names = [column.name for column in columns]
    for label in nominal:
        place = names.index(label) if label in names else label
        if not isinstance(place, int | np.integer) or not 0 <= place < len(columns):
            raise ValueError(f"there is no column {label!r} among {names}")
        if columns[place].levels is None:
            columns[place] = replace(columns[place], levels=())
    return columns


def _associations(columns: list[Column]) -> Array:
    """Symmetric matrix of associations; ranks of whole columns of numbers serve all their pairs."""
    n = len(columns)
    found = np.eye(n)
    # NaN makes the comparison false
    easy = np.array([c.levels is None and c.values.min() < c.values.max() for c in columns])
    simple = np.flatnonzero(easy)
    if len(columns[0].values) < _LEAST_ROWS:
        return found
    if len(simple) > 1:
        ranks = rankdata(np.column_stack([columns[j].values for j in simple]), axis=0)
        found[np.ix_(simple, simple)] = np.clip(np.abs(np.corrcoef(ranks, rowvar=False)), 0, 1)
    for i in range(n):
        for j in range(i):
            if not (easy[i] and easy[j]):
                found[i, j] = found[j, i] = association(columns[i], columns[j], _LEAST_ROWS)
    return found


def by_group(phi: Any, groups: Any) -> Array:
    """Attributions summed over the features of each group.

    Sums are attributions again: with the base they still add up to the model's output.

    Parameters
    ----------
    phi : array-like, shape (n_rows, n_features) or (n_rows, n_features, n_outputs)
    groups : array-like of int, shape (n_features,)
        Group of each feature, from 0 on.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_groups) or (n_rows, n_groups, n_outputs)

    Raises
    ------
    TypeError, ValueError
        If `phi` does not hold finite numbers, or `groups` no group for each feature, all from 0 on.

    Examples
    --------
    >>> by_group([[1.0, 2.0, 4.0]], [0, 1, 0]).tolist()
    [[5.0, 2.0]]
    """
    values = numbers("phi", phi, 2, 3)
    labels = np.asarray(groups)
    if labels.dtype.kind not in "iu" or labels.shape != (values.shape[1],):
        raise ValueError(
            f"groups must be {values.shape[1]} whole numbers, got {labels.dtype} {labels.shape}"
        )
    known = np.unique(labels)
    if not np.array_equal(known, np.arange(len(known))):
        raise ValueError("groups must be numbered from 0 on, without gaps")
    return np.stack([values[:, labels == g].sum(axis=1) for g in known], axis=1)
