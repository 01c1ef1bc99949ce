"""What a user gives to an export: a model alone, in a pruner, or at the end of a pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from treeprune.backends.linear import is_linear, read_linear
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.inputs import numbers_categories
from treeprune.export.vocabulary import used_columns
from treeprune.model.ensemble import TreeEnsemble
from treeprune.model.linear import LinearModel
from treeprune.model.validate import validate
from treeprune.pruners.unwrap import native_of


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
    """

    before: Pipeline | None
    model: Any
    read: TreeEnsemble | LinearModel

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
        return cls(None, native.model, native.trees())

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
                f"{what} holds a model and nothing before it: {names} would be lost; export the last step "
                "for a table that has gone through them, or the whole pipeline with to_onnx"
            )


def _of_pipeline(pipeline: Pipeline) -> Given:
    check_is_fitted(pipeline)
    last = Given.of(pipeline.steps[-1][1])
    steps = [(name, step) for name, step in pipeline.steps[:-1] if step not in (None, "passthrough")]
    own = [] if last.before is None else [(f"{name}_", step) for name, step in last.before.steps]
    return Given(Pipeline([*steps, *own]) if steps or own else None, last.model, last.read)


def check_codes(model: Any, ensemble: TreeEnsemble, what: str) -> None:
    """Refuse a model whose tables hold other things for categories than the codes that an export takes.

    Parameters
    ----------
    model : object
        An ensemble stands for itself: its input are codes.
    ensemble : TreeEnsemble
    what : str
        What is made of it.

    Raises
    ------
    ValueError
    """
    coded = used_columns(ensemble, by_category=True)
    if coded and not isinstance(model, TreeEnsemble) and numbers_categories(model):
        names = [ensemble.name_of(f) for f in coded]
        raise ValueError(
            f"the model numbers the categories of {names} itself, and {what} takes numbers alone; export "
            "treeprune.backends.read(model), for the codes that treeprune.backends.encode(model, X) gives"
        )
