"""Feature pruning of tree models: the features that are worth what it takes to collect them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from treeprune.criteria.joint.forms import Form
from treeprune.model.ensemble import TreeEnsemble
from treeprune.pruners.joint_choice import LaneScores
from treeprune.pruners.joint_fitting import JointFitting
from treeprune.pruners.joint_front import Front, front_by_features
from treeprune.pruners.joint_lanes import Lane
from treeprune.pruners.joint_recipes import lanes_by_features
from treeprune.pruners.parameters import check_rule, check_whole_number


class FeaturePruner(JointFitting):
    """Prune a tree model so that it needs few features, or cheap ones.

    Features enter in the order in which they become worth their price, as the price falls along a path of
    joint models (see `JointPruner`). For each number of features the trees are then cut back to splits on
    the first ones, and subtrees and leaf values chosen together anew. Numbers are compared as `JointPruner`
    compares sizes. As a transformer the pruner keeps just the columns that the model still needs.

    Parameters
    ----------
    estimator : object
        As for `JointPruner`; lone trees too.
    max_features : "cv" or int, default="cv"
        Most features: chosen by cross-validation, or so many.
    max_cost : float, optional
        Most that the features may cost together.
    feature_costs : array-like of shape (n_features,) or dict, optional
        What each feature costs (money, minutes, pain), in one unit; by name in a dict, where others cost
        nothing. By default each costs 1.
    max_nodes : int, optional
        What the model may have at the most.
    rule : {"1se", "min"} or float, default="1se"
        Take the fewest features within one, no, or so many standard errors of the least loss.
    values, ridge, target, loss
        As for `JointPruner`.
    cv : int, splitter or iterable, default=5
        An int makes stratified folds in which equal rows stay together. With `X_val` it cuts these rows
        for the standard error.
    n_jobs : int, optional
        Threads, after joblib's convention.
    verbose : bool, default=False
        Show the progress over folds.

    Attributes
    ----------
    estimator_ : object
        The pruned model, of the class of the estimator.
    plan_ : JointPlan
        What is left of each tree.
    path_ : JointPath
        Every number of features, and its loss.
    n_features_ : int
        Features that the model looks at.
    support_ : ndarray of bool, shape (n_features,)
        Which they are.

    See Also
    --------
    JointPruner : Chooses by the number of nodes.

    Notes
    -----
    Prices of features while trees are made: Z. Xu, M. Kusner, K. Weinberger, M. Chen, Cost-sensitive tree
    of classifiers, ICML 2013; F. Nan, J. Wang, V. Saligrama, Pruning random forests for prediction on a
    budget, NeurIPS 2016.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.frozen import FrozenEstimator
    >>> from treeprune import FeaturePruner
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> forest = RandomForestClassifier(20, random_state=0).fit(X[::2], y[::2])
    >>> pruner = FeaturePruner(FrozenEstimator(forest), max_features=3)
    >>> pruner.fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2]).transform(X).shape[1] <= 3
    True
    """

    def __init__(
        self,
        estimator: Any,
        *,
        max_features: Literal["cv"] | int = "cv",
        max_cost: float | None = None,
        feature_costs: Any = None,
        max_nodes: int | None = None,
        rule: str | float = "1se",
        values: Literal["auto", "fixed", "anchored", "refit"] = "auto",
        ridge: Literal["auto"] | float = "auto",
        target: Literal["auto", "y", "model"] | float = "auto",
        loss: str = "auto",
        cv: Any = 5,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.estimator = estimator
        self.max_features = max_features
        self.max_cost = max_cost
        self.feature_costs = feature_costs
        self.max_nodes = max_nodes
        self.rule = rule
        self.values = values
        self.ridge = ridge
        self.target = target
        self.loss = loss
        self.cv = cv
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _check_sizes(self) -> None:
        if self.max_nodes is not None:
            check_whole_number("max_nodes", self.max_nodes, 1)
        if not (isinstance(self.max_features, str) and self.max_features == "cv"):
            if isinstance(self.max_features, str):
                raise ValueError(f'max_features must be "cv" or a whole number, got {self.max_features!r}')
            check_whole_number("max_features", self.max_features, 1)
        if self.max_cost is not None and not self._is_number(self.max_cost, 0.0, np.inf):
            raise ValueError(f"max_cost must be a number >= 0, got {self.max_cost!r}")
        check_rule(self.rule)

    @property
    def _rule(self) -> str | float:
        return self.rule if self.max_features == "cv" else "min"

    def _limits_nothing(self, e: TreeEnsemble, n_bytes: int) -> bool:
        """Whether a number of features was asked for, and the model has no more."""
        used = e.used_features()
        if self.max_features == "cv":
            return False
        costs = self._costs if self._costs is not None else np.ones(e.n_features)
        within = self.max_cost is None or float(costs[used].sum()) <= self.max_cost
        small = self.max_nodes is None or e.n_nodes <= self.max_nodes
        return len(used) <= int(self.max_features) and within and small

    def _lanes(self, form: Form) -> Sequence[Lane]:
        used = len(form.given.used_features())
        most = used if isinstance(self.max_features, str) else int(self.max_features)
        searches = self.max_features == "cv"
        return lanes_by_features(
            form, self.values, self.ridge, self.target, most, self.max_cost, searches=searches
        )

    def _front(self, scores: LaneScores, lanes: Sequence[Lane], most_loss: float | None) -> Front:
        return front_by_features(scores, lanes, self._rule, most_loss)

    @property
    def n_features_(self) -> int:
        """Number of features that the pruned model looks at."""
        return int(self._get_support_mask().sum())
