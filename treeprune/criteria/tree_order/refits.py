"""Factors of sets of trees that something else has chosen, by least squares."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.tree_order.active_set import (
    FACTOR,
    OPEN,
    SHUT,
    grow,
    leave,
    no_members,
    problem_of,
    settle,
)
from treeprune.criteria.tree_order.quadratic import Quadratic
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.kernels.compiled import borrower
from treeprune.model.ensemble import Array

_MOST_ROUNDS = 20


@borrower
def _refit(
    A: Array,
    L: Array,
    v: Array,
    members: Array,
    state: Array,
    least: float,
    supports: Array,
    factors: Array,
) -> None:
    """Fill `factors` with the least squares on each support."""
    for k in range(len(supports)):
        for t in range(len(state)):
            state[t] = OPEN if supports[k, t] else SHUT
        for i in range(members[-1] - 1, -1, -1):
            if state[members[i]] == SHUT:
                leave(L, v, members, i)
        settle(A, L, v, members)
        for _ in range(_MOST_ROUNDS * len(state)):
            if not grow(A, L, v, members, state, least):
                break
        for t in range(len(state)):
            factors[k, t] = v[FACTOR, t]


def refitted(quadratic: Quadratic, supports: Array) -> Array:
    """Best factors of some sets of trees, none negative.

    Parameters
    ----------
    quadratic : Quadratic
    supports : ndarray of bool, shape (n, n_trees)
        Fast where sets that stand behind each other are alike.

    Returns
    -------
    ndarray of float64, shape (n, n_trees)
        May be zero for trees of the set, too.
    """
    A, b, least = problem_of(quadratic)
    L, v, members, state = no_members(b)
    factors = np.zeros(supports.shape)
    _refit(A, L, v, members, state, least, supports, factors)
    return factors


def best_of_each_size(quadratic: Quadratic, factors: Array) -> Array:
    """Keep the weighting of least error for each number of trees, the first one of equals.

    Parameters
    ----------
    quadratic : Quadratic
    factors : ndarray of float64, shape (n, n_trees)

    Returns
    -------
    ndarray of float64, shape (n_sizes, n_trees)
        Ascending numbers of trees.
    """
    factors = factors[factors.any(axis=1)]
    size = np.count_nonzero(factors, axis=1)
    order = np.lexsort((quadratic.error(factors), size))
    return factors[order[np.diff(size[order], prepend=0) > 0]]


def at_least_one(quadratic: Quadratic, factors: Array) -> TreeSteps:
    """Steps of some factors; the best single tree as it is where no factor lowers the error.

    Parameters
    ----------
    quadratic : Quadratic
    factors : ndarray of float64, shape (n_steps, n_trees)

    Returns
    -------
    TreeSteps
    """
    if len(factors) == 0:
        alone = np.eye(quadratic.n_trees)
        error = quadratic.error(alone)
        factors = alone[[int(np.where(np.isnan(error), np.inf, error).argmin())]]
    return TreeSteps(factors)
