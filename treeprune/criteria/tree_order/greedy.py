"""Forward selection of trees by the squared error of what they answer together, with exchanges."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.tree_order.quadratic import Quadratic
from treeprune.criteria.tree_order.registry import register
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.criteria.tree_order.swaps import most_swaps
from treeprune.kernels.compiled import borrower, part
from treeprune.model.ensemble import Array

_MOST_SWEEPS = 100
"""Times that all kept trees are looked at for one size, at the most; it takes two or three."""

_TOLERANCE = 1e-10


@part
def _best(row: Array, cost: Array, b: Array, square: float, total: float) -> int:
    """Tree to add for the least error, given twice its products with the kept ones in `cost`.

    Products with one more tree, which has just left, stand in `row`.
    """
    chosen, least = -1, np.inf
    for j in range(len(b)):
        weight = total + b[j]
        if weight > 0.0:
            error = (square + cost[j] - 2.0 * row[j]) / (weight * weight)
            if error < least:
                chosen, least = j, error
    return chosen


@part
def _is_beaten(row: Array, cost: Array, b: Array, square: float, total: float, limit: float) -> bool:
    """Whether adding some tree brings the error below a limit; no branch, so many at a time."""
    n = 0
    for j in range(len(b)):
        weight = total + b[j]
        n += square + cost[j] - 2.0 * row[j] < limit * (weight * weight)
    return n > 0


@part
def _add(A: Array, d: Array, j: int, sign: float, inner: Array, cost: Array, kept: Array) -> None:
    """Let a tree in (1.0) or out (-1.0)."""
    kept[j] = sign > 0.0
    for t in range(len(d)):
        inner[t] += sign * A[j, t]
        cost[t] = np.inf if kept[t] else 2.0 * inner[t] + d[t]


@borrower
def _forward(
    A: Array, d: Array, b: Array, start: float, sweeps: int, tolerance: float, work: Array, factors: Array
) -> None:
    """Fill a row of `factors` for each size.

    Kept trees have the error ``square / total ** 2``, with ``square`` the sum of their products and
    ``d - diag(A)``, and ``total = start + sum of b``.
    """
    n_trees = len(d)
    inner, cost, kept, none = work[0], work[1], work[2], work[3]
    for t in range(n_trees):
        inner[t], kept[t], none[t] = 0.0, 0.0, 0.0
        cost[t] = d[t]
    square, total = 0.0, start
    for size in range(n_trees):
        j = _best(none, cost, b, square, total)
        if j < 0:  # those left weigh nothing
            j = 0
            while kept[j] > 0.0:
                j += 1
        square += 2.0 * inner[j] + d[j]
        total += b[j]
        _add(A, d, j, 1.0, inner, cost, kept)
        to_look_at, i = sweeps * n_trees, 0
        seen = 0
        while seen < n_trees and to_look_at > 0 and total > 0.0:
            if kept[i] > 0.0:
                rest, lighter = square - 2.0 * (inner[i] - A[i, i]) - d[i], total - b[i]
                limit = square / (total * total) - tolerance
                if _is_beaten(A[i], cost, b, rest, lighter, limit):
                    j = max(_best(A[i], cost, b, rest, lighter), 0)
                    square = rest + 2.0 * (inner[j] - A[i, j]) + d[j]
                    total = lighter + b[j]
                    _add(A, d, i, -1.0, inner, cost, kept)
                    _add(A, d, j, 1.0, inner, cost, kept)
                    seen = 0
            i = i + 1 if i + 1 < n_trees else 0
            seen += 1
            to_look_at -= 1
        for t in range(n_trees):
            factors[size, t] = kept[t]


@register(
    "greedy",
    needs="gram",
    tasks=("classification", "regression"),
    paper=(
        "R. Caruana, A. Niculescu-Mizil, G. Crew, A. Ksikes, Ensemble selection from libraries of models, "
        "ICML 2004"
    ),
)
def greedy(quadratic: Quadratic, *, swaps: bool | int = True) -> TreeSteps:
    """Add the tree that lowers the error of the ensemble most, then exchange trees, at each size.

    Parameters
    ----------
    quadratic : Quadratic
        The error is the Brier score where trees say class shares.
    swaps : bool or int
        Whether kept trees are exchanged for left-out ones until no exchange of two lowers the error. A
        number bounds how often the trees are gone through for one size. Without exchanges the steps are
        nested.

    Returns
    -------
    TreeSteps
        One step a tree; all kept trees have the factor 1.

    Raises
    ------
    ValueError
        If `swaps` is a negative number, or none.

    Notes
    -----
    Without exchanges this is forward selection without replacement. The next size starts from the
    exchanged trees. Of trees that do equally well the first is taken.
    """
    sweeps = most_swaps(swaps, _MOST_SWEEPS)
    n, q = quadratic.n_trees, quadratic
    diagonal = np.diag(q.products)
    if q.normalised:
        d, b, start, size = diagonal.copy(), q.linear, 0.0, diagonal.mean()
    else:  # the sum's error in the same form, over a total of 1
        d, b, start, size = diagonal - 2 * q.linear, np.zeros(n), 1.0, q.constant
    factors = np.empty((n, n))
    A = np.ascontiguousarray(q.products)
    _forward(A, d, b, start, sweeps, _TOLERANCE * size, np.empty((4, n)), factors)
    return TreeSteps(factors)
