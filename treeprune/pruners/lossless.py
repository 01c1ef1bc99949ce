"""Pruning of what no input can see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np

from treeprune.backends.registry import check_supported
from treeprune.certificate.outputs import matched
from treeprune.certificate.sums import sums
from treeprune.criteria.lossless.axes import Axes, all_inputs, axes_of
from treeprune.criteria.lossless.decided import ways_of_splits
from treeprune.criteria.lossless.proofs import removals
from treeprune.criteria.lossless.rows import Generator, every_cell, n_cells
from treeprune.criteria.lossless.shrink import shrink
from treeprune.criteria.lossless.trees import join_trees
from treeprune.domain.domain import Domain
from treeprune.domain.tables import numbers
from treeprune.exceptions import ModelMismatchError
from treeprune.lossless_plan import LosslessPlan, Removal
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.traverse import raw_output
from treeprune.pruners.base import BasePruner
from treeprune.pruners.native import Native

_MOST_CELLS = 100_000
"""Models of no more cells are compared on all of them."""

_ROWS = 10_000
"""Rows at thresholds and beside them on which every model is compared."""

_NATIVE_ROWS = 2_000
"""Rows on which the written model is asked itself."""


class LosslessPruner(BasePruner):
    """Remove what no input can see, by proof and not by data.

    Parameters
    ----------
    estimator : object
        Model of a supported family, fitted in a `FrozenEstimator` or not fitted. It is never changed.
    domain : Domain, "data" or None, default=None
        Which inputs exist: a domain, that of the rows given to `fit`, or all. The model may change
        outside of it.

    Attributes
    ----------
    estimator_ : object
        The pruned model.
    plan_ : LosslessPlan
        The proof of each removal, and what stays the same: the bits of every raw output, or the raw output
        but for a stated rounding.
    domain_ : Domain or None
    support_ : ndarray of bool, shape (n_features_in_,)

    Notes
    -----
    Splits between branches that are the same go, from the bottom up; so do splits that those above them, or
    the domain, decide (exactly: over ranges, whole numbers, categories, groups of columns and missing
    values, with thresholds in the model's own precision). A node then stands in the place of one
    above it, so that what is left is no top subtree. Trees of a sum that ask the same questions become one,
    and trees without any question go into the leaves of another. Trees of a forest that is averaged stay,
    since its format has no place for a tree that counts twice.

    A row that trained a branch outside the domain is counted no more; rows of equal branches are counted
    together. SHAP values that go by counts (path-dependent ones) see that.

    The written model is compared with the model before on all cells of the domain, where these are few,
    and on rows at thresholds and beside them.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from treeprune.pruners.lossless import LosslessPruner
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> tree = DecisionTreeRegressor(max_depth=4, random_state=0)
    >>> pruner = LosslessPruner(tree).fit(X, y)
    >>> pruner.plan_.same
    'bits'
    """

    def __init__(self, estimator: Any, *, domain: Domain | Literal["data"] | None = None) -> None:
        self.estimator = estimator
        self.domain = domain

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Grow (unless frozen) and prune.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
            For a frozen model any rows with its columns: they are among those the model is checked on,
            and the domain where that is ``"data"``.
        y : array-like, shape (n_rows,) or (n_rows, n_targets)
            May be None for a frozen model.
        sample_weight : array-like of shape (n_rows,), optional

        Returns
        -------
        self

        Raises
        ------
        UnsupportedModelError
            If the estimator is of no supported family.
        ValueError
            If the domain contradicts itself or has other columns than the model, or the rows are not legal.
        ModelMismatchError
            If the pruned model is not the same: a fault of treeprune.
        """
        with self._all_or_nothing():
            check_supported(self._given)
            if not self._frozen:
                self._check_model()
            if not (self.domain is None or isinstance(self.domain, Domain) or self.domain == "data"):
                raise ValueError(f'domain must be a Domain, "data" or None, got {self.domain!r}')
            X, y, weights = self._check_rows(X, y, sample_weight, needs_y=not self._frozen)
            native = self._grow(X, y, None if sample_weight is None else weights)
            e = native.trees()
            self.domain_ = self._domain_of(native, e, X)
            work = _Work(native, e, self.domain_ or all_inputs(e))
            edited, found = work.shrunk(self.domain_), work.found
            written = work.checked(edited, X)
            plan = LosslessPlan(
                removals=tuple(found.removals),
                n_nodes=(e.n_nodes, edited.n_nodes),
                n_trees=(e.n_trees, edited.n_trees),
                same="output" if found.bound > 0 else "bits",
                bound=found.bound,
                checked=found.checked,
                notes=tuple(found.notes),
            )
            return self._take(written, edited, plan)

    def _domain_of(self, native: Native, e: TreeEnsemble, X: Any) -> Domain | None:
        if self.domain is None:
            return None
        domain = self.domain
        if not isinstance(domain, Domain):
            names = e.feature_names if hasattr(X, "columns") else None
            domain = Domain.from_data(native.table(X), model=native.model, names=names)
        return matched(e, e, domain, "raw")[2]


@dataclass
class _Found:
    """What a lossless pruning came to know."""

    removals: list[Removal]
    notes: list[str]
    bound: float = 0.0
    checked: str = ""


class _Work:
    """One model over one domain."""

    def __init__(self, native: Native, e: TreeEnsemble, domain: Domain) -> None:
        self.native, self.e, self.domain = native, e, domain
        self.found = _Found([], [])
        self._axes: Axes = axes_of(e, domain)

    def shrunk(self, domain: Domain | None) -> TreeEnsemble:
        """What is left once splits and trees went."""
        e, axes, found = self.e, self._axes, self.found
        way = ways_of_splits(e, axes)
        way_of_all = way if domain is None else ways_of_splits(e, axes_of(e, all_inputs(e)))
        small = shrink(e, way, axes.question)
        found.removals = removals(e, axes, way, way_of_all, small, domain)
        joined = join_trees(small.ensemble, self.domain)
        found.notes += joined.notes
        found.removals += joined.removals
        if joined.removals:
            found.bound = float(
                (sums(e).rounding + sums(joined.ensemble).rounding + joined.rounding).max()
            )
        return joined.ensemble

    def checked(self, edited: TreeEnsemble, X: Any) -> Native:
        """The written model, once it is known to be the same."""
        rows = self._rows(X)
        e, worst = self.e, 0.0
        for part in np.array_split(rows, max(1, len(rows) // 20_000)):
            with np.errstate(over="ignore"):
                seen = part.astype(e.input_dtype)
            worst = max(worst, float(np.abs(raw_output(e, seen) - raw_output(edited, seen)).max()))
        if worst > self.found.bound:
            raise ModelMismatchError(
                f"the pruned {type(self.native.model).__name__} differs from the model before by {worst:.3g} "
                f"where {self.found.bound:.3g} was proven; please report this with the versions in use"
            )
        with np.errstate(over="ignore"):
            return self.native.checked(edited, rows[-_NATIVE_ROWS:].astype(e.input_dtype))

    def _rows(self, X: Any) -> Array:
        """Rows of the domain: all cells where these are few, the user's own, and those at thresholds."""
        parts, words = [], []
        n = n_cells(self._axes)
        if n <= _MOST_CELLS:
            parts.append(every_cell(self._axes, self.e.n_features))
            words.append(f"all {n:,} cells of the domain")
        own = numbers(self.native.table(X), self.native.model)
        own = own[self.domain.contains(own)]
        parts += [own[:_ROWS], Generator(self.e, self.domain).rows(_ROWS, own)]
        words.append(f"{len(parts[-1]) + len(parts[-2]):,} rows, most of them at thresholds and beside them")
        self.found.checked = " and ".join(words)
        return np.vstack(parts)
