"""Model files as commands see them: what prepares the columns, what is pruned, and how it is put back."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.pipeline import Pipeline

from treeprune.backends.linear import is_linear
from treeprune.loading import load_model
from treeprune.model.ensemble import Array
from treeprune.pruners.native import Native, predicted_task


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
        The model proper: where it was trained without names, it may have got some for the time being.
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
        return cls(path, model, model[:-1], model[-1])

    def named(self, X: pd.DataFrame | None = None) -> ModelFile:
        """The same, with names for a model proper that was trained without: for people, and for frames.

        Parameters
        ----------
        X : pandas.DataFrame, optional
            Features as the file's model takes them. Without, the preparation says what it makes.
        """
        if not _is_nameless(self.last):
            return self
        if X is not None:
            names = list(getattr(self.prepared(X[:1]), "columns", []))
        else:
            names = [] if self.prepare is None else _names_of(self.prepare, self.last.n_features_in_)
        if len(names) != self.last.n_features_in_:
            return self
        last = copy.copy(self.last)
        last.feature_names_in_ = np.array(names, dtype=object)
        return self._replace(last=last)

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
    def pruned_whole(self) -> bool:
        """Whether its pipeline is pruned with it, as that says which columns belong together."""
        return self.linear and self.prepare is not None

    @property
    def refits(self) -> bool:
        """Whether it is known how the model was trained: XGBoost's file does not say, a booster cannot."""
        return self.vendor == "sklearn" or getattr(self.model, "n_estimators", None) is not None

    def with_params(self, path: Path | None) -> ModelFile:
        """The same, with the parameters that a file of XGBoost does not hold.

        Parameters
        ----------
        path : pathlib.Path or None
            JSON of them, with the number of rounds.

        Raises
        ------
        ValueError
            If the file holds no object of parameters that the model knows, or the model takes none.
        """
        if path is None:
            return self
        if self.vendor != "xgboost" or not hasattr(self.model, "set_params"):
            raise ValueError(f"--params are for models of XGBoost, and {self.path.name} holds none of its")
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path.name} is no JSON: {error}") from error
        if not isinstance(given, dict) or not isinstance(given.get("n_estimators"), int):
            raise ValueError(f"{path.name} must hold an object of parameters, n_estimators among them")
        unknown = sorted(set(given) - set(self.model.get_params()))
        if unknown:
            raise ValueError(f"{type(self.model).__name__} has no parameter {unknown[0]!r}")
        model = copy.copy(self.model).set_params(**given)
        said, own = model.get_num_boosting_rounds(), model.get_booster().num_boosted_rounds()
        if said != own:
            raise ValueError(f"{path.name} says {said} rounds, {self.path.name} has {own}")
        return ModelFile.of(self.path, model)

    def prepared(self, X: pd.DataFrame) -> Any:
        """Rows as the model proper sees them, with names where it can have them.

        Raises
        ------
        ValueError, TypeError
            If the pipeline does not take these rows.
        """
        if self.prepare is None:
            return X
        found = self.prepare.transform(self.raw(X))
        if sparse.issparse(found) or hasattr(found, "columns"):
            return found
        if found.dtype == object and getattr(self.last, "is_categorical_", None) is None:
            found = found.astype(np.float64)  # columns that were passed through may hold words
        return pd.DataFrame(found, columns=_names_of(self.prepare, found.shape[1]), index=X.index)

    def raw(self, X: pd.DataFrame) -> Any:
        """Rows as the whole model sees them: without names where its pipeline was trained without."""
        nameless = self.prepare is not None and not hasattr(self.prepare, "feature_names_in_")
        return X.to_numpy() if nameless else X

    def answers(self, X: pd.DataFrame) -> Array:
        """Probabilities of classes, or numbers.

        Parameters
        ----------
        X : pandas.DataFrame
            Features as the file's model takes them.
        """
        native = Native(self.last)
        ask = native.predict_proba if self.classifies else native.predict
        return np.asarray(ask(self.prepared(X)))

    def with_pruned(self, model: Any) -> ModelFile:
        """The file's model with what a pruner has made of it.

        Parameters
        ----------
        model : object
            In place of the whole pipeline if that was pruned, else of the model proper.
        """
        if self.pruned_whole:
            return ModelFile.of(self.path, model)
        own = self.model if self.prepare is None else self.model[-1]
        if _is_nameless(own) and "feature_names_in_" in vars(model):
            model = copy.copy(model)
            del model.feature_names_in_
        if self.prepare is None:
            return ModelFile.of(self.path, model)
        whole = copy.copy(self.model)
        whole.steps = [*self.model.steps[:-1], (self.model.steps[-1][0], model)]
        return ModelFile.of(self.path, whole)


def _is_nameless(model: Any) -> bool:
    """Whether a model of scikit-learn was trained on an array."""
    return type(model).__module__.startswith("sklearn.") and "feature_names_in_" not in vars(model)


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
