"""The columns that a logistic model weighs, in the units of the user's table."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array
from treeprune.pruners.skin import PrunerSkin

_CHECKED_ROWS = 256

_AFFINE = 1e-9
"""Of the largest value: so exactly a scaler's output must be a line of its input to be turned back."""


def unwrap(model: Any) -> tuple[list[Pipeline], Any]:
    """The linear model inside pruners, freezers and pipelines, and what runs before it.

    Parameters
    ----------
    model : object
        Fitted.

    Returns
    -------
    before : list of Pipeline
        Fitted steps, in order.
    model : object

    Raises
    ------
    sklearn.exceptions.NotFittedError
    UnsupportedModelError
        If it is no logistic model of two classes.
    """
    before: list[Pipeline] = []
    while True:
        if isinstance(model, FrozenEstimator):
            model = model.estimator
        elif isinstance(model, Pipeline):
            if len(model.steps) > 1:
                before.append(model[:-1])
            model = model.steps[-1][1]
        elif isinstance(model, PrunerSkin):
            check_is_fitted(model)
            model = model.estimator_
        else:
            break
    _check_logistic(model)
    return before, model


def _check_logistic(model: Any) -> None:
    name = type(model).__name__
    needs = "a scorecard is made of a fitted logistic model of two classes"
    if isinstance(model, type) or not hasattr(model, "fit"):
        raise TypeError(f"{needs}, got {model!r}")
    check_is_fitted(model)
    if not hasattr(model, "coef_") or not hasattr(model, "intercept_"):
        raise UnsupportedModelError(f"{needs}; {name} has no coef_ and intercept_")
    classes = getattr(model, "classes_", None)
    if classes is None:
        raise UnsupportedModelError(f"{needs}; {name} predicts numbers")
    if len(classes) != 2 or np.size(model.intercept_) != 1:
        raise UnsupportedModelError(f"{needs}; this {name} has {len(classes)} classes")
    if not hasattr(model, "predict_proba"):
        raise UnsupportedModelError(f"{needs}; {name} gives no probabilities")


class WeighedColumns:
    """A fitted logistic model as a sum over named columns, in units that the user knows.

    Where the model stands behind a pipeline, a column that is a straight line of a column of the table (it
    went through a scaler, say) is turned back into that one.

    Parameters
    ----------
    model : object
        Fitted logistic model, or a pipeline, freezer or pruner around one.
    X : table, shape (n_rows, n_features)
        Rows to look for scales on.

    Attributes
    ----------
    columns : ndarray of int64, shape (n_columns,)
        Those of the linear model whose coefficients are not 0.
    names : list of str
        Their names.
    levels : list of (str, str) or None
        For one-hot columns the name of the original column, and the level.
    known : set of str
        Names of all columns, those with coefficients of 0 included.
    coef : ndarray of float64, shape (n_columns,)
        Log odds for 1 of each, in the units of `values`.
    intercept : float
    classes : ndarray, shape (2,)
    """

    def __init__(self, model: Any, X: Any) -> None:
        self._before, self._model = unwrap(model)
        self._given = None if self._before or not hasattr(X, "columns") else [str(c) for c in X.columns]
        coef = np.ravel(np.asarray(self._model.coef_, np.float64))
        self.columns = np.flatnonzero(coef)
        self.classes = np.asarray(self._model.classes_)
        weighed = self._matrix(X)
        if weighed.shape[1] != len(coef):
            raise ValueError(f"X has {weighed.shape[1]} columns, the model weighs {len(coef)}")
        self._check_answers(weighed, coef)
        names = self._names(len(coef))
        raw = _raw_columns(X) if self._before else {}
        self.names, self.levels = [], list[tuple[str, str] | None]()
        self._start, self._step = np.zeros(len(self.columns)), np.ones(len(self.columns))
        for k, j in enumerate(self.columns):
            name = names[j] if names[j] in raw else names[j].partition("__")[2] or names[j]
            self.names.append(name)
            self.levels.append(_level(name, list(raw)))
            line = _affine(raw[name], weighed[:, j]) if name in raw else None
            if line is not None:
                self._start[k], self._step[k] = line
        self.known = {*names, *self.names, *raw}
        repeated = [name for name in self.names if self.names.count(name) > 1]
        if repeated:  # prefixes told them apart
            self.names = [names[j] for j in self.columns]
        self.coef = coef[self.columns] * self._step
        self.intercept = float(np.ravel(self._model.intercept_)[0] + coef[self.columns] @ self._start)
        self._digits = _digits(self.values(X))

    def values(self, X: Any) -> Array:
        """The columns that are weighed; float64, shape (n_rows, n_columns).

        Raises
        ------
        ValueError
            If a value is missing or infinite, or columns are not those of the model.
        """
        weighed = self._matrix(X)[:, self.columns]
        wrong = ~np.isfinite(weighed).all(axis=0)
        if wrong.any():
            name = self.names[int(np.flatnonzero(wrong)[0])]
            raise ValueError(
                f"column {name!r} holds NaN or infinity, for which a scorecard has no points: fill missing "
                "values, or make the scorecard of a pipeline that does"
            )
        values = (weighed - self._start) / self._step
        digits = getattr(self, "_digits", None)
        if digits is not None:  # what went through a scaler and back must fall on the same side of an edge
            turned = np.flatnonzero((self._start != 0) | (self._step != 1))
            for k in turned:
                values[:, k] = np.round(values[:, k], digits[k])
        return values

    def log_odds(self, values: Array) -> Array:
        """The model's own log odds; float64, shape (n_rows,)."""
        return np.asarray(values @ self.coef + self.intercept)

    def _matrix(self, X: Any) -> Array:
        for step in self._before:
            X = step.transform(X)
        if not self._before:
            X = self._in_order(X)
        if hasattr(X, "toarray"):
            X = X.toarray()
        try:
            matrix = np.asarray(X, np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(
                "X must hold numbers; make the scorecard of a pipeline that encodes text"
            ) from error
        if matrix.ndim != 2:
            raise ValueError(f"X must have rows and columns, got shape {matrix.shape}")
        return matrix

    def _in_order(self, X: Any) -> Any:
        """The columns of a frame that the model was fitted with, by name."""
        names = getattr(self._model, "feature_names_in_", self._given)
        if names is None or not hasattr(X, "columns"):
            return X
        absent = [name for name in names if name not in X.columns]
        if absent:
            raise ValueError(f"X lacks columns of the model: {', '.join(map(str, absent[:5]))}")
        return X[list(names)]

    def _names(self, n: int) -> list[str]:
        if not self._before:
            own = getattr(self._model, "feature_names_in_", self._given)
            return [f"x{j}" for j in range(n)] if own is None else [str(name) for name in own]
        try:
            return [str(name) for name in self._before[-1].get_feature_names_out()]
        except (AttributeError, ValueError):  # a step that has no names to tell
            return [f"x{j}" for j in range(n)]

    def _check_answers(self, weighed: Array, coef: Array) -> None:
        """Refuse a model whose probabilities are not those of its coefficients."""
        rows = weighed[:_CHECKED_ROWS]
        rows = rows[np.isfinite(rows).all(axis=1)]
        if not len(rows):
            return  # `values` says what is wrong
        names = getattr(self._model, "feature_names_in_", None)
        if names is not None:
            import pandas as pd

            told = self._model.predict_proba(pd.DataFrame(rows, columns=names))[:, 1]
        else:
            told = self._model.predict_proba(rows)[:, 1]
        own = expit(rows @ coef + np.ravel(self._model.intercept_)[0])
        if np.abs(told - own).max() > 1e-6:
            raise UnsupportedModelError(
                f"the probabilities of this {type(self._model).__name__} are not the logistic function of "
                "its coefficients: no points stand behind them"
            )


def _raw_columns(X: Any) -> dict[str, Any]:
    """Columns of the table as given, by the names that scikit-learn has for them."""
    if hasattr(X, "columns"):
        return {str(name): np.asarray(X[name]) for name in X.columns}
    if hasattr(X, "toarray"):
        X = X.toarray()
    return {f"x{j}": column for j, column in enumerate(np.asarray(X).T)}


def _affine(raw: Array, weighed: Array) -> tuple[float, float] | None:
    """Start and step of the line from a raw column to one that is weighed; None if there is none."""
    try:
        x = raw.astype(np.float64)
    except (TypeError, ValueError):
        return None
    met = np.isfinite(x) & np.isfinite(weighed)
    x, z = x[met], weighed[met]
    if not len(x) or x.min() == x.max():
        return None
    least, most = int(x.argmin()), int(x.argmax())
    step = float((z[most] - z[least]) / (x[most] - x[least]))
    start = float(z[least] - step * x[least])
    near = _AFFINE * max(float(np.abs(z).max()), abs(start))
    if step == 0 or (np.abs(start + step * x - z) > near).any():
        return None
    return start, step


def _level(name: str, originals: list[str]) -> tuple[str, str] | None:
    """Original column and level of a one-hot column's name."""
    for original in sorted(originals, key=len, reverse=True):
        if name.startswith((f"{original}_", f"{original}=")):
            return original, name[len(original) + 1 :]
    return None


def _digits(values: Array) -> Array:
    """Decimals of each column that arithmetic leaves alone."""
    largest = np.abs(values).max(axis=0, initial=1e-300)
    return (9 - np.floor(np.log10(np.maximum(largest, 1e-300)))).astype(np.int64)
