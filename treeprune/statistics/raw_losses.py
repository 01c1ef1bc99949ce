"""Losses of the raw output of an ensemble, before its link.

What a probability of one minus a hair costs is lost once the probability is rounded to one; on the raw
scale it is not. So the log loss behind a logit or softmax link, and deviances behind a log link, are
computed from the raw output. All other losses are those of the answers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import logsumexp

from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.links import answers
from treeprune.statistics.deviances import Deviance
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.losses import LOSSES, LogLoss, SquaredError
from treeprune.statistics.target import Target, answer_columns

Change = Callable[[Array, Array], Array]
"""``change(rows, shift)``: by how much the loss of some rows rises if their raw output is shifted."""


def natural_loss(ensemble: TreeEnsemble) -> str:
    """Name of the loss that goes with what a model answers.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    str
        The log loss for probabilities, the share of wrong labels where there are none (``step``), the
        loss that a regressor was trained by, the Poisson deviance behind another log link, the squared
        error for other numbers (those trained by a loss of Huber's kind among them).

    Raises
    ------
    ValueError
        If a regressor was trained by a loss that is none of ours: its answers are no mean or median, and
        no loss of ours may be put in its place in silence.
    """
    if ensemble.task == "classification":
        return "misclassification" if ensemble.link == "step" else "log_loss"
    if ensemble.trained_by in LOSSES:
        return ensemble.trained_by
    if ensemble.trained_by is not None:
        raise ValueError(
            f"the model was trained by a loss of its own kind ({ensemble.trained_by}), by which treeprune "
            "cannot judge it; name the loss to prune by, if one fits the outcome as it is coded "
            '(for instance loss="absolute_error" for a median)'
        )
    return "poisson" if ensemble.link == "log" else "squared_error"


def row_losses(loss: Loss, ensemble: TreeEnsemble, target: Target, raw: Array) -> Array:
    """Loss of each row, given the raw output.

    Parameters
    ----------
    loss : Loss
    ensemble : TreeEnsemble
    target : Target
    raw : ndarray of float64, shape (n_rows, n_columns)

    Returns
    -------
    ndarray of float64, shape (n_rows,)
        For classes one against all (a logit link a class) the log loss is the sum of the losses of
        the binary answers.
    """
    with np.errstate(over="ignore"):  # an infinite loss is found out where losses are summed
        if _of_logits(loss, ensemble):
            return _log_loss(ensemble, target, raw * ensemble.link_scale)
        if isinstance(loss, Deviance) and ensemble.link == "log":
            return loss.of_logarithms(target, raw * ensemble.link_scale)
        return loss.row_loss(ensemble, target, answers(ensemble, raw))


def _of_logits(loss: Loss, ensemble: TreeEnsemble) -> bool:
    return isinstance(loss, LogLoss) and ensemble.link in ("logit", "softmax")


def _log_loss(e: TreeEnsemble, target: Target, x: Array) -> Array:
    total = np.zeros(len(x))
    for column in range(e.n_columns):
        # a binary loss for each logit; of a softmax, the one column that is the row's class
        hit = _hits(e, target, column)
        own = x[:, column]
        lost = np.logaddexp(own, _others(e, x, column)) - hit * own
        total += lost if e.link == "logit" else np.where(hit, lost, 0.0)
    return total / len(e.columns)


def _target_of(e: TreeEnsemble, column: int) -> int:
    return int(np.searchsorted(np.cumsum(e.columns), column, side="right"))


def _hits(e: TreeEnsemble, target: Target, column: int) -> Array:
    """Whether a raw column speaks for the class of a row."""
    assert target.codes is not None
    k = _target_of(e, column)
    cls = column - e.target_columns(k).start
    if len(e.classes[k]) > e.columns[k]:  # one column for two classes speaks for the second
        cls += 1
    return target.codes[:, k] == answer_columns(e, k).start + cls


def _others(e: TreeEnsemble, x: Array, column: int) -> Array:
    """Logarithm of what stands against a column: 1, or the sum of the other classes of its target."""
    if e.link == "logit":
        return np.zeros(len(x))
    own = e.target_columns(_target_of(e, column))
    rest = [c for c in range(own.start, own.stop) if c != column]
    return np.asarray(logsumexp(x[:, rest], axis=1)) if rest else np.full(len(x), -np.inf)


def change_of(loss: Loss, ensemble: TreeEnsemble, target: Target, raw: Array, column: int | None) -> Change:
    """How the loss of rows changes when their raw output is shifted.

    Parameters
    ----------
    loss : Loss
    ensemble : TreeEnsemble
    target : Target
    raw : ndarray of float64, shape (n_rows, n_columns)
    column : int or None
        Which column is shifted; None for all.

    Returns
    -------
    callable
        ``change(rows, shift) -> ndarray (len(rows),)``, with `shift` of shape (len(rows),), or
        (len(rows), n_columns) for all columns.
    """
    e, scale = ensemble, ensemble.link_scale
    if column is not None and _of_logits(loss, e):
        others, own = _others(e, raw * scale, column), raw[:, column] * scale
        hit, now = _hits(e, target, column) * scale, np.logaddexp(others, own)

        def of_a_logit(rows: Array, shift: Array) -> Array:
            moved = np.logaddexp(others[rows], own[rows] + scale * shift)
            return (moved - now[rows] - hit[rows] * shift) / len(e.columns)

        return of_a_logit
    if column is not None and isinstance(loss, SquaredError) and e.link == "identity" and scale == 1.0:
        assert target.numbers is not None
        off = 2 * (raw[:, column] - target.numbers[:, _target_of(e, column)])
        return lambda rows, shift: shift * (off[rows] + shift) / len(e.columns)
    before = row_losses(loss, e, target, raw)

    def of_any(rows: Array, shift: Array) -> Array:
        moved = raw[rows]
        moved[:, slice(None) if column is None else column] += shift
        return row_losses(loss, e, target.take(rows), moved) - before[rows]

    return of_any
