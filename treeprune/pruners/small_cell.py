"""Pruning until nobody can be singled out by a leaf."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral
from typing import Any, Literal, Self

import numpy as np

from treeprune.criteria.small_cells import (
    of_children,
    small_splits,
    smallest_cell,
    stored_classes,
    stored_counts,
    with_coarse_counts,
)
from treeprune.model.edit import collapse
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.structure import branch_sums
from treeprune.plan import PruningPlan
from treeprune.pruners.base import BasePruner
from treeprune.pruners.parameters import check_n_jobs
from treeprune.statistics.collect import collect
from treeprune.statistics.target import Target, encode_target


class SmallCellPruner(BasePruner):
    """Collapse every leaf that fewer rows support than a disclosure rule allows.

    Parameters
    ----------
    estimator : object
        Model of a supported family, fitted in a `FrozenEstimator` or not fitted. It is never changed.
    min_count : int, default=11
        Rows that a leaf needs at least. 11 is the smallest cell that the United States' Centers for
        Medicare and Medicaid Services let be shown (ResDAC, article 1506).
    scrub_counts : bool, default=False
        Whether counts in the native model are replaced by coarse ones: multiples of `multiple`, never one,
        nor a difference of a part and the whole, below `min_count`. Predictions keep their bits.
    multiple : int, default=5
        What coarse counts are multiples of.
    classes : bool or "auto", default="auto"
        Whether the rows of each class at a node are cells of their own: none of them, or `min_count`. A
        share of patients who died, of patients whose number is known, tells how many died. Needs `y`;
        "auto" counts them for every classifier whose `fit` gets `y`.
    n_jobs : int, optional
        Threads, after joblib's convention. Changes nothing in the result.

    Attributes
    ----------
    estimator_ : object
        The pruned model.
    plan_ : PruningPlan
        Every split that became a leaf, with the rows of its smaller child and the smallest cell of its
        children, for which it went. It holds small counts: it is for you, not for publication.
    n_rows_ : int
        Smallest number of rows in any leaf.
    support_ : ndarray of bool, shape (n_features,)

    Raises
    ------
    ValueError
        From `fit`, if the rows are fewer than `min_count`, or a parameter is not legal.

    Notes
    -----
    Counted are the rows given to `fit`, each once, whatever it weighs (rows of weight zero are absent)
    and however often a forest drew it: give the training rows. Counts that stay in the native file must be
    large enough too, as anybody can read them there: those of a forest's draws, for instance, which are
    smaller. With ``scrub_counts=True`` they are overwritten, and only the rows count.

    A blanked leaf can be had as its parent less its sibling, so collapsing is the only suppression. The
    rule is kept in every tree by itself: leaves of several trees together may single out fewer rows, and
    so may the classes within a leaf where these are not counted. Values at splits and gains, which a native
    file also holds, still tell in which proportion rows part, of counts that are all `min_count` at least.

    Path-dependent SHAP values go by the counts in the model, so that scrubbing moves them a little;
    interventional ones do not change. Where the file has weights of rows beside counts, or in their place,
    these become the coarse counts too.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import SmallCellPruner
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> pruner = SmallCellPruner(DecisionTreeClassifier(random_state=0)).fit(X, y)
    >>> pruner.n_rows_ >= 11
    True
    """

    def __init__(
        self,
        estimator: Any,
        *,
        min_count: int = 11,
        scrub_counts: bool = False,
        multiple: int = 5,
        classes: bool | Literal["auto"] = "auto",
        n_jobs: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.min_count = min_count
        self.scrub_counts = scrub_counts
        self.multiple = multiple
        self.classes = classes
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Grow (unless frozen) and prune.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
            The rows that the model was, or is, trained on.
        y : array-like, shape (n_rows,) or (n_rows, n_targets)
            May be None for a frozen model; its classes are not counted then.
        sample_weight : array-like of shape (n_rows,), optional

        Returns
        -------
        self

        Raises
        ------
        UnsupportedModelError
            If the estimator is of no supported family, or its counts are to be scrubbed and are part of its
            answers.
        ValueError
            If there are fewer rows than `min_count`, in all, of a class that is counted or by a count that
            the model holds at a root, or a parameter or the rows are not legal.
        """
        with self._all_or_nothing():
            task = self._check_model()
            self._check_parameters(task)
            needs_y = self._wants_classes or not self._frozen
            X, y, weights = self._check_rows(X, y, sample_weight, needs_y=needs_y)
            by_class = bool(self.classes) and task == "classification" and y is not None
            present = weights > 0
            if present.sum() < self.min_count:
                raise ValueError(
                    f"{int(present.sum())} rows are fewer than min_count={self.min_count}: no leaf at all "
                    "could be shown"
                )
            native = self._grow(X, y, None if sample_weight is None else weights)
            e = native.read()
            target = encode_target(e, y) if by_class else Target.unknown(len(weights))
            told = collect(e, native.rows(X), target, present.astype(float), n_jobs=self.n_jobs)
            count = told.n_rows
            cell = self._cells(e, count, told.sums if by_class else None)
            mask = small_splits(e, cell, self.min_count)
            small, left = collapse(e, mask), collapse(replace(e, n_samples=count), mask).n_samples
            assert left is not None
            if self.scrub_counts:
                small = with_coarse_counts(small, left, self.min_count, self.multiple)
            self.n_rows_ = int(left[small.is_leaf].min())
            return self._finish(native, small, self._plan(e, mask, count, cell), X)

    def _cells(self, e: TreeEnsemble, count: Array, classes: Array | None) -> Array:
        """The fewest rows that each node tells of, by any count that anybody could read."""
        cell = smallest_cell(count, classes)
        if classes is not None and cell[e.root[0]] < self.min_count:
            rows = ", ".join(f"{n:.0f}" for n in classes[e.root[0]])
            raise ValueError(
                f"the classes have {rows} rows, which are fewer than min_count={self.min_count} of one: no "
                "share of it could be shown; classes=False counts rows alone"
            )
        stored = None if self.scrub_counts else stored_counts(e)
        if stored is None:
            return cell
        own = smallest_cell(stored, None if classes is None else stored_classes(e))
        roots = own[e.root[:-1]]
        small = np.flatnonzero((roots > 0) & (roots < self.min_count))
        if len(small):
            raise ValueError(
                f"tree {e.tree_id[small[0]]} holds a count of {roots[small[0]]:.0f} at its root, which is "
                f"fewer than min_count={self.min_count}, and no pruning hides it (a forest counts the rows "
                "that it drew); scrub_counts=True overwrites what the model holds"
            )
        return np.minimum(cell, own)

    @property
    def _wants_classes(self) -> bool:
        """Whether classes are to be counted, come what may."""
        return bool(self.classes) and not isinstance(self.classes, str)

    def _plan(self, e: TreeEnsemble, mask: Array, count: Array, cell: Array) -> PruningPlan:
        nothing = np.zeros(e.n_nodes)
        small = branch_sums(e.left, e.right, (cell < self.min_count).astype(float), nothing)
        return PruningPlan.of(
            e,
            mask,
            cost_branch=small,
            cost_leaf=nothing,
            rows=count,
            rows_of_smaller_child=of_children(e, count),
            smallest_cell=of_children(e, cell).astype(np.int64),
        )

    def _check_parameters(self, task: str) -> None:
        for name in ("min_count", "multiple"):
            number = getattr(self, name)
            if not isinstance(number, Integral) or isinstance(number, bool) or number < 1:
                raise ValueError(f"{name} must be a whole number from 1 on, got {number!r}")
        if not isinstance(self.scrub_counts, bool | np.bool_):
            raise ValueError(f"scrub_counts must be True or False, got {self.scrub_counts!r}")
        if not (isinstance(self.classes, bool | np.bool_) or self.classes == "auto"):
            raise ValueError(f'classes must be True, False or "auto", got {self.classes!r}')
        if self._wants_classes and task != "classification":
            raise ValueError(f"classes=True counts rows of each class, and the model's task is {task}")
        check_n_jobs(self.n_jobs)
