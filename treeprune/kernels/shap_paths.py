"""What the path to each node says about each feature, whatever row comes.

All conditions on one feature along a path are one condition: a row satisfies all of them or it does not.
So an edge is tied to the edge before it that splits on the same feature, and carries the share of training
rows that satisfy the whole chain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.kernels.compiled import borrower
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import depths, leaf_counts, parents


@dataclass(frozen=True, eq=False)
class Paths:
    """The paths of all trees; an edge has the number of the node it leads to.

    Parameters
    ----------
    parent : ndarray of int32, shape (n_nodes,)
        -1 at the roots.
    before : ndarray of int32, shape (n_nodes,)
        Edge on the same feature next above; -1 where there is none.
    n_distinct : ndarray of int32, shape (n_nodes,)
        Number of features that the path asks for.
    share : ndarray of float64, shape (n_nodes,)
        Product of the covers' ratios over this edge and all above it on the same feature.
    reach : ndarray of float64, shape (n_nodes,)
        Product of the covers' ratios over all edges of the path.
    n_below : ndarray of int64, shape (n_nodes,)
        Number of splits in the branch.
    depth : ndarray of int32, shape (n_nodes,)
        Number of edges of the path.
    """

    parent: Array
    before: Array
    n_distinct: Array
    share: Array
    reach: Array
    n_below: Array
    depth: Array


@borrower
def _walk_down(
    feature: Array,
    left: Array,
    right: Array,
    cover: Array,
    parent: Array,
    before: Array,
    n_distinct: Array,
    share: Array,
    reach: Array,
) -> None:
    for node in range(feature.shape[0]):
        if left[node] == LEAF:
            continue
        above = node  # the edge that asked for this feature last
        while parent[above] != LEAF and feature[parent[above]] != feature[node]:
            above = parent[above]
        if parent[above] == LEAF:
            above = LEAF
        # in units of the larger one, so that no sum of covers overflows
        most = max(cover[left[node]], cover[right[node]])
        for child, other in ((left[node], right[node]), (right[node], left[node])):
            ratio = 0.5
            if most > 0.0:
                own = cover[child] / most
                ratio = own / (own + cover[other] / most)
            before[child] = above
            n_distinct[child] = n_distinct[node] + (above == LEAF)
            share[child] = ratio if above == LEAF else ratio * share[above]
            reach[child] = ratio * reach[node]


def paths_of(ensemble: TreeEnsemble) -> Paths:
    """Follow all paths of an ensemble.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    Paths
    """
    e, n = ensemble, ensemble.n_nodes
    parent = parents(e.left, e.right)
    before, n_distinct = np.full(n, LEAF, np.int32), np.zeros(n, np.int32)
    share, reach = np.ones((2, n))
    _walk_down(e.feature, e.left, e.right, e.cover, parent, before, n_distinct, share, reach)
    n_below = leaf_counts(e.left, e.right) - 1
    return Paths(parent, before, n_distinct, share, reach, n_below, depths(e.left, e.right))
