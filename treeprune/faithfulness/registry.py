"""Metrics by name: a file in this folder that registers one is all it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal, get_args

import numpy as np

from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.pruners.native import Native

Kind = Literal["binary", "multiclass", "regression", "multioutput", "score"]
ALL_KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, eq=False)
class Judged:
    """A model and its answers on the rows that judge it.

    Parameters
    ----------
    native : Native
        Fitted native model, in the user's terms.
    X : table, shape (n_rows, n_features)
    y : ndarray, shape (n_rows,) or (n_rows, n_targets)
    weights : ndarray of float64, shape (n_rows,)
    """

    native: Native
    X: Any
    y: Array
    weights: Array

    @property
    def model(self) -> Any:
        """The native model itself."""
        return self.native.model

    @cached_property
    def kind(self) -> Kind:
        """What the model predicts: a ranker and an anomaly detector give a score without an outcome."""
        e = self.ensemble
        if e.task in ("ranking", "anomaly"):
            return "score"
        if len(e.columns) > 1:
            return "multioutput"
        if e.task == "regression":
            return "regression"
        return "binary" if len(e.classes[0]) == 2 else "multiclass"

    @cached_property
    def classes(self) -> Array:
        """Class labels of a classifier with one target."""
        return self.ensemble.classes[0]

    @cached_property
    def answer(self) -> Array:
        """Class probabilities, shape (n_rows, n_classes), or predicted numbers, shape (n_rows,).

        For several targets the columns stand side by side.
        """
        if self.ensemble.task == "anomaly":
            return np.asarray(self.model.score_samples(self.X))
        if self.ensemble.task != "classification":
            return self.native.predict(self.X)
        probability = self.native.predict_proba(self.X)
        return np.hstack(probability) if isinstance(probability, list) else np.asarray(probability)

    @cached_property
    def label(self) -> Array:
        """Predicted labels or numbers."""
        label = self.native.predict(self.X)  # CatBoost gives labels as a column
        return label.ravel() if self.kind in ("binary", "multiclass") else label

    @cached_property
    def ensemble(self) -> TreeEnsemble:
        """The model's trees."""
        return self.native.trees()


@dataclass(frozen=True)
class Metric:
    """A number about one model, or about a pair.

    Parameters
    ----------
    name : str
    compute : callable
        ``compute(judged) -> float``; for a pair ``compute(before, after) -> float``.
    kinds : tuple of str
        Kinds of model it is defined for.
    pair : bool
    """

    name: str
    compute: Callable[..., float]
    kinds: tuple[Kind, ...]
    pair: bool


_METRICS: dict[str, Metric] = {}

_FIRST = ("size", "prediction", "calibration", "fidelity")
"""Families in the order in which tables show them; others follow by name."""


def register(
    name: str, *kinds: Kind, pair: bool = False
) -> Callable[[Callable[..., float]], Callable[..., float]]:
    """Class a function as a metric for models of some kinds (of all, if none is named)."""

    def enter(compute: Callable[..., float]) -> Callable[..., float]:
        _METRICS[name] = Metric(name, compute, kinds or ALL_KINDS, pair)
        return compute

    return enter


def metrics() -> dict[str, Metric]:
    """All metrics of this folder by name, family by family."""
    package = __name__.rpartition(".")[0]
    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")

    def place(metric: Metric) -> tuple[int, str]:
        family = metric.compute.__module__.rpartition(".")[2]
        return (_FIRST.index(family) if family in _FIRST else len(_FIRST), family)

    return {metric.name: metric for metric in sorted(_METRICS.values(), key=place)}
