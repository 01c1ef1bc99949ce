"""The size of coefficients, for comparison."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.linear_projection.group_order import GroupOrder, leaving_by
from treeprune.criteria.linear_projection.problem import ProjectionProblem
from treeprune.criteria.linear_projection.registry import register


@register(
    "magnitude",
    paper=(
        "S. Hanson, L. Pratt, Comparing biases for minimal network construction with back-propagation, "
        "Advances in Neural Information Processing Systems 1, 1988"
    ),
)
def magnitude(problem: ProjectionProblem) -> GroupOrder:
    """Remove the group with the smallest standardised coefficients.

    Parameters
    ----------
    problem : ProjectionProblem

    Returns
    -------
    GroupOrder
        The saliency is the Euclidean norm of the group's standardised coefficients, over all classes.

    Notes
    -----
    A baseline: it does not see that columns which go together stand in for each other.
    """
    square = (problem.own[: len(problem.group)] ** 2).sum(axis=1)
    return leaving_by(problem, np.sqrt(np.bincount(problem.group, square, problem.n_groups)))
