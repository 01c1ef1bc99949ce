"""Outcomes of each family as one array of numbers, refused where the family is not made for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.criteria.linear_path.families import FamilyName
from treeprune.model.ensemble import Array

_SUM_OF_SHARES = 1e-6


def outcome_of(y: Any, family: FamilyName) -> Array:
    """Outcome, one row for each output.

    Parameters
    ----------
    y : array-like, shape (n_rows,) or (n_rows, n_classes)
        Numbers (gaussian), probabilities (binomial), counts or rates (poisson), codes 0, 1, ... or
        probabilities of classes (multinomial).
    family : {"gaussian", "binomial", "poisson", "multinomial"}

    Returns
    -------
    ndarray of float64, shape (n_outputs, n_rows)

    Raises
    ------
    ValueError
        If the outcome is not finite, or not what the family is made for.
    """
    given = np.asarray(y)
    if given.dtype.kind not in "biuf":
        raise ValueError(f"y must be numbers, got {given.dtype}; encode classes as 0, 1, ...")
    y = given.astype(np.float64)
    if not np.isfinite(y).all():
        raise ValueError("y has missing or infinite entries; leave their rows out")
    if family == "multinomial":
        return _shares(y)
    if y.ndim != 1:
        raise ValueError(f"y of the family {family} must have one dimension, got shape {y.shape}")
    if family == "binomial" and ((y < 0.0) | (y > 1.0)).any():
        raise ValueError("y of the family binomial must be 0, 1 or a probability")
    if family == "poisson" and (y < 0.0).any():
        raise ValueError("y of the family poisson must not be negative")
    return y[None, :]


def _shares(y: Array) -> Array:
    if y.ndim == 1:
        codes = y.astype(np.int64)
        if (codes != y).any() or (codes < 0).any():
            raise ValueError("classes of the family multinomial must be codes 0, 1, ...")
        return np.equal.outer(np.arange(codes.max(initial=0) + 1), codes).astype(np.float64)
    if y.ndim != 2 or (y < 0.0).any() or (np.abs(y.sum(axis=1) - 1.0) > _SUM_OF_SHARES).any():
        raise ValueError("y of the family multinomial must be codes, or probabilities that sum to 1")
    return np.ascontiguousarray((y / y.sum(axis=1, keepdims=True)).T)


def check_variety(outcome: Array, family: FamilyName, weights: Array, rows: str, remedy: str) -> None:
    """Refuse rows in which a class, or every event, is missing: their intercept would be infinite.

    Parameters
    ----------
    outcome : ndarray of float64, shape (n_outputs, n_rows)
    family : {"gaussian", "binomial", "poisson", "multinomial"}
    weights : ndarray of float64, shape (n_rows,)
    rows, remedy : str
        Which rows these are, and what to do.

    Raises
    ------
    ValueError
    """
    share = (outcome @ weights) / weights.sum()
    if family == "binomial":
        share = np.append(share, (1.0 - outcome) @ weights)
    if family != "gaussian" and (share <= 0.0).any():
        what = "events" if family == "poisson" else "rows of one class"
        raise ValueError(f"{rows} have no {what}; {remedy}")
