"""Losses of the raw output of an ensemble, before its link.

What a probability of one minus a hair costs is lost once the probability is rounded to one; on the raw
scale it is not. So the log loss behind a logit or softmax link, and deviances behind a log link, are
computed from the raw output. All other losses are those of the answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.links import answers
from treeprune.statistics.deviances import Deviance
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.losses import LOSSES, LogLoss
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
    if ensemble.trained_by is not None:
        check_trained_by(ensemble.trained_by)
        return ensemble.trained_by
    return "poisson" if ensemble.link == "log" else "squared_error"


def check_trained_by(name: str | None) -> None:
    """Refuse a loss of the training that is none of ours, where no other one was named.

    Parameters
    ----------
    name : str or None
        See `TreeEnsemble.trained_by`.

    Raises
    ------
    ValueError
    """
    if name is not None and name not in LOSSES:
        raise ValueError(
            f"the model was trained by a loss of its own kind ({name}), by which treeprune "
            "cannot judge it; name the loss to prune by, if one fits the outcome as it is coded "
            '(for instance loss="absolute_error" for a median)'
        )


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
        if of_logits(loss, ensemble):
            return _log_loss(ensemble, target, raw * ensemble.link_scale)
        if isinstance(loss, Deviance) and ensemble.link == "log":
            return loss.of_logarithms(target, raw * ensemble.link_scale)
        return loss.row_loss(ensemble, target, answers(ensemble, raw))


def of_logits(loss: Loss, ensemble: TreeEnsemble) -> bool:
    """Whether a loss is the log loss of classes whose log odds, or logits, are the raw output."""
    return isinstance(loss, LogLoss) and ensemble.link in ("logit", "softmax")


def _log_loss(e: TreeEnsemble, target: Target, x: Array) -> Array:
    total = np.zeros(len(x))
    if e.link == "softmax":
        assert target.codes is not None
        x = np.ascontiguousarray(x)
        for k in range(len(e.columns)):
            columns = e.target_columns(k)
            right = target.codes[:, k] - answer_columns(e, k).start + columns.start
            own = x[np.arange(len(x)), right]
            total += np.logaddexp(own, _log_sum_of_others(x, columns.start, columns.stop, right)) - own
        return total / len(e.columns)
    for column in range(e.n_columns):  # a binary loss for each logit
        own = x[:, column]
        total += np.logaddexp(own, 0.0) - _hits(e, target, column) * own
    return total / len(e.columns)


def target_of(ensemble: TreeEnsemble, column: int) -> int:
    """Target that owns a column of the raw output."""
    return int(np.searchsorted(np.cumsum(ensemble.columns), column, side="right"))


def _hits(e: TreeEnsemble, target: Target, column: int) -> Array:
    """Whether a raw column speaks for the class of a row."""
    assert target.codes is not None
    k = target_of(e, column)
    cls = column - e.target_columns(k).start
    if len(e.classes[k]) > e.columns[k]:  # one column for two classes speaks for the second
        cls += 1
    return target.codes[:, k] == answer_columns(e, k).start + cls


@kernel
def _log_sum_of_others(x: Array, first: int, last: int, but: Array) -> Array:
    """log(sum exp(x[i, c])) over the columns from `first` to below `last`, but for one of each row."""
    out = np.full(x.shape[0], -np.inf)
    for i in range(x.shape[0]):
        for c in range(first, last):
            if c != but[i]:
                out[i] = max(out[i], x[i, c])
        top, total = out[i], 0.0
        if math.isfinite(top):
            for c in range(first, last):
                if c != but[i]:
                    total += math.exp(x[i, c] - top)
            out[i] = top + math.log(total)
    return out


def _others(e: TreeEnsemble, x: Array, column: int) -> Array:
    """Logarithm of what stands against a column: 1, or the sum of the other classes of its target."""
    if e.link == "logit":
        return np.zeros(len(x))
    own = e.target_columns(target_of(e, column))
    return _log_sum_of_others(np.ascontiguousarray(x), own.start, own.stop, np.full(len(x), column))


def log_odds(ensemble: TreeEnsemble, target: Target, raw: Array, column: int) -> tuple[Array, Array]:
    """What one column says of its class against all others, and whether a row is of that class.

    Parameters
    ----------
    ensemble : TreeEnsemble
        With a logit or softmax link.
    target : Target
    raw : ndarray of float64, shape (n_rows, n_columns)
    column : int

    Returns
    -------
    odds : ndarray of float64, shape (n_rows,)
        Log odds; the column times `link_scale` may move them one for one.
    hit : ndarray of bool, shape (n_rows,)
    """
    x = raw * ensemble.link_scale
    return x[:, column] - _others(ensemble, x, column), _hits(ensemble, target, column)


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
    e = ensemble
    before = row_losses(loss, e, target, raw)

    def of_any(rows: Array, shift: Array) -> Array:
        moved = raw[rows]
        moved[:, slice(None) if column is None else column] += shift
        return row_losses(loss, e, target.take(rows), moved) - before[rows]

    return of_any
