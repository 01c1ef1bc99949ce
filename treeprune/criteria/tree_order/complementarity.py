"""Complementarity: the tree that is right where the vote is wrong joins next."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.tree_order.ballot import Ballot
from treeprune.criteria.tree_order.poll import Poll
from treeprune.criteria.tree_order.registry import register
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.statistics.votes import TreeVotes


@register(
    "complementarity",
    needs="votes",
    tasks=("classification",),
    paper=(
        "G. Martinez-Munoz, A. Suarez, Aggregation ordering in bagging, Proceedings of the IASTED "
        "International Conference on Artificial Intelligence and Applications, 2004"
    ),
)
def complementarity(votes: TreeVotes) -> TreeSteps:
    """Add the tree that is right about most of what the trees so far get wrong when they vote.

    Parameters
    ----------
    votes : TreeVotes

    Returns
    -------
    TreeSteps
        One step a tree.

    Notes
    -----
    The next tree has the largest sum of weights over rows where it is right and the vote of the trees so
    far is wrong. The first tree is the one with the least error: no trees get all rows wrong. Of trees
    that are equally good the first is taken. Votes count as much as the factors of their trees, and the
    first of equal classes wins.

    Between two steps only those rows are looked at that the last tree has turned.
    """
    b = Ballot.of(votes)
    poll, left = Poll(b), np.arange(b.n_trees)
    order: list[int] = []
    wrong, score = np.ones(len(b.truth), bool), b.right_sums(b.weight)
    while len(left):
        best = int(score.argmax())
        order.append(int(left[best]))
        poll.add(order[-1])
        left, score = np.delete(left, best), np.delete(score, best)
        before, wrong = wrong, poll.behind() > 0
        rows = np.flatnonzero(wrong != before)
        own = b.truth[rows, None] == np.arange(b.n_classes)
        score += b.tally(left, rows, own * np.where(wrong, b.weight, -b.weight)[rows, None])
    return TreeSteps.of_order(order)
