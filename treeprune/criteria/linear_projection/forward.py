"""Forward search: the group that brings the projection nearest to the model joins next."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.linear_projection.blocks import blocks_by_size
from treeprune.criteria.linear_projection.factor import Factor
from treeprune.criteria.linear_projection.group_order import Fits, GroupOrder
from treeprune.criteria.linear_projection.objective import Objective
from treeprune.criteria.linear_projection.problem import ProjectionProblem, Target
from treeprune.criteria.linear_projection.refit import fit_groups
from treeprune.criteria.linear_projection.registry import register
from treeprune.model.ensemble import Array


@register(
    "forward",
    paper=(
        "J. Piironen, M. Paasiniemi, A. Vehtari, Projective inference in high-dimensional problems: "
        "prediction and feature selection, Electronic Journal of Statistics 14, 2020"
    ),
)
def forward(problem: ProjectionProblem, *, target: Target = "model") -> GroupOrder:
    """Add the group that lowers the loss most, until all are there; they leave in reverse.

    Parameters
    ----------
    problem : ProjectionProblem
    target : {"model", "y"}
        What is fitted, as in `treeprune.criteria.linear_projection.obs.obs`.

    Returns
    -------
    GroupOrder
        The saliency is the fall of the weighted mean loss when the group joined.

    Notes
    -----
    Each candidate is fitted to its optimum, not only one step; for the Gaussian family the fall is known
    in closed form. Of equals, the first joins.
    """
    whole = problem.objective(target)
    kept = problem.keep.copy()
    start = np.zeros_like(problem.own)
    mask = problem.parameters(kept)
    start[mask] = whole.take(problem.columns(kept)).start()
    w, found = fit_groups(problem, whole, kept, start)
    joined: list[int] = []
    gains: list[float] = []
    ws, converged = [w], [found.converged]
    hessian = whole.hessian(found.eta)
    while not kept.all():
        if whole.family.quadratic:
            worth = _gains(problem, whole.at(w).gradient, hessian, kept)
        else:
            worth = _fitted_gains(problem, whole, hessian, w, kept, found.value)
        g = int(np.where(kept, -np.inf, worth / problem.costs).argmax())
        kept[g] = True
        w, found = fit_groups(problem, whole, kept, w, _part(problem, hessian, kept))
        if not whole.family.quadratic:
            hessian = whole.hessian(whole.at(w).eta)
        joined.append(g)
        gains.append(float(worth[g]))
        ws.append(w)
        converged.append(found.converged)
    ws[-1], converged[-1] = problem.own, True
    fits = Fits(np.array(ws[::-1]), np.array(converged[::-1]))
    return GroupOrder(np.array(joined[::-1], np.int64), np.array(gains[::-1]), target, fits)


def _part(problem: ProjectionProblem, hessian: Array, kept: Array) -> Array:
    inside = np.tile(problem.parameters(kept), problem.own.shape[1])
    return hessian[np.ix_(inside, inside)]


def _gains(problem: ProjectionProblem, gradient: Array, hessian: Array, kept: Array) -> Array:
    """Fall of a quadratic loss for each group that may join, at the optimum of those inside."""
    k = problem.own.shape[1]
    inside = np.tile(problem.parameters(kept), k)
    outside = ~inside
    cross = hessian[np.ix_(inside, outside)]
    own = hessian[np.ix_(outside, outside)]
    own = own - cross.T @ Factor(_part(problem, hessian, kept)).solve(cross)
    out, slope = np.zeros(problem.n_groups), gradient[outside]
    group = problem.group[~kept[problem.group]]
    for groups, places in blocks_by_size(group, len(group), k):
        slopes = slope[places][:, :, None]
        solved = np.linalg.solve(own[places[:, :, None], places[:, None, :]], slopes)
        out[groups] = np.maximum(0.5 * (slopes * solved).sum(axis=(1, 2)), 0.0)
    return out


def _fitted_gains(
    problem: ProjectionProblem, whole: Objective, hessian: Array, w: Array, kept: Array, value: float
) -> Array:
    """Fall of the loss for each group that may join, all fitted again."""
    out = np.zeros(problem.n_groups)
    for g in np.flatnonzero(~kept):
        more = kept.copy()
        more[g] = True
        _, found = fit_groups(problem, whole, more, w, _part(problem, hessian, more))
        out[g] = max(value - found.value, 0.0)
    return out
