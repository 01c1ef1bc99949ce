"""Losses of rows under a raw output, with both derivatives: what the blocks of a joint problem fit.

Outcomes are numbers, one for each column of the raw output, so that probabilities may stand in place of
classes. Arrays lie column by column, since a tree usually feeds one column.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import Array

LossKind = Literal["squared_error", "log_loss", "poisson"]

_LEAST_CURVATURE = 1e-6
"""Second derivatives of the log loss below it count as it: a sure row must not ask for an endless step."""


@kernel
def _squared(raw: Array, outcome: Array, weight: Array, pairs: Array) -> float:
    total = 0.0
    for i in range(raw.shape[0]):
        off = outcome[i] - raw[i]
        pairs[i, 0], pairs[i, 1] = weight[i] * off, weight[i]
        total += 0.5 * weight[i] * off * off
    return total


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
def _poisson(raw: Array, mu: Array, outcome: Array, weight: Array, pairs: Array) -> float:
    total = 0.0
    for i in range(raw.shape[0]):
        pairs[i, 0] = weight[i] * (outcome[i] - mu[i])
        pairs[i, 1] = weight[i] * max(mu[i], _LEAST_CURVATURE)
        total += weight[i] * (mu[i] - outcome[i] * raw[i])
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
    kind : {"squared_error", "log_loss", "poisson"}
        Half the squared error, summed over columns; the log loss of one column of log odds, or of the
        softmax of several; half the Poisson deviance of the exponential, up to a constant.
    outcome : ndarray of float64, shape (n_rows, n_columns)
        Numbers; probabilities for the log loss; not negative for Poisson.
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
            return _squared(raw, outcome, self._weight, pairs)
        if self._kind == "poisson":
            return _poisson(raw, np.exp(raw, out=one), outcome, self._weight, pairs)
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
    if kind not in ("squared_error", "log_loss", "poisson"):
        raise ValueError(f"loss={kind!r} is unknown; use squared_error, log_loss or poisson")
    if outcome.ndim != 2 or not np.isfinite(outcome).all():
        raise ValueError(f"outcome must be finite and have two dimensions, got shape {outcome.shape}")
    if kind == "log_loss" and (outcome.min(initial=0.0) < 0 or outcome.max(initial=0.0) > 1):
        raise ValueError("outcomes of the log loss must be probabilities, from 0 to 1")
    if kind == "poisson" and outcome.min(initial=0.0) < 0:
        raise ValueError("outcomes of the Poisson loss must not be negative")
