"""Model files as commands see them: what prepares the columns, what is pruned, and how it is put back."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.pipeline import Pipeline

from treeprune.backends.linear import is_linear
from treeprune.loading import load_model
from treeprune.pruners.native import predicted_task

ENDINGS = {"xgboost": (".json", ".ubj"), "lightgbm": (".txt",), "sklearn": (".skops",)}
"""What names of model files end in, by vendor."""


class ModelFile(NamedTuple):
    """A model from a file.

    Parameters
    ----------
    path : pathlib.Path
    model : object
        As its file holds it.
    prepare : sklearn.pipeline.Pipeline or None
        Steps before the model proper, if it is a pipeline.
    last : object
        The model proper. In a pipeline it knows the names of the prepared columns.
    """

    path: Path
    model: Any
    prepare: Pipeline | None
    last: Any

    @classmethod
    def of(cls, path: Path, model: Any) -> ModelFile:
        """A model; of a pipeline the steps stand apart."""
        if not isinstance(model, Pipeline):
            return cls(path, model, None, model)
        prepare, last = model[:-1], model[-1]
        names = _names_of(prepare, last.n_features_in_)
        if "feature_names_in_" not in vars(last) and len(names) == last.n_features_in_:
            last = copy.copy(last)
            last.feature_names_in_ = np.array(names, dtype=object)
        return cls(path, model, prepare, last)

    @property
    def vendor(self) -> str:
        """Whose format the file has."""
        return type(self.model).__module__.partition(".")[0]

    @property
    def classifies(self) -> bool:
        """Whether it predicts classes."""
        return predicted_task(self.last) == "classification"

    @property
    def linear(self) -> bool:
        """Whether the model proper is linear."""
        return is_linear(self.last)

    @property
    def refits(self) -> bool:
        """Whether the file says how the model was trained: XGBoost's does not, a booster cannot."""
        return self.vendor == "sklearn"

    def prepared(self, X: pd.DataFrame) -> Any:
        """Rows as the model proper sees them, with names where it can have them.

        Raises
        ------
        ValueError, TypeError
            If the pipeline does not take these rows.
        """
        if self.prepare is None:
            return X
        found = self.prepare.transform(X)
        if sparse.issparse(found) or hasattr(found, "columns"):
            return found
        if found.dtype == object and getattr(self.last, "is_categorical_", None) is None:
            found = found.astype(np.float64)  # columns that were passed through may hold words
        return pd.DataFrame(found, columns=_names_of(self.prepare, found.shape[1]), index=X.index)

    def whole(self, last: Any) -> Any:
        """The model of the file with another model proper."""
        if self.prepare is None:
            return last
        if "feature_names_in_" not in vars(self.model[-1]) and "feature_names_in_" in vars(last):
            last = copy.copy(last)
            del last.feature_names_in_
        model = copy.copy(self.model)
        model.steps = [*self.model.steps[:-1], (self.model.steps[-1][0], last)]
        return model


def _names_of(prepare: Pipeline, n: int) -> list[str]:
    try:
        return [str(name) for name in prepare.get_feature_names_out()]
    except (AttributeError, ValueError):  # a step that gives no names
        return [f"column {i}" for i in range(n)]


def open_model(path: Path) -> ModelFile:
    """Load a model file.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    ModelFile

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        With the name of the file.
    InvalidModelError, UnsupportedModelError
        From `treeprune.load_model`.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory: give a model file")
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    return ModelFile.of(path, load_model(path))
