"""Pruning of what no input can see."""

from __future__ import annotations

from numbers import Real
from typing import Any, Literal, Self

import numpy as np

from treeprune.backends.registry import check_supported
from treeprune.certificate.outputs import matched
from treeprune.criteria.lossless.axes import all_inputs
from treeprune.criteria.lossless.votes import check_weighable
from treeprune.domain.domain import Domain
from treeprune.model.ensemble import TreeEnsemble
from treeprune.pruners.base import BasePruner
from treeprune.pruners.lossless_work import LosslessWork
from treeprune.pruners.native import Native


class LosslessPruner(BasePruner):
    """Remove what no input can see, by proof and not by data.

    Parameters
    ----------
    estimator : object
        Model of a supported family, fitted in a `FrozenEstimator` or not fitted. It is never changed.
    domain : Domain, "data" or None, default=None
        Which inputs exist: a domain, that of the rows given to `fit`, or all. The model may change
        outside of it.
    reweight : bool, default=False
        Whether fewer trees, weighed anew, may take the place of all, so that every input keeps its
        class. Its probabilities change. For classifiers of one target, and few or shallow trees.
    time_limit : float, default=60.0
        Seconds for `reweight`. When they are over, the best that was proven stands, and the notes of the
        plan say so.

    Attributes
    ----------
    estimator_ : object
        The pruned model.
    plan_ : LosslessPlan
        The proof of each removal, and what stays the same: the bits of every raw output, or the raw output
        but for a stated rounding.
    domain_ : Domain or None
    support_ : ndarray of bool, shape (n_features,)

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
    >>> from treeprune import LosslessPruner
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> tree = DecisionTreeRegressor(max_depth=4, random_state=0)
    >>> pruner = LosslessPruner(tree).fit(X, y)
    >>> pruner.plan_.same
    'bits'
    """

    def __init__(
        self,
        estimator: Any,
        *,
        domain: Domain | Literal["data"] | None = None,
        reweight: bool = False,
        time_limit: float = 60.0,
    ) -> None:
        self.estimator = estimator
        self.domain = domain
        self.reweight = reweight
        self.time_limit = time_limit

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
            self._check_parameters()
            if not self._frozen:  # what has no loss can be pruned by proof all the same, once it is fitted
                check_weighable(self._check_model(), self.reweight)
            X, y, weights = self._check_rows(X, y, sample_weight, needs_y=not self._frozen)
            native = self._grow(X, y, None if sample_weight is None else weights)
            e = native.trees()
            self.domain_ = self._domain_of(native, e, X)
            work = LosslessWork(native, e, self.domain_ or all_inputs(e))
            rows = work.rows(X)
            edited = work.shrunk(self.domain_)
            if self.reweight:
                edited = work.reweighed(edited, rows, self.time_limit)
            written = work.checked(edited, rows)
            return self._take(written, edited, work.plan(edited))

    def _check_parameters(self) -> None:
        if not (self.domain is None or isinstance(self.domain, Domain) or self.domain == "data"):
            raise ValueError(f'domain must be a Domain, "data" or None, got {self.domain!r}')
        if not isinstance(self.reweight, bool | np.bool_):
            raise ValueError(f"reweight must be True or False, got {self.reweight!r}")
        if not (isinstance(self.time_limit, Real) and self.time_limit >= 0):
            raise ValueError(f"time_limit must be a number of seconds >= 0, got {self.time_limit!r}")

    def _domain_of(self, native: Native, e: TreeEnsemble, X: Any) -> Domain | None:
        if self.domain is None:
            return None
        domain = self.domain
        if not isinstance(domain, Domain):
            names = e.feature_names if hasattr(X, "columns") else None
            domain = Domain.from_data(native.table(X), model=native.model, names=names)
        return matched(e, e, domain, "raw")[2]
