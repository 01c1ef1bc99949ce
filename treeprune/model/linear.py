"""A linear model as the rest of treeprune sees it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy.special import expit, softmax

from treeprune.exceptions import InvalidModelError
from treeprune.model.ensemble import Array, Task

LinearFamily = Literal["gaussian", "binomial", "poisson", "multinomial"]


@dataclass(frozen=True, eq=False)
class LinearModel:
    """Coefficients, and what stands behind them.

    Parameters
    ----------
    family : {"gaussian", "binomial", "poisson", "multinomial"}
        With its canonical link: identity, logit, logarithm, softmax.
    coef : ndarray of float64, shape (n_features, n_outputs)
        One output for two classes, the log odds of the second; one a class for more.
    intercept : ndarray of float64, shape (n_outputs,)
    fit_intercept : bool
        Whether the intercept was fitted; else it is 0 and stays so.
    ridge_of_sum, ridge_of_mean : float
        Half of ``ridge * coef ** 2`` was added to the sum, or the mean, of the losses when the model was
        fitted.
    positive : bool
        Whether coefficients must not be negative.
    classes : ndarray or None
        Labels of a classifier.
    feature_names : tuple of str or None

    Raises
    ------
    InvalidModelError
        If the arrays contradict each other, or hold what is not finite.
    """

    family: LinearFamily
    coef: Array
    intercept: Array
    fit_intercept: bool = True
    ridge_of_sum: float = 0.0
    ridge_of_mean: float = 0.0
    positive: bool = False
    classes: Array | None = None
    feature_names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.coef.ndim != 2 or self.intercept.shape != self.coef.shape[1:]:
            raise InvalidModelError(
                f"coefficients of shape {self.coef.shape} do not go with intercepts of shape "
                f"{self.intercept.shape}"
            )
        if not (np.isfinite(self.coef).all() and np.isfinite(self.intercept).all()):
            raise InvalidModelError("coefficients and intercepts must be finite")
        several = self.family == "multinomial"
        known = None if self.classes is None else len(self.classes)
        if (self.family in ("binomial", "poisson") and self.n_outputs != 1) or (
            several and known is not None and self.n_outputs != known
        ):
            raise InvalidModelError(f"a {self.family} model cannot have {self.n_outputs} outputs")

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return self.coef.shape[0]

    @property
    def n_outputs(self) -> int:
        """Number of linear predictors."""
        return self.coef.shape[1]

    @property
    def task(self) -> Task:
        """What it predicts."""
        return "classification" if self.family in ("binomial", "multinomial") else "regression"

    def raw(self, X: Any) -> Array:
        """Linear predictors.

        Parameters
        ----------
        X : ndarray or sparse matrix, shape (n_rows, n_features)

        Returns
        -------
        ndarray of float64, shape (n_rows, n_outputs)
        """
        raw: Array = np.asarray(X @ self.coef) + self.intercept
        return raw

    def mean(self, X: Any) -> Array:
        """What the model answers: numbers, counts, or probabilities of all classes.

        Parameters
        ----------
        X : ndarray or sparse matrix, shape (n_rows, n_features)

        Returns
        -------
        ndarray of float64, shape (n_rows, n_outputs), or (n_rows, n_classes)
        """
        raw = self.raw(X)
        if self.family == "binomial":
            second = expit(raw)
            return np.hstack([1.0 - second, second])
        if self.family == "multinomial":
            probability: Array = softmax(raw, axis=1)
            return probability
        return np.exp(raw) if self.family == "poisson" else raw

    def used_features(self) -> Array:
        """Columns with a coefficient that is not 0; ndarray of int64."""
        return np.flatnonzero((self.coef != 0.0).any(axis=1))

    def on(self, columns: Array, names: Array | None = None) -> LinearModel:
        """The same model of some columns, the others' coefficients left out.

        Parameters
        ----------
        columns : ndarray of bool, shape (n_features,)
        names : array-like of str, optional
            Of these columns.

        Returns
        -------
        LinearModel
        """
        return replace(
            self,
            coef=np.ascontiguousarray(self.coef[columns]),
            feature_names=None if names is None else tuple(names),
        )
