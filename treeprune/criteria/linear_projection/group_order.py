"""What an order of groups decides: which one goes next, and the fits that were made on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.criteria.linear_projection.problem import ProjectionProblem, Target
from treeprune.model.ensemble import Array


@dataclass(frozen=True, eq=False)
class Fits:
    """Parameters for each number of groups, all groups first.

    Parameters
    ----------
    w : ndarray of float64, shape (n_steps, n_parameters, n_outputs)
        Of standardised columns; 0 for columns that are not kept.
    converged : ndarray of bool, shape (n_steps,)
    """

    w: Array
    converged: Array


@dataclass(frozen=True, eq=False)
class GroupOrder:
    """Groups in the order in which they leave.

    Parameters
    ----------
    removed : ndarray of int64, shape (n_removed,)
        Positions in the `ids` of the problem; all groups that need not be kept.
    saliency : ndarray of float64, shape (n_removed,)
        What each was worth when it left, before its cost is looked at; see the method for the unit.
    target : {"model", "y"} or None
        What `fits` were fitted to.
    fits : Fits or None
        If the method made them.
    """

    removed: Array
    saliency: Array
    target: Target | None = None
    fits: Fits | None = None

    def kept(self, n_groups: int) -> Array:
        """Masks of the groups that are left: bool, shape (n_removed + 1, n_groups), all groups first."""
        left = np.ones((len(self.removed) + 1, n_groups), bool)
        for step, g in enumerate(self.removed, 1):
            left[step:, g] = False
        return left


def leaving_by(problem: ProjectionProblem, worth: Array) -> GroupOrder:
    """Order by a number for each group that does not change as others leave.

    Parameters
    ----------
    problem : ProjectionProblem
    worth : ndarray of float64, shape (n_groups,)

    Returns
    -------
    GroupOrder
        The least worth by its cost leaves first; of equals, the first.
    """
    order = np.argsort(worth / problem.costs, kind="stable")
    removed = order[~problem.keep[order]]
    return GroupOrder(removed, worth[removed])
