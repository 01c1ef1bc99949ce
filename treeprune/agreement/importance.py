"""Whether two models weigh features alike over all rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import rankdata

from treeprune.agreement.attribution import explanations
from treeprune.model.ensemble import Array


def importance_correlation(before: Any, after: Any, weights: Any = None) -> tuple[float, float]:
    """Correlation over features of the mean absolute attributions.

    To be shown, never to gate on: a model of shuffled outcomes can score above 0.8.

    Parameters
    ----------
    before, after : array-like, shape (n_rows, n_features) or (n_rows, n_features, n_outputs)
    weights : array-like of shape (n_rows,), optional

    Returns
    -------
    pearson, spearman : float
        NaN where all features of a model weigh the same.

    Raises
    ------
    TypeError, ValueError
        If these are not finite numbers of one shape, or weights are not legal.

    Examples
    --------
    >>> pearson, spearman = importance_correlation([[3.0, 2.0, 0.0]], [[3.0, -1.0, 0.0]])
    >>> round(pearson, 3), round(spearman, 3)
    (0.929, 1.0)
    """
    return importance_correlation_of(*explanations(before, after, weights))


def importance_correlation_of(a: Array, b: Array, w: Array) -> tuple[float, float]:
    """Importance correlation of `explanations`."""
    size_a, size_b = ((np.abs(phi) * w[:, None]).sum(axis=0) for phi in (a, b))
    return correlation(size_a, size_b), correlation(rankdata(size_a), rankdata(size_b))


def correlation(x: Array, y: Array) -> float:
    """Pearson's correlation of two vectors, NaN if one is constant."""
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan
    # divided by their range first, so that squares of tiny numbers do not vanish
    x, y = ((v - v.mean()) / np.ptp(v) for v in (x, y))
    return float(np.clip((x * y).sum() / np.sqrt((x**2).sum() * (y**2).sum()), -1, 1))
