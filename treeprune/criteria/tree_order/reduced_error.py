"""Reduce-error pruning: the tree that helps the vote most joins next."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.tree_order.ballot import Ballot
from treeprune.criteria.tree_order.poll import Poll
from treeprune.criteria.tree_order.registry import register
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.model.ensemble import Array
from treeprune.statistics.votes import TreeVotes

_ROUNDS = 100
"""Rounds of backfitting at each size, at the most, as in the paper."""


@register(
    "reduced_error",
    needs="votes",
    tasks=("classification",),
    paper=(
        "D. D. Margineantu, T. G. Dietterich, Pruning adaptive boosting, Proceedings of the 14th "
        "International Conference on Machine Learning (ICML), 1997"
    ),
)
def reduced_error(votes: TreeVotes, *, backfit: bool = False) -> TreeSteps:
    """Add the tree with which the trees so far make the least weighted error when they vote.

    Parameters
    ----------
    votes : TreeVotes
    backfit : bool
        Whether, once there are three trees, each one is taken out again in turn and the best of all that
        are out is put in its place (if it is better), until nothing changes any more or 100 rounds are
        over. The sets of different sizes are not nested then. Costs the number of trees times as much:
        see the notes.

    Returns
    -------
    TreeSteps
        One step a tree.

    Notes
    -----
    The first tree is the one with the least error of its own. Of trees that are equally good the first is
    taken. Votes count as much as the factors of their trees, and the first of equal classes wins.

    All candidates are tried on those rows only that one more vote can turn.
    """
    ballot = Ballot.of(votes)
    return _backfitted(ballot) if backfit else TreeSteps.of_order(_greedy(ballot))


def _greedy(ballot: Ballot) -> list[int]:
    poll, left = Poll(ballot), np.arange(ballot.n_trees)
    order: list[int] = []
    while len(left):
        best = int(poll.gains(left).argmax())
        order.append(int(left[best]))
        poll.add(order[-1])
        left = np.delete(left, best)
    return order


def _backfitted(ballot: Ballot) -> TreeSteps:
    poll = Poll(ballot)
    members: list[int] = []
    factors = np.zeros((ballot.n_trees, ballot.n_trees))
    for size in range(1, ballot.n_trees + 1):
        left = _others(ballot, members)
        members.append(int(left[poll.gains(left).argmax()]))
        poll.add(members[-1])
        if size > 2:
            for _ in range(_ROUNDS):
                if not _one_round(ballot, poll, members):
                    break
        factors[size - 1, members] = 1.0
    return TreeSteps(factors)


def _others(ballot: Ballot, members: list[int]) -> Array:
    return np.setdiff1d(np.arange(ballot.n_trees), members)


def _one_round(ballot: Ballot, poll: Poll, members: list[int]) -> bool:
    """Try to replace each member; whether one was."""
    changed = False
    for i, member in enumerate(members):
        poll.add(member, -1)
        trees = np.append(member, _others(ballot, members))  # a draw is the member's
        members[i] = int(trees[poll.gains(trees).argmax()])
        poll.add(members[i])
        changed |= members[i] != member
    return changed
