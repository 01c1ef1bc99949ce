"""Forests that stay forests: a path is for one number of trees that are averaged.

How much one tree can say depends on how many it is averaged with, so the number of trees has to be known
while subtrees are chosen. Where fewer trees turn out to be worth their price, the mean is one over fewer
trees, whose shares are drawn to the prior; that changes no answer, and leaves room for shares that were at
their bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from treeprune.criteria.joint.descent import Limits, refine_all
from treeprune.criteria.joint.path import solve_path
from treeprune.criteria.joint.problem import JointProblem
from treeprune.criteria.joint.shares import whole_shares
from treeprune.criteria.joint.state import JointState
from treeprune.criteria.joint.step import JointStep
from treeprune.model.ensemble import Array

_ROUNDS = 10


def average_what_is_kept(state: JointState, n_trees: int, tolerance: float) -> JointState:
    """The same forest as a mean of the trees that it keeps, with better shares.

    Parameters
    ----------
    state : JointState
        Of a problem with bounds of shares.
    n_trees : int
        Number of trees that its bounds are made for.
    tolerance : float
        See `treeprune.criteria.joint.descent.refine_all`.

    Returns
    -------
    JointState
        Of a problem with bounds for the trees that are kept.
    """
    kept = max(len(state.tops), 1)
    problem = state.problem
    bounds = replace(
        problem.bounds, low=problem.bounds.low * n_trees / kept, high=problem.bounds.high * n_trees / kept
    )
    finished = state.copy()
    finished.problem = replace(
        problem,
        bounds=bounds,
        max_factor=problem.max_factor * n_trees / kept,
    )
    refine_all(finished, tolerance, _ROUNDS)
    return finished


def solve_shares(
    problem: JointProblem,
    limits: Limits | None = None,
    *,
    n_jobs: int | None = None,
    enough: Callable[[JointStep], bool] | None = None,
) -> list[JointStep]:
    """Path of forests that average no more trees than the problem is made for.

    Parameters
    ----------
    problem : JointProblem
        Of `treeprune.criteria.joint.shares.shares_problem`.
    limits : Limits, optional
    n_jobs : int, optional
        Threads of the looks at all trees.
    enough : callable, optional
        See `treeprune.criteria.joint.path.solve_path`.

    Returns
    -------
    list of JointStep
        Shares of a kept leaf are ``base + n_trees * values`` of its step.
    """
    size = int(problem.max_trees)

    def finish(state: JointState, tolerance: float) -> JointState:
        return average_what_is_kept(state, size, tolerance)

    return solve_path(problem, None, limits, n_jobs=n_jobs, finish=finish, enough=enough)


def shares(step: JointStep, columns: tuple[int, ...]) -> Array:
    """Shares of classes that the kept leaves of a step say; the prior at splits.

    Parameters
    ----------
    step : JointStep
    columns : tuple of int
        Number of classes of each outcome.

    Returns
    -------
    ndarray of float64, shape (n_kept_nodes, n_columns)
    """
    return whole_shares(step.base + step.n_trees * step.values, columns)
