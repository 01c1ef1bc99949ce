"""A fitted model, the rows that it may be pruned by, and the rows that judge what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, TypeVar

import numpy as np

from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.traverse import raw_output
from treeprune.pruners.native import Native
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.rows import dense, model_rows, take_rows
from treeprune.statistics.step_losses import judge
from treeprune.statistics.target import Target, answer_columns, encode_target, n_answers

T = TypeVar("T")

Effort = Literal["low", "medium", "high"]


@dataclass(frozen=True, eq=False)
class Rows:
    """Checked rows.

    Parameters
    ----------
    X : table, shape (n_rows, n_features)
    y : ndarray, shape (n_rows,) or (n_rows, n_targets)
    weights : ndarray of float64, shape (n_rows,)
    """

    X: Any
    y: Array
    weights: Array

    def __len__(self) -> int:
        return len(self.weights)

    def take(self, rows: Array) -> Rows:
        """Some of the rows."""
        return Rows(take_rows(self.X, rows), take_rows(self.y, rows), self.weights[rows])

    @property
    def own_weights(self) -> Array | None:
        """The weights, None where all are 1: estimators that take none are then as good."""
        return None if (self.weights == 1).all() else self.weights


class ReadOnce(Native):
    """A native model whose trees are read once: reading some formats takes longer than pruning."""

    @cached_property
    def _trees(self) -> TreeEnsemble:
        return super().trees()

    def trees(self) -> TreeEnsemble:
        """See `Native.trees`."""
        return self._trees

    @classmethod
    def of(cls, native: Native) -> ReadOnce:
        """The same model."""
        return cls(native.model, native.labels, native.names, native.given_names)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted model before pruning, and rows to prune it by.

    Parameters
    ----------
    native : Native
    seen : Rows
        Rows that orders, leaf values and coefficients are fitted on: those the model was fitted on, or, of
        a model that was fitted before, those given.
    apart : Rows or None
        Rows that the model has not seen and that may choose; they judge nothing.
    loss : Loss
    n_jobs : int or None
    fold : bool
        Whether it is the model of a fold.
    effort : {"low", "medium", "high"}
        How far dear strategies may go: low where fits have to be paid for, medium where the model came
        fitted, high where strategies were asked for by name.
    """

    native: Native
    seen: Rows
    apart: Rows | None
    loss: Loss
    n_jobs: int | None
    fold: bool
    effort: Effort = "low"
    _known: dict[Any, Any] = field(default_factory=dict)

    def beside(self, apart: Rows) -> Fitted:
        """The same with other rows apart; what is known of the model stays known."""
        return replace(self, apart=apart)

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """What strategies share: made by the first one that asks."""
        if key not in self._known:
            self._known[key] = make()
        found: T = self._known[key]
        return found

    @property
    def ensemble(self) -> TreeEnsemble:
        """Its trees."""
        return self.native.read()

    @property
    def encoded(self) -> Any:
        """The rows seen, as the trees know them."""
        return self.once("encoded", lambda: self.native.rows(self.seen.X))

    @property
    def target(self) -> Target:
        """Outcomes of the rows seen, in the model's own classes."""
        return self.once("target", lambda: encode_target(self.ensemble, self.seen.y))


@dataclass(frozen=True, eq=False)
class Jury:
    """Rows that judge the smaller models of one model.

    Parameters
    ----------
    native : Native
        The model before pruning.
    rows : Rows
    loss : Loss
    known : TreeEnsemble
        In whose classes outcomes are encoded.
    """

    native: Native
    rows: Rows
    loss: Loss
    known: TreeEnsemble

    @cached_property
    def target(self) -> Target:
        """Outcomes of the rows."""
        return encode_target(self.known, self.rows.y)

    @cached_property
    def _tables(self) -> dict[tuple[str, str], Array]:
        return {}

    def _rows_for(self, e: TreeEnsemble) -> Array:
        """The rows as trees see them, once for all trees that see them alike."""
        key = e.input_dtype, e.absent
        if key not in self._tables:
            encoded = self.native.rows(self.rows.X)
            self._tables[key] = dense(model_rows(e, encoded, len(self.rows)), e.absent)
        return self._tables[key]

    def of_trees(self, e: TreeEnsemble, n_jobs: int | None) -> Array:
        """Loss of each row under other trees of the model; shape (n_rows,)."""
        raw = raw_output(e, self._rows_for(e), n_jobs=n_jobs)
        return judge(e, self.known, self.loss, self.target, raw)

    def of_model(self, model: Native) -> Array:
        """Loss of each row by what a model answers itself; shape (n_rows,)."""
        if self.known.task == "classification":
            answers = self._in_known_classes(model)
        else:
            answers = np.asarray(model.predict(self.rows.X), np.float64).reshape(len(self.rows), -1)
        return self.loss.row_loss(self.known, self.target, answers)

    def _in_known_classes(self, model: Native) -> Array:
        """Probabilities, with 0 for a class that the model has never seen."""
        each = model.predict_proba(self.rows.X)
        classes = model.classes
        several = isinstance(each, list)
        wide = np.zeros((len(self.rows), n_answers(self.known)))
        pairs = zip(each, classes, strict=True) if several else [(each, classes)]
        for k, (said, own) in enumerate(pairs):
            columns = answer_columns(self.known, k).start + np.searchsorted(self.known.classes[k], own)
            wide[:, columns] = said
        return wide
