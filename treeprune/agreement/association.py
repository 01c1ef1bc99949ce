"""How strongly two columns go together, whatever they hold: from 0 to 1."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from treeprune.agreement.importance import correlation
from treeprune.agreement.tables import Column
from treeprune.model.ensemble import Array


def association(x: Column, y: Column, least: int) -> float:
    """Strength of association over rows that lack neither value.

    |Spearman's correlation| of two columns of numbers; for a nominal one and numbers the correlation ratio
    of the ranks, as the root of the unbiased epsilon squared (T. Kelley, PNAS 21, 1935); for two nominal
    ones Cramer's V with the correction of W. Bergsma (J. Korean Stat. Soc. 42, 2013). The
    corrections keep columns of many rare levels from seeming related to all others.

    Parameters
    ----------
    x, y : Column
    least : int
        With fewer rows that lack neither value, the association is 0.

    Returns
    -------
    float
        0 where a column is constant on these rows.
    """
    known = ~np.isnan(x.values) & ~np.isnan(y.values)
    a, b = x.values[known], y.values[known]
    if len(a) < least or a.min() == a.max() or b.min() == b.max():
        return 0.0
    if x.levels is None and y.levels is None:
        return abs(correlation(rankdata(a), rankdata(b)))
    if x.levels is None:
        return _correlation_ratio(b, rankdata(a))
    if y.levels is None:
        return _correlation_ratio(a, rankdata(b))
    return _cramer(a, b)


def _correlation_ratio(codes: Array, ranks: Array) -> float:
    group = np.unique(codes, return_inverse=True)[1]
    n, n_groups = len(ranks), group.max() + 1
    if n == n_groups:
        return 0.0
    deviation = ranks - ranks.mean()
    size = np.bincount(group)
    between = (np.bincount(group, weights=deviation) ** 2 / size).sum()
    total = (deviation**2).sum()
    squared = 1 - (1 - between / total) * (n - 1) / (n - n_groups)
    return float(np.sqrt(np.clip(squared, 0, 1)))


def _cramer(a: Array, b: Array) -> float:
    a, b = (np.unique(codes, return_inverse=True)[1] for codes in (a, b))
    n, rows, columns = len(a), a.max() + 1, b.max() + 1
    table = np.bincount(a * columns + b, minlength=rows * columns).reshape(rows, columns)
    expected = table.sum(axis=1, keepdims=True) * (table.sum(axis=0) / n)
    phi = ((table - expected) ** 2 / expected).sum() / n
    phi = max(phi - (rows - 1) * (columns - 1) / (n - 1), 0.0)
    rows_left, columns_left = (k - (k - 1) ** 2 / (n - 1) for k in (rows, columns))
    least = min(rows_left, columns_left) - 1
    return float(np.sqrt(min(phi / least, 1.0))) if least > 0 else 0.0
