"""Loss of every tree of a pruning path from one pass over the rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from treeprune.kernels.columns import missing_features
from treeprune.kernels.compiled import kernel
from treeprune.kernels.groups import Codes
from treeprune.kernels.threads import run
from treeprune.kernels.walker import Walker
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.links import answers
from treeprune.model.path import lifetimes, path_sums
from treeprune.statistics.additive import is_additive
from treeprune.statistics.collect import add_exactly, collect
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.path_outputs import PathOutputs
from treeprune.statistics.ranking import path_auc, rows_auc
from treeprune.statistics.raw_losses import row_losses
from treeprune.statistics.rows import model_rows, row_blocks
from treeprune.statistics.target import Target, answer_columns, n_answers
from treeprune.statistics.weights import below_one

AUC = "auc"
"""Ranking loss, 1 - area under the ROC curve: not additive, so it has routines of its own."""


@kernel
def _sum_rows(losses: Array, weights: Array) -> Array:
    """Weighted sum of the losses of some rows at each step, and its remainder."""
    sums = np.zeros((2, losses.shape[0], 1))
    for step in range(losses.shape[0]):
        for i in range(losses.shape[1]):
            add_exactly(sums[0], sums[1], step, 0, weights[i] * losses[step, i])
    return sums


@kernel
def _add_sums(more: Array, total: Array, lost: Array) -> None:
    for step in range(more.shape[0]):
        add_exactly(total, lost, step, 0, more[step, 0])


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
    return (total + loss.offset(target, w)) / math.fsum(w)


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
    walker = Walker(e, missing_features(matrix, e.absent), len(w))
    outputs = PathOutputs(walker, alpha, alphas)
    size = outputs.rows_at_a_time()
    parts: list[Array] = []
    for rows, block in row_blocks(matrix, e.absent):
        codes = walker.encode(block, n_jobs)

        def one_part(start: int, codes: Codes = codes, offset: int = rows.start) -> Array:
            stop = min(start + size, len(codes))
            own = slice(offset + start, offset + stop)
            part = target.take(own)
            judged = np.array([_judge(e, known, loss, part, raw) for raw in outputs.of(codes, start, stop)])
            return _sum_rows(judged, w[own]) if isinstance(loss, Loss) else judged

        parts += run(one_part, range(0, len(codes), size), n_jobs)
    if isinstance(loss, Loss):
        total, lost = np.zeros((2, len(alphas), 1))
        for own_total, own_lost in parts:
            _add_sums(own_total, total, lost)
            lost += own_lost
        return (total + lost)[:, 0] / math.fsum(w)
    assert target.codes is not None
    scores = np.concatenate(parts, axis=1)
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
        even = (weights == 1.0).all()  # faster as they are
        w = weights if even else below_one(weights)
        return _tree_losses(ensemble, alpha, alphas, X, target, w, loss)
    weights = below_one(weights)
    return _ensemble_losses(ensemble, alpha, alphas, X, target, weights, loss, known or ensemble, n_jobs)
