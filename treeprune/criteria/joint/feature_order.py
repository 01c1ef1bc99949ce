"""Which features a joint model cannot do without: the order in which they become worth their price."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from treeprune.criteria.joint.descent import Limits
from treeprune.criteria.joint.path import solve_path
from treeprune.criteria.joint.problem import JointProblem, Prices
from treeprune.criteria.joint.step import JointStep
from treeprune.model.ensemble import Array

_NODES = 20.0
"""What a feature of average cost is charged, in nodes: so much that few features serve many splits."""


def feature_order(
    pose: Callable[[Prices], JointProblem],
    feature: Array,
    costs: Array | None,
    limits: Limits,
    enough: Callable[[Array], bool],
    n_jobs: int | None = None,
) -> Array:
    """Features in the order in which they enter a path along which each has its price.

    Parameters
    ----------
    pose : callable
        The problem under given prices.
    feature : ndarray of int32, shape (n_nodes,)
        What each node of the whole ensemble looks at.
    costs : ndarray of float64, shape (n_features,), optional
        Of the features, relative to each other; by default all are equal.
    limits : Limits
    enough : callable
        ``enough(order)`` says whether so many features will do: the last ones, each worth little, take
        longer than all others.
    n_jobs : int, optional

    Returns
    -------
    ndarray of int64
        Of features that enter at the same step, those that more splits look at come first. Features that
        never enter, or later than was asked for, are left out.
    """
    costs = np.ones(int(feature.max(initial=0)) + 1) if costs is None else costs
    scale = float(costs.mean()) or 1.0
    problem = pose(Prices(node=1.0, feature=_NODES * costs / scale))
    order: list[int] = []
    most = len(np.unique(problem.trees.feature[problem.trees.feature >= 0]))

    def enter(step: JointStep) -> bool:
        found, uses = np.unique(feature[step.nodes[~step.is_leaf]], return_counts=True)
        order.extend(int(f) for f in found[np.argsort(-uses, kind="stable")] if f not in order)
        return len(order) == most or enough(np.array(order, np.int64))

    solve_path(problem, limits=replace(limits, max_nodes=np.inf), n_jobs=n_jobs, enough=enter)
    return np.array(order, np.int64)


def affordable(costs: Array, most: int, budget: float, order: Array) -> tuple[list[int], bool]:
    """What can be had of features in order.

    Parameters
    ----------
    costs : ndarray of float64, shape (n_features,)
    most : int
        Most features.
    budget : float
        Most that they cost together.
    order : ndarray of int64
        One that is too dear for what is left is passed over.

    Returns
    -------
    list of int
        Features.
    bool
        Whether none can be added, be it in the order or not.
    """
    taken: list[int] = []
    for feature in order:
        if len(taken) < most and costs[feature] <= budget:
            taken.append(int(feature))
            budget -= costs[feature]
    return taken, len(taken) == most or not (np.delete(costs, taken) <= budget).any()
