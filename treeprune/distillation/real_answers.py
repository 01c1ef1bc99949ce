"""What a teacher says of real rows as if it had not been trained on them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from treeprune.backends.registry import find_backend
from treeprune.criteria.joint.forms import form_of
from treeprune.distillation.teacher import Teacher
from treeprune.exceptions import PruningWarning, UnsupportedModelError
from treeprune.model.ensemble import Array
from treeprune.pruners.folds import Fold
from treeprune.pruners.training_rows import looks_trained_on
from treeprune.statistics.leaf_places import leaf_places
from treeprune.statistics.rows import model_rows, take_rows

AnswerKind = Literal["out-of-bag", "cross-fitted", "direct"]


def fit_teacher(estimator: Any, X: Any, y: Any, weights: Array | None) -> Teacher:
    """Fit a fresh copy of an estimator.

    Raises
    ------
    TypeError
        If there are weights and its `fit` takes none.
    """
    model = clone(estimator)
    own: dict[str, Any] = {}
    if weights is not None:
        last = model.steps[-1] if hasattr(model, "steps") else (None, model)
        if not has_fit_parameter(last[1], "sample_weight"):
            raise TypeError(f"{type(last[1]).__name__}.fit takes no sample_weight")
        own["sample_weight" if last[0] is None else f"{last[0]}__sample_weight"] = weights
    return Teacher(model.fit(X, y, **own))


def out_of_bag(teacher: Teacher, X: Any, weights: Array) -> Array | None:
    """Answers of the trees that have not drawn a row; None where there is no such thing.

    A row that all trees have drawn gets the answer of all (L. Breiman, Random forests, Machine Learning
    45, 2001).

    Parameters
    ----------
    teacher : Teacher
    X : table, shape (n_rows, n_features)
        The rows it was trained on, in that order.
    weights : ndarray of float64, shape (n_rows,)

    Returns
    -------
    ndarray of float64, shape (n_rows, n_columns), or None
    """
    if teacher.native is None:
        return None
    e, model = teacher.native.trees(), teacher.native.model
    if e.boosted or e.aggregation != "mean" or e.link != "identity":
        return None
    in_bag = find_backend(model).in_bag
    n_rows = X.shape[0]
    drawn = [in_bag(model, int(t), n_rows) for t in e.tree_id]
    if any(count is None or (count > 0).all() for count in drawn):
        return None
    rows = model_rows(e, teacher.native.rows(teacher.last_table(X)), n_rows)
    if not looks_trained_on(model, e, rows, weights):
        return None
    try:
        form = form_of(e, "same", type(model).__name__)
    except UnsupportedModelError:
        return None
    said = form.own_answers(leaf_places(e, rows), lambda t: drawn[t])
    return np.hstack([1.0 - said, said]) if teacher.classifies and said.shape[1] == 1 else said


def cross_fitted(
    estimator: Any, teacher: Teacher, X: Any, y: Any, weights: Array | None, folds: Iterable[Fold]
) -> Array:
    """Answers of copies that were fitted without the rows they speak of.

    Parameters
    ----------
    estimator : object
        Fitted once a fold.
    teacher : Teacher
        Fitted on all rows; its answers stand for rows that are in no fold.
    X, y : table and outcomes
    weights : ndarray of float64, shape (n_rows,), or None
    folds : iterable of (train, test)

    Returns
    -------
    ndarray of float64, shape (n_rows, n_columns)
    """
    said = teacher.ask(X).copy()
    for train, test in folds:
        own = None if weights is None else weights[train]
        part = fit_teacher(estimator, take_rows(X, train), take_rows(y, train), own)
        answers = part.ask(take_rows(X, test))
        if teacher.classes is None:
            said[test] = answers
            continue
        assert part.classes is not None
        said[test] = 0.0  # of a class that the other folds have not
        said[np.ix_(test, np.searchsorted(teacher.classes, part.classes))] = answers
    return said


def warn_if_only_direct(teacher: Teacher, X: Any, weights: Array, *, stacklevel: int) -> None:
    """Warn if the rows look like those the teacher was trained on, which it knows by heart."""
    if teacher.native is None:
        return
    rows = teacher.native.rows(teacher.last_table(X))
    if looks_trained_on(teacher.native.model, teacher.native.trees(), rows, weights):
        warnings.warn(
            "the teacher was trained on these rows and knows them by heart: its answers there are surer "
            "than on new rows, and fidelity measured on them flatters; give rows that it has not seen, "
            "or give it unfitted, so that its answers can be cross-fitted",
            PruningWarning,
            stacklevel=stacklevel,
        )
