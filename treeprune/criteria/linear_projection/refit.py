"""Coefficients of the groups that are left."""

from __future__ import annotations

from typing import Literal

import numpy as np

from treeprune.criteria.linear_projection.group_order import Fits, GroupOrder
from treeprune.criteria.linear_projection.newton import Fit, fit
from treeprune.criteria.linear_projection.objective import Objective
from treeprune.criteria.linear_projection.problem import ProjectionProblem, Target
from treeprune.model.ensemble import Array

Refit = Literal["project", "y", "none"]

TARGETS: dict[Refit, Target] = {"project": "model", "y": "y"}
"""What each refit fits to."""


def fit_groups(
    problem: ProjectionProblem, whole: Objective, kept: Array, start: Array, hessian: Array | None = None
) -> tuple[Array, Fit]:
    """Fit the columns of some groups.

    Parameters
    ----------
    problem : ProjectionProblem
    whole : Objective
        Of all columns.
    kept : ndarray of bool, shape (n_groups,)
    start : ndarray of float64, shape (n_parameters, n_outputs)
        Of all columns; those of others are not looked at.
    hessian : ndarray of float64, optional
        For the first steps, see `treeprune.criteria.linear_projection.newton.fit`.

    Returns
    -------
    w : ndarray of float64, shape (n_parameters, n_outputs)
        Of all columns; 0 for others.
    fit : Fit
        Of those that are kept.
    """
    mask = problem.parameters(kept)
    found = fit(whole.take(problem.columns(kept)), start[mask], hessian)
    w = np.zeros_like(start)
    w[mask] = found.w
    return w, found


def refit_order(problem: ProjectionProblem, order: GroupOrder, refit: Refit) -> Fits:
    """Coefficients at each step of an order.

    Parameters
    ----------
    problem : ProjectionProblem
    order : GroupOrder
    refit : {"project", "y", "none"}
        Project the model's means onto the columns that are left (the fit that minimises the
        Kullback-Leibler divergence from the model); fit them to the outcome, with the model's own ridge;
        or leave them as they are, where each column that goes counts with its mean.

    Returns
    -------
    Fits
        The first step is the model itself.
    """
    masks = order.kept(problem.n_groups)
    w, converged = np.zeros((len(masks), *problem.own.shape)), np.ones(len(masks), bool)
    w[0] = problem.own
    if refit == "none":
        for step, kept in enumerate(masks):
            mask = problem.parameters(kept)
            w[step, mask] = problem.own[mask]
        return Fits(w, converged)
    if order.fits is not None and order.target == TARGETS[refit]:
        return order.fits
    whole = problem.objective(TARGETS[refit])
    for step in range(1, len(masks)):
        w[step], found = fit_groups(problem, whole, masks[step], w[step - 1])
        converged[step] = found.converged
    return Fits(w, converged)
