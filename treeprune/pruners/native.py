"""A native model in the user's own terms: her labels, her column names, her tables.

Some libraries fit on the codes 0, 1, 2 alone, or refuse brackets in column names. What stands between
such a model and its user is kept here, so that neither has to know of the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.utils import get_tags
from sklearn.utils.validation import has_fit_parameter, validate_data

from treeprune.backends import encode, read, write
from treeprune.backends.registry import check_supported
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array, Task, TreeEnsemble
from treeprune.model.links import answers
from treeprune.model.traverse import raw_output
from treeprune.statistics.rows import dense, model_rows, take_rows

_CHECKED_ROWS = 256

_WAY_OUT = "treeprune.snip and treeprune.keep_trees prune such a model by hand"
_NO_LOSS = {
    "ranking": "a ranker's rows have no loss of their own, only those of one group together, and treeprune "
    f"has no loss of groups; {_WAY_OUT}",
    "anomaly": "an anomaly detector has no outcome that could tell a good branch from a bad one: its depth "
    f"is its answer; {_WAY_OUT}",
}


def is_scikit_learn(model: Any) -> bool:
    """Whether a model has scikit-learn's methods; a vendor's booster has none."""
    return hasattr(model, "__sklearn_tags__")


def predicted_task(model: Any) -> Task:
    """What a model predicts, fitted or not.

    Parameters
    ----------
    model : object
        Of a registered family.

    Returns
    -------
    {"classification", "regression"}

    Raises
    ------
    UnsupportedModelError
        If it is a ranker or an anomaly detector: no loss says which of their branches are good.
    """
    if is_scikit_learn(model):
        kind = get_tags(model).estimator_type
        known = {"classifier": "classification", "regressor": "regression", "outlier_detector": "anomaly"}
        task = known.get(str(kind), "ranking")
    else:
        task = read(model).task
    _check_task(model, task)
    return "classification" if task == "classification" else "regression"


def _check_task(model: Any, task: str) -> None:
    if task in _NO_LOSS:
        raise UnsupportedModelError(f"{type(model).__name__} cannot be pruned by a loss: {_NO_LOSS[task]}")


def check_columns(model: Any, X: Any) -> None:
    """Refuse a table whose columns are not those a fitted model knows, by name where both have names.

    Parameters
    ----------
    model : object
    X : table

    Raises
    ------
    ValueError
    """
    given, known = (
        [str(name).replace(" ", "_") for name in names]  # LightGBM puts underscores for blanks
        for names in (getattr(X, "columns", ()), getattr(model, "feature_names_in_", ()))
    )
    if given and given == known:
        return
    if is_scikit_learn(model):
        validate_data(model, X=X, reset=False, skip_check_array=True)


@dataclass(frozen=True, eq=False)
class Native:
    """A fitted native model and the user's terms for what it knows.

    Parameters
    ----------
    model : object
    labels : ndarray or None
        The user's class labels, in the order of the codes that the model was fitted on; None where it
        was fitted on the labels themselves.
    names : tuple of str or None
        Column names that the model was fitted with in place of the user's; None where with hers.
    given_names : tuple of str or None
        The user's column names, where `names` stand in their place.
    """

    model: Any
    labels: Array | None = None
    names: tuple[str, ...] | None = None
    given_names: tuple[str, ...] | None = None

    def trees(self) -> TreeEnsemble:
        """The model's trees, with the user's labels and names."""
        e = read(self.model)
        if self.labels is not None:
            e = replace(e, classes=(self.labels,))
        return e if self.names is None else replace(e, feature_names=self.given_names)

    def read(self) -> TreeEnsemble:
        """The model's trees, refused if no loss can judge them."""
        e = self.trees()
        _check_task(self.model, e.task)
        return e

    def table(self, X: Any) -> Any:
        """A user's table under the names that the model knows."""
        if self.names is None or not hasattr(X, "columns"):
            return X
        if hasattr(X, "set_axis"):
            return X.set_axis(list(self.names), axis=1)
        return X.rename(dict(zip(X.columns, self.names, strict=True)))

    def rows(self, X: Any) -> Any:
        """A user's table as the numbers that the trees see."""
        return encode(self.model, self.table(X))

    def written(self, edited: TreeEnsemble, X: Any) -> Native:
        """A copy that holds the trees of an edited ensemble, checked on some of the user's rows."""
        return self.checked(edited, self.probes(edited, X))

    def checked(self, edited: TreeEnsemble, rows: Array) -> Native:
        """A copy that holds the trees of an edited ensemble, checked on rows as trees see them."""
        native = read(self.model)
        own = replace(edited, classes=native.classes, feature_names=native.feature_names)
        return replace(self, model=write(self.model, own, rows))

    def probes(self, e: TreeEnsemble, X: Any) -> Array:
        """Some of the user's rows as trees see them, evenly spread over a table."""
        n_rows = min(_CHECKED_ROWS, X.shape[0])
        some = take_rows(X, np.linspace(0, X.shape[0] - 1, n_rows).astype(int))
        return dense(model_rows(e, self.rows(some), n_rows), e.absent)

    @property
    def classes(self) -> Any:
        """The user's class labels."""
        if self.labels is not None:
            return self.labels
        return self.model.classes_ if self._answers_itself else read(self.model).classes[0]

    @property
    def _answers_itself(self) -> bool:
        """Whether `predict` takes a table and gives labels or numbers; a booster's may do neither."""
        if not is_scikit_learn(self.model):
            return False
        kind = get_tags(self.model).estimator_type
        return hasattr(self.model, "predict_proba") or kind in ("regressor", "outlier_detector")

    def predict(self, X: Any) -> Array:
        """Labels or numbers."""
        if self._answers_itself:
            answer = np.asarray(self.model.predict(self.table(X)))
            return answer if self.labels is None else self.labels[answer.astype(np.int64)]
        e, answer = read(self.model), self.answers(X)
        if e.task != "classification":
            return answer[:, 0] if len(e.columns) == 1 else answer
        found: Array = e.classes[0][answer.argmax(axis=1)]
        return found

    def predict_proba(self, X: Any) -> Any:
        """Probabilities of the classes."""
        if hasattr(self.model, "predict_proba"):
            return self.model.predict_proba(self.table(X))
        return self.answers(X)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy or R squared, as the model's class has it."""
        if self.labels is not None:
            hit = self.predict(X) == np.asarray(y)
            return float(np.average(hit, weights=sample_weight))
        own = {} if sample_weight is None else {"sample_weight": sample_weight}
        return float(self.model.score(self.table(X), y, **own))

    def answers(self, X: Any, trees: TreeEnsemble | None = None) -> Array:
        """Probabilities of the classes, or numbers, by the trees themselves; shape (n_rows, n_answers).

        Whoever asks often has read the trees already.
        """
        e, table = read(self.model) if trees is None else trees, self.rows(X)
        rows = dense(model_rows(e, table, table.shape[0]), e.absent)
        return answers(e, raw_output(e, rows))


def grow(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> Native:
    """Fit a fresh copy of an estimator, translating what its family cannot take.

    Parameters
    ----------
    estimator : object
        It is not changed.
    X, y : table and outcomes
    sample_weight : array-like of shape (n_rows,), optional

    Returns
    -------
    Native

    Raises
    ------
    TypeError
        If there are weights and the estimator takes none.
    UnsupportedModelError
        If the family is not supported, or the estimator is seen not to know its own parameters.
    """
    backend = check_supported(estimator)
    lost = backend.forgets(estimator)
    if lost:
        raise UnsupportedModelError(
            f"this {type(estimator).__name__} cannot be trained anew: {lost}. A model that was read from a "
            "file does not know the parameters it was trained with: give them by set_params, or take the "
            "model as it is, which is FrozenEstimator(model) to a pruner"
        )
    model = clone(estimator)
    labels = names = given = None
    if backend.fits_codes and is_classifier(model) and np.ndim(y) == 1:
        found, codes = np.unique(y, return_inverse=True)
        if found.dtype.kind not in "iuf" or not np.array_equal(found, np.arange(len(found))):
            labels, y = found, codes.ravel()
    if hasattr(X, "columns"):
        given = tuple(map(str, X.columns))
        names = _safe_names(given, backend.refused_in_names)
    new = Native(model, labels, names, given if names else None)
    own = {} if sample_weight is None else {"sample_weight": sample_weight}
    if own and not has_fit_parameter(model, "sample_weight"):
        raise TypeError(f"{type(model).__name__}.fit takes no sample_weight")
    try:
        model.fit(new.table(X), y, **own)
    except Exception as error:
        if getattr(model, "early_stopping_rounds", None) or getattr(model, "early_stopping_round", None):
            error.add_note(
                "treeprune fits on the rows alone, without an eval_set for early stopping; fit the model "
                f"yourself and prune it as it is: sklearn.frozen.FrozenEstimator({type(model).__name__})"
            )
        raise
    return new


def _safe_names(names: tuple[str, ...], refused: str) -> tuple[str, ...] | None:
    """Names without the characters refused, all different; None where nothing is refused."""
    if not any(character in name for name in names for character in refused):
        return None
    safe: list[str] = []
    taken = set(names)
    for name in names:
        clean = name.translate({ord(character): "_" for character in refused})
        while clean != name and clean in taken:
            clean += "_"
        taken.add(clean)
        safe.append(clean)
    return tuple(safe)
