"""Sums of weights and of both derivatives of the loss at every node: one pass over the rows."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from treeprune.kernels.slots import roll_up
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.statistics.changes import column_of
from treeprune.statistics.exact import join_parts, part_columns
from treeprune.statistics.gradients import gradients
from treeprune.statistics.leaf_sums import LeafSums
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.passes import EncodedRows
from treeprune.statistics.rows import model_rows
from treeprune.statistics.target import Target


def _side_by_side(numbers: tuple[Array, ...]) -> Array:
    """Parts of several numbers a row, as many of each; shape (n_rows, n_numbers * n_parts)."""
    cut = [part_columns([each], len(each)) for each in numbers]
    parts = np.zeros((len(numbers[0]), len(cut), max(map(len, cut))))
    for k, columns in enumerate(cut):
        parts[:, k, : len(columns)] = np.column_stack(columns)
    return parts.reshape(len(parts), -1)


def gradient_sums(
    ensemble: TreeEnsemble,
    X: Any,
    target: Target,
    weights: Array,
    loss: Loss,
    n_jobs: int | None = None,
) -> Array:
    """Weight and sums of both derivatives of the loss over the rows that reach each node.

    Parameters
    ----------
    ensemble : TreeEnsemble
        Each tree feeds one column of the raw output.
    X : array-like or sparse matrix, shape (n_rows, n_features)
        Encoded as the trees know it.
    target : Target
    weights : ndarray of float64, shape (n_rows,)
        Rows of weight zero count as absent.
    loss : Loss
    n_jobs : int, optional
        Threads, after joblib's convention. Changes nothing in the result.

    Returns
    -------
    ndarray of float64, shape (n_nodes, 3)
        Weight, sum of g and sum of h, by the column that the node's tree feeds, where the whole
        ensemble has come to. See `treeprune.statistics.gradients.gradients`. Each is the rounded exact
        sum, so nothing depends on the order of the rows.

    Raises
    ------
    ValueError
        If the loss has no derivatives, or if a tree feeds all of several columns: its leaves hold
        vectors, of which a sum over columns would say nothing.
    """
    e = ensemble
    columns = [column_of(e, tree) for tree in range(e.n_trees)]
    if None in columns:
        raise ValueError("gradients are summed for trees that feed one column of the raw output each")
    matrix, target = model_rows(e, X, len(target)), target.take(weights > 0)
    w, encoded = weights[weights > 0], EncodedRows(e, matrix, weights, n_jobs)
    first, second = gradients(loss, e, target, encoded.raw_output(), w)
    parts = {c: _side_by_side((w, first[:, c], second[:, c])) for c in set(columns) if c is not None}
    sums = LeafSums(e)

    def add(tree: int, leaves: Array, rows: slice) -> None:
        column = columns[tree]
        assert column is not None
        sums.add(tree, leaves, parts[column][rows])

    for step in encoded:
        encoded.each_tree(step, partial(add, rows=step.rows))
    result = np.zeros((e.n_nodes, 3))
    for tree in range(e.n_trees):
        own, at_leaves = e.tree(tree), sums.take(tree)
        if at_leaves is not None:
            nodes = np.empty((own.stop - own.start, at_leaves.shape[1]))
            leaves = own.start + np.flatnonzero(e.is_leaf[own])
            roll_up(e.left[own], e.right[own], own.start, leaves, at_leaves, nodes)
            result[own] = join_parts(nodes.reshape(len(nodes), 3, -1))[0]
    return result
