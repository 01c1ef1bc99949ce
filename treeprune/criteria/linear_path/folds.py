"""Rows that each fold trains on, and rows that it holds out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.criteria.linear_path.outcomes import check_variety
from treeprune.criteria.linear_path.problem import PathProblem
from treeprune.model.ensemble import Array

_REMEDY = "stratify the folds by the outcome, or use fewer"


@dataclass(frozen=True, eq=False)
class Folds:
    """Folds of a cross-validation.

    Parameters
    ----------
    training : ndarray of float64, shape (n_folds, n_rows)
        Weights of the rows that each fold trains on; each row's sum is 1.
    held : list of ndarray of int64
        Rows that each fold holds out: those of positive weight that it does not train on.
    weights : ndarray of float64, shape (n_folds,)
        Sum of the weights of the rows that are held out.
    complementary : bool
        Whether each fold trains on all rows that it does not hold out, with the weights of the full fit.
    """

    training: Array
    held: list[Array]
    weights: Array
    complementary: bool


def make_folds(problem: PathProblem, folds: Any) -> Folds | None:
    """Folds from what a user gives.

    Parameters
    ----------
    problem : PathProblem
    folds : sequence of ndarray of int, or ndarray of shape (n_folds, n_rows), optional
        Rows that each fold holds out; or the number of times that each fold trains on each row (times the
        row's weight), 0 for rows that it holds out.

    Returns
    -------
    Folds or None

    Raises
    ------
    ValueError
        If there are fewer than two folds, or one that trains on nothing, holds nothing out, or lacks a
        class.
    """
    if folds is None:
        return None
    times = _times(folds, problem.n_rows)
    if len(times) < 2:
        raise ValueError(f"there must be two folds at least, got {len(times)}")
    training = times * problem.weights
    held = [np.flatnonzero((t == 0.0) & (problem.weights > 0.0)) for t in times]
    for k, (rows, weights) in enumerate(zip(held, training, strict=True)):
        if not len(rows) or not weights.any():
            raise ValueError(f"fold {k} trains on no rows, or holds none out (rows of weight 0 are none)")
        check_variety(problem.outcome, problem.family, weights, f"the training rows of fold {k}", _REMEDY)
    sums = np.array([problem.weights[rows].sum() for rows in held])
    complementary = bool(((times == 0.0) | (times == 1.0)).all())
    return Folds(training / training.sum(axis=1, keepdims=True), held, sums, complementary)


def _times(folds: Any, n: int) -> Array:
    if (
        isinstance(folds, np.ndarray)
        and folds.ndim == 2
        and folds.shape[1] == n
        and folds.dtype.kind == "f"
    ):
        if not np.isfinite(folds).all() or (folds < 0.0).any():
            raise ValueError("folds must be finite and not negative")
        return folds.astype(np.float64)
    if not isinstance(folds, Sequence):
        raise ValueError(f"folds must be a list of row numbers, or floats of shape (n_folds, {n})")
    times = np.ones((len(folds), n))
    for k, rows in enumerate(map(np.asarray, folds)):
        if rows.ndim != 1 or (len(rows) and rows.dtype.kind not in "iu"):
            raise ValueError(f"fold {k} must be row numbers, got {rows.dtype} of shape {rows.shape}")
        if len(rows) and not 0 <= rows.min() <= rows.max() < n:
            raise ValueError(f"fold {k} has row numbers out of range; X has {n} rows")
        times[k, rows.astype(np.int64)] = 0.0
    return times
