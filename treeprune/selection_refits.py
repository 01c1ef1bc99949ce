"""A selector fitted again and again on parts of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone, is_classifier
from sklearn.pipeline import Pipeline
from sklearn.utils.multiclass import type_of_target

from treeprune.model.ensemble import Array
from treeprune.pruners.folds import numeric_columns
from treeprune.statistics.rows import take_rows
from treeprune.statistics.splits import assign_folds
from treeprune.statistics.weights import check_weights
from treeprune.statistics.words import bits_of, hash_rows, mix


def check_share(name: str, number: Any) -> None:
    """Refuse what is not between 0 and 1.

    Raises
    ------
    ValueError
    """
    if not isinstance(number, Real) or isinstance(number, bool) or not 0 < float(number) < 1:
        raise ValueError(f"{name} must be between 0 and 1, got {number!r}")


def last_step(selector: Any) -> Any:
    """What selects: a pipeline's last step, else the selector itself."""
    return selector.steps[-1][1] if isinstance(selector, Pipeline) else selector


def check_selector(selector: Any) -> None:
    """Refuse what cannot be cloned, or says nothing of what it selects.

    Raises
    ------
    TypeError
    """
    inner = last_step(selector)
    if isinstance(selector, type) or not hasattr(selector, "get_params") or not hasattr(selector, "fit"):
        raise TypeError(f"a selector that scikit-learn can clone and fit is needed, got {selector!r}")
    if not hasattr(inner, "get_support"):
        raise TypeError(
            f"{type(inner).__name__} has no get_support, which says what was selected; wrap it, for "
            "example in sklearn.feature_selection.SelectFromModel"
        )


@dataclass(frozen=True, eq=False)
class Selected:
    """What one fit has selected.

    Parameters
    ----------
    names : tuple of str
        Of the columns that there were.
    support : ndarray of bool, shape (n_columns,)
    groups : tuple of str or None
        Group of each column, where the selector has groups.
    coef : ndarray of float64, shape (n_outputs, n_columns), or None
        0 for columns that were not selected; only if asked for.
    classes : tuple of str
        Outputs, where there are several.
    """

    names: tuple[str, ...]
    support: Array
    groups: tuple[str, ...] | None
    coef: Array | None
    classes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Refits:
    """Rows, and a selector to be fitted on parts of them.

    Parameters
    ----------
    selector : object
        Not fitted, or not by what it holds: clones are fitted.
    X : table, shape (n_rows, n_features)
    y : ndarray, shape (n_rows,) or (n_rows, n_targets)
    weights : ndarray of float64, shape (n_rows,)
    weighted : bool
        Whether weights go to the selector's `fit`.
    classify : bool
        Whether classes are to be spread evenly.
    """

    selector: Any
    X: Any
    y: Array
    weights: Array
    weighted: bool
    classify: bool

    @classmethod
    def of(cls, selector: Any, X: Any, y: Any, sample_weight: Any) -> Refits:
        """Check a selector and rows.

        Raises
        ------
        TypeError, ValueError
        """
        check_selector(selector)
        if not hasattr(X, "columns") and not hasattr(X, "toarray"):
            X = np.asarray(X)
        if len(X.shape) != 2:
            raise ValueError(f"X must have rows and columns, got shape {X.shape}")
        if y is None:
            raise ValueError("y is needed: columns are selected by how they speak of it")
        outcome = np.asarray(y)
        if outcome.ndim == 0 or len(outcome) != X.shape[0]:
            raise ValueError(f"X has {X.shape[0]} rows, y has shape {outcome.shape}")
        weights = check_weights(sample_weight, X.shape[0])
        return cls(selector, X, outcome, weights, sample_weight is not None, _classifies(selector, outcome))

    def halves(self, seeds: Array) -> list[Array]:
        """Complementary halves of the rows that weigh something, two for each seed.

        Raises
        ------
        ValueError
            If there is one class only, or a half lacks one.
        """
        words, labels = hash_rows(self.X), numeric_columns(self.y)
        n_classes = len(np.unique(labels[self.weights > 0], axis=0))
        if self.classify and n_classes < 2:
            raise ValueError("y holds one class only: there is nothing to select by")
        parts = []
        for seed in seeds:
            half = assign_folds(words, labels, self.weights, 2, stratify=self.classify, seed=int(seed))
            parts += [np.flatnonzero(half == side) for side in (0, 1)]
        if self.classify and any(len(np.unique(labels[part], axis=0)) < n_classes for part in parts):
            raise ValueError(
                "a half of the rows lacks a class: each class needs two different rows at least"
            )
        return parts

    def in_order(self) -> Array:
        """Rows that weigh something, in an order that does not hang on where they stand."""
        words = hash_rows(self.X)
        for column in numeric_columns(self.y).T:
            words = mix(words ^ mix(bits_of(column)))
        order = np.lexsort((self.weights, words))
        return order[self.weights[order] > 0]

    def strata(self, rows: Array) -> list[Array]:
        """Rows of each class, in their order; all of them where there are no classes."""
        if not self.classify:
            return [rows]
        codes = np.unique(numeric_columns(self.y)[rows], axis=0, return_inverse=True)[1].ravel()
        return [rows[codes == c] for c in range(codes.max() + 1)]

    def fit(self, rows: Array, *, with_coef: bool = False) -> Selected:
        """Fit a clone on some rows and say what it selects."""
        selector = clone(self.selector)
        own = {}
        if self.weighted:
            last = f"{selector.steps[-1][0]}__" if isinstance(selector, Pipeline) else ""
            own = {f"{last}sample_weight": self.weights[rows]}
        X = take_rows(self.X, rows)
        selector.fit(X, self.y[rows], **own)
        inner = last_step(selector)
        support = np.asarray(inner.get_support(), bool)
        names = _names(selector, X, len(support))
        coef = _coefficients(inner, support) if with_coef else None
        return Selected(
            names,
            support,
            _groups(inner, names),
            coef,
            _outputs(inner, 1 if coef is None else len(coef)),
        )

    def fit_all(
        self, parts: Sequence[Array], n_jobs: int | None, verbose: bool, *, with_coef: bool = False
    ) -> list[Selected]:
        """Fit on each of some parts of the rows, in order.

        Raises
        ------
        ValueError
            If fits do not see the same columns.
        """

        def one(k: int) -> Selected:
            try:
                return self.fit(parts[k], with_coef=with_coef)
            except Exception as error:
                error.add_note(f"in resample {k + 1} of {len(parts)}, which has {len(parts[k])} rows")
                raise

        with Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator") as parallel:
            results = parallel(delayed(one)(k) for k in range(len(parts)))
            if verbose:
                from tqdm.auto import tqdm

                results = tqdm(results, "resamples", total=len(parts), leave=False)
            found = list(results)
        for own in found:
            if own.names != found[0].names:
                raise ValueError(
                    "resamples do not have the same columns: fix the categories of the encoder before the "
                    "selector, or encode before"
                )
            if own.groups != found[0].groups:
                raise ValueError(
                    "resamples do not have the same groups of columns: give the selector groups"
                )
        return found


def _classifies(selector: Any, y: Array) -> bool:
    """Whether outcomes are classes: what selects knows it, or else they are text, or two."""
    inner = last_step(selector)
    for model in (inner, getattr(inner, "estimator", None)):
        if model is not None and hasattr(model, "__sklearn_tags__"):
            if is_classifier(model):
                return True
            if model.__sklearn_tags__().estimator_type == "regressor":
                return False
    return y.dtype.kind not in "fiub" or type_of_target(y) == "binary"


def _names(selector: Any, X: Any, n: int) -> tuple[str, ...]:
    if isinstance(selector, Pipeline) and len(selector.steps) > 1:
        try:
            return tuple(map(str, selector[:-1].get_feature_names_out()))
        except (AttributeError, ValueError):  # a step that has no names to tell
            return tuple(f"x{j}" for j in range(n))
    return tuple(map(str, X.columns)) if hasattr(X, "columns") else tuple(f"x{j}" for j in range(n))


def _groups(inner: Any, columns: tuple[str, ...]) -> tuple[str, ...] | None:
    """Name of each column's group: its only column, or what its columns' names begin with.

    None if the selector has no groups, or each column is one.
    """
    if not hasattr(inner, "groups_"):
        return None
    groups = np.asarray(inner.groups_)
    if groups.shape != (len(columns),):
        raise ValueError(
            f"groups_ must hold the group of each of {len(columns)} columns, got shape {groups.shape}"
        )
    if len(np.unique(groups)) == len(columns):
        return None
    names = np.empty(len(columns), object)
    for group in np.unique(groups):
        mine = np.flatnonzero(groups == group)
        first, last = min(columns[j] for j in mine), max(columns[j] for j in mine)
        same = [a == b for a, b in zip(first, last, strict=False)]
        common = first[: (*same, False).index(False)]  # what they all begin with
        names[mine] = first if len(mine) == 1 else common.rstrip("_= ") or f"group {group}"
    if len(set(names)) < len(np.unique(groups)):
        names = np.array([f"group {group}" for group in groups], object)
    return tuple(names)


def _coefficients(inner: Any, support: Array) -> Array:
    """Coefficients of all columns; shape (n_outputs, n_columns)."""
    model = inner
    while not hasattr(model, "coef_") and hasattr(model, "estimator_"):
        model = last_step(model.estimator_)
    if not hasattr(model, "coef_"):
        raise TypeError(f"{type(inner).__name__} has no model with coefficients behind it")
    coef = np.atleast_2d(np.asarray(model.coef_, np.float64))
    whole = np.zeros((len(coef), len(support)))
    if coef.shape[1] == len(support):
        whole[:, support] = coef[:, support]
    elif coef.shape[1] == support.sum():
        whole[:, support] = coef
    else:
        raise TypeError(
            f"{type(model).__name__} has {coef.shape[1]} coefficients for {len(support)} columns, of which "
            f"{int(support.sum())} were selected"
        )
    return whole


def _outputs(inner: Any, n: int) -> tuple[str, ...]:
    if n == 1:
        return ("",)
    classes = getattr(inner, "classes_", getattr(getattr(inner, "estimator_", None), "classes_", None))
    return tuple(map(str, range(n) if classes is None or len(classes) != n else classes))
