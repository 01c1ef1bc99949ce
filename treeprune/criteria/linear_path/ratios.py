"""Each fold's own scale: its columns are those of the full fit, times one number each.

A fold standardises by the means and standard deviations of the rows that it trains on, as a fit of its own
does (and as glmnet's cross-validation does). The means only move its intercept, so that the columns of the
full fit serve all folds.
"""

from __future__ import annotations

import numpy as np

from treeprune.criteria.linear_path.design import Design
from treeprune.criteria.linear_path.folds import Folds
from treeprune.criteria.linear_path.problem import PathProblem
from treeprune.model.ensemble import Array

_CANCELLED = 1e-6
"""Variances below this share of the mean square have lost digits, and are computed from the rows."""


def ratios_of(problem: PathProblem, folds: Folds | None, design: Design) -> Array:
    """Standardised columns of each problem over those of the full fit, which comes first.

    Parameters
    ----------
    problem : PathProblem
    folds : Folds, optional
    design : Design
        With no column in its working set.

    Returns
    -------
    ndarray of float64, shape (n_problems, n_features)
        0 for columns that are constant in a fold, as far as they are left out.
    """
    out = np.ones((1 if folds is None else 1 + len(folds.held), problem.n_features))
    if folds is None:
        return out
    mean, square = design.moments(folds.training)
    variance = square - mean**2
    clear = variance > _CANCELLED * square
    if problem.standardize:
        out[1:][clear] = 1.0 / np.sqrt(variance[clear])
    for ratios, training, fine in zip(out[1:], folds.training, clear, strict=True):
        unclear = np.flatnonzero(~fine & (problem.scale.inverse > 0.0))
        if len(unclear):
            own = problem.scale_under(training, unclear).inverse
            ratios[unclear] = own / problem.scale.inverse[unclear]
    return out
