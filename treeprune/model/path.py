"""A nested path of trees, held by one array.

``alpha[node]`` is the strength of pruning at which a split becomes a leaf (for instance from
`treeprune.criteria.weakest_link`). A node answers from that strength up to the strength at which an
ancestor swallows it; so on the way along a path each node's cost enters and leaves a running sum once.
"""

from __future__ import annotations

import numpy as np

from treeprune.kernels.compiled import borrower
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.structure import lowest_above


def lifetimes(ensemble: TreeEnsemble, alpha: Array, alphas: Array) -> tuple[Array, Array]:
    """For which steps of a path each node is a leaf.

    Parameters
    ----------
    ensemble : TreeEnsemble
    alpha : ndarray of float64, shape (n_nodes,)
        Strength at which each split collapses.
    alphas : ndarray of float64, shape (n_steps,)
        Ascending.

    Returns
    -------
    first, last : ndarray of int64, shape (n_nodes,)
        The node is a leaf for ``first <= step < last``; never if ``first >= last``.
    """
    above = lowest_above(ensemble.left, ensemble.right, alpha)
    first = np.where(ensemble.is_leaf, 0, len(alphas))
    last = np.full(ensemble.n_nodes, len(alphas))
    for steps, strength in ((first, alpha), (last, above)):
        finite = np.isfinite(strength)  # most are not, and searching is what costs here
        steps[finite] = np.searchsorted(alphas, strength[finite], side="left")
    return first, last


@borrower
def _running_sums(first: Array, last: Array, cost: Array, total: Array, lost: Array, out: Array) -> None:
    for node in range(cost.shape[0]):
        if first[node] >= last[node]:
            continue
        step, x = first[node], cost[node]
        for _ in range(2):
            new = total[step] + x
            part = new - total[step]
            lost[step] += (total[step] - (new - part)) + (x - part)
            total[step] = new
            step, x = last[node], -cost[node]
    high, low = 0.0, 0.0
    for step in range(out.shape[0]):
        new = high + total[step]
        part = new - high
        low += (high - (new - part)) + (total[step] - part) + lost[step]
        high = new
        out[step] = high + low


def running_sums(first: Array, last: Array, cost: Array, n_steps: int) -> Array:
    """Sum of the costs alive at each step; remainders are kept, so that entering and leaving cancel.

    Parameters
    ----------
    first, last : ndarray of int64, shape (n_nodes,)
        From `lifetimes`.
    cost : ndarray of float64, shape (n_nodes,)
    n_steps : int

    Returns
    -------
    ndarray of float64, shape (n_steps,)
    """
    out = np.empty(n_steps)
    _running_sums(first, last, cost, np.zeros(n_steps + 1), np.zeros(n_steps + 1), out)
    return out


def path_sizes(ensemble: TreeEnsemble, alpha: Array, alphas: Array) -> Array:
    """Number of leaves of the whole model at each step.

    Parameters
    ----------
    ensemble, alpha, alphas
        As for `lifetimes`.

    Returns
    -------
    ndarray of int64, shape (n_steps,)
    """
    return path_sums(ensemble, alpha, alphas, np.ones(ensemble.n_nodes)).astype(np.int64)


def path_sums(ensemble: TreeEnsemble, alpha: Array, alphas: Array, cost: Array) -> Array:
    """Sum of a node cost over the leaves at each step.

    Parameters
    ----------
    ensemble, alpha, alphas
        As for `lifetimes`.
    cost : ndarray of float64, shape (n_nodes,)

    Returns
    -------
    ndarray of float64, shape (n_steps,)
    """
    return running_sums(*lifetimes(ensemble, alpha, alphas), cost, len(alphas))
