"""Loss of every tree of a pruning path from one pass over the rows.

A path is given by the strength at which each split collapses (`treeprune.criteria.weakest_link`). A
node answers from the strength at which it becomes a leaf up to the strength at which an ancestor
swallows it; so each node's cost enters and leaves the running sum once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numba import njit

from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.structure import lowest_above, parents
from treeprune.model.traverse import leaf_index
from treeprune.statistics.collect import collect
from treeprune.statistics.losses import Loss
from treeprune.statistics.ranking import path_auc, rows_auc
from treeprune.statistics.rows import model_rows, row_blocks
from treeprune.statistics.target import Target

AUC = "auc"
"""Ranking loss, 1 - area under the ROC curve: not additive, so it has routines of its own."""

_BUDGET = 4_000_000
"""Numbers held at a time for (strengths x rows x columns) of an ensemble's path."""


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


@njit(nogil=True, cache=True)
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
    total = np.zeros(n_steps + 1)
    lost = np.zeros(n_steps + 1)
    for node in range(cost.shape[0]):
        if first[node] < last[node]:
            for step, x in ((first[node], cost[node]), (last[node], -cost[node])):
                new = total[step] + x
                part = new - total[step]
                lost[step] += (total[step] - (new - part)) + (x - part)
                total[step] = new
    out = np.empty(n_steps)
    high, low = 0.0, 0.0
    for step in range(n_steps):
        new = high + total[step]
        part = new - high
        low += (high - (new - part)) + (total[step] - part) + lost[step]
        high = new
        out[step] = high + low
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
        As for `lifetimes`.
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
    return out / e.n_trees if e.aggregation == "mean" else out


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
        for rows, block in row_blocks(matrix)
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
        As for `lifetimes`. All trees of an ensemble are pruned by the same strength.
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
