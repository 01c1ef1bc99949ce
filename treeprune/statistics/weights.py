"""Sample weights: one place that says which are legal."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils import check_array

from treeprune.model.ensemble import Array


def below_one(weights: Array) -> Array:
    """Weights times a power of two that keeps their sum below one.

    Weighted means stay the same to the last bit, but no sum of finite numbers can overflow.

    Parameters
    ----------
    weights : ndarray of float64, shape (n_rows,)
        Not negative.

    Returns
    -------
    ndarray of float64, shape (n_rows,)
    """
    exponent = np.frexp(weights.max(initial=0.0))[1] + len(weights).bit_length()
    return np.ldexp(weights, -exponent)


def check_weights(sample_weight: Any, n_rows: int, name: str = "sample_weight") -> Array:
    """Weights as a float64 array, ones where none are given.

    Parameters
    ----------
    sample_weight : array-like of shape (n_rows,), float or None
        Weight of each row; a number stands for all rows.
    n_rows : int
    name : str
        What the argument is called in messages.

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Raises
    ------
    ValueError
        If a weight is negative, NaN or infinite, if all are zero, or if their number is wrong.
        Vendors accept negative weights and then return wrong numbers, or crash.
    """
    if sample_weight is None:
        return np.ones(n_rows)
    if isinstance(sample_weight, Real):
        sample_weight = np.full(n_rows, sample_weight)
    weights = check_array(
        sample_weight, ensure_2d=False, dtype=np.float64, ensure_min_samples=0, input_name=name
    )
    if weights.ndim != 1:
        raise ValueError(f"Sample weights must be 1D array or scalar: {name} has shape {weights.shape}")
    if len(weights) != n_rows:
        raise ValueError(f"{name} has shape {weights.shape}, but there are {n_rows} rows")
    if (weights < 0).any():
        raise ValueError(
            f"{name} holds {int((weights < 0).sum())} negative weights; give a row weight 0 to leave it out"
        )
    if n_rows and not weights.any():
        raise ValueError(
            f"all entries of {name} are zero: sample weights must contain at least one non-zero number"
        )
    return weights
