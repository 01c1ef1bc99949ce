"""Losses of rows under a raw output, with both derivatives: what the blocks of a joint problem fit.

Outcomes are numbers, one for each column of the raw output, so that probabilities may stand in place of
classes. Arrays lie column by column, since a tree usually feeds one column.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from treeprune.criteria.joint.number_losses import (
    absolute_loss,
    gamma_loss,
    poisson_loss,
    squared_loss,
    tweedie_loss,
)
from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import Array

LossKind = Literal[
    "squared_error", "absolute_error", "log_loss", "one_against_all", "poisson", "gamma", "tweedie"
]

_LEAST_CURVATURE = 1e-6
"""Second derivatives of the log loss below it count as it: a sure row must not ask for an endless step."""

_SHARP = 0.05
"""Errors below this share of the usual one count as squares: at 0 the absolute error has no curvature."""


@kernel
def _logistic(
    raw: Array, small: Array, log_sum: Array, outcome: Array, weight: Array, pairs: Array
) -> float:
    """``small`` is exp(-|raw|), `log_sum` the logarithm of one more."""
    total = 0.0
    for i in range(raw.shape[0]):
        least = 1.0 / (1.0 + small[i])
        p = least if raw[i] >= 0.0 else small[i] * least
        pairs[i, 0] = weight[i] * (outcome[i] - p)
        pairs[i, 1] = weight[i] * max(p * (1.0 - p), _LEAST_CURVATURE)
        total += weight[i] * (max(raw[i], 0.0) - outcome[i] * raw[i] + log_sum[i])
    return total


@kernel
def _softmax(
    raw: Array, odds: Array, log_sum: Array, outcome: Array, weight: Array, bend: float, pairs: Array
) -> float:
    """`odds` are exp(raw - largest), `log_sum` the logarithm of the sum of exp(raw)."""
    total = 0.0
    for i in range(raw.shape[1]):
        sum_of_odds, of_row, met = 0.0, 0.0, 0.0
        for c in range(raw.shape[0]):
            sum_of_odds += odds[c, i]
            of_row += outcome[c, i]
            met += outcome[c, i] * raw[c, i]
        for c in range(raw.shape[0]):
            p = odds[c, i] / sum_of_odds
            pairs[c, i, 0] = weight[i] * (outcome[c, i] - of_row * p)
            pairs[c, i, 1] = weight[i] * bend * of_row * max(p * (1.0 - p), _LEAST_CURVATURE)
        total += weight[i] * (of_row * log_sum[i] - met)
    return total


class RowLoss:
    """Weighted sum of the losses of some rows.

    Parameters
    ----------
    kind : str
        ``"squared_error"`` : half of it, summed over columns. ``"absolute_error"`` : times that of the
        column's mean, so that both have one unit; squared where it is small. ``"log_loss"`` : of one column
        of log odds, or of the softmax of several; ``"one_against_all"`` : of each column of log odds by
        itself. ``"poisson"``, ``"gamma"``, ``"tweedie"`` : half the deviance of the exponential (of power
        1.5), up to a constant.
    outcome : ndarray of float64, shape (n_rows, n_columns)
        Numbers; probabilities for the log losses; not negative for deviances.
    weight : ndarray of float64, shape (n_rows,)
    whole_leaves : bool
        Whether a leaf moves all columns of a softmax at once. Twice the own second derivatives then bound
        the curvature, and are exact for two classes.

    Raises
    ------
    ValueError
        If the outcome is not what the loss is made for.
    """

    def __init__(
        self, kind: LossKind, outcome: Array, weight: Array, *, whole_leaves: bool = False
    ) -> None:
        _check(kind, outcome)
        self._kind = "softmax" if kind == "log_loss" and outcome.shape[1] > 1 else kind
        self._outcome = np.ascontiguousarray(outcome.T, np.float64)
        self._weight = np.ascontiguousarray(weight, np.float64)
        self._bend = 2.0 if whole_leaves else 1.0
        self._one, self._other = np.empty_like(self._outcome), np.empty(len(outcome))
        self._spread = np.ones(outcome.shape[1])
        if kind == "absolute_error":
            off = np.abs(outcome - np.average(outcome, axis=0, weights=weight))
            self._spread = np.maximum(np.average(off, axis=0, weights=weight), np.finfo(np.float64).tiny)

    def evaluate(self, raw: Array, pairs: Array) -> float:
        """Loss at a raw output, and the derivatives there.

        Parameters
        ----------
        raw : ndarray of float64, shape (n_columns, n_rows)
        pairs : ndarray of float64, shape (n_columns, n_rows, 2)
            Takes the first derivative with its sign turned, and the second, both weighted.

        Returns
        -------
        float
            The weighted sum; not finite where the raw output is out of bounds.
        """
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):  # the caller looks
            if self._kind == "softmax":
                return self._of_classes(raw, pairs)
            return sum(self._of_column(c, x, pairs[c]) for c, x in enumerate(raw))

    def _of_column(self, c: int, raw: Array, pairs: Array) -> float:
        outcome, one, other = self._outcome[c], self._one[c], self._other
        if self._kind == "squared_error":
            return squared_loss(raw, outcome, self._weight, pairs)
        if self._kind == "absolute_error":
            return absolute_loss(raw, outcome, self._weight, self._spread[c], _SHARP, pairs)
        if self._kind == "poisson":
            return poisson_loss(raw, np.exp(raw, out=one), outcome, self._weight, pairs)
        if self._kind == "gamma":
            return gamma_loss(raw, np.exp(np.negative(raw, out=one), out=one), outcome, self._weight, pairs)
        if self._kind == "tweedie":
            root = np.exp(np.multiply(raw, 0.5, out=one), out=one)
            return tweedie_loss(root, outcome, self._weight, pairs)
        np.exp(np.negative(np.abs(raw, out=one), out=one), out=one)
        np.log(np.add(one, 1.0, out=other), out=other)
        return _logistic(raw, one, other, outcome, self._weight, pairs)

    def _of_classes(self, raw: Array, pairs: Array) -> float:
        most = raw.max(axis=0)
        odds = np.exp(np.subtract(raw, most, out=self._one), out=self._one)
        log_sum = np.log(odds.sum(axis=0, out=self._other), out=self._other)
        log_sum += most
        return _softmax(raw, odds, log_sum, self._outcome, self._weight, self._bend, pairs)


def _check(kind: str, outcome: Array) -> None:
    if kind not in get_args(LossKind):
        raise ValueError(f"loss={kind!r} is unknown; use one of {', '.join(get_args(LossKind))}")
    if outcome.ndim != 2 or not np.isfinite(outcome).all():
        raise ValueError(f"outcome must be finite and have two dimensions, got shape {outcome.shape}")
    probabilities = kind in ("log_loss", "one_against_all")
    if probabilities and (outcome.min(initial=0.0) < 0 or outcome.max(initial=0.0) > 1):
        raise ValueError("outcomes of the log loss must be probabilities, from 0 to 1")
    if kind in ("poisson", "gamma", "tweedie") and outcome.min(initial=0.0) < 0:
        raise ValueError(f"outcomes of the {kind.title()} deviance must not be negative")
