"""Derivatives of the loss with respect to the raw output: what boosting fits its trees to.

The gradient g and the second derivative h of each row's loss are the statistics of second-order pruning:
a node that moves the raw output by s changes the loss by about G s + H s ** 2 / 2, G and H being the
sums over its rows, and G ** 2 / (2 H) is the most that any step can gain (J. Friedman, Greedy function
approximation: a gradient boosting machine, Annals of Statistics 29, 2001; T. Chen, C. Guestrin,
XGBoost, KDD 2016, equations 6 and 7).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit

from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.statistics.deviances import GammaDeviance, PoissonDeviance, TweedieDeviance
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.losses import SquaredError
from treeprune.statistics.raw_losses import log_odds, of_logits, target_of
from treeprune.statistics.target import Target

_EPS = np.finfo(np.float64).eps

Pair = tuple[Array, Array]


def _squared(y: Array, x: Array) -> Pair:
    return 2 * (x - y), np.full(len(x), 2.0)


def _poisson_log(y: Array, x: Array) -> Pair:
    mu = np.exp(x)
    return 2 * (mu - y), 2 * mu


def _gamma_log(y: Array, x: Array) -> Pair:
    share = y * np.exp(-x)
    return 2 * (1 - share), 2 * share


def _tweedie_log(y: Array, x: Array) -> Pair:
    up, down = np.exp(0.5 * x), y * np.exp(-0.5 * x)
    return 2 * (up - down), up + down


def _poisson(y: Array, mu: Array) -> Pair:
    return 2 * (1 - y / mu), 2 * y / mu**2


def _gamma(y: Array, mu: Array) -> Pair:
    return 2 * (mu - y) / mu**2, 2 * (2 * y - mu) / mu**3


def _tweedie(y: Array, mu: Array) -> Pair:
    return 2 * (mu - y) * mu**-1.5, (3 * y - mu) * mu**-2.5


_BY_LINK: dict[tuple[str, type[Loss]], Callable[[Array, Array], Pair]] = {
    ("identity", SquaredError): _squared,
    ("log", PoissonDeviance): _poisson_log,
    ("log", GammaDeviance): _gamma_log,
    ("log", TweedieDeviance): _tweedie_log,
    ("identity", PoissonDeviance): _poisson,
    ("identity", GammaDeviance): _gamma,
    ("identity", TweedieDeviance): _tweedie,
}
"""First and second derivatives by what is fed into the link (the Tweedie power is 1.5)."""


def column_gradients(loss: Loss, ensemble: TreeEnsemble, target: Target, raw: Array, column: int) -> Pair:
    """Derivatives of each row's loss by one column of the raw output times `link_scale`.

    Neither weighted nor averaged over targets; see `gradients`.
    """
    e = ensemble
    if of_logits(loss, e):
        odds, hit = log_odds(e, target, raw, column)
        p, q = expit(odds), expit(-odds)
        return np.where(hit, -q, p), p * q
    derivatives = _BY_LINK.get((e.link, type(loss)))
    if derivatives is None:
        raise ValueError(
            f"loss={loss.name!r} has no derivatives by the raw output of a model with link {e.link!r}; "
            "there are some for log_loss behind logit and softmax, squared_error behind identity, and "
            "poisson, gamma and tweedie behind log and identity"
        )
    assert target.numbers is not None
    x, y = raw[:, column] * e.link_scale, target.numbers[:, target_of(e, column)]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # found out in the sums
        if e.link == "log" or isinstance(loss, SquaredError):
            return derivatives(y, x)
        # answers below the least legal one count as that one, so there the loss is flat
        legal = x >= _EPS
        g, h = derivatives(y, np.where(legal, x, 1.0))
        return np.where(legal, g, 0.0), np.where(legal, h, 0.0)


def gradients(
    loss: Loss, ensemble: TreeEnsemble, target: Target, raw: Array, weights: Array
) -> tuple[Array, Array]:
    """First and second derivative of the weighted loss of each row by the raw output.

    Parameters
    ----------
    loss : Loss
    ensemble : TreeEnsemble
    target : Target
    raw : ndarray of float64, shape (n_rows, n_columns)
    weights : ndarray of float64, shape (n_rows,)

    Returns
    -------
    g, h : ndarray of float64, shape (n_rows, n_columns)
        Of the loss as `treeprune.statistics.raw_losses.row_losses` has it, times the weight. `h` is
        the diagonal: one column moves, the others stay.

    Raises
    ------
    ValueError
        If the loss has no derivatives behind the link (absolute error, share of wrong labels, costs of
        decisions), or is none that is differentiated here.
    """
    pairs = [column_gradients(loss, ensemble, target, raw, c) for c in range(ensemble.n_columns)]
    scale, share = ensemble.link_scale, weights[:, None] / len(ensemble.columns)
    first, second = (np.column_stack(side) for side in zip(*pairs, strict=True))
    return first * (scale * share), second * (scale**2 * share)
