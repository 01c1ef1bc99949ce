"""Errors and warnings of treeprune."""

from __future__ import annotations


class UnsupportedModelError(TypeError):
    """The model, or one of its options, cannot be pruned exactly.

    The message names the model, the reason and the way out.
    """


class InvalidModelError(ValueError):
    """The arrays of a model contradict themselves (a damaged or hand-edited model)."""


class ModelMismatchError(RuntimeError):
    """A written model does not answer as the plan says it must.

    This is a fault of treeprune, never of the caller; the model is not handed out.
    """


class PruningWarning(UserWarning):
    """The result is right, but the caller should know something about how it came about."""
