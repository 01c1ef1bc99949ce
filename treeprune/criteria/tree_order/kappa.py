"""Kappa pruning: the pairs of trees that agree least come first."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.tree_order.ballot import Ballot
from treeprune.criteria.tree_order.disagreement import disagreements
from treeprune.criteria.tree_order.registry import register
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.model.ensemble import Array
from treeprune.statistics.votes import TreeVotes


@register(
    "kappa",
    needs="votes",
    tasks=("classification",),
    paper=(
        "D. D. Margineantu, T. G. Dietterich, Pruning adaptive boosting, Proceedings of the 14th "
        "International Conference on Machine Learning (ICML), 1997"
    ),
)
def kappa(votes: TreeVotes) -> TreeSteps:
    """Take the trees of the pairs that agree least, in the order of their agreement.

    Parameters
    ----------
    votes : TreeVotes

    Returns
    -------
    TreeSteps
        One step a tree.

    Notes
    -----
    The agreement of two trees is Cohen's kappa, (a - b) / (1 - b): a is the weighted share of the rows at
    which they predict the same class, b the share to be expected of two trees that predict the classes as
    often, but independently. Where b is 1 both always predict one and the same class, and kappa is 1. Of a
    pair the tree that stands first is taken first, of equal pairs the one with the first tree. The right
    answers play no part.
    """
    agreement = pair_kappa(Ballot.of(votes))
    a, b = np.triu_indices(votes.n_trees, 1)  # pairs with the first tree first
    pairs = np.argsort(agreement[a, b], kind="stable")
    named = np.append(np.stack([a[pairs], b[pairs]], axis=1).ravel(), np.arange(votes.n_trees))
    trees, place = np.unique(named, return_index=True)
    return TreeSteps.of_order(trees[np.argsort(place)])


def pair_kappa(ballot: Ballot) -> Array:
    """Cohen's kappa of each pair of trees; float64, shape (n_trees, n_trees)."""
    total, weight = float(ballot.weight.sum()), ballot.weight.astype(np.float64)
    n_of = np.array([np.bincount(code, weight, ballot.n_classes) for code in ballot.codes])
    agree = total - disagreements(ballot, signatures=False)
    chance = np.zeros_like(agree)
    for own in n_of.T:  # number by number, so that equal trees get equal sums
        chance += own[:, None] * own
    same_class = chance == total * total
    return np.where(
        same_class, 1.0, (agree * total - chance) / np.where(same_class, 1.0, total**2 - chance)
    )
