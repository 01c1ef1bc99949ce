"""What arrays must be before anything is computed from them."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np

from treeprune.model.ensemble import Array
from treeprune.statistics.weights import below_one, check_weights

_LARGEST = 1e70

_SUM_ERROR = 1e-4
"""How far probabilities of a row may sum from one: float32 of many classes is no nearer."""


def numbers(name: str, values: Any, *n_dims: int) -> Array:
    """Finite numbers as float64.

    Parameters
    ----------
    name : str
    values : array-like
    *n_dims : int
        Legal numbers of dimensions.

    Returns
    -------
    ndarray of float64

    Raises
    ------
    TypeError
        If these are no real numbers, or some are masked.
    ValueError
        If one is NaN or infinite, there are none, or dimensions are too few or many.
    """
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array: what lies beneath the mask is no number; fill it first")
    array = np.asarray(values)
    if array.dtype.kind not in "buifO":
        raise TypeError(f"{name} must hold numbers, got {array.dtype}")
    try:
        array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must hold numbers: {error}") from error
    if array.ndim not in n_dims:
        legal = " or ".join(map(str, n_dims))
        raise ValueError(f"{name} must have {legal} dimensions, got shape {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} is empty: shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} holds {int((~np.isfinite(array)).sum())} numbers that are NaN or infinite"
        )
    return array


def pair(before: Any, after: Any, *n_dims: int) -> tuple[Array, Array]:
    """Numbers of two models for the same rows.

    Returns
    -------
    before, after : ndarray of float64, of one shape

    Raises
    ------
    TypeError, ValueError
        As `numbers`, or if shapes differ.
    """
    a, b = numbers("before", before, *n_dims), numbers("after", after, *n_dims)
    if a.shape != b.shape:
        raise ValueError(f"before has shape {a.shape}, after {b.shape}")
    return a, b


def probabilities(name: str, values: Any, *n_dims: int) -> Array:
    """Probabilities of an event, shape (n_rows,), or of classes, shape (n_rows, n_classes).

    Raises
    ------
    TypeError, ValueError
        As `numbers`, or if one lies outside [0, 1], or those of a row do not sum to one.
    """
    p = numbers(name, values, *n_dims)
    if (p < 0).any() or (p > 1).any():
        raise ValueError(f"{name} holds numbers outside [0, 1]: from {p.min():.6g} to {p.max():.6g}")
    if p.ndim == 2:
        if p.shape[1] < 2:
            raise ValueError(
                f"{name} has one column; give the probability of the event alone as one dimension"
            )
        if np.abs(p.sum(axis=1) - 1).max() > _SUM_ERROR:
            raise ValueError(f"{name} has rows that do not sum to one")
    return p


def probability_pair(before: Any, after: Any, *n_dims: int) -> tuple[Array, Array]:
    """Probabilities of two models for the same rows; see `probabilities`."""
    a, b = probabilities("before", before, *n_dims), probabilities("after", after, *n_dims)
    if a.shape != b.shape:
        raise ValueError(f"before has shape {a.shape}, after {b.shape}")
    return a, b


def same_length(**arrays: Array) -> None:
    """Refuse arrays of different numbers of rows.

    Raises
    ------
    ValueError
    """
    if len({len(array) for array in arrays.values()}) > 1:
        said = ", ".join(f"{name} has {len(array)}" for name, array in arrays.items())
        raise ValueError(f"numbers of rows differ: {said}")


def small_enough(*arrays: Array) -> None:
    """Refuse numbers whose squares, or squares of these, float64 cannot sum.

    Raises
    ------
    ValueError
    """
    largest = max(float(np.abs(array).max()) for array in arrays)
    if largest > _LARGEST:
        raise ValueError(
            f"numbers up to {largest:.0e} are too large: divide outcomes and answers by a constant"
        )


def events(y: Any) -> Array:
    """Outcomes of two kinds as truth values.

    Parameters
    ----------
    y : array-like of {0, 1} or bool, shape (n_rows,)

    Returns
    -------
    ndarray of bool, shape (n_rows,)

    Raises
    ------
    TypeError, ValueError
        As `numbers`, or if an outcome is neither 0 nor 1.
    """
    outcome = numbers("y", y, 1)
    if not np.isin(outcome, (0, 1)).all():
        raise ValueError("y must hold 0 (no event) and 1 (event) only")
    return outcome == 1


def class_codes(y: Any, n_classes: int) -> Array:
    """Classes as column numbers of the probabilities.

    Raises
    ------
    TypeError, ValueError
        As `numbers`, or if one is no column number.
    """
    codes = numbers("y", y, 1)
    if (codes != np.floor(codes)).any() or codes.min() < 0 or codes.max() >= n_classes:
        raise ValueError(f"y must hold the column numbers of classes, 0 to {n_classes - 1}")
    return codes.astype(np.int64)


def counts(weights: Array, what: str) -> None:
    """Refuse weights that are no numbers of rows.

    Raises
    ------
    ValueError
    """
    if not are_counts(weights):
        raise ValueError(
            f"{what} needs weights that count rows (whole numbers): errors of other weights hang on how "
            "rows were sampled; use treeprune.agreement.bootstrap.paired_bootstrap"
        )


def are_counts(weights: Array) -> bool:
    """Whether weights are whole numbers, with a sum that float64 still counts one by one."""
    return bool((weights == np.floor(weights)).all() and weights.max() < 2**53 / len(weights))


def shares(weights: Array) -> Array:
    """Weights divided by their sum, however large they are."""
    small = below_one(weights)
    return np.asarray(small / small.sum())


def take_present(weights: Any, *arrays: Array) -> tuple[Array, ...]:
    """Arrays without the rows of weight 0, their weights first.

    Raises
    ------
    ValueError
        If weights are not legal.
    """
    w = check_weights(weights, len(arrays[0]), "weights")
    present = np.flatnonzero(w)
    return (w[present], *(array[present] for array in arrays))


def thresholds(values: Any) -> Array:
    """Thresholds of a probability, ascending.

    Raises
    ------
    TypeError, ValueError
        As `numbers`, or if one lies outside (0, 1), or comes twice.
    """
    cuts = np.sort(numbers("thresholds", np.atleast_1d(values), 1))
    if cuts[0] <= 0 or cuts[-1] >= 1:
        raise ValueError(f"thresholds must lie inside (0, 1), got {cuts.tolist()}")
    if (np.diff(cuts) == 0).any():
        raise ValueError(f"a threshold comes twice: {cuts.tolist()}")
    return cuts


def share(name: str, number: Any) -> float:
    """A number inside (0, 1).

    Raises
    ------
    ValueError
    """
    if not isinstance(number, Real) or not 0 < float(number) < 1:
        raise ValueError(f"{name} must be a number between 0 and 1, got {number!r}")
    return float(number)


def whole(name: str, number: Any, least: int) -> int:
    """A whole number that is large enough.

    Raises
    ------
    ValueError
    """
    if isinstance(number, bool) or not isinstance(number, Integral) or int(number) < least:
        raise ValueError(f"{name} must be a whole number, {least} at least, got {number!r}")
    return int(number)


def both_kinds(y: Array, weights: Array, least: int = 1) -> None:
    """Refuse rows without events, or without others; with too few of either, where weights count them.

    Raises
    ------
    ValueError
    """
    enough = y.any() and not y.all()
    if enough and least > 1:
        enough = min(weights[y].sum(), weights[~y].sum()) >= least
    if not enough:
        raise ValueError(f"{least} rows with the event and {least} without are needed at least")
