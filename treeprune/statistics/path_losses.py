"""Loss of every tree of a pruning path from one pass over the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numba import njit

from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.path import lifetimes, path_sums
from treeprune.model.structure import lowest_above, parents
from treeprune.model.traverse import leaf_index, total_weights
from treeprune.statistics.collect import collect
from treeprune.statistics.losses import Loss
from treeprune.statistics.ranking import path_auc, rows_auc
from treeprune.statistics.rows import model_rows, row_blocks
from treeprune.statistics.target import Target

AUC = "auc"
"""Ranking loss, 1 - area under the ROC curve: not additive, so it has routines of its own."""

_BUDGET = 4_000_000
"""Numbers held at a time for (strengths x rows x columns) of an ensemble's path."""


@njit(nogil=True, cache=True)
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
    e = ensemble
    out = np.empty((len(alphas), len(rows), e.n_columns))
    out[:] = e.base_score
    above = lowest_above(e.left, e.right, alpha)
    _add_path_outputs(
        leaf_index(e, rows),
        parents(e.left, e.right),
        above,
        alphas,
        e.value,
        e.weight,
        e.output,
        out,
    )
    return out / total_weights(e) if e.aggregation == "mean" else out


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
        outputs = path_outputs(e, alpha, alphas, block)
        if not isinstance(loss, Loss):
            return outputs
        part = target.take(own)
        return np.array([w[own] @ loss.row_loss(e, part, raw) for raw in outputs])

    results = Parallel(n_jobs=n_jobs, require="sharedmem")(
        delayed(one_part)(start, block) for start, block in parts
    )
    if isinstance(loss, Loss):
        return np.sum(results, axis=0) / w.sum()
    assert target.codes is not None
    scores = np.concatenate(results, axis=1)
    return np.array([1.0 - rows_auc(e, target.codes, step, w) for step in scores])


def path_losses(
    ensemble: TreeEnsemble,
    alpha: Array,
    alphas: Array,
    X: Any,
    target: Target,
    weights: Array,
    loss: Loss | str,
    *,
    n_jobs: int | None = None,
) -> Array:
    """Mean loss of some rows at each step of a path.

    Parameters
    ----------
    ensemble, alpha, alphas
        As for `treeprune.model.path.lifetimes`. All trees of an ensemble are pruned by the same strength.
    X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
    target : Target
    weights : ndarray of float64, shape (n_rows,)
    loss : Loss or "auc"
    n_jobs : int, optional
        Threads over blocks of rows, for ensembles.

    Returns
    -------
    ndarray of float64, shape (n_steps,)
        Weighted mean for each step; smaller is better.
    """
    if ensemble.n_trees == 1:
        return _tree_losses(ensemble, alpha, alphas, X, target, weights, loss)
    return _ensemble_losses(ensemble, alpha, alphas, X, target, weights, loss, n_jobs)
