"""Metrics by name: a file in this folder that registers one is all it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal

import numpy as np
from sklearn.base import is_classifier

from treeprune.backends import read
from treeprune.model.ensemble import Array, TreeEnsemble

Kind = Literal["binary", "multiclass", "regression", "multioutput"]
ALL_KINDS: tuple[Kind, ...] = ("binary", "multiclass", "regression", "multioutput")


@dataclass(frozen=True, eq=False)
class Judged:
    """A model and its answers on the rows that judge it.

    Parameters
    ----------
    model : object
        Fitted native model.
    X : table, shape (n_rows, n_features)
    y : ndarray, shape (n_rows,) or (n_rows, n_targets)
    weights : ndarray of float64, shape (n_rows,)
    """

    model: Any
    X: Any
    y: Array
    weights: Array

    @cached_property
    def kind(self) -> Kind:
        """What the model predicts."""
        if getattr(self.model, "n_outputs_", 1) > 1:
            return "multioutput"
        if not is_classifier(self.model):
            return "regression"
        return "binary" if len(self.model.classes_) == 2 else "multiclass"

    @cached_property
    def answer(self) -> Array:
        """Class probabilities, shape (n_rows, n_classes), or predicted numbers, shape (n_rows,).

        For several targets the columns stand side by side.
        """
        if not is_classifier(self.model):
            return np.asarray(self.model.predict(self.X))
        probability = self.model.predict_proba(self.X)
        return np.hstack(probability) if isinstance(probability, list) else probability

    @cached_property
    def label(self) -> Array:
        """Predicted labels or numbers."""
        return np.asarray(self.model.predict(self.X))

    @cached_property
    def ensemble(self) -> TreeEnsemble:
        """The model's trees."""
        return read(self.model)


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
