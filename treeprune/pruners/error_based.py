"""Pruning by the training counts that a fitted tree carries: no held-out rows, no refits."""

from __future__ import annotations

from dataclasses import replace
from numbers import Real
from typing import Any, Self

import numpy as np
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from treeprune.backends import read
from treeprune.criteria.leaf_cost import cheapest_subtree
from treeprune.criteria.registry import leaf_costs
from treeprune.model.edit import collapse
from treeprune.model.ensemble import Task, TreeEnsemble
from treeprune.model.structure import branch_sums
from treeprune.plan import PruningPlan
from treeprune.pruners.base import DEPRECATED, BasePruner
from treeprune.statistics.additive import is_additive

_OF_ANY_LEAF = ("smallest_leaf",)
"""Methods that ask how many rows a leaf has, not what they are."""


class ErrorBasedPruner(BasePruner):
    """Prune a tree, or each tree of a forest, by an estimate of its true error.

    Parameters
    ----------
    estimator : object
        Tree, forest or bagging of trees of scikit-learn, or `AdaBoostRegressor`; any family that counts
        rows for ``smallest_leaf``. Fitted in a `FrozenEstimator` or not fitted. It is never changed.
    method : str, default="error_based"
        ==================  ============================================  ========================
        method              a leaf costs                                  parameters
        ==================  ============================================  ========================
        error_based         upper confidence limit of its errors (C4.5)   confidence=0.25
        pessimistic         errors + 1/2 (Quinlan); M5 factor             standard_errors=1
        minimum_error       m-estimate of its errors or its variance      m=2
        description_length  bits for its classes and itself               none
        smallest_leaf       too few training rows                         min_samples_leaf=11
        ==================  ============================================  ========================

        ``error_based`` and ``description_length`` are for classifiers. Models whose trees are summed
        (boosting) have ``smallest_leaf`` alone: their leaves hold steps of the sum, not outcomes.
    method_params : dict, optional
        Parameters of the method.

    Attributes
    ----------
    estimator_ : object
        The pruned model.
    plan_ : PruningPlan
    support_ : ndarray of bool, shape (n_features,)

    Notes
    -----
    Each method is documented, with its source, in its file of `treeprune.criteria`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import ErrorBasedPruner
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> ErrorBasedPruner(tree, method="description_length").fit(X, y).estimator_.get_n_leaves()
    np.int64(3)
    """

    def __init__(
        self,
        estimator: Any,
        *,
        method: str = "error_based",
        method_params: dict[str, float] | None = None,
    ) -> None:
        self.estimator = estimator
        self.method = method
        self.method_params = method_params

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Grow (unless frozen) and prune.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
            For a frozen model any rows with its columns: the written model is checked on them.
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
            If the method does not fit the model, or a parameter or the rows are not legal.
        """
        with self._all_or_nothing():
            self._check_parameters(self._check_model())
            X, y, weights = self._check_rows(X, y, sample_weight, needs_y=not self._frozen)
            native = self._grow(X, y, None if sample_weight is None else weights)
            e = native.read()
            self._check_leaves(e)
            costs = leaf_costs(self.method, e, **(self.method_params or {}))
            mask, _ = cheapest_subtree(e, costs)
            split = np.zeros(e.n_nodes) if costs.split is None else costs.split
            branch = branch_sums(e.left, e.right, costs.leaf, split)
            plan = PruningPlan.of(
                e,
                mask,
                cost_branch=branch,
                cost_leaf=costs.leaf,
                cost_increase=costs.leaf - branch,
            )
            return self._finish(native, collapse(e, mask), plan, X)

    def _check_leaves(self, e: TreeEnsemble) -> None:
        if is_additive(e) and self.method not in _OF_ANY_LEAF:
            raise ValueError(
                f"method={self.method!r} needs the outcomes of the training rows in each leaf; leaves of "
                "a model whose trees are summed hold steps of the sum: use CostComplexityPruner, "
                f"ReducedErrorPruner or method={_OF_ANY_LEAF[0]!r}"
            )

    def _check_parameters(self, task: Task) -> None:
        parameters = self.method_params or {}
        if not isinstance(parameters, dict):
            raise ValueError(f"method_params must be a dict or None, got {parameters!r}")
        for name, value in parameters.items():
            if not isinstance(value, Real) or not np.isfinite(value):
                raise ValueError(f"method_params: {name} must be a finite number, got {value!r}")
        # a method judges its parameters itself: here on the smallest model there is, before any fit
        tree = DecisionTreeClassifier if task == "classification" else DecisionTreeRegressor
        smallest = read(tree().fit([[0.0], [1.0]], [0, 1]))
        own = getattr(self._given, "criterion", DEPRECATED)
        if own != DEPRECATED:
            smallest = replace(smallest, criterion=own if isinstance(own, str) else None)
        leaf_costs(self.method, smallest, **parameters)
