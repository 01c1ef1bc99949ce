"""Trees with factors by least squares: those that follow the residual, and all at once."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.tree_order.active_set import grow, no_members, note, problem_of
from treeprune.criteria.tree_order.quadratic import Quadratic
from treeprune.criteria.tree_order.refits import at_least_one, best_of_each_size, refitted
from treeprune.criteria.tree_order.registry import register
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.kernels.compiled import borrower
from treeprune.model.ensemble import Array

_MOST_ROUNDS = 20
"""Trees that enter, by the number of trees, at the most: rounding could make them come back for ever."""


@borrower
def _pursue(
    A: Array, L: Array, v: Array, members: Array, state: Array, least: float, factors: Array
) -> None:
    """Let trees in as long as the objective falls; row k - 1 of `factors` gets the best with k trees."""
    entries = 0
    while entries < _MOST_ROUNDS * len(state) and grow(A, L, v, members, state, least):
        note(v, members, factors)
        entries += 1


def pursuit(quadratic: Quadratic) -> Array:
    """Factors along the whole pursuit, least squares at its end.

    Parameters
    ----------
    quadratic : Quadratic

    Returns
    -------
    ndarray of float64, shape (n_steps, n_trees)
        Ascending numbers of trees, errors never rising. No step if no tree lowers the error.
    """
    A, b, least = problem_of(quadratic)
    L, v, members, state = no_members(b)
    factors = np.zeros((len(b), len(b)))
    _pursue(A, L, v, members, state, least, factors)
    factors = factors[: members[-1]]  # more trees were in at times, but not to a lower error
    return factors[factors.any(axis=1)]


@register(
    "omp",
    needs="gram",
    tasks=("classification", "regression"),
    paper=(
        "Y. Pati, R. Rezaiifar, P. Krishnaprasad, Orthogonal matching pursuit: recursive function "
        "approximation with applications to wavelet decomposition, Asilomar Conference 1993"
    ),
)
def orthogonal_matching(quadratic: Quadratic) -> TreeSteps:
    """Add the tree that goes best with the residual, and fit all factors anew, none negative.

    Parameters
    ----------
    quadratic : Quadratic

    Returns
    -------
    TreeSteps
        Up to the number of trees that have a factor in the non-negative least squares of them all.
        A tree whose factor falls to zero leaves, so steps need not be nested; of each number of trees the
        best that was met is kept.

    Notes
    -----
    Factors are never negative, so monotonic constraints of the trees hold for their sum. The pursuit is
    the active-set method for non-negative least squares, with what each tree would gain by itself as the
    rule that says which is next.
    """
    return at_least_one(quadratic, pursuit(quadratic))


@register(
    "nnls",
    needs="gram",
    tasks=("classification", "regression"),
    paper="C. Lawson, R. Hanson, Solving Least Squares Problems, Prentice-Hall 1974, chapter 23",
)
def nonnegative_least_squares(quadratic: Quadratic, *, refit: bool = True) -> TreeSteps:
    """Fit the factors of all trees at once, none negative, and keep those of the largest ones.

    Parameters
    ----------
    quadratic : Quadratic
    refit : bool
        Whether the factors of the k trees are fitted anew without the others; else they stay as they are.

    Returns
    -------
    TreeSteps
        Step k keeps the k largest factors; the last one keeps all that are not zero, most of the time a
        small part of the trees. Trees that the refit gives no factor count as left out.
    """
    steps = at_least_one(quadratic, pursuit(quadratic)[-1:])
    factors = steps.factors[-1]
    order = np.argsort(-factors, kind="stable")[: np.count_nonzero(factors)]
    sets = TreeSteps.of_order(order, n_trees=len(factors)).factors
    if not refit:
        return TreeSteps(sets * factors)
    return at_least_one(quadratic, best_of_each_size(quadratic, refitted(quadratic, sets > 0)))
