"""How far the answers of two models lie apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.agreement.checks import numbers, pair, probability_pair, share, shares, take_present
from treeprune.model.ensemble import Array
from treeprune.statistics.weights import check_weights

QUANTILES = (0.5, 0.9, 0.95, 0.99)


def fidelity_r2(before: Any, after: Any, weights: Any = None) -> float:
    """Share of the variance of the answers before that the answers after give again.

    ``1 - sum w ||b - a||^2 / sum w ||a - mean(a)||^2``, a before and b after, the mean weighted, several
    columns pooled.

    Parameters
    ----------
    before, after : array-like, shape (n_rows,) or (n_rows, n_outputs)
    weights : array-like of shape (n_rows,), optional

    Returns
    -------
    float
        NaN where the answers before are all the same.

    Raises
    ------
    TypeError, ValueError
        If these are not finite numbers of one shape, or weights are not legal.

    Examples
    --------
    >>> fidelity_r2([0.0, 1.0, 2.0], [0.0, 1.0, 1.0])
    0.5
    """
    a, b = pair(before, after, 1, 2)
    w, a, b = take_present(weights, a.reshape(len(a), -1), b.reshape(len(b), -1))
    exponent = np.frexp(max(np.abs(a).max(), np.abs(b).max()))[1]
    a, b, w = np.ldexp(a, -exponent), np.ldexp(b, -exponent), shares(w)[:, None]
    if (a == a[0]).all():
        return np.nan
    around = a - (a * w).sum(axis=0)
    return float(1 - ((b - a) ** 2 * w).sum() / (around**2 * w).sum())


def mean_kl(before: Any, after: Any, weights: Any = None, clip: float = 1e-6) -> float:
    """Mean Kullback-Leibler divergence of the answers after from those before, in nats.

    ``sum over classes p log(p / q)``, p before and q after (S. Kullback, R. Leibler, Ann. Math. Stat. 22,
    1951).

    Parameters
    ----------
    before, after : array-like, shape (n_rows,) or (n_rows, n_classes)
        Probabilities of the event, or of all classes.
    weights : array-like of shape (n_rows,), optional
    clip : float, default=1e-6
        Probabilities below it are set to it, and each row is divided by its sum again: a model that
        says 0 would otherwise be infinitely far from all others. No row counts more than ``-log(clip)``.

    Returns
    -------
    float
        Not negative.

    Raises
    ------
    TypeError, ValueError
        If these are no probabilities of one shape, weights are not legal, or `clip` lies outside (0, 0.5).

    Examples
    --------
    >>> round(mean_kl([0.5], [0.25]), 4)
    0.1438
    """
    p, q = probability_pair(before, after, 1, 2)
    if share("clip", clip) >= 0.5:
        raise ValueError(f"clip must be below 0.5, got {clip!r}")
    w, p, q = take_present(weights, p, q)
    p, q = (_clipped(np.column_stack([1 - x, x]) if x.ndim == 1 else x, clip) for x in (p, q))
    divergence = (p * np.log(p / q)).sum(axis=1)
    return max(float((divergence * shares(w)).sum()), 0.0)


def _clipped(p: Array, clip: float) -> Array:
    p = np.maximum(p, clip)
    return np.asarray(p / p.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class ChangeDistribution:
    """How much answers change, row by row.

    Parameters
    ----------
    mean : float
        Mean absolute change.
    shift : float
        Mean change with its sign; NaN for several columns.
    quantiles : tuple of (float, float)
        Share of the weight, and the least absolute change that this share does not exceed.
    maximum : float
        Largest absolute change.
    row : int
        The first row where it happens, counted from 0 in the given arrays.
    """

    mean: float
    shift: float
    quantiles: tuple[tuple[float, float], ...]
    maximum: float
    row: int


def change_distribution(
    before: Any, after: Any, weights: Any = None, quantiles: Any = QUANTILES
) -> ChangeDistribution:
    """Distribution of the absolute change of answers.

    Parameters
    ----------
    before, after : array-like, shape (n_rows,) or (n_rows, n_outputs)
        Of several columns the largest change of a row counts.
    weights : array-like of shape (n_rows,), optional
        A row of weight 0 counts nowhere, not for the maximum either.
    quantiles : array-like of float, default=(0.5, 0.9, 0.95, 0.99)

    Returns
    -------
    ChangeDistribution

    Raises
    ------
    TypeError, ValueError
        If these are not finite numbers of one shape, weights are not legal, or a quantile lies
        outside [0, 1].

    Examples
    --------
    >>> found = change_distribution([0.1, 0.2, 0.9], [0.1, 0.3, 0.4], quantiles=[0.5])
    >>> found.maximum, found.row, round(found.quantiles[0][1], 3)
    (0.5, 2, 0.1)
    """
    a, b = pair(before, after, 1, 2)
    levels = numbers("quantiles", np.atleast_1d(quantiles), 1)
    if (levels < 0).any() or (levels > 1).any():
        raise ValueError(f"quantiles must lie inside [0, 1], got {levels.tolist()}")
    rows = np.flatnonzero(check_weights(weights, len(a), "weights"))
    w, a, b = take_present(weights, a, b)
    change = b - a
    size = np.abs(change) if change.ndim == 1 else np.abs(change).max(axis=1)
    found = np.quantile(size, levels, weights=shares(w), method="inverted_cdf")
    place = int(np.argmax(size))
    return ChangeDistribution(
        mean=float((size * shares(w)).sum()),
        shift=float((change * shares(w)).sum()) if change.ndim == 1 else np.nan,
        quantiles=tuple(zip(levels.tolist(), found.tolist(), strict=True)),
        maximum=float(size[place]),
        row=int(rows[place]),
    )
