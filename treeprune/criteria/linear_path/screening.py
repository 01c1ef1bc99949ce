"""Which groups may enter: sequential strong rules, and the strength at which the first one does.

R. Tibshirani, J. Bien, J. Friedman, T. Hastie, N. Simon, J. Taylor, R. Tibshirani, Strong rules for
discarding predictors in lasso-type problems, Journal of the Royal Statistical Society B 74, 2012. The rules
may err; the solver looks at all columns afterwards.
"""

from __future__ import annotations

import numpy as np

from treeprune.criteria.linear_path.layout import times
from treeprune.criteria.linear_path.problem import PathProblem
from treeprune.model.ensemble import Array

_ROUNDING = 1e-13


def pull_of_groups(problem: PathProblem, slope: Array) -> Array:
    """Norm of each group's slope at zero, in the directions that its bounds allow.

    Parameters
    ----------
    problem : PathProblem
    slope : ndarray of float64, shape (n_problems, n_outputs, n_features)

    Returns
    -------
    ndarray of float64, shape (n_groups,)
        The largest over the problems.
    """
    low, high = problem.bounds
    blocked = ((slope > 0.0) & (low >= 0.0)) | ((slope < 0.0) & (high <= 0.0))
    square = (np.where(blocked, 0.0, slope) ** 2).sum(axis=1)
    if len(problem.factor) == problem.n_features:
        largest = np.empty(problem.n_features)
        largest[problem.group] = square.max(axis=0)
        return np.sqrt(largest)
    total = np.zeros((len(problem.factor), len(square)))
    np.add.at(total, problem.group, square.T)
    return np.sqrt(total.max(axis=1))


def entering(problem: PathProblem, pull: Array, strength: float, previous: float) -> Array:
    """Groups that may not be zero at a strength, by the sequential strong rule.

    Parameters
    ----------
    problem : PathProblem
    pull : ndarray of float64, shape (n_groups,)
        See `pull_of_groups`, at the previous strength.
    strength, previous : float

    Returns
    -------
    ndarray of int64
    """
    return np.flatnonzero(pull >= times(2.0 * strength - previous, problem.soft))


def violating(problem: PathProblem, pull: Array, strength: float, tolerance: float) -> Array:
    """Groups that cannot be zero at a strength."""
    return np.flatnonzero(pull > times(strength, problem.soft) + tolerance)


def largest_strength(problem: PathProblem, slope: Array) -> float:
    """Smallest strength at which all penalised groups are zero.

    Parameters
    ----------
    problem : PathProblem
    slope : ndarray of float64, shape (n_outputs, n_features)
        Of the loss, with mandatory groups and intercept fitted.

    Returns
    -------
    float
        0 if no penalised group can lower the loss, but for rounding.
    """
    rounding = _ROUNDING * problem.magnitude * problem.scale.spread
    slope = np.where(np.abs(slope) <= rounding, 0.0, slope)
    pull = pull_of_groups(problem, slope[None])
    strengths = np.divide(pull, problem.soft, where=problem.soft > 0.0, out=np.zeros(len(pull)))
    return float(strengths.max())
