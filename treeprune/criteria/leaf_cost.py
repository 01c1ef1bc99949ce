"""One dynamic program for every criterion whose cost adds up over the leaves.

Reduced-error, error-based, pessimistic, minimum-error and description-length pruning all ask the same
question from the bottom up: is this node cheaper as a leaf than the best that is left of its branch?
They differ only in what a leaf costs. The version with a budget of leaves is a knapsack over the
same costs (M. Bohanec, I. Bratko, Machine Learning 15, 1994).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.kernels.compiled import borrower, kernel
from treeprune.kernels.threads import interruptible
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble

TIE = 1e-10
"""A leaf that costs more by no more than this share of the branch counts as equal, and is taken."""

_SHORT = 10_000_000
"""Nodes times leaves that a knapsack goes through in a moment, as it looks at about so many pairs."""


@dataclass(frozen=True, eq=False)
class LeafCosts:
    """What a criterion says of every node.

    Parameters
    ----------
    leaf : ndarray of float64, shape (n_nodes,)
        Cost of the node as a leaf; inf where it must not become one.
    split : ndarray of float64, shape (n_nodes,), optional
        Cost of keeping the node as a split, on top of its branches; 0 by default.
    slack : ndarray of float64, shape (n_nodes,), optional
        How much more a leaf may cost than the branch and still be taken; 0 by default.
    against_full : bool
        Compare a leaf with the branch as it was grown, not with the best that is left of it.
    """

    leaf: Array
    split: Array | None = None
    slack: Array | None = None
    against_full: bool = False


@borrower
def _cheapest(
    left: Array,
    right: Array,
    leaf: Array,
    split: Array,
    slack: Array,
    against_full: bool,
    best: Array,
    full: Array,
    collapse: Array,
) -> None:
    for node in range(left.shape[0] - 1, -1, -1):
        if left[node] == LEAF:
            continue
        a, b = left[node], right[node]
        full[node] = full[a] + full[b] + split[node]
        branch = best[a] + best[b] + split[node]
        bar = full[node] if against_full else branch
        if leaf[node] <= bar + slack[node] + TIE * abs(bar) and leaf[node] < np.inf:
            collapse[node] = True
        else:
            best[node] = branch


def _local_children(ensemble: TreeEnsemble, tree: int) -> tuple[Array, Array]:
    """Children of one tree's nodes, as positions among these."""
    own = ensemble.tree(tree)
    left, right = ensemble.left[own], ensemble.right[own]
    return np.where(left == LEAF, LEAF, left - own.start), np.where(right == LEAF, LEAF, right - own.start)


def cheapest_subtree(
    ensemble: TreeEnsemble, costs: LeafCosts, *, tree: int | None = None
) -> tuple[Array, Array]:
    """Smallest of the cheapest top subtrees of every tree, or of one.

    Parameters
    ----------
    ensemble : TreeEnsemble
    costs : LeafCosts
    tree : int, optional
        Position of the one tree that is looked at; costs and results are then those of its nodes.

    Returns
    -------
    collapse : ndarray of bool, shape (n_nodes,)
        Splits that become leaves.
    branch : ndarray of float64, shape (n_nodes,)
        Cost of the best that is left of each node's branch; at the roots, of the whole tree.
    """
    left, right = (ensemble.left, ensemble.right) if tree is None else _local_children(ensemble, tree)
    zeros, leaf = np.zeros(len(left)), np.asarray(costs.leaf, np.float64)
    split = zeros if costs.split is None else costs.split
    slack = zeros if costs.slack is None else costs.slack
    best, full, collapse = leaf.copy(), leaf.copy(), np.zeros(len(left), np.bool_)
    _cheapest(left, right, leaf, split, slack, costs.against_full, best, full, collapse)
    return collapse, best


@kernel
def _knapsack(left: Array, right: Array, cost: Array, k: int, collapse: Array) -> float:
    """Mark the cheapest subtree with exactly `k` leaves of one tree (local numbers)."""
    n = left.shape[0]
    room = np.ones(n, np.int64)
    for node in range(n - 1, -1, -1):
        if left[node] != LEAF:
            room[node] = min(k, room[left[node]] + room[right[node]])
    # least[start[node] + j - 1] is the least cost of the branch with j leaves
    start = np.zeros(n + 1, np.int64)
    for node in range(n):
        start[node + 1] = start[node] + room[node]
    least = np.full(start[n], np.inf)
    to_left = np.zeros(start[n], np.int64)
    for node in range(n - 1, -1, -1):
        least[start[node]] = cost[node]
        if left[node] == LEAF:
            continue
        a, b = left[node], right[node]
        for i in range(1, room[a] + 1):
            for j in range(1, min(room[b], room[node] - i) + 1):
                both = least[start[a] + i - 1] + least[start[b] + j - 1]
                if both < least[start[node] + i + j - 1]:
                    least[start[node] + i + j - 1] = both
                    to_left[start[node] + i + j - 1] = i
    share = np.zeros(n, np.int64)
    share[0] = min(k, room[0])
    for node in range(n):
        if left[node] == LEAF or share[node] == 0:
            continue
        if share[node] == 1:
            collapse[node] = True
        else:
            i = to_left[start[node] + share[node] - 1]
            share[left[node]] = i
            share[right[node]] = share[node] - i
    return least[start[0] + min(k, room[0]) - 1]


def subtree_of_size(ensemble: TreeEnsemble, cost: Array, n_leaves: int) -> Array:
    """Cheapest top subtree of every tree with exactly `n_leaves` leaves.

    The weakest-link path skips sizes; this reaches each of them. Time and memory are O(n k).

    Parameters
    ----------
    ensemble : TreeEnsemble
    cost : ndarray of float64, shape (n_nodes,)
        Cost of each node as a leaf.
    n_leaves : int
        At least 1. A tree with fewer leaves is kept whole.

    Returns
    -------
    ndarray of bool, shape (n_nodes,)
        Splits that become leaves.

    Raises
    ------
    ValueError
        If `n_leaves` is less than 1 or a cost is not finite.
    """
    if n_leaves < 1 or not np.isfinite(cost).all():
        raise ValueError(f"n_leaves must be at least 1 and costs finite, got n_leaves={n_leaves}")
    collapse = np.zeros(ensemble.n_nodes, bool)
    for t in range(ensemble.n_trees):
        own = ensemble.tree(t)
        task = (*_local_children(ensemble, t), cost[own], n_leaves, collapse[own])
        if len(cost[own]) * n_leaves <= _SHORT:
            _knapsack(*task)
        else:
            interruptible(_knapsack, *task)
    return collapse
