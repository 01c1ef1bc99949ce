"""Strategies that are fitted pruners: of linear models, distillation, and those that a user brings."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.tree import BaseDecisionTree

from treeprune.backends import read
from treeprune.backends.linear import is_linear, read_linear
from treeprune.backends.registry import find_backend
from treeprune.exceptions import PruningWarning, UnsupportedModelError
from treeprune.model.ensemble import Array
from treeprune.pruners.base import BasePruner
from treeprune.pruners.distill import TreeDistiller
from treeprune.pruners.l1_feature import L1FeaturePruner
from treeprune.pruners.linear_base import last_step
from treeprune.pruners.linear_model import LinearModelPruner
from treeprune.pruners.native import Native
from treeprune.search.candidates import Sizes, Smaller, Variant, tree_sizes
from treeprune.search.fitted import Fitted, Jury
from treeprune.search.limits import Limits

_LEAVES = (4, 8, 16, 32)
"""Leaves of distilled trees."""

_CUTS = 3
"""Folds within a fold, where a strategy chooses a strength of its own."""


@dataclass(frozen=True, eq=False)
class SmallerModel(Smaller):
    """A model that answers for itself.

    Parameters
    ----------
    model : Native
    columns : ndarray of bool, shape (n_columns,), or None
        Columns that it looks at; None for all.
    record : object
        Its plan.
    """

    model: Native
    columns: Array | None
    record: Any

    def losses(self, jury: Jury) -> Array:
        """See `Smaller.losses`."""
        return jury.of_model(self.model)

    def sizes(self) -> Sizes:
        """See `Smaller.sizes`."""
        last = last_step(self.model.model)
        if is_linear(last):
            return Sizes(features=len(read_linear(last).used_features()))
        tree = last if isinstance(last, BaseDecisionTree) else self.model.model
        try:
            find_backend(tree)
        except UnsupportedModelError:
            return Sizes(features=0 if self.columns is None else int(self.columns.sum()))
        return tree_sizes(read(tree))

    def written(self, X: Any) -> Native:
        """See `Smaller.written`."""
        return self.model

    def support(self, n_columns: int) -> Array:
        """See `Smaller.support`."""
        return np.ones(n_columns, np.bool_) if self.columns is None else self.columns

    def plan(self) -> Any:
        """See `Smaller.plan`."""
        return self.record


def whole_model(fitted: Fitted) -> Smaller:
    """The model as it was."""
    return SmallerModel(fitted.native, None, None)


class Pruners(Variant):
    """One pruner under several sets of parameters.

    Parameters
    ----------
    name : str
    pruner : object
        A pruner that is not fitted; its estimator is put in here.
    grid : sequence of dict
        Parameters to set.
    freeze : bool
        Whether it is given the model that is fitted already, and not one to fit.
    """

    def __init__(
        self, name: str, pruner: Any, grid: Sequence[Mapping[str, Any]], *, freeze: bool = True
    ) -> None:
        super().__init__(grid)
        self._name, self._pruner, self._freeze = name, pruner, freeze
        # pruners of trees judge by rows that the model has not seen; others fit on those it was fitted on
        self.needs_apart = freeze and isinstance(pruner, BasePruner)

    @property
    def name(self) -> str:
        """See `Variant.name`."""
        return self._name

    def models(self, fitted: Fitted, wanted: Array) -> Sequence[Smaller | None]:
        """See `Variant.models`."""
        return [
            self._model(fitted, parameters) if ask else None
            for parameters, ask in zip(self.grid, wanted, strict=True)
        ]

    def _model(self, fitted: Fitted, parameters: Mapping[str, Any]) -> Smaller:
        native, seen = fitted.native, fitted.seen
        if native.labels is not None or native.names is not None:
            raise UnsupportedModelError(
                f"strategy {self._name!r}: a {type(native.model).__name__} fitted on codes for labels, "
                "or on other column names, cannot be handed to a pruner; give it labels 0, 1, 2, ... and "
                "names that it takes"
            )
        model = FrozenEstimator(native.model) if self._freeze else clone(native.model)
        pruner = clone(self._pruner).set_params(estimator=model, **parameters)
        given: dict[str, Any] = {"sample_weight": seen.own_weights}
        rows = seen
        if self.needs_apart:
            assert fitted.apart is not None
            if "X_val" in inspect.signature(pruner.fit).parameters:
                val = fitted.apart
                given |= {"X_val": val.X, "y_val": val.y, "sample_weight_val": val.own_weights}
            else:
                rows = fitted.apart
                given = {"sample_weight": rows.own_weights}
        with warnings.catch_warnings():  # that a limit is wider than a small fold's model is no news
            warnings.simplefilter("ignore", PruningWarning)
            warnings.simplefilter("ignore", ConvergenceWarning)
            pruner.fit(rows.X, rows.y, **given)
        found = pruner.native_ if isinstance(pruner, BasePruner) else Native(pruner.estimator_)
        return SmallerModel(found, pruner.support_, getattr(pruner, "plan_", None))


def _counts(full: Fitted, limits: Limits) -> list[int]:
    """Numbers of features to compare."""
    last = last_step(full.native.model)
    used = max(int(min(len(read_linear(last).used_features()), limits.features)), 1)
    grid = np.unique(np.geomspace(1, used, min(used, 8)).round().astype(int))
    return [int(k) for k in grid]


def linear_variants(full: Fitted, limits: Limits) -> list[Variant]:
    """Columns leave the fitted model, see `treeprune.LinearModelPruner`."""
    grid = [{"max_features": k} for k in _counts(full, limits)]
    return [Pruners("linear", LinearModelPruner(None, rule=None), grid)]


def l1_variants(full: Fitted, limits: Limits) -> list[Variant]:
    """Columns are selected anew, see `treeprune.L1FeaturePruner`."""
    grid = [{"max_features": k} for k in _counts(full, limits)]
    return [Pruners("l1", L1FeaturePruner(None, cv=_CUTS), grid, freeze=False)]


def distil_variants(full: Fitted, limits: Limits, random_state: Any) -> list[Variant]:
    """One shallow tree, see `treeprune.TreeDistiller`; another class than the model's."""
    leaves = [k for k in _LEAVES if 2 * k - 1 <= limits.nodes] or [_LEAVES[0]]
    distiller = TreeDistiller(None, sampler="none", n_redraws=0, cv=None, random_state=random_state)
    return [Pruners("distil", distiller, [{"max_leaf_nodes": k} for k in leaves])]
