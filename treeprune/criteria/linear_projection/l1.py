"""The L1 path of the model's own means: groups leave as the penalty grows."""

from __future__ import annotations

from typing import cast

import numpy as np

from treeprune.criteria.linear_path.families import FamilyName
from treeprune.criteria.linear_path.path import solve_path
from treeprune.criteria.linear_path.problem import path_problem
from treeprune.criteria.linear_projection.group_order import GroupOrder
from treeprune.criteria.linear_projection.problem import ProjectionProblem, Target
from treeprune.criteria.linear_projection.registry import register
from treeprune.model.ensemble import Array

_N_STRENGTHS, _LEAST = 200, 1e-5
"""Strengths of the path, and the last one by the first: fine, so that few groups enter at once."""


@register(
    "l1",
    paper=(
        "M. Tran, D. Nott, C. Leng, The predictive lasso, Statistics and Computing 22, 2012; groups by "
        "M. Yuan, Y. Lin, Model selection and estimation in regression with grouped variables, Journal of "
        "the Royal Statistical Society B 68, 2006"
    ),
)
def l1(problem: ProjectionProblem, *, target: Target = "model") -> GroupOrder:
    """Remove groups in the reverse of the order in which they enter the (group) lasso path.

    Parameters
    ----------
    problem : ProjectionProblem
    target : {"model", "y"}
        What the path is fitted to: the model's means, or the outcome.

    Returns
    -------
    GroupOrder
        The saliency is the strength of the penalty of the mean loss, on standardised columns, at which the
        group enters; 0 if it never does.

    Raises
    ------
    ValueError
        If a Gaussian model has more than one output.

    Notes
    -----
    Of the methods here it changes least if rows are drawn anew. Groups that enter between the same two
    strengths are ordered by their coefficients at the second, and those that never enter by the model's
    own. A group may leave a lasso path again; here its first entry counts. Costs are penalty factors. The
    path always fits an intercept.
    """
    goal = problem.objective(target).target
    if problem.family.name == "gaussian" and goal.shape[1] > 1:
        raise ValueError("method='l1' is defined for one output of the gaussian family")
    if problem.keep.all():
        return GroupOrder(np.zeros(0, np.int64), np.zeros(0))
    one, p = problem.family.name != "multinomial", len(problem.group)
    design = problem.design
    path = solve_path(
        path_problem(
            design.scaled(),
            goal[:, 0] if one else goal,
            family=cast(FamilyName, problem.family.name),
            weights=design.weight,
            offset=problem.offset[:, 0] if one else problem.offset,
            groups=problem.group,
            penalty_factors=np.where(problem.keep, 0.0, problem.costs),
            standardize=False,
        ),
        n_lambdas=_N_STRENGTHS,
        min_ratio=_LEAST,
    )
    coef = path.coef.reshape(len(path.lambdas), p, -1)
    square = np.array([_by_group(problem, (b**2).sum(axis=1)) for b in coef])
    inside = square > 0
    first = np.where(inside.any(axis=0), inside.argmax(axis=0), len(inside))
    rows = np.vstack([square, _by_group(problem, (problem.own[:p] ** 2).sum(axis=1))])
    size = rows[first, np.arange(problem.n_groups)] / problem.costs**2
    order = np.lexsort((size, -first))
    removed = order[~problem.keep[order]]
    strength = np.append(path.lambdas, 0.0)[first]
    return GroupOrder(removed, (strength * problem.costs)[removed])


def _by_group(problem: ProjectionProblem, x: Array) -> Array:
    return np.bincount(problem.group, x, problem.n_groups)
