"""What a user gives to an export: a model alone, in a pruner, or at the end of a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from treeprune.backends.linear import is_linear, read_linear
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.inputs import numbers_categories
from treeprune.export.last_step import LAST_STEP
from treeprune.export.vocabulary import used_columns
from treeprune.model.ensemble import Array, Link, TreeEnsemble
from treeprune.model.linear import LinearFamily, LinearModel
from treeprune.model.validate import validate
from treeprune.pruners.unwrap import native_of

_LINEAR_LINKS: dict[LinearFamily, Link] = {
    "gaussian": "identity",
    "binomial": "logit",
    "multinomial": "softmax",
    "poisson": "log",
}


@dataclass(frozen=True, eq=False)
class Answer:
    """What makes answers of raw outputs.

    Parameters
    ----------
    link : str
        See `treeprune.model.links`.
    scale : float
        The raw outputs are multiplied by it first.
    targets : tuple of slice
        Raw columns of each target.
    classes : tuple of ndarray
        Labels of each target; empty where numbers are predicted.
    """

    link: Link
    scale: float
    targets: tuple[slice, ...]
    classes: tuple[Array, ...]

    @property
    def n_raw(self) -> int:
        """Number of raw outputs."""
        return int(self.targets[-1].stop)

    @property
    def n_answers(self) -> int:
        """Number of probabilities, or of numbers, of all targets together."""
        return sum(map(len, self.classes)) or self.n_raw


def _as_it_is(table: Any) -> Any:
    return table


@dataclass(frozen=True, eq=False)
class Given:
    """A model and what stands before it.

    Parameters
    ----------
    before : Pipeline or None
        Fitted steps that make the model's columns.
    model : object
        The native model itself; an ensemble stands for itself.
    read : TreeEnsemble or LinearModel
        What it holds, in the user's labels and names.
    table : callable
        A user's table -> the numbers that `read` speaks of.
    """

    before: Pipeline | None
    model: Any
    read: TreeEnsemble | LinearModel
    table: Callable[[Any], Any] = _as_it_is

    @classmethod
    def of(cls, model: Any) -> Given:
        """Look into pipelines, freezers and fitted pruners.

        Raises
        ------
        UnsupportedModelError
            If the model is of no supported family.
        sklearn.exceptions.NotFittedError
        """
        if isinstance(model, TreeEnsemble):
            return cls(None, model, validate(model))
        native = native_of(model)
        if isinstance(native.model, Pipeline):
            return _of_pipeline(native.model)
        if is_linear(native.model):
            return cls(None, native.model, read_linear(native.model))
        return cls(None, native.model, native.trees(), native.rows)

    @property
    def answer(self) -> Answer:
        """What makes answers of its raw outputs."""
        own = self.read
        if isinstance(own, LinearModel):
            labels = () if own.classes is None else (own.classes,)
            return Answer(_LINEAR_LINKS[own.family], 1.0, (slice(0, own.n_outputs),), labels)
        targets = tuple(own.target_columns(k) for k in range(len(own.columns)))
        classes = own.classes if own.task == "classification" else ()
        return Answer(own.link, own.link_scale, targets, classes)

    def names(self, given: Sequence[str] | None) -> tuple[str, ...] | None:
        """Names of the columns: those given, or the model's own.

        Raises
        ------
        ValueError
            If there are more or fewer than columns.
        """
        names = tuple(given) if given is not None else self.read.feature_names
        if names is not None and len(names) != self.read.n_features:
            raise ValueError(f"{len(names)} feature_names for a model of {self.read.n_features} columns")
        return names

    def trees(self, what: str) -> TreeEnsemble:
        """The trees alone; all else is refused.

        Parameters
        ----------
        what : str
            What cannot be made of it.

        Raises
        ------
        UnsupportedModelError
        """
        self.alone(what)
        if isinstance(self.read, LinearModel):
            raise UnsupportedModelError(f"{type(self.model).__name__} has no trees, and {what} holds trees")
        return self.read

    def alone(self, what: str) -> None:
        """Refuse steps before the model.

        Raises
        ------
        UnsupportedModelError
        """
        if self.before is not None:
            names = ", ".join(type(step).__name__ for _, step in self.before.steps)
            raise UnsupportedModelError(
                f"{what} holds a model and nothing before it: {names} would be lost; {LAST_STEP}, or "
                "try the whole pipeline as ONNX"
            )


def _of_pipeline(pipeline: Pipeline) -> Given:
    check_is_fitted(pipeline)
    last = Given.of(pipeline.steps[-1][1])
    steps = [(name, step) for name, step in pipeline.steps[:-1] if step not in (None, "passthrough")]
    own = [] if last.before is None else [(f"{name}_", step) for name, step in last.before.steps]
    before = Pipeline([*steps, *own]) if steps or own else None
    return Given(before, last.model, last.read, last.table)


def check_codes(given: Given, what: str, *, codes: bool) -> None:
    """Refuse a model whose tables hold other things for categories than the codes that an export takes.

    Parameters
    ----------
    given : Given
        Of trees; an ensemble stands for itself: its input are codes.
    what : str
        What is made of it.
    codes : bool
        Whether the user knows. What steps before a model make of a table is no place for codes.

    Raises
    ------
    ValueError
    """
    read, model = given.read, given.model
    if isinstance(read, LinearModel) or isinstance(model, TreeEnsemble):
        return
    coded = used_columns(read, by_category=True)
    if coded and not (codes and given.before is None) and numbers_categories(model):
        names = [read.name_of(f) for f in coded]
        way = "give codes=True" if given.before is None else f"{LAST_STEP} and with codes=True"
        raise ValueError(
            f"the model numbers the categories of {names} itself, and {what} takes numbers alone; {way}, "
            "for rows of the codes that treeprune.backends.encode(model, X) gives"
        )
