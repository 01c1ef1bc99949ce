"""Optimal brain surgeon: the group whose removal raises the loss least goes next."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.linear_projection.blocks import blocks_by_size
from treeprune.criteria.linear_projection.factor import Factor
from treeprune.criteria.linear_projection.group_order import Fits, GroupOrder
from treeprune.criteria.linear_projection.objective import Objective, flat
from treeprune.criteria.linear_projection.problem import ProjectionProblem, Target
from treeprune.criteria.linear_projection.refit import fit_groups
from treeprune.criteria.linear_projection.registry import register
from treeprune.model.ensemble import Array


def saliencies(inverse: Array, w: Array, group: Array, n_groups: int) -> Array:
    """Rise of a quadratic loss if a group is removed and the others take over as they can.

    Parameters
    ----------
    inverse : ndarray of float64, shape (n, n)
        Of the Hessian.
    w : ndarray of float64, shape (n_parameters, n_outputs)
    group : ndarray of int64, shape (n_columns,)
        Of the columns that are left.
    n_groups : int

    Returns
    -------
    ndarray of float64, shape (n_groups,)
        Half of ``w_g' inv(inverse_gg) w_g``; infinite for groups that are not there.
    """
    out, v = np.full(n_groups, np.inf), flat(w)
    for groups, places in blocks_by_size(group, *w.shape):
        block = inverse[places[:, :, None], places[:, None, :]]
        own = v[places]
        solved = np.linalg.solve(block, own[:, :, None])[:, :, 0]
        out[groups] = np.maximum(0.5 * (own * solved).sum(axis=1), 0.0)
    return out


@register(
    "obs",
    paper=(
        "B. Hassibi, D. Stork, Second order derivatives for network pruning: optimal brain surgeon, "
        "Advances in Neural Information Processing Systems 5, 1992; on the projection of C. Goutis, "
        "C. Robert, Model choice in generalised linear models: a Bayesian approach via Kullback-Leibler "
        "projections, Biometrika 85, 1998"
    ),
)
def obs(problem: ProjectionProblem, *, target: Target = "model") -> GroupOrder:
    """Remove the group of least second-order saliency, fit the rest again, and so on.

    Parameters
    ----------
    problem : ProjectionProblem
    target : {"model", "y"}
        What is fitted: the model's means (the Kullback-Leibler projection), or the outcome with the
        model's own ridge.

    Returns
    -------
    GroupOrder
        The saliency is the second-order estimate of the rise of the weighted mean loss, which is exact for
        the Gaussian family.

    Notes
    -----
    Both the fit and its Hessian are renewed after each removal, so that the expansion is always around the
    optimum of the columns that are left. The saliency of a constant column is 0.
    """
    whole, k = problem.objective(target), problem.own.shape[1]
    kept = np.ones(problem.n_groups, bool)
    w, found = fit_groups(problem, whole, kept, problem.own)
    hessian = whole.hessian(found.eta)
    removed: list[int] = []
    saliency: list[float] = []
    ws, converged = [problem.own], [True]
    while (kept & ~problem.keep).any():
        inverse = Factor(hessian).inverse()
        group, mask = problem.group[problem.columns(kept)], problem.parameters(kept)
        worth = saliencies(inverse, w[mask], group, problem.n_groups)
        g = int(np.where(problem.keep, np.inf, worth / problem.costs).argmin())
        stays = np.ones(mask.sum(), bool)
        stays[: len(group)] = group != g
        w[mask] = _without(inverse, w[mask], stays)
        kept[g] = False
        each = np.tile(stays, k)
        rest = hessian[np.ix_(each, each)]
        w, found = fit_groups(problem, whole, kept, w, rest)
        hessian = rest if whole.family.quadratic else _hessian(problem, whole, kept, found.eta)
        removed.append(g)
        saliency.append(float(worth[g]))
        ws.append(w.copy())
        converged.append(found.converged)
    fits = Fits(np.array(ws), np.array(converged))
    return GroupOrder(np.array(removed, np.int64), np.array(saliency), target, fits)


def _without(inverse: Array, w: Array, stays: Array) -> Array:
    """Optimum of the quadratic once some parameters are held at 0."""
    v, each = flat(w), np.tile(stays, w.shape[1])
    gone = ~each
    v = v - inverse[:, gone] @ Factor(inverse[np.ix_(gone, gone)]).solve(v[gone])
    v[gone] = 0.0
    return v.reshape(w.shape[1], -1).T


def _hessian(problem: ProjectionProblem, whole: Objective, kept: Array, eta: Array) -> Array:
    return whole.take(problem.columns(kept)).hessian(eta)
