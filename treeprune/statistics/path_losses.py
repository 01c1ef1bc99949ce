"""Loss of every tree of a pruning path from one pass over the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from joblib import Parallel, delayed

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.links import answers
from treeprune.model.path import lifetimes, path_sums
from treeprune.model.structure import lowest_above, parents
from treeprune.model.traverse import leaf_index, total_weights, weighted_median
from treeprune.statistics.additive import is_additive
from treeprune.statistics.collect import collect
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.ranking import path_auc, rows_auc
from treeprune.statistics.raw_losses import row_losses
from treeprune.statistics.rows import model_rows, row_blocks
from treeprune.statistics.target import Target, answer_columns, n_answers

AUC = "auc"
"""Ranking loss, 1 - area under the ROC curve: not additive, so it has routines of its own."""

_BUDGET = 4_000_000
"""Numbers held at a time for (strengths x rows x columns) of an ensemble's path."""


@kernel
def _add_path_outputs(
    leaves: Array,
    parent: Array,
    above: Array,
    alphas: Array,
    value: Array,
    weight: Array,
    output: Array,
    out: Array,
) -> None:
    for t in range(leaves.shape[0]):
        for i in range(leaves.shape[1]):
            node = leaves[t, i]
            for step in range(alphas.shape[0]):
                while above[node] <= alphas[step]:
                    node = parent[node]
                if output[t] < 0:
                    for c in range(value.shape[1]):
                        out[step, i, c] += weight[t] * value[node, c]
                else:
                    out[step, i, output[t]] += weight[t] * value[node, output[t]]


@kernel
def _climb(nodes: Array, parent: Array, above: Array, alpha: float) -> None:
    """Move each entry up to the node that answers for it at a strength."""
    for t in range(nodes.shape[0]):
        for i in range(nodes.shape[1]):
            while above[nodes[t, i]] <= alpha:
                nodes[t, i] = parent[nodes[t, i]]


def path_outputs(ensemble: TreeEnsemble, alpha: Array, alphas: Array, rows: Array) -> Array:
    """Raw output of the ensemble at each step, its trees pruned by one shared strength.

    Parameters
    ----------
    ensemble, alpha, alphas
        As for `treeprune.model.path.lifetimes`.
    rows : ndarray, shape (n_rows, n_features)
        Already of the model's `input_dtype`.

    Returns
    -------
    ndarray of float64, shape (n_steps, n_rows, n_columns)
    """
    e, dtype = ensemble, np.dtype(ensemble.output_dtype)
    out = np.empty((len(alphas), len(rows), e.n_columns), dtype)
    nodes, parent = leaf_index(e, rows), parents(e.left, e.right)
    above = lowest_above(e.left, e.right, alpha)
    if e.aggregation == "median":
        for step, strength in enumerate(alphas):
            _climb(nodes, parent, above, strength)
            for column, value in enumerate(e.value.T):
                out[step, :, column] = weighted_median(value[nodes], e.weight)
        return out
    out[:] = e.base_score
    # as the native library sums, in its type and order
    value, weight = (a.astype(dtype, copy=False) for a in (e.value, e.weight))
    _add_path_outputs(nodes, parent, above, alphas, value, weight, e.output, out)
    if e.aggregation == "mean":
        out /= total_weights(e).astype(dtype)
    return out.astype(np.float64, copy=False)


def _judge(e: TreeEnsemble, known: TreeEnsemble, loss: Loss | str, target: Target, raw: Array) -> Array:
    """Loss of each row, or its answers where the loss is a ranking of them."""
    same = all(map(np.array_equal, e.classes, known.classes))
    if isinstance(loss, Loss) and same:
        return row_losses(loss, e, target, raw)
    answer = answers(e, raw)
    if not same:  # a class that the model never saw has probability zero
        wide = np.zeros((len(raw), n_answers(known)))
        for k, (own, wanted) in enumerate(zip(e.classes, known.classes, strict=True)):
            columns = answer_columns(known, k).start + np.searchsorted(wanted, own)
            wide[:, columns] = answer[:, answer_columns(e, k)]
        answer = wide
    return loss.row_loss(known, target, answer) if isinstance(loss, Loss) else answer


def _tree_losses(
    e: TreeEnsemble, alpha: Array, alphas: Array, X: Any, target: Target, w: Array, loss: Loss | str
) -> Array:
    needs_absolute = isinstance(loss, Loss) and loss.needs_absolute
    statistics = collect(e, X, target, w, absolute=needs_absolute)
    if not isinstance(loss, Loss):
        return 1.0 - path_auc(e, *lifetimes(e, alpha, alphas), statistics.sums, len(alphas))
    total = path_sums(e, alpha, alphas, loss.node_cost(e, statistics))
    return (total + loss.offset(target, w)) / w.sum()


def _ensemble_losses(
    e: TreeEnsemble,
    alpha: Array,
    alphas: Array,
    X: Any,
    target: Target,
    w: Array,
    loss: Loss | str,
    known: TreeEnsemble,
    n_jobs: int | None,
) -> Array:
    matrix = model_rows(e, X, len(target))
    size = max(1, _BUDGET // (len(alphas) * e.n_columns))
    parts = [
        (rows.start + start, block[start : start + size])
        for rows, block in row_blocks(matrix, e.absent)
        for start in range(0, len(block), size)
    ]

    def one_part(start: int, block: Array) -> Array:
        own = slice(start, start + len(block))
        part = target.take(own)
        judged = (_judge(e, known, loss, part, raw) for raw in path_outputs(e, alpha, alphas, block))
        return np.array([w[own] @ rows if isinstance(loss, Loss) else rows for rows in judged])

    results = Parallel(n_jobs=n_jobs, require="sharedmem")(
        delayed(one_part)(start, block) for start, block in parts
    )
    if isinstance(loss, Loss):
        return np.sum(results, axis=0) / w.sum()
    assert target.codes is not None
    scores = np.concatenate(results, axis=1)
    return np.array([1.0 - rows_auc(known, target.codes, step, w) for step in scores])


def path_losses(
    ensemble: TreeEnsemble,
    alpha: Array,
    alphas: Array,
    X: Any,
    target: Target,
    weights: Array,
    loss: Loss | str,
    *,
    known: TreeEnsemble | None = None,
    n_jobs: int | None = None,
) -> Array:
    """Mean loss of some rows at each step of a path.

    Parameters
    ----------
    ensemble, alpha, alphas
        As for `treeprune.model.path.lifetimes`. All trees of an ensemble are pruned by the same strength.
    X : array-like or sparse matrix, shape (n_rows, n_features)
        Encoded as the trees know it, see `treeprune.backends.encode`.
    target : Target
    weights : ndarray of float64, shape (n_rows,)
    loss : Loss or "auc"
    known : TreeEnsemble, optional
        The model in whose classes the outcomes are encoded, where a fold has seen fewer of them.
    n_jobs : int, optional
        Threads over blocks of rows, for ensembles.

    Returns
    -------
    ndarray of float64, shape (n_steps,)
        Weighted mean for each step; smaller is better.
    """
    if ensemble.n_trees == 1 and not is_additive(ensemble):
        return _tree_losses(ensemble, alpha, alphas, X, target, weights, loss)
    return _ensemble_losses(ensemble, alpha, alphas, X, target, weights, loss, known or ensemble, n_jobs)
