"""The outcome of each row, encoded for the kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_array, column_or_1d

from treeprune.model.ensemble import Array, TreeEnsemble


@dataclass(frozen=True, eq=False)
class Target:
    """Outcome of some rows.

    Parameters
    ----------
    codes : ndarray of int64, shape (n_rows, n_targets), or None
        Position of each row's class among the answers (`answer_columns`), for classification.
    numbers : ndarray of float64, shape (n_rows, n_targets), or None
        Outcome as it stands, for regression.
    """

    codes: Array | None = None
    numbers: Array | None = None

    @classmethod
    def unknown(cls, n_rows: int) -> Target:
        """Stand-in for outcomes where rows are only counted."""
        return cls(codes=np.empty((n_rows, 0), np.int64))

    def __len__(self) -> int:
        return len(self.known)

    @property
    def known(self) -> Array:
        """Whichever of `codes` and `numbers` there is."""
        known = self.codes if self.codes is not None else self.numbers
        assert known is not None
        return known

    def take(self, rows: Array | slice) -> Target:
        """Outcome of some of the rows."""
        if self.codes is not None:
            return Target(codes=self.codes[rows])
        assert self.numbers is not None
        return Target(numbers=self.numbers[rows])


def answer_columns(ensemble: TreeEnsemble, k: int) -> slice:
    """Slice of the answers (`treeprune.model.links.answers`) that belong to target `k`.

    A target of two classes has one raw column behind a logit link, but two probabilities.
    """
    widths = list(map(len, ensemble.classes)) or list(ensemble.columns)
    start = sum(widths[:k])
    return slice(start, start + widths[k])


def n_answers(ensemble: TreeEnsemble) -> int:
    """Number of answers a row: of classes, or of numbers, of all targets together."""
    return answer_columns(ensemble, len(ensemble.columns) - 1).stop


def _as_columns(y: Any) -> Array:
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    return y.reshape(len(y), -1) if y.ndim == 2 else column_or_1d(y)[:, None]


def _positions(classes: Array, labels: Array) -> Array:
    """Position of each label among the sorted classes, any position for one that is not there."""
    if len(labels) == 0:
        return np.empty(0, np.int64)
    try:
        return np.minimum(np.searchsorted(classes, labels), len(classes) - 1)
    except TypeError:  # a label that cannot be ordered among the classes, None for instance
        position = {label: i for i, label in enumerate(classes.tolist())}
        return np.array([position.get(label, 0) for label in labels.tolist()])


def encode_target(ensemble: TreeEnsemble, y: Any, name: str = "y") -> Target:
    """Encode outcomes in the terms of a model.

    Parameters
    ----------
    ensemble : TreeEnsemble
    y : array-like, shape (n_rows,) or (n_rows, n_targets)
        Class labels or numbers.
    name : str
        What the argument is called in messages.

    Returns
    -------
    Target

    Raises
    ------
    ValueError
        If `y` is missing, holds NaN, has another number of targets than the model, or holds a class
        that the model does not know.
    """
    if y is None:
        raise ValueError(f"requires {name} to be passed, but the target {name} is None")
    columns = _as_columns(y)
    if columns.shape[1] != len(ensemble.columns):
        raise ValueError(
            f"{name} has {columns.shape[1]} targets, but the model has {len(ensemble.columns)}"
        )
    if ensemble.task != "classification":
        return Target(numbers=check_array(columns, dtype=np.float64, input_name=name))
    codes = np.empty(columns.shape, np.int64)
    for k, classes in enumerate(ensemble.classes):
        labels = columns[:, k]
        position = _positions(classes, labels)
        known = classes[position] == labels
        if not np.all(known):
            strangers = np.unique(labels[~known].astype(str))[:5]
            raise ValueError(
                f"{name} holds classes that the model was not trained on: {', '.join(strangers)}; "
                f"it knows {', '.join(map(str, classes[:20]))}"
            )
        codes[:, k] = position + answer_columns(ensemble, k).start
    return Target(codes=codes)
