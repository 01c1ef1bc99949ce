"""Refit of what an L1 path has selected, and how far to go towards it.

T. Hastie, R. Tibshirani, R. J. Tibshirani, Best subset, forward stepwise or lasso? Statistical Science 35,
2020: the relaxed lasso as a blend of the penalised and the unpenalised fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from treeprune.criteria.linear_path.path import solve_path
from treeprune.criteria.linear_path.problem import PathProblem, path_problem
from treeprune.criteria.linear_projection.families import FAMILIES
from treeprune.criteria.linear_projection.newton import fit
from treeprune.criteria.linear_projection.problem import projection_problem
from treeprune.model.ensemble import Array

BLENDS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of the penalised fit that are compared."""


@dataclass(frozen=True, eq=False)
class Coefficients:
    """A linear predictor.

    Parameters
    ----------
    coef : ndarray of float64, shape (n_columns, n_outputs)
    intercept : ndarray of float64, shape (n_outputs,)
    converged : bool
        Whether it is an optimum: classes that columns tell apart without error have none.
    """

    coef: Array
    intercept: Array
    converged: bool = True

    def towards(self, other: Coefficients, share: float) -> Coefficients:
        """So large a share of this one, the rest of another."""
        if share == 1.0:
            return self
        return Coefficients(
            share * self.coef + (1.0 - share) * other.coef,
            share * self.intercept + (1.0 - share) * other.intercept,
            self.converged and other.converged,
        )


def refit(problem: PathProblem, penalised: Coefficients) -> Coefficients:
    """Fit the selected columns without a penalty.

    Parameters
    ----------
    problem : PathProblem
        Bounds of coefficients hold for the refit too.
    penalised : Coefficients
        Columns with coefficients that are not 0 are selected.

    Returns
    -------
    Coefficients
    """
    chosen = np.flatnonzero((penalised.coef != 0.0).any(axis=1))
    coef = np.zeros_like(penalised.coef)
    if len(chosen) == 0:
        return penalised
    if problem.is_bounded.any():
        found = _within_bounds(problem, chosen)
    else:
        posed = projection_problem(
            problem.X[:, chosen],
            penalised.coef[chosen],
            penalised.intercept,
            problem.family,
            sample_weight=problem.weights,
            y=problem.outcome.T,
            offset=problem.offset.T,
            fit_intercept=problem.fit_intercept,
        )
        solved = fit(posed.objective("y"), posed.own)
        every = np.ones(posed.n_groups, bool)
        found = Coefficients(*posed.on_the_users_scale(solved.w, every), solved.converged)
    coef[chosen] = found.coef
    return Coefficients(coef, found.intercept, found.converged)


def _within_bounds(problem: PathProblem, chosen: Array) -> Coefficients:
    outcome = problem.outcome.T if problem.n_outputs > 1 else problem.outcome[0]
    offset = problem.offset.T if problem.n_outputs > 1 else problem.offset[0]
    free = path_problem(
        problem.X[:, chosen],
        outcome,
        family=problem.family,
        weights=problem.weights,
        offset=offset,
        penalty_factors=np.zeros(len(chosen)),
        lower=problem.lower[chosen],
        upper=problem.upper[chosen],
        fit_intercept=problem.fit_intercept,
    )
    path = solve_path(free, lambdas=[1.0])
    coef = path.coef[-1].reshape(len(chosen), -1)
    return Coefficients(coef, np.atleast_1d(path.intercept[-1]), path.ending == "complete")


def blend_losses(problem: PathProblem, lambdas: Array, held: Sequence[Array]) -> Array:
    """Held-out loss of each blend at the last of some strengths.

    Parameters
    ----------
    problem : PathProblem
    lambdas : ndarray of float64, shape (n_lambdas,)
        Falling.
    held : sequence of ndarray of int
        Rows that each fold holds out.

    Returns
    -------
    ndarray of float64, shape (n_folds, n_blends)
        Infinite where a refit has no optimum.
    """
    losses = []
    for rows in held:
        weights = problem.weights.copy()
        weights[rows] = 0.0
        part = replace(problem, weights=weights / weights.sum())
        path = solve_path(part, lambdas=lambdas)
        penalised = Coefficients(
            path.coef[-1].reshape(problem.n_features, -1), np.atleast_1d(path.intercept[-1])
        )
        losses.append([_loss(problem, rows, penalised.towards(refit(part, penalised), s)) for s in BLENDS])
    return np.array(losses)


def _loss(problem: PathProblem, rows: Array, fitted: Coefficients) -> float:
    if not fitted.converged:
        return np.inf
    eta = np.asarray(problem.X[rows] @ fitted.coef) + fitted.intercept + problem.offset[:, rows].T
    with np.errstate(over="ignore"):
        loss = FAMILIES[problem.family].loss(eta, problem.outcome[:, rows].T)
    weights = problem.weights[rows]
    return float(loss @ weights / weights.sum())
