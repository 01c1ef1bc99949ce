"""Two models on the same rows, and what was asked about them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from treeprune.faithfulness.registry import Judged, Kind
from treeprune.model.ensemble import Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Pair:
    """Two models that predict the same thing, and the rows that judge them.

    Parameters
    ----------
    before, after : Judged
        On rows with weight.
    models : tuple of object
        As the user gave them.
    background : table or None
        Rows that stand for what is not known, in attributions.
    subgroups : dataframe or None
        Columns to make subgroups of, for the rows.
    thresholds : tuple of float
        Probabilities at which something is done.
    margin : float
        By which the model after may be worse in discrimination (AUC, or R squared for numbers).
    retrain : tuple or None
        Rows and outcomes to train the model before on anew, for the noise floor.
    n_retrains : int
    min_count : int
        Cells of fewer rows are not shown.
    n_resamples : int
        Of bootstraps.
    random_state : int
    n_jobs : int or None
    verbose : bool
    """

    before: Judged
    after: Judged
    models: tuple[Any, Any]
    background: Any = None
    subgroups: Any = None
    thresholds: tuple[float, ...] = (0.5,)
    margin: float = 0.02
    retrain: tuple[Any, Any] | None = None
    n_retrains: int = 5
    min_count: int = 11
    n_resamples: int = 200
    random_state: int = 0
    n_jobs: int | None = None
    verbose: bool = False

    @property
    def X(self) -> Any:  # noqa: N802 - the field's name for the data matrix
        """The rows."""
        return self.before.X

    @property
    def y(self) -> Array:
        """Their outcomes."""
        return self.before.y

    @property
    def kind(self) -> Kind:
        """What both predict."""
        return self.before.kind

    @property
    def unit_weights(self) -> Array | None:
        """Weights; None where all rows count alike."""
        weights = self.before.weights
        return None if (weights == 1).all() else weights

    @cached_property
    def event(self) -> Array:
        """Whether the second of two classes happened; ndarray of int64."""
        return (self.y == self.before.classes[1]).astype(np.int64)

    @cached_property
    def codes(self) -> Array:
        """Outcomes as positions among the classes."""
        return np.searchsorted(self.before.classes, self.y)

    def answers(self) -> tuple[Array, Array]:
        """Answers of both: the share of the second of two classes, shares, or numbers."""
        a, b = self.before.answer, self.after.answer
        return (a[:, 1], b[:, 1]) if self.kind == "binary" else (a, b)
