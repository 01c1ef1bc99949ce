"""The model that is distilled: what it says of rows, whatever it is."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.pipeline import Pipeline

from treeprune.exceptions import PruningWarning, UnsupportedModelError
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.pruners.base import BasePruner
from treeprune.pruners.native import Native, is_scikit_learn
from treeprune.statistics.rows import take_rows

_CHECKED = 64
"""Rows on which the trees of a model are held against what its vendor says."""


def check_teacher(model: Any) -> None:
    """Refuse what answers nothing that a tree could learn, fitted or not.

    Raises
    ------
    UnsupportedModelError
        If it is neither a classifier nor a regressor.
    """
    if not (is_scikit_learn(model) and (is_classifier(model) or is_regressor(model))):
        raise UnsupportedModelError(
            f"{type(model).__name__} is neither a classifier nor a regressor with scikit-learn's methods, "
            "so it gives no answers that a tree could learn; for a Booster there is XGBClassifier"
        )


@dataclass(frozen=True, eq=False)
class Teacher:
    """A fitted model that can be asked.

    Parameters
    ----------
    model : object
        With `predict`; for classes with `predict_proba`, or its labels are taken.
    """

    model: Any

    @property
    def classifies(self) -> bool:
        """Whether it predicts classes."""
        return bool(is_classifier(self.model))

    @cached_property
    def classes(self) -> Array | None:
        """Class labels; None for a model of numbers.

        Raises
        ------
        UnsupportedModelError
            If there are several outcomes of classes.
        """
        if not self.classifies:
            return None
        classes = self.model.classes_
        if isinstance(classes, list) or np.ndim(classes[0]):
            raise UnsupportedModelError(
                f"{type(self.model).__name__} predicts several outcomes of classes; distil a model for each"
            )
        return np.asarray(classes)

    @cached_property
    def native(self) -> Native | None:
        """The model, or the last step of a pipeline, where treeprune reads its trees."""
        last = self.model.steps[-1][1] if isinstance(self.model, Pipeline) else self.model
        native = last.native_ if isinstance(last, BasePruner) else Native(last)
        try:
            native.trees()
        except UnsupportedModelError:
            return None
        return native

    @cached_property
    def _ensemble(self) -> TreeEnsemble:
        assert self.native is not None
        return self.native.trees()

    @property
    def trees(self) -> TreeEnsemble | None:
        """The model's trees, if they look at the user's columns themselves."""
        return None if self.native is None or isinstance(self.model, Pipeline) else self._ensemble

    def last_table(self, table: Any) -> Any:
        """What the last step of a pipeline is given of a table; the table itself for a lone model."""
        return self.model[:-1].transform(table) if isinstance(self.model, Pipeline) else table

    def ask(self, table: Any) -> Array:
        """What the model says.

        Parameters
        ----------
        table : table, shape (n_rows, n_features)

        Returns
        -------
        ndarray of float64, shape (n_rows, n_columns)
            Shares of the classes, or numbers.

        Raises
        ------
        ValueError
            If an answer is not finite.
        """
        said = self._by_trees(table)
        if said is None:
            said = self._by_vendor(table)
        if not np.isfinite(said).all():
            row = int(np.flatnonzero(~np.isfinite(said).all(axis=1))[0])
            raise ValueError(
                f"{type(self.model).__name__} answers {said[row].tolist()} on a row, number {row}"
            )
        return said

    def _by_vendor(self, table: Any) -> Array:
        classes = self.classes
        if classes is None:
            said = np.asarray(self.model.predict(table), np.float64)
            return said.reshape(len(said), -1)
        if not hasattr(self.model, "predict_proba"):
            return (np.asarray(self.model.predict(table)).reshape(-1, 1) == classes).astype(np.float64)
        return _shares(np.asarray(self.model.predict_proba(table), np.float64))

    def _by_trees(self, table: Any) -> Array | None:
        """The same from trees that treeprune reads, which is faster; None where they say something else."""
        if self.native is None:
            return None
        n_rows = table.shape[0]
        said = self.native.answers(self.last_table(table), self._ensemble)
        said = said if self.classes is None else _shares(said)
        some = np.linspace(0, n_rows - 1, min(n_rows, _CHECKED)).astype(np.int64)
        known = self._by_vendor(take_rows(table, some))
        agree = known.shape[1:] == said.shape[1:] and np.allclose(known, said[some], rtol=1e-4, atol=1e-5)
        return said if agree else None

    def warn_of_labels(self, stacklevel: int) -> None:
        """Warn if there are only labels to learn from."""
        if self.classifies and not hasattr(self.model, "predict_proba"):
            warnings.warn(
                f"{type(self.model).__name__} has no predict_proba, so the tree learns its labels, which "
                "say less; sklearn.calibration.CalibratedClassifierCV gives it probabilities",
                PruningWarning,
                stacklevel=stacklevel,
            )


def _shares(said: Array) -> Array:
    """Shares that sum to one: classes set one against all have answers that need not."""
    total = said.sum(axis=1, keepdims=True)
    return np.where(total > 0, said / np.where(total > 0, total, 1.0), 1.0 / said.shape[1])
