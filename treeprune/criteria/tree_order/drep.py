"""Diversity regularised ensemble pruning: the best of those that differ most joins next."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np

from treeprune.criteria.tree_order.ballot import Ballot
from treeprune.criteria.tree_order.poll import Poll
from treeprune.criteria.tree_order.registry import register
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.model.ensemble import Array
from treeprune.statistics.votes import TreeVotes

_ROUNDING = 1e-9
"""A share of a number of trees that is whole but for this is whole."""


@register(
    "drep",
    needs="votes",
    tasks=("classification",),
    paper=(
        "N. Li, Y. Yu, Z.-H. Zhou, Diversity regularized ensemble pruning, Proceedings of the European "
        "Conference on Machine Learning and Principles and Practice of Knowledge Discovery in Databases "
        "(ECML PKDD), 2012"
    ),
)
def drep(votes: TreeVotes, *, rho: float = 0.25) -> TreeSteps:
    """Of the trees that agree least with the vote so far, add the one that reduces its error most.

    Parameters
    ----------
    votes : TreeVotes
    rho : float
        Share of the trees, rounded up, that is taken for different enough; above 0, up to 1. With 1 this
        is the order of reduced error.

    Returns
    -------
    TreeSteps
        One step a tree. The paper ends when the error cannot be reduced any more; here the order goes on
        to the last tree.

    Raises
    ------
    ValueError
        If `rho` is not above 0 and up to 1.

    Notes
    -----
    The first tree is the one with the least error. The paper is about two classes -1 and 1, and sorts
    trees by the mean product of their prediction and that of the vote; for any number of classes that is
    the order by the weighted share of rows where both predict the same class. Of trees that are equal the
    first is taken. Votes count as much as the factors of their trees, and the first of equal classes
    wins.
    """
    if not isinstance(rho, Real) or not 0 < rho <= 1:
        raise ValueError(f"rho must be a number above 0 and up to 1, got {rho!r}")
    b = Ballot.of(votes)
    poll, left = Poll(b), np.arange(b.n_trees)
    order: list[int] = []
    agreement, leader = np.zeros(b.n_trees, np.int64), np.full(len(b.truth), -1)
    while len(left):
        n = len(left) if not order else math.ceil(rho * len(left) - _ROUNDING)
        near = np.sort(np.argsort(agreement, kind="stable")[: max(n, 1)])
        best = int(near[poll.gains(left[near]).argmax()])
        order.append(int(left[best]))
        poll.add(order[-1])
        left, agreement = np.delete(left, best), np.delete(agreement, best)
        before, leader = leader, poll.leaders()
        agreement += _change(b, left, before, leader)
    return TreeSteps.of_order(order)


def _change(b: Ballot, trees: Array, before: Array, leader: Array) -> Array:
    """By how much the weight of the rows changes where trees agree with the vote."""
    rows = np.flatnonzero(before != leader)
    classes = np.arange(b.n_classes)
    gain = (leader[rows, None] == classes).astype(np.int64) - (before[rows, None] == classes)
    return b.tally(trees, rows, gain * b.weight[rows, None])
