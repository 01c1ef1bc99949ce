"""Metrics by name: a file in this folder that registers one is all it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal, get_args

import numpy as np
from sklearn.base import is_classifier, is_regressor

from treeprune.backends.linear import is_linear, read_linear
from treeprune.backends.registry import check_supported
from treeprune.distillation.teacher import Teacher
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.linear import LinearModel
from treeprune.pruners.linear_base import last_step
from treeprune.pruners.native import Native

Kind = Literal["binary", "multiclass", "regression", "multioutput", "score"]
ALL_KINDS: tuple[Kind, ...] = get_args(Kind)

Structure = Literal["trees", "linear", "other"]
ALL_STRUCTURES: tuple[Structure, ...] = get_args(Structure)


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
    def structure(self) -> Structure:
        """What the model is made of."""
        if self.linear is not None:
            return "linear"
        try:
            check_supported(self.model)
        except UnsupportedModelError:
            return "other"
        return "trees"

    @cached_property
    def kind(self) -> Kind:
        """What the model predicts: a ranker and an anomaly detector give a score without an outcome."""
        task, n_targets = self._task_and_targets
        if task in ("ranking", "anomaly"):
            return "score"
        if n_targets > 1:
            return "multioutput"
        if task == "regression":
            return "regression"
        return "binary" if len(self.classes) == 2 else "multiclass"

    @cached_property
    def _task_and_targets(self) -> tuple[str, int]:
        if self.linear is not None:
            several = self.linear.task == "regression" and self.linear.n_outputs > 1
            return self.linear.task, self.linear.n_outputs if several else 1
        if self.structure == "trees":
            return self.ensemble.task, len(self.ensemble.columns)
        if is_classifier(self.model):
            return "classification", len(self.labels)
        if is_regressor(self.model):
            return "regression", 1 if self.answer.ndim == 1 else self.answer.shape[1]
        raise UnsupportedModelError(
            f"{type(self.model).__name__} is neither trees, nor linear, nor a classifier or regressor with "
            "scikit-learn's methods: there are no answers to compare"
        )

    @property
    def n_targets(self) -> int:
        """Number of outcomes."""
        return self._task_and_targets[1]

    @cached_property
    def labels(self) -> tuple[Array, ...]:
        """Class labels of each target of a classifier."""
        if self.structure == "other":
            classes = getattr(self.model, "classes_", ())
            several = isinstance(classes, list)
            return tuple(classes) if several else ((np.asarray(classes),) if len(classes) else ())
        if self.linear is None:
            return self.ensemble.classes
        return () if self.linear.classes is None else (self.linear.classes,)

    @property
    def classes(self) -> Array:
        """Class labels of a classifier with one target."""
        return self.labels[0]

    def used_features(self) -> Array | None:
        """Columns that the model looks at; of a linear pipeline, columns that its last step does.

        None for a model that nobody can look into.
        """
        if self.structure == "other":
            return None
        return (self.ensemble if self.linear is None else self.linear).used_features()

    @cached_property
    def answer(self) -> Array:
        """Class probabilities, shape (n_rows, n_classes), or predicted numbers, shape (n_rows,).

        For several targets the columns stand side by side.
        """
        if self.structure == "trees" and self.ensemble.task == "anomaly":
            return np.asarray(self.model.score_samples(self.X))
        if self.structure == "other":  # labels alone, where it knows no probabilities
            said = Teacher(self.model).ask(self.X)
            return said[:, 0] if said.shape[1] == 1 and not self.labels else said
        if not self.labels:
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

    @cached_property
    def linear(self) -> LinearModel | None:
        """The model's coefficients, if it is a linear one, alone or at the end of a pipeline."""
        last = last_step(self.model)
        return read_linear(last) if is_linear(last) else None


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
    structures : tuple of str
        What models it is defined for are made of.
    """

    name: str
    compute: Callable[..., float]
    kinds: tuple[Kind, ...]
    pair: bool
    structures: tuple[Structure, ...] = ALL_STRUCTURES

    def suits(self, judged: Judged) -> bool:
        """Whether it is defined for a model."""
        return judged.kind in self.kinds and judged.structure in self.structures


_METRICS: dict[str, Metric] = {}

_FIRST = ("size", "prediction", "calibration", "fidelity")
"""Families in the order in which tables show them; others follow by name."""


def register(
    name: str, *kinds: Kind, pair: bool = False, structure: Structure | None = None
) -> Callable[[Callable[..., float]], Callable[..., float]]:
    """Class a function as a metric for models of some kinds (of all, if none is named)."""

    def enter(compute: Callable[..., float]) -> Callable[..., float]:
        structures = ALL_STRUCTURES if structure is None else (structure,)
        _METRICS[name] = Metric(name, compute, kinds or ALL_KINDS, pair, structures)
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
