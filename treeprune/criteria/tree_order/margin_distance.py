"""Margin distance minimisation: the vote is led towards a point where it is right everywhere."""

from __future__ import annotations

from numbers import Real

import numpy as np

from treeprune.criteria.tree_order.ballot import Ballot
from treeprune.criteria.tree_order.disagreement import disagreements
from treeprune.criteria.tree_order.registry import register
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.statistics.votes import TreeVotes


@register(
    "margin_distance",
    needs="votes",
    tasks=("classification",),
    paper=(
        "G. Martinez-Munoz, A. Suarez, Aggregation ordering in bagging, Proceedings of the IASTED "
        "International Conference on Artificial Intelligence and Applications, 2004"
    ),
)
def margin_distance(votes: TreeVotes, *, p: float = 0.075) -> TreeSteps:
    """Add the tree that brings the signature of the trees so far nearest to a point.

    Parameters
    ----------
    votes : TreeVotes
    p : float
        Coordinate of the point at each row, above 0 and below 1: how clear the vote should be. Once it is
        clearer somewhere, the trees to come need not be right there, so a small value lets them look
        after the rows that are hard.

    Returns
    -------
    TreeSteps
        One step a tree.

    Raises
    ------
    ValueError
        If `p` is not above 0 and below 1.

    Notes
    -----
    The signature of a tree is 1 at rows where it is right and -1 where it is wrong. The next tree has the
    least distance between (p, ..., p) and the sum of its signature and those of the trees so far, divided
    by the number of all trees of the ensemble; rows count by their weights, trees by their factors, and
    of trees that are equally near the first is taken.

    Distances follow from the products of the signatures of all pairs of trees, which are counted once.

    See also G. Martinez-Munoz, D. Hernandez-Lobato, A. Suarez, An analysis of ensemble pruning techniques
    based on ordered aggregation, IEEE Transactions on Pattern Analysis and Machine Intelligence 31, 2009.
    """
    if not isinstance(p, Real) or not 0 < p < 1:
        raise ValueError(f"p must be a number above 0 and below 1, got {p!r}")
    b = Ballot.of(votes)
    total, factor = b.weight.sum(), b.factor
    products = total - 2 * disagreements(b, signatures=True)
    with_point = p * float(factor.sum()) * (2 * b.right_sums(b.weight) - total)
    with_taken = np.zeros(b.n_trees, np.int64)
    length = (factor**2).astype(np.float64) * float(total)
    order: list[int] = []
    taken = np.zeros(b.n_trees, bool)
    for _ in range(b.n_trees):
        # what the squared distance, times the square of the sum of the factors, changes by
        change = length - 2.0 * factor * (with_point - with_taken)
        change[taken] = np.inf
        order.append(int(change.argmin()))
        taken[order[-1]] = True
        with_taken += factor[order[-1]] * products[order[-1]]
    return TreeSteps.of_order(order)
