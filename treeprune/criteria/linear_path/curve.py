"""The cross-validated curve of a path: means and standard errors as glmnet defines them, and both rules."""

from __future__ import annotations

from typing import Literal

import numpy as np

from treeprune.model.ensemble import Array

_STEPS_BEYOND = 8


def cv_curve(held_out: Array, fold_weights: Array) -> tuple[Array, Array]:
    """Mean over folds and its standard error, at each strength.

    Parameters
    ----------
    held_out : ndarray of float64, shape (n_lambdas, n_folds)
    fold_weights : ndarray of float64, shape (n_folds,)

    Returns
    -------
    mean, error : ndarray of float64, shape (n_lambdas,)
        The square of `error` is the weighted variance between folds over the number of folds less one.
    """
    share = fold_weights / fold_weights.sum()
    mean = held_out @ share
    with np.errstate(invalid="ignore", over="ignore"):  # a fold may predict an infinite mean
        variance = (held_out - mean[:, None]) ** 2 @ share
    return mean, np.sqrt(variance / (len(share) - 1))


def by_rule(held_out: Array, fold_weights: Array, rule: Literal["min", "1se"]) -> int:
    """Place of the least mean, or of the first one that is within a standard error of it.

    T. Hastie, R. Tibshirani, J. Friedman, *The Elements of Statistical Learning*, 2nd edition, 2009,
    section 7.10. Strengths fall along the path, so that the first is the largest.
    """
    mean, error = cv_curve(held_out, fold_weights)
    best = int(np.argmin(mean))
    return best if rule == "min" else int(np.argmax(mean <= mean[best] + error[best]))


def is_past_minimum(held_out: Array, fold_weights: Array) -> bool:
    """Whether the last mean is above the least one plus its error, eight strengths or more later."""
    mean, error = cv_curve(held_out, fold_weights)
    best = int(np.argmin(mean))
    return len(mean) - 1 - best >= _STEPS_BEYOND and bool(mean[-1] > mean[best] + error[best])
