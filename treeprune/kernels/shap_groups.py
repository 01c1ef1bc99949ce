"""Branches of few conditions: what they add to a row follows from a small number, the row's *state*.

The state of a row at a branch has a bit for each feature of the path to the branch (does the row satisfy
all its conditions?) and one for each split inside (does it go left?). What the leaves of the branch add to
each feature is a function of the state, so that one look into a table serves them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.kernels.compiled import borrower
from treeprune.kernels.shap_paths import Paths
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble

MOST_BITS = 8
"""Bits of a branch of several leaves."""

_STACK = 64
"""Open nodes of a branch of `MOST_BITS` splits, and more."""


@dataclass(frozen=True, eq=False)
class Groups:
    """Branches that cover all leaves of some trees, in the order of the nodes.

    Parameters
    ----------
    node : ndarray of int32, shape (n_groups,)
        Root of each branch.
    of_tree : ndarray of int64, shape (n_trees + 1,)
        Groups of tree ``t`` are ``of_tree[t]:of_tree[t + 1]``.
    first_bit : ndarray of int64, shape (n_groups + 1,)
        Bits of group ``g`` stand at ``first_bit[g]:first_bit[g + 1]`` of the next three.
    source : ndarray of int32, shape (n_bits,)
        Edge that a bit says of whether it holds, or ``~split`` of a split that it says the side of.
    slot : ndarray of int32, shape (n_bits,)
        Number of the bit's feature among those of the group; of the k-th bit of the path it is k.
    feature : ndarray of int32, shape (n_bits,)
        Features of the group, as many as it has.
    n_features : ndarray of int32, shape (n_groups,)
    """

    node: Array
    of_tree: Array
    first_bit: Array
    source: Array
    slot: Array
    feature: Array
    n_features: Array

    @property
    def n_bits(self) -> Array:
        """Number of bits of each group's state; int64, shape (n_groups,)."""
        return np.diff(self.first_bit)


@borrower
def _mark_tops(left: Array, right: Array, bits: Array, most: int, inside: Array, top: Array) -> None:
    for node in range(left.shape[0]):
        if not inside[node] and (left[node] == LEAF or bits[node] <= most):
            top[node] = inside[node] = True
        if left[node] != LEAF:
            inside[left[node]] = inside[right[node]] = inside[node]


@borrower
def _describe(
    node: Array,
    first_bit: Array,
    feature: Array,
    left: Array,
    right: Array,
    parent: Array,
    stack: Array,
    source: Array,
    slot: Array,
    own: Array,
    n_features: Array,
) -> None:
    for g in range(node.shape[0]):
        start, n, bit = first_bit[g], 0, first_bit[g]
        edge = node[g]
        while parent[edge] != LEAF:
            f, k = feature[parent[edge]], 0
            while k < n and own[start + k] != f:
                k += 1
            if k == n:
                own[start + n] = f
                source[bit], slot[bit] = edge, n
                n, bit = n + 1, bit + 1
            edge = parent[edge]
        stack[0], open_nodes = node[g], 1
        while open_nodes > 0:
            open_nodes -= 1
            here = stack[open_nodes]
            if left[here] == LEAF:
                continue
            k = 0
            while k < n and own[start + k] != feature[here]:
                k += 1
            own[start + k] = feature[here]
            n = max(n, k + 1)
            source[bit], slot[bit] = ~here, k
            bit += 1
            stack[open_nodes], stack[open_nodes + 1] = right[here], left[here]
            open_nodes += 2
        n_features[g] = n


def groups_of(ensemble: TreeEnsemble, paths: Paths) -> Groups:
    """Cut the trees of an ensemble into branches of few conditions.

    Parameters
    ----------
    ensemble : TreeEnsemble
    paths : Paths

    Returns
    -------
    Groups
        The largest branches of at most `MOST_BITS` bits, and single leaves.
    """
    e = ensemble
    inside, top = np.zeros((2, e.n_nodes), np.bool_)
    bits = paths.n_distinct + paths.n_below
    _mark_tops(e.left, e.right, bits, MOST_BITS, inside, top)
    node = np.flatnonzero(top).astype(np.int32)
    first_bit = np.concatenate([[0], np.cumsum(bits[node], dtype=np.int64)])
    source, slot, own = np.zeros((3, first_bit[-1]), np.int32)
    n_features, stack = np.zeros(len(node), np.int32), np.empty(_STACK, np.int32)
    _describe(
        node, first_bit, e.feature, e.left, e.right, paths.parent, stack, source, slot, own, n_features
    )
    return Groups(node, np.searchsorted(node, e.root), first_bit, source, slot, own, n_features)
