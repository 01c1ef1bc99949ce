"""Families of generalised linear models: loss of a row, mean, variance; targets may be means themselves.

P. McCullagh, J. Nelder, *Generalized Linear Models*, second edition, 1989, chapter 2. Each link is the
canonical one, so that the loss is convex and its second derivative is the variance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_softmax, logsumexp, softmax

from treeprune.model.ensemble import Array

_SURE = 1e-10
"""Shares of classes and mean counts below it start a fit as it."""


@dataclass(frozen=True)
class Family:
    """What a linear predictor means, and what it costs.

    Parameters
    ----------
    name : str
    quadratic : bool
        Whether the loss is quadratic in the linear predictor: then one Newton step is exact.
    loss : callable
        ``loss(eta, target)``, both of shape (n_rows, n_columns), gives the loss of each row: half the
        squared error; minus the log-likelihood of a class, or its expectation under probabilities; that
        of a count, up to a constant.
    mean, variance : callable
        Of the linear predictor, shape (n_rows, n_columns). Of several classes, the variance of each one.
    link : callable
        The linear predictor of a mean, shape (n_columns,), which may be at the border.
    divergence : callable
        ``divergence(eta, other)``: Kullback-Leibler divergence of each row from the first linear
        predictor to the other; for the Gaussian family with variance 1.
    """

    name: str
    quadratic: bool
    loss: Callable[[Array, Array], Array]
    mean: Callable[[Array], Array]
    variance: Callable[[Array], Array]
    link: Callable[[Array], Array]
    divergence: Callable[[Array, Array], Array]


def _binomial_divergence(eta: Array, other: Array) -> Array:
    up = expit(eta) * (np.logaddexp(0, -other) - np.logaddexp(0, -eta))
    return (up + expit(-eta) * (np.logaddexp(0, other) - np.logaddexp(0, eta)))[:, 0]


def _poisson_divergence(eta: Array, other: Array) -> Array:
    off = other - eta
    return (np.exp(eta) * (np.expm1(off) - off))[:, 0]


def _softmax_divergence(eta: Array, other: Array) -> Array:
    gap = log_softmax(eta, axis=1) - log_softmax(other, axis=1)
    return (softmax(eta, axis=1) * gap).sum(axis=1)


def _softmax_variance(eta: Array) -> Array:
    p = softmax(eta, axis=1)
    return p * (1.0 - p)


FAMILIES = {
    family.name: family
    for family in (
        Family(
            "gaussian",
            quadratic=True,
            loss=lambda eta, t: 0.5 * ((t - eta) ** 2).sum(axis=1),
            mean=lambda eta: eta,
            variance=np.ones_like,
            link=lambda mean: mean,
            divergence=lambda eta, other: 0.5 * ((other - eta) ** 2).sum(axis=1),
        ),
        Family(
            "binomial",
            quadratic=False,
            loss=lambda eta, t: (np.logaddexp(0, eta) - t * eta)[:, 0],
            mean=expit,
            variance=lambda eta: expit(eta) * expit(-eta),
            link=lambda mean: np.log(mean.clip(_SURE)) - np.log((1 - mean).clip(_SURE)),
            divergence=_binomial_divergence,
        ),
        Family(
            "poisson",
            quadratic=False,
            loss=lambda eta, t: (np.exp(eta) - t * eta)[:, 0],
            mean=np.exp,
            variance=np.exp,
            link=lambda mean: np.log(mean.clip(_SURE)),
            divergence=_poisson_divergence,
        ),
        Family(
            "multinomial",
            quadratic=False,
            loss=lambda eta, t: t.sum(axis=1) * logsumexp(eta, axis=1) - (t * eta).sum(axis=1),
            mean=lambda eta: softmax(eta, axis=1),
            variance=_softmax_variance,
            link=lambda mean: np.log(mean.clip(_SURE)),
            divergence=_softmax_divergence,
        ),
    )
}
"""All families by name."""


def check_target(family: Family, target: Array, what: str = "y") -> None:
    """Refuse outcomes that a family has no loss for.

    Parameters
    ----------
    family : Family
    target : ndarray of float64, shape (n_rows, n_columns)
    what : str
        Its name, for the message.

    Raises
    ------
    ValueError
        If a number is not finite, a probability not between 0 and 1, the probabilities of a row do not
        sum to 1, or a count is negative.
    """
    if not np.isfinite(target).all():
        raise ValueError(f"{what} holds NaN or infinity")
    if family.name in ("binomial", "multinomial") and ((target < 0) | (target > 1)).any():
        raise ValueError(f"{what} must hold probabilities, from 0 to 1, for the {family.name} family")
    if family.name == "multinomial" and (np.abs(target.sum(axis=1) - 1) > 1e-6).any():
        raise ValueError(f"the probabilities of each row of {what} must sum to 1")
    if family.name == "poisson" and (target < 0).any():
        raise ValueError(f"{what} must not be negative for the poisson family")
