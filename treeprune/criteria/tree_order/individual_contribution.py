"""Individual contribution: trees that are right where few are come first."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.tree_order.ballot import Ballot
from treeprune.criteria.tree_order.poll import Poll
from treeprune.criteria.tree_order.registry import register
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.statistics.votes import TreeVotes


@register(
    "individual_contribution",
    needs="votes",
    tasks=("classification",),
    paper=(
        "Z. Lu, X. Wu, X. Zhu, J. Bongard, Ensemble pruning via individual contribution ordering, "
        "Proceedings of the 16th ACM SIGKDD International Conference on Knowledge Discovery and Data "
        "Mining, 2010"
    ),
)
def individual_contribution(votes: TreeVotes) -> TreeSteps:
    """Order trees by what each contributes to the vote of all, the largest first.

    Parameters
    ----------
    votes : TreeVotes

    Returns
    -------
    TreeSteps
        One step a tree.

    Notes
    -----
    With v(c) the votes that all trees together give to class c at a row, m the most votes of any class
    and s the second most, a tree that predicts c contributes, summed over rows with their weights:

    - 2 m - v(c) where it is right, and another class than c wins the vote;
    - s where it is right, and c wins;
    - v(right class) - v(c) - m where it is wrong.

    Of trees that contribute as much the first stands first.
    """
    b = Ballot.of(votes)
    poll = Poll(b)
    for tree in range(b.n_trees):
        poll.add(tree)
    count = poll.count.astype(np.int64)
    right = np.take_along_axis(count, b.truth[:, None], axis=1)
    ranked = np.sort(count, axis=1)
    most, second = ranked[:, -1:], ranked[:, -2:-1] if b.n_classes > 1 else np.zeros_like(right)
    when_right = np.where((poll.leaders() == b.truth)[:, None], second, 2 * most - right)
    gain = np.where(b.truth[:, None] == np.arange(b.n_classes), when_right, right - count - most)
    trees, rows = np.arange(b.n_trees), np.arange(len(b.truth))
    score = b.tally(trees, rows, gain * b.weight[:, None])
    return TreeSteps.of_order(np.argsort(-score, kind="stable"))
