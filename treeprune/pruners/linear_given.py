"""A fitted linear model as a user hands it over: alone, or at the end of a pipeline."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_array

from treeprune.backends.linear import read_linear, write_linear
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array
from treeprune.model.linear import LinearModel
from treeprune.pruners.column_groups import ColumnGroups, column_groups, column_names
from treeprune.pruners.linear_base import last_step


@dataclass(frozen=True, eq=False)
class GivenLinear:
    """A fitted linear model, and what makes its columns.

    Parameters
    ----------
    model : object
        As given.
    linear : LinearModel
        What it holds, or its last step does.
    """

    model: Any
    linear: LinearModel

    @classmethod
    def of(cls, model: Any) -> GivenLinear:
        """Read a fitted model or pipeline."""
        return cls(model, read_linear(last_step(model)))

    @property
    def last(self) -> Any:
        """The linear model itself."""
        return last_step(self.model)

    @property
    def before(self) -> Pipeline | None:
        """Steps that make its columns; None for a lone model."""
        piped = isinstance(self.model, Pipeline) and len(self.model.steps) > 1
        return self.model[:-1] if piped else None

    def values(self, X: Any) -> Any:
        """A user's table as the numbers that the coefficients are multiplied with.

        Raises
        ------
        ValueError
            If they are not finite, or of another number of columns.
        """
        made = X if self.before is None else self.before.transform(X)
        values = check_array(made, accept_sparse=["csr", "csc"], dtype=np.float64, estimator="the model")
        if values.shape[1] != self.linear.n_features:
            raise ValueError(
                f"X gives {values.shape[1]} columns, the model was fitted on {self.linear.n_features}"
            )
        return values

    def groups(self, groups: Any, X: Any, values: Any) -> ColumnGroups:
        """Columns of the model that go together; of a pipeline, by what its steps made of which column."""
        names = self._names(X)
        if self.before is not None and isinstance(groups, str) and groups == "auto":
            try:
                return column_groups(self.before, X, values, names)
            except UnsupportedModelError:  # a step that nobody can look into: names are what is left
                return column_groups("auto", X, values, names)
        own = names if self.before is not None or self.linear.feature_names is not None else None
        return column_groups(groups, X, values, own)

    def _names(self, X: Any) -> tuple[str, ...]:
        if self.before is None:
            return self.linear.feature_names or column_names(X, self.linear.n_features)
        try:
            return tuple(map(str, self.before.get_feature_names_out()))
        except (AttributeError, ValueError):
            return tuple(f"x{k}" for k in range(self.linear.n_features))

    def support(self, linear: LinearModel, n_columns: int) -> Array:
        """Columns of the user's table that a model still needs; ndarray of bool, shape (n_columns,)."""
        used = linear.used_features()
        if self.before is None:
            return np.isin(np.arange(n_columns), used)
        from treeprune.pruners.column_sources import column_sources

        try:
            sources = column_sources(self.before, n_columns)
        except UnsupportedModelError:
            return np.ones(n_columns, np.bool_)
        needed = {k for column in used for k in sources[column]}
        return np.isin(np.arange(n_columns), sorted(needed))

    def written(self, linear: LinearModel, values: Any) -> Any:
        """A copy of what was given, with other coefficients."""
        last = write_linear(last_step(self.model), linear, values)
        if not isinstance(self.model, Pipeline):
            return last
        new = copy.deepcopy(self.model)
        new.steps[-1] = (new.steps[-1][0], last)
        return new
