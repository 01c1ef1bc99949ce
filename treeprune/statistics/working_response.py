"""Squared errors in place of other losses, so that products of trees say how good any part of them is.

Around the raw output F of the whole model each row's loss is replaced by ``h / 2 * (f - z) ** 2``, up to
a constant: it falls as the loss does at F, and z is where it is least. With h and z as weights and
outcomes of `treeprune.statistics.gram.tree_gram` (the *working response* of generalised linear models:
P. McCullagh, J. Nelder, *Generalized Linear Models*, 1989, section 2.5) the loss of any subset of the trees
follows from their inner products.

Few trees are far from F, and the second derivative there is misleading: it vanishes where the model is sure
of itself, so that rows that it gets wrong would want to be moved out of all bounds. So h is, where there
is one, the least curvature of a parabola that touches the loss at F and lies above it everywhere. What it
promises to a subset, the loss keeps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.links import answers
from treeprune.statistics.gradients import gradients
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.losses import AbsoluteError, LogLoss, SquaredError, make_loss
from treeprune.statistics.raw_losses import log_odds, natural_loss, target_of
from treeprune.statistics.target import Target


class WorkingResponse(NamedTuple):
    """What the sum of the trees should be, and how much each part of it matters.

    Parameters
    ----------
    outcome : ndarray of float64, shape (n_rows, n_columns)
        Without the ensemble's `base_score`.
    weights : ndarray of float64, shape (n_rows, n_columns)
        Those of the rows times the curvature.
    """

    outcome: Array
    weights: Array


def working_response(
    loss: Loss, ensemble: TreeEnsemble, target: Target, raw: Array, weights: Array
) -> WorkingResponse:
    """Quadratic model of a loss around the output of a whole model.

    Parameters
    ----------
    loss : Loss
        Another one stands for a loss that says too little: the log loss for all that is asked of
        probabilities behind a logit or softmax link, the Brier score where trees say class shares, the
        distance from a margin of 1 where only the sign counts, the loss of the training where there are no
        derivatives behind another link.
    ensemble : TreeEnsemble
    target : Target
    raw : ndarray of float64, shape (n_rows, n_columns)
        Raw output of the ensemble.
    weights : ndarray of float64, shape (n_rows,)

    Returns
    -------
    WorkingResponse
        The squared error is the model of the loss times a constant, summed over rows and columns. It
        lies above the loss for the binary log loss and the absolute error (of rows whose error is no less
        than the mean), and is the loss itself for the squared error. For other losses it has their second
        derivatives, but no row is to be moved by more than the largest output.

    Raises
    ------
    ValueError
        If neither the loss nor that of the training has a model of this kind behind the link, nor the
        squared error of the answers.

    Notes
    -----
    The parabola above the log loss is that of T. Jaakkola, M. Jordan, Bayesian parameter estimation via
    variational methods, Statistics and Computing 10, 2000. Behind a softmax link it is that of each column
    against all others, twice as narrow, since all columns move: twice the diagonal is never less than
    the matrix of second derivatives. The parabola above the absolute error is that of iteratively
    reweighted least squares, with a bound on its weights.
    """
    e = ensemble
    if e.link in ("logit", "softmax") and target.codes is not None:
        return _of_log_loss(e, target, raw, weights)
    if e.link == "step":
        return _of_margins(e, target, raw, weights)
    if e.link == "identity" and e.task == "classification":
        return _of_shares(e, target, weights)
    if e.link == "identity" and isinstance(loss, SquaredError | AbsoluteError):
        return _of_residuals(loss, e, target, raw, weights)
    g, h = _derivatives(loss, e, target, raw, weights)
    own = raw - e.base_score
    farthest = np.abs(own).max(axis=0, initial=0.0)
    # divided by 1 nothing would move at all
    h = np.maximum(h, np.abs(g) / np.where(farthest > 0, farthest, 1.0))
    step = np.divide(g, h, out=np.zeros_like(g), where=h > 0)
    return WorkingResponse(own - step, h)


def _derivatives(
    loss: Loss, e: TreeEnsemble, target: Target, raw: Array, weights: Array
) -> tuple[Array, Array]:
    """Those of the loss, of the loss of the training, or of the squared error of the answers."""
    ways: list[Callable[[], Loss]] = [lambda: loss, lambda: make_loss(natural_loss(e), e.task)]
    for way in ways:
        try:
            return gradients(way(), e, target, raw, weights)
        except ValueError:
            continue
    if target.numbers is None or e.link not in _SLOPES:
        raise ValueError(f"loss={loss.name!r} has no derivatives behind link {e.link!r}")
    slope = e.link_scale * _SLOPES[e.link](raw * e.link_scale)
    error = answers(e, raw) - target.numbers[:, [target_of(e, c) for c in range(e.n_columns)]]
    # without the curvature of the link itself, as Gauss and Newton would
    return weights[:, None] * slope * error, weights[:, None] * slope**2


_SLOPES: dict[str, Callable[[Array], Array]] = {
    "log": np.exp,
    "logit": lambda x: expit(x) * expit(-x),
    "log1p_exp": expit,
    "signed_square": lambda x: 2 * np.abs(x),
}
"""First derivatives of the links."""


def _of_log_loss(e: TreeEnsemble, target: Target, raw: Array, weights: Array) -> WorkingResponse:
    g, _ = gradients(LogLoss(), e, target, raw, weights)
    h = np.empty_like(raw)
    for column in range(e.n_columns):
        half = np.abs(log_odds(e, target, raw, column)[0]) / 2
        # tanh(x) / x, which is 1 at 0
        h[:, column] = np.divide(np.tanh(half), half, out=np.ones_like(half), where=half > 0) / 4
    h *= e.link_scale**2 * (2 if e.link == "softmax" else 1) * weights[:, None] / len(e.columns)
    step = np.divide(g, h, out=np.zeros_like(g), where=h > 0)
    return WorkingResponse(raw - e.base_score - step, h)


def _of_shares(e: TreeEnsemble, target: Target, weights: Array) -> WorkingResponse:
    assert target.codes is not None
    hit = np.zeros((len(target), e.n_columns))
    hit[np.arange(len(target))[:, None], target.codes] = 1.0
    return WorkingResponse(hit - e.base_score, np.broadcast_to(weights[:, None], hit.shape).copy())


def _of_margins(e: TreeEnsemble, target: Target, raw: Array, weights: Array) -> WorkingResponse:
    """A side of zero is all that counts; 1 away from it is what hinge losses ask for."""
    assert target.codes is not None
    sides = 2.0 * target.codes - 1.0
    each = np.broadcast_to(weights[:, None], raw.shape)
    return WorkingResponse(sides / e.link_scale - e.base_score, each.copy())


def _of_residuals(
    loss: Loss, e: TreeEnsemble, target: Target, raw: Array, weights: Array
) -> WorkingResponse:
    assert target.numbers is not None
    columns = [target_of(e, c) for c in range(e.n_columns)]
    outcome = target.numbers[:, columns] / e.link_scale
    h = np.broadcast_to(weights[:, None], raw.shape).copy()
    if isinstance(loss, AbsoluteError):
        error = np.abs(outcome - raw)
        for column in range(e.n_columns):
            total = math.fsum(weights * error[:, column])
            mean = total / math.fsum(weights) if total > 0 else 1.0
            h[:, column] /= np.maximum(error[:, column], mean)
    return WorkingResponse(outcome - e.base_score, h)
