"""Losses of many variants of an ensemble from one pass over the rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from treeprune.kernels.columns import missing_features
from treeprune.kernels.compiled import borrower, kernel
from treeprune.kernels.groups import Codes
from treeprune.kernels.threads import run
from treeprune.kernels.walker import Walker
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.links import answers
from treeprune.statistics.collect import add_exactly
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.ranking import rows_auc
from treeprune.statistics.raw_losses import row_losses
from treeprune.statistics.rows import model_rows, row_blocks
from treeprune.statistics.target import Target, answer_columns, n_answers
from treeprune.statistics.weights import below_one

AUC = "auc"
"""Ranking loss, 1 - area under the ROC curve: not additive, so it has routines of its own."""


class StepOutputs(Protocol):
    """Raw outputs of all variants, for some rows at a time."""

    @property
    def n_steps(self) -> int:
        """Number of variants."""

    def rows_at_a_time(self) -> int:
        """So many rows keep within a budget of memory; a multiple of `LANES`."""

    def of(self, codes: Codes, start: int, stop: int) -> Array:
        """Outputs of some rows of a block, shape (n_steps, n_rows, n_columns)."""


@kernel
def _sum_rows(losses: Array, weights: Array) -> Array:
    """Weighted sum of the losses of some rows at each step, and its remainder."""
    sums = np.zeros((2, losses.shape[0], 1))
    for step in range(losses.shape[0]):
        for i in range(losses.shape[1]):
            add_exactly(sums[0], sums[1], step, 0, weights[i] * losses[step, i])
    return sums


@borrower
def _add_sums(more: Array, total: Array, lost: Array) -> None:
    for step in range(more.shape[0]):
        add_exactly(total, lost, step, 0, more[step, 0])


def judge(e: TreeEnsemble, known: TreeEnsemble, loss: Loss | str, target: Target, raw: Array) -> Array:
    """Loss of each row, or its answers where the loss is a ranking of them.

    Parameters
    ----------
    e : TreeEnsemble
        Whose raw output it is.
    known : TreeEnsemble
        In whose classes the outcomes are encoded.
    loss : Loss or "auc"
    target : Target
    raw : ndarray of float64, shape (n_rows, n_columns)

    Returns
    -------
    ndarray of float64, shape (n_rows,) or (n_rows, n_answers)
    """
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


def step_losses(
    e: TreeEnsemble,
    X: Any,
    target: Target,
    weights: Array,
    loss: Loss | str,
    outputs_of: Callable[[Walker], StepOutputs],
    *,
    known: TreeEnsemble | None = None,
    n_jobs: int | None = None,
) -> Array:
    """Mean loss of some rows for each variant of an ensemble.

    Parameters
    ----------
    e : TreeEnsemble
    X : array-like or sparse matrix, shape (n_rows, n_features)
        Encoded as the trees know it, see `treeprune.backends.encode`.
    target : Target
    weights : ndarray of float64, shape (n_rows,)
    loss : Loss or "auc"
    outputs_of : callable
        Makes the outputs of the variants from a walker of the ensemble.
    known : TreeEnsemble, optional
        The model in whose classes the outcomes are encoded, where a fold has seen fewer of them.
    n_jobs : int, optional
        Threads over blocks of rows.

    Returns
    -------
    ndarray of float64, shape (n_steps,)
        Weighted means; smaller is better.
    """
    known, w = known or e, below_one(weights)
    matrix = model_rows(e, X, len(target))
    walker = Walker(e, missing_features(matrix, e.absent), len(w))
    outputs = outputs_of(walker)
    size = outputs.rows_at_a_time()
    parts: list[Array] = []
    for rows, block in row_blocks(matrix, e.absent):
        codes = walker.encode(block, n_jobs)

        def one_part(start: int, codes: Codes = codes, offset: int = rows.start) -> Array:
            stop = min(start + size, len(codes))
            own = slice(offset + start, offset + stop)
            part = target.take(own)
            judged = np.array([judge(e, known, loss, part, raw) for raw in outputs.of(codes, start, stop)])
            return _sum_rows(judged, w[own]) if isinstance(loss, Loss) else judged

        parts += run(one_part, range(0, len(codes), size), n_jobs)
    if isinstance(loss, Loss):
        total, lost = np.zeros((2, outputs.n_steps, 1))
        for own_total, own_lost in parts:
            _add_sums(own_total, total, lost)
            lost += own_lost
        return (total + lost)[:, 0] / math.fsum(w)
    assert target.codes is not None
    scores = np.concatenate(parts, axis=1)
    return np.array([1.0 - rows_auc(known, target.codes, step, w) for step in scores])
