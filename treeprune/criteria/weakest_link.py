"""Minimal cost-complexity pruning: the whole weakest-link path of fitted trees.

L. Breiman, J. Friedman, R. Olshen, C. Stone, *Classification and Regression Trees*, 1984, chapter 3.
The weakest split is the one with the least rise of risk for each leaf that it saves. scikit-learn
finds it by looking at all nodes in every step; here a tournament over the nodes holds the least
one at its top, so a path costs O(n log n) for trees of bounded depth instead of O(n ** 2).
"""

from __future__ import annotations

import numpy as np

from treeprune.kernels.compiled import borrower, part
from treeprune.kernels.threads import interruptible
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import parents

TIE = 1e-12
"""Strengths closer than this, relatively, are one step of the listed path."""

_SHORT = 10_000
"""Nodes whose path takes a moment even if the tree is half as deep as large."""

_LEAST = float(np.finfo(np.float64).tiny)
"""Strength of a split that gains nothing: above 0, since strength 0 stands for no pruning at all."""


@part
def _play(tournament: Array, slot: int, x: float) -> None:
    """Write an entry and replay its matches; equal entries are won by the left one."""
    tournament[slot] = x
    slot //= 2
    while slot >= 1:
        best = min(tournament[2 * slot], tournament[2 * slot + 1])
        if tournament[slot] == best:
            return
        tournament[slot] = best
        slot //= 2


@borrower
def _add_leaves(left: Array, parent: Array, risk: Array, branch: Array, leaves: Array) -> None:
    """Risk and number of leaves of each branch.

    Leaf after leaf is added to all its ancestors, which is slower than a bottom-up pass but rounds
    as scikit-learn does: ties then fall the same way.
    """
    for leaf in range(risk.shape[0]):
        if left[leaf] == LEAF:
            branch[leaf] = risk[leaf]
            node = parent[leaf]
            while node != LEAF:
                branch[node] += risk[leaf]
                leaves[node] += 1
                node = parent[node]


@borrower
def _all_paths(  # noqa: C901, PLR0912 (each kernel more costs a tenth of a second to compile)
    root: Array,
    left: Array,
    right: Array,
    parent: Array,
    risk: Array,
    branch: Array,
    leaves: Array,
    waiting: Array,
    tournament: Array,
    stack: Array,
    alpha: Array,
) -> None:
    """Write the strength at which each split collapses; `waiting` marks the splits."""
    for t in range(root.shape[0] - 1):
        first, n = root[t], root[t + 1] - root[t]
        size = 1
        while size < n:
            size *= 2
        for slot in range(size, 2 * size):
            tournament[slot] = np.inf
        for node in range(first, first + n):
            if waiting[node]:
                tournament[size + node - first] = (risk[node] - branch[node]) / (leaves[node] - 1)
        for slot in range(size - 1, 0, -1):
            tournament[slot] = min(tournament[2 * slot], tournament[2 * slot + 1])
        highest = _LEAST  # rounding may make a strength negative or let it fall back: neither is a path
        while waiting[first]:
            slot = 1
            while slot < size:  # down to the leftmost of the least
                slot *= 2
                if not tournament[slot] <= tournament[slot + 1]:
                    slot += 1
            weakest = slot - size + first
            highest = max(highest, tournament[1])
            alpha[weakest] = highest
            stack[0] = weakest
            top = 1
            while top > 0:
                top -= 1
                node = stack[top]
                if waiting[node]:
                    waiting[node] = False
                    _play(tournament, size + node - first, np.inf)
                    stack[top] = left[node]
                    stack[top + 1] = right[node]
                    top += 2
            saved = leaves[weakest] - 1
            rise = risk[weakest] - branch[weakest]
            leaves[weakest] = 0
            branch[weakest] = risk[weakest]
            node = parent[weakest]
            while node != LEAF:
                leaves[node] -= saved
                branch[node] += rise
                strength = np.inf
                if leaves[node] > 1:
                    strength = (risk[node] - branch[node]) / (leaves[node] - 1)
                _play(tournament, size + node - first, strength)
                node = parent[node]


def weakest_link_alphas(ensemble: TreeEnsemble, risk: Array) -> Array:
    """Strength of pruning at which each split becomes a leaf, every tree for itself.

    The tree that minimises ``risk + ccp_alpha * leaves`` is got by collapsing all splits with
    ``alpha <= ccp_alpha``; one array thus holds the whole nested path of every tree.

    Parameters
    ----------
    ensemble : TreeEnsemble
    risk : ndarray of float64, shape (n_nodes,)
        Training risk of each node as a leaf, see `treeprune.statistics.risk.node_risk`.

    Returns
    -------
    ndarray of float64, shape (n_nodes,)
        Always positive; inf at leaves, and at splits that vanish with an ancestor before they
        could collapse.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune.backends import read
    >>> from treeprune.statistics.risk import node_risk
    >>> tree = DecisionTreeClassifier(random_state=0).fit(*load_iris(return_X_y=True))
    >>> ensemble = read(tree)
    >>> alpha = weakest_link_alphas(ensemble, node_risk(ensemble))
    >>> round(float(alpha[0]), 3)
    0.333
    """
    e, n = ensemble, ensemble.n_nodes
    parent, branch, leaves = parents(e.left, e.right), np.zeros(n), np.zeros(n, np.int64)
    alpha, largest = np.full(n, np.inf), int(np.diff(e.root).max())
    tournament, stack = np.empty(4 * largest), np.empty(largest + 1, np.int64)

    def work() -> None:
        _add_leaves(e.left, parent, risk, branch, leaves)
        _all_paths(
            e.root, e.left, e.right, parent, risk, branch, leaves, ~e.is_leaf, tournament, stack, alpha
        )  # fmt: skip

    if n <= _SHORT:
        work()
    else:
        interruptible(work)
    return alpha


def distinct_alphas(alpha: Array) -> Array:
    """Strengths at which something happens, ascending, from 0; ties are merged upwards.

    Parameters
    ----------
    alpha : ndarray of float64, shape (n_nodes,)
        From `weakest_link_alphas`.

    Returns
    -------
    ndarray of float64, shape (n_steps,)
        The first is 0, which stands for the model as it was grown.
    """
    steps = np.unique(alpha[np.isfinite(alpha)])
    ends_a_tie = np.ones(len(steps), bool)
    ends_a_tie[:-1] = np.diff(steps) > TIE * steps[1:]
    return np.concatenate([[0.0], steps[ends_a_tie]])


def geometric_means(alphas: Array) -> Array:
    """One strength inside each step of a path, where other trees can be compared with it.

    Parameters
    ----------
    alphas : ndarray of float64, shape (n_steps,)
        Ascending.

    Returns
    -------
    ndarray of float64, shape (n_steps,)
        Geometric mean of each strength and the next, the last one itself (CART, section 3.4.2).
    """
    # square roots first: the product of two tiny strengths would underflow
    means = np.append(np.sqrt(alphas[:-1]) * np.sqrt(alphas[1:]), alphas[-1:])
    return np.maximum(means, alphas)
