"""Reduced-error pruning of a sum of trees: one tree after the other, each against the whole ensemble.

The trees of a boosted model were grown in order, each for what those before it had left over. They are
pruned in that order too: a tree is judged when those before it have their final form, and with those
after it whole, which may make up for what it loses. One pass is made. Each tree becomes the best of its
top subtrees on the held-out rows, given all others, and the whole tree is one of these; so the loss of
the ensemble never rises.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.criteria.leaf_cost import LeafCosts, cheapest_subtree
from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.statistics.additive import ChangeSums, check_finite
from treeprune.statistics.changes import Rows, column_of, tree_factors
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.passes import EncodedRows
from treeprune.statistics.rows import model_rows
from treeprune.statistics.target import Target


@kernel
def _answering(left: Array, right: Array, collapse: Array, first: int, last: int, at: Array) -> None:
    """Write which node answers for each node of one tree once some splits are leaves."""
    for node in range(first, last):
        if left[node] != LEAF and (collapse[node] or at[node] != node):
            at[left[node]] = at[node]
            at[right[node]] = at[node]


@kernel
def _move(leaves: Array, at: Array, value: Array, factor: Array, first: int, last: int, raw: Array) -> bool:
    """Add to some columns of the raw output what other answers than the leaves change; whether any do."""
    moved = False
    for i in range(leaves.shape[0]):
        leaf = leaves[i]
        node = at[leaf]
        if node != leaf:
            moved = True
            for c in range(first, last):
                raw[i, c] += (value[node, c] - value[leaf, c]) * factor[c]
    return moved


def prune_in_order(
    ensemble: TreeEnsemble, X: Any, target: Target, weights: Array, loss: Loss, kept: Array
) -> tuple[Array, Array]:
    """Prune each tree in turn by the held-out loss of the whole ensemble as it then is.

    Parameters
    ----------
    ensemble : TreeEnsemble
    X : array-like or sparse matrix, shape (n_rows, n_features)
        Held-out rows, encoded as the trees know them.
    target : Target
    weights : ndarray of float64, shape (n_rows,)
    loss : Loss
    kept : ndarray of bool, shape (n_nodes,)
        Splits that must not become leaves themselves; they go if a split above goes.

    Returns
    -------
    collapse : ndarray of bool, shape (n_nodes,)
    change : ndarray of float64, shape (n_nodes,)
        Weighted change of the loss if the node alone had become a leaf when its tree's turn came.
    """
    e = ensemble
    matrix, target = model_rows(e, X, len(target)), target.take(weights > 0)
    encoded = EncodedRows(e, matrix, weights)
    raw = encoded.raw_output()
    held_out = Rows(loss, e, target, raw, weights[weights > 0])
    factors = tree_factors(e)
    sums, collapse, at = ChangeSums(e, loss), np.zeros(e.n_nodes, bool), np.arange(e.n_nodes)
    for tree in range(e.n_trees):
        (group,) = encoded.walker.groups_of(slice(tree, tree + 1))
        leaves = np.concatenate([encoded.nodes(group, step)[0] for step in encoded])
        for step in encoded:
            prepared = sums.prepare(held_out, step.rows, tree, tree + 1)
            sums.add(tree, leaves[step.rows], prepared)
        sums.finish(tree)
        own = e.tree(tree)
        costs = LeafCosts(leaf=np.where(kept[own], np.inf, check_finite(sums.sums_of(tree))))
        collapse[own] = cheapest_subtree(e, costs, tree=tree)[0]
        _answering(e.left, e.right, collapse, own.start, own.stop, at)
        column = column_of(e, tree)
        first_column, end = (0, e.n_columns) if column is None else (column, column + 1)
        if _move(leaves, at, e.value, factors[tree], first_column, end, raw):
            held_out.moved()
    return collapse, sums.sums
