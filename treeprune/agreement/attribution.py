"""How far two models explain the same rows by the same amounts.

An explanation is one row of attributions, or one row and one output where there are several outputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.agreement.checks import pair, shares, take_present
from treeprune.model.ensemble import Array


def explanations(before: Any, after: Any, weights: Any = None) -> tuple[Array, Array, Array]:
    """Attributions of two models, one explanation a row.

    Parameters
    ----------
    before, after : array-like, shape (n_rows, n_features) or (n_rows, n_features, n_outputs)
        Attributions on one scale.
    weights : array-like of shape (n_rows,), optional

    Returns
    -------
    before, after : ndarray of float64, shape (n_explanations, n_features)
        Divided by one power of two, so that no square overflows or vanishes.
    shares : ndarray of float64, shape (n_explanations,)
        Weights that sum to one.

    Raises
    ------
    TypeError, ValueError
        If these are not finite numbers of one shape, or weights are not legal.
    """
    a, b = pair(before, after, 2, 3)
    w, a, b = take_present(weights, a, b)
    if a.ndim == 3:
        w = np.repeat(w, a.shape[2])
        a, b = (np.moveaxis(phi, 2, 1).reshape(-1, phi.shape[1]) for phi in (a, b))
    exponent = np.frexp(max(np.abs(a).max(), np.abs(b).max()))[1]
    return np.ldexp(a, -exponent), np.ldexp(b, -exponent), shares(w)


def cosines(before: Array, after: Array) -> Array:
    """Cosine of the angle between two explanations.

    Parameters
    ----------
    before, after : ndarray of float64, shape (n_explanations, n_features)

    Returns
    -------
    ndarray of float64, shape (n_explanations,)
        1 where both explanations are 0 everywhere (they say the same), 0 where only one is.
    """
    largest = [np.abs(phi).max(axis=1, keepdims=True) for phi in (before, after)]
    a, b = (phi / np.where(top == 0, 1, top) for phi, top in zip((before, after), largest, strict=True))
    length = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    cosine = (a * b).sum(axis=1) / np.where(length == 0, 1, length)
    cosine[(largest[0] == 0).ravel() & (largest[1] == 0).ravel()] = 1.0
    return np.clip(cosine, -1, 1)


def signed_overlap(before: Any, after: Any, weights: Any = None) -> float:
    """Share of all attributions that both models have in common, sign and size.

    ``2 sum min(|a|, |b|) [a b > 0] / (sum |a| + sum |b|)``, sums over rows, features and outputs: the
    coefficient of J. Bray, J. Curtis (Ecological Monographs 27, 1957) with attributions of opposite sign
    as different species.

    Parameters
    ----------
    before, after : array-like, shape (n_rows, n_features) or (n_rows, n_features, n_outputs)
    weights : array-like of shape (n_rows,), optional

    Returns
    -------
    float
        From 0 to 1; 1 where all attributions are 0.

    Raises
    ------
    TypeError, ValueError
        If these are not finite numbers of one shape, or weights are not legal.

    Examples
    --------
    >>> signed_overlap([[1.0, -2.0]], [[1.0, 2.0]])
    0.3333333333333333
    """
    return overlap_of(*explanations(before, after, weights))


def overlap_of(a: Array, b: Array, w: Array) -> float:
    """Signed overlap of `explanations`."""
    shared = np.minimum(np.abs(a), np.abs(b)) * (np.sign(a) * np.sign(b) > 0)
    whole = float(w_sum(np.abs(a) + np.abs(b), w))
    return 1.0 if whole == 0 else 2 * float(w_sum(shared, w)) / whole


def attribution_r2(before: Any, after: Any, weights: Any = None) -> float:
    """Share of the squared attributions of the model before that the model after gives again.

    ``1 - sum ||a - b||^2 / sum ||a||^2``, sums over rows; attributions are deviations already, so that
    nothing is centred.

    Parameters
    ----------
    before, after : array-like, shape (n_rows, n_features) or (n_rows, n_features, n_outputs)
    weights : array-like of shape (n_rows,), optional

    Returns
    -------
    float
        1 at best; below 0 where no attributions at all would be nearer. If all of `before` is 0,
        1 where all of `after` is 0 too, NaN elsewhere.

    Raises
    ------
    TypeError, ValueError
        If these are not finite numbers of one shape, or weights are not legal.

    Examples
    --------
    >>> attribution_r2([[3.0, 4.0]], [[3.0, 3.0]])
    0.96
    """
    return r2_of(*explanations(before, after, weights))


def r2_of(a: Array, b: Array, w: Array) -> float:
    """Attribution R2 of `explanations`."""
    size, error = float(w_sum(a**2, w)), float(w_sum((a - b) ** 2, w))
    if size == 0:
        return 1.0 if error == 0 else np.nan
    return 1 - error / size


def removed_mass(before: Any, removed: Any, weights: Any = None) -> float:
    """Share of the absolute attributions of the model before on features that the model after lacks.

    ``sum |a| over removed features / sum |a| over all``.

    Parameters
    ----------
    before : array-like, shape (n_rows, n_features) or (n_rows, n_features, n_outputs)
    removed : array-like of bool, shape (n_features,)
    weights : array-like of shape (n_rows,), optional

    Returns
    -------
    float
        0 where all attributions are 0.

    Raises
    ------
    TypeError, ValueError
        If `before` does not hold finite numbers, `removed` is no mask of its features, or weights are
        not legal.

    Examples
    --------
    >>> removed_mass([[1.0, -3.0], [2.0, 2.0]], [True, False])
    0.375
    """
    a, _, w = explanations(before, before, weights)
    gone = np.asarray(removed)
    if gone.dtype != np.bool_ or gone.shape != (a.shape[1],):
        raise ValueError(f"removed must be {a.shape[1]} truth values, got {gone.dtype} {gone.shape}")
    whole = float(w_sum(np.abs(a), w))
    return 0.0 if whole == 0 else float(w_sum(np.abs(a[:, gone]), w)) / whole


def w_sum(x: Array, w: Array) -> Array:
    """Weighted sum over rows of the sums of each row."""
    # no product of matrices: its threads would add up in another order
    return np.asarray((x.sum(axis=1) * w).sum())
