"""Orientation ordering: trees that are right where the ensemble is not come first."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.tree_order.ballot import Ballot
from treeprune.criteria.tree_order.poll import Poll
from treeprune.criteria.tree_order.registry import register
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.statistics.votes import TreeVotes


@register(
    "orientation",
    needs="votes",
    tasks=("classification",),
    paper=(
        "G. Martinez-Munoz, A. Suarez, Pruning in ordered bagging ensembles, Proceedings of the 23rd "
        "International Conference on Machine Learning (ICML), 2006"
    ),
)
def orientation(votes: TreeVotes) -> TreeSteps:
    """Order trees by the angle between their signature and a reference, the smallest first.

    Parameters
    ----------
    votes : TreeVotes

    Returns
    -------
    TreeSteps
        One step a tree. The paper keeps the trees whose angle is below a right one; here the order goes on
        to the last.

    Notes
    -----
    The signature c of a tree is 1 at rows where it is right and -1 where it is wrong, that of the ensemble
    the mean of its trees' (weighted by their factors). The reference is what remains of the vector of
    ones without its part along the ensemble's signature, o - (o.e / e.e) e: trees that lie along it are
    right where the ensemble is not. Products of vectors are weighted by the rows. All signatures are
    equally long, so that the angle follows the product with the reference; it is compared in whole
    numbers. If the ensemble's signature vanishes, the reference is the vector of ones.

    See also G. Martinez-Munoz, D. Hernandez-Lobato, A. Suarez, An analysis of ensemble pruning techniques
    based on ordered aggregation, IEEE Transactions on Pattern Analysis and Machine Intelligence 31, 2009.
    """
    b = Ballot.of(votes)
    poll = Poll(b)
    for tree in range(b.n_trees):
        poll.add(tree)
    right = np.take_along_axis(poll.count, b.truth[:, None], axis=1)[:, 0].astype(np.int64)
    ensemble = b.weight * (2 * right - b.factor.sum())
    # Python's numbers: products of two of these sums do not fit into 64 bits
    with_ones = (2 * b.right_sums(b.weight) - b.weight.sum()).tolist()
    with_ensemble = (2 * b.right_sums(ensemble) - ensemble.sum()).tolist()
    factor = b.factor.tolist()
    ones = sum(f * x for f, x in zip(factor, with_ones, strict=True))
    length = sum(f * x for f, x in zip(factor, with_ensemble, strict=True)) or 1
    product = [length * x - ones * y for x, y in zip(with_ones, with_ensemble, strict=True)]
    return TreeSteps.of_order(sorted(range(b.n_trees), key=lambda tree: -product[tree]))
