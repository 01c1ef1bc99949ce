"""The certificate of a path: how far each point is from the conditions of Karush, Kuhn and Tucker.

Computed from the data and the coefficients as a user gets them; nothing of the solver is used.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from treeprune.criteria.linear_path.problem import PathProblem
from treeprune.criteria.linear_path.scaling import is_sparse
from treeprune.model.ensemble import Array

_ROWS_AT_ONCE = 4096
_POINTS_AT_ONCE = 50


def kkt_residual(problem: PathProblem, coef: Array, intercept: Array, lambdas: Array) -> Array:
    """Largest violation of the optimality conditions at each point of a path.

    Parameters
    ----------
    problem : PathProblem
    coef : ndarray of float64, shape (n_lambdas, n_features) or (n_lambdas, n_features, n_outputs)
        On the user's scale.
    intercept : ndarray of float64, shape (n_lambdas,) or (n_lambdas, n_outputs)
    lambdas : ndarray of float64, shape (n_lambdas,)

    Returns
    -------
    ndarray of float64, shape (n_lambdas,)
        Norm of the worst group's slope, on standardised columns, that neither its penalty nor its bounds
        balance; the intercept's counts too. Over the largest strength it has no unit.
    """
    shape = len(lambdas), problem.n_features, problem.n_outputs
    coef, intercept = np.reshape(coef, shape), np.reshape(intercept, shape[::2])
    out = np.empty(len(lambdas))
    for first in range(0, len(lambdas), _POINTS_AT_ONCE):
        part = slice(first, first + _POINTS_AT_ONCE)
        slope, of_intercept = _slopes(problem, coef[part], intercept[part])
        within = _unbalanced(problem, problem.scale.to_standard(coef[part]), slope, lambdas[part])
        out[part] = np.maximum(within, np.abs(of_intercept).max(axis=1) if problem.fit_intercept else 0.0)
    return out


def _slopes(problem: PathProblem, coef: Array, intercept: Array) -> tuple[Array, Array]:
    """Slopes of the loss on standardised columns, (n_points, n_features, n_outputs), and of intercepts."""
    n_points, p, k = coef.shape
    by_output = coef.transpose(1, 0, 2).reshape(p, n_points * k)
    sums, totals = np.zeros((p, n_points * k)), np.zeros(n_points * k)
    whole: Any = sp.csr_array(problem.X) if is_sparse(problem.X) else problem.X
    for first in range(0, problem.n_rows, _ROWS_AT_ONCE):
        rows = slice(first, first + _ROWS_AT_ONCE)
        X = whole[rows].astype(np.float64)
        eta = np.ascontiguousarray((X @ by_output).T).reshape(n_points, k, -1)
        eta = eta + intercept[:, :, None] + problem.offset[:, rows]
        weights = np.repeat(problem.weights[None, rows], n_points, axis=0)
        residual = problem.losses.residual(eta, problem.outcome[:, rows], weights).reshape(n_points * k, -1)
        sums += X.T @ residual.T
        totals += residual.sum(axis=1)
    scale = problem.scale
    slope = (sums - np.multiply.outer(scale.mean, totals)) * scale.inverse[:, None]
    return slope.reshape(p, n_points, k).transpose(1, 0, 2), totals.reshape(n_points, k)


def _unbalanced(problem: PathProblem, coef: Array, slope: Array, lambdas: Array) -> Array:
    """Worst group of each point."""
    group, strength = problem.group, lambdas[:, None]
    soft, ridge = strength * problem.soft, strength * problem.ridge
    norm = _norms(coef, group)
    unit = np.divide(soft, norm, where=norm > 0.0, out=np.zeros_like(norm))
    pull = slope + coef * (unit + ridge)[:, group, None]
    low, high = (bound[:, None] for bound in problem.bounds)
    near = 1e-9 * np.abs(coef)  # coefficients were brought to the user's scale and back
    pull[((coef <= low + near) & (pull > 0.0)) | ((coef >= high - near) & (pull < 0.0))] = 0.0
    return np.where(norm > 0.0, _norms(pull, group), np.maximum(_norms(pull, group) - soft, 0.0)).max(
        axis=1
    )


def _norms(x: Array, group: Array) -> Array:
    """Norm of each group, shape (n_points, n_groups)."""
    square = (x**2).sum(axis=2)
    total = np.zeros((len(x), group.max() + 1))
    if total.shape == square.shape:
        total[:, group] = square
    else:
        np.add.at(total.T, group, square.T)
    return np.sqrt(total)
