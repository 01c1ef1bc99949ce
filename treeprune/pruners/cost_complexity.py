"""Cost-complexity pruning, its strength chosen on the whole path."""

from __future__ import annotations

import warnings
from numbers import Real
from typing import Any, Self

import numpy as np

from treeprune.criteria.leaf_cost import subtree_of_size
from treeprune.criteria.path_choice import choose_step, comparable_strengths, sizes_evenly
from treeprune.criteria.weakest_link import weakest_link_alphas
from treeprune.exceptions import PruningWarning
from treeprune.model.edit import collapse
from treeprune.model.ensemble import Array, Task, TreeEnsemble
from treeprune.model.structure import branch_sums
from treeprune.plan import PruningPlan
from treeprune.pruners.base import BasePruner
from treeprune.pruners.cross_validation import FoldRows, fold_losses
from treeprune.pruners.folds import make_folds
from treeprune.pruners.native import Native
from treeprune.pruners.parameters import (
    check_class_table,
    check_flag,
    check_numbers,
    check_risk,
    check_rule,
    check_whole_number,
)
from treeprune.pruners.risk_options import RiskOptions
from treeprune.pruners.searched_path import searched_path
from treeprune.pruners.training_rows import warn_if_trained_on
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.losses import check_cost_matrix, make_loss
from treeprune.statistics.raw_losses import natural_loss
from treeprune.statistics.risk import check_priors
from treeprune.statistics.step_losses import AUC


class CostComplexityPruner(BasePruner):
    """Minimal cost-complexity pruning of a tree, or of every tree of a forest or a boosted model.

    The whole weakest-link path is scored by cross-validation with one fit for each fold and one more,
    whatever the number of strengths; a fitted model (in `sklearn.frozen.FrozenEstimator`) is scored on
    the rows given to `fit`, which it should not have been trained on.

    Parameters
    ----------
    estimator : object
        Of any family that treeprune knows but rankers and anomaly detectors, fitted in a
        `FrozenEstimator` or not fitted. It is never changed.
    ccp_alpha : float, optional
        Strength; splits whose effective alpha is at most this are collapsed, 0 prunes nothing. By
        default it is chosen on the path.
    max_leaf_nodes : int, optional
        Leaves of the pruned tree (of each tree of a forest): the top subtree of least risk with
        exactly so many, also where no strength reaches that size.
    risk : str, default="auto"
        Training risk that the path minimises: ``"impurity"`` for trees and forests (others: see
        `treeprune.statistics.risk.node_risk`), and ``"loss"`` for sums of trees: the mean loss of the
        whole ensemble, see `treeprune.statistics.additive`.
    loss : str, default="auto"
        Of held-out rows: ``"log_loss"`` (auto for classifiers), ``"brier"``, ``"misclassification"``,
        ``"auc"``, ``"cost"``; ``"squared_error"`` (auto for regressors; for sums of trees, that of their
        training), ``"absolute_error"``, ``"poisson"``, ``"gamma"``, ``"tweedie"`` (of power 1.5). It is
        the risk of a sum of trees too, where it moves with each answer.
    rule : {"1se", "min"} or float, default="1se"
        Take the smallest model within one, no, or so many standard errors of the least loss.
    cv : int, splitter or iterable, default=5
        An int makes stratified folds in which equal rows stay together.
    cost_matrix : array-like of shape (n_classes, n_classes), optional
        For ``risk="cost"`` and ``loss="cost"``: rows are true classes, columns decisions. The loss
        is that of the decision with the least expected cost,
        ``(probability @ cost_matrix).argmin(axis=1)``, while `predict` stays the most probable class.
    priors : array-like of shape (n_classes,), optional
        Class probabilities that the risk assumes.
    n_alphas : int, default=200
        Number of strengths on the path of a forest. A tree has them all.
    n_jobs : int, optional
        Threads over folds, after joblib's convention.
    verbose : bool, default=False
        Show the progress over folds.

    Attributes
    ----------
    estimator_ : object
        The pruned model.
    plan_ : PruningPlan
    path_ : PruningPath
        Every size, its training risk, its mean loss and standard error.
    ccp_alpha_ : float
        Strength inside the chosen step (the geometric mean of its ends); refitting scikit-learn with
        it gives the same tree. NaN where `max_leaf_nodes` was given.
    support_ : ndarray of bool, shape (n_features,)

    See Also
    --------
    ReducedErrorPruner : Prunes by the loss of held-out rows, node by node.
    ErrorBasedPruner : Prunes by training counts alone.

    Notes
    -----
    Rows order the splits of a boosted model: those it is fitted on, or those given for a frozen one. A
    frozen one is scored in each fold by the order that the other folds give. Its `path_` holds the loss
    of the whole pruned ensemble on these rows as training risk, and `ccp_alpha` is in units of mean loss
    a leaf: times the weight of the rows it compares with XGBoost's ``gamma``.

    L. Breiman, J. Friedman, R. Olshen, C. Stone, *Classification and Regression Trees*, 1984. Folds
    are compared at the geometric means of neighbouring strengths (section 3.4.2).

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune import CostComplexityPruner
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> pruner = CostComplexityPruner(DecisionTreeClassifier(random_state=0)).fit(X, y)
    >>> type(pruner.estimator_).__name__
    'DecisionTreeClassifier'
    >>> bool(pruner.estimator_.get_n_leaves() < pruner.path_.n_leaves[0])
    True
    """

    def __init__(
        self,
        estimator: Any,
        *,
        ccp_alpha: float | None = None,
        max_leaf_nodes: int | None = None,
        risk: str = "auto",
        loss: str = "auto",
        rule: str | float = "1se",
        cv: Any = 5,
        cost_matrix: Any = None,
        priors: Any = None,
        n_alphas: int = 200,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.estimator = estimator
        self.ccp_alpha = ccp_alpha
        self.max_leaf_nodes = max_leaf_nodes
        self.risk = risk
        self.loss = loss
        self.rule = rule
        self.cv = cv
        self.cost_matrix = cost_matrix
        self.priors = priors
        self.n_alphas = n_alphas
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, groups: Any = None) -> Self:
        """Grow (unless frozen), choose the strength, prune.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
        y : array-like, shape (n_rows,) or (n_rows, n_targets)
            May be None for a frozen tree or forest with `ccp_alpha` or `max_leaf_nodes`.
        sample_weight : array-like of shape (n_rows,), optional
        groups : array-like of shape (n_rows,), optional
            Rows of one group stay together, with an int `cv` or a group splitter.

        Returns
        -------
        self

        Raises
        ------
        UnsupportedModelError
            If the estimator is of no supported family.
        ValueError
            If a parameter, the rows, the outcomes or the weights are not legal.
        """
        with self._all_or_nothing():
            task = self._check_model()
            loss = self._check_parameters(task)
            searches = self.ccp_alpha is None and self.max_leaf_nodes is None
            X, y, weights = self._check_rows(X, y, sample_weight, needs_y=searches or not self._frozen)
            self._check_class_tables(y)
            self._check_outcomes(y, loss)
            classify = task == "classification"
            folds = make_folds(self.cv, X, y, weights, groups, classify=classify, wanted=searches)
            native = self._grow(X, y, None if sample_weight is None else weights)
            e = native.read()
            loss = self._fitting(loss, e, y)
            options = self._options(loss)
            risk = options.of(native, e, X, y, weights)
            alpha = weakest_link_alphas(e, risk)
            alphas = sizes_evenly(e, alpha, self.n_alphas if e.n_trees > 1 else e.n_nodes + 1)
            losses = None
            if searches:
                if self._frozen:
                    warn_if_trained_on(native.model, e, native.rows(X), weights, stacklevel=3)
                fresh = None if self._frozen else self.estimator
                rows = FoldRows(X, y, weights, folds, self.n_jobs, self.verbose)
                losses = fold_losses(native, e, alpha, alphas, rows, loss, options, fresh)
            return self._keep(native, e, risk, alpha, alphas, losses, options, (X, y, weights))

    def _options(self, loss: Loss | str) -> RiskOptions:
        return RiskOptions(self.risk, self.cost_matrix, self.priors, loss, self.n_jobs)

    def _fitting(self, loss: Loss | str, e: TreeEnsemble, y: Any) -> Loss | str:
        """The loss that goes with a model, once the model is known."""
        if self.loss == "auto":
            loss = make_loss(natural_loss(e), e.task)
        self._options(loss).check(e, y)
        return loss

    def _check_parameters(self, task: Task) -> Loss | str:
        if self.ccp_alpha is not None and self.max_leaf_nodes is not None:
            raise ValueError("give ccp_alpha or max_leaf_nodes, not both")
        if self.ccp_alpha is not None and not (
            isinstance(self.ccp_alpha, Real) and 0 <= self.ccp_alpha < np.inf
        ):
            raise ValueError(f"ccp_alpha must be a finite number >= 0, got {self.ccp_alpha!r}")
        if self.max_leaf_nodes is not None:
            check_whole_number("max_leaf_nodes", self.max_leaf_nodes, 1)
        check_whole_number("n_alphas", self.n_alphas, 2)
        check_rule(self.rule)
        check_flag("verbose", self.verbose)
        check_risk(self.risk, task)
        if self.cost_matrix is not None or self.risk == "cost":
            check_cost_matrix(self.cost_matrix)
            if "cost" not in (self.risk, self.loss):
                raise ValueError('cost_matrix is given, but neither risk nor loss is "cost"')
        if self.priors is not None and task != "classification":
            raise ValueError("priors are for classifiers")
        if self.loss == AUC and task == "classification":
            return AUC
        return make_loss(self.loss, task, self.cost_matrix)

    def _check_outcomes(self, y: Any, loss: Loss | str) -> None:
        if y is None:
            return
        one_target = [n for n in ("priors", "cost_matrix") if getattr(self, n) is not None]
        one_target += [AUC] if loss == AUC else []
        if one_target and y.ndim > 1:
            raise ValueError(f"{', '.join(one_target)}: for models with one target, y has {y.shape[1]}")
        if self._classifies:
            return
        names = {self.risk, getattr(loss, "name", AUC), getattr(self._given, "criterion", None)}
        absolute = names <= {"absolute_error", "auto", "impurity", "stored_impurity"}
        counts = bool(names & {"poisson", "gamma", "tweedie"})
        check_numbers(y, squares=not absolute, counts=counts)

    def _check_class_tables(self, y: Any) -> None:
        n_classes = self._n_classes(y)
        if self.cost_matrix is not None:
            check_class_table("cost_matrix", self.cost_matrix, n_classes)
        if self.priors is not None:
            check_priors(self.priors, n_classes if n_classes is not None else np.size(self.priors))

    def _keep(
        self,
        native: Native,
        e: TreeEnsemble,
        risk: Array,
        alpha: Array,
        alphas: Array,
        losses: Array | None,
        options: RiskOptions,
        rows: tuple[Any, Any, Array],
    ) -> Self:
        chosen = None if losses is None else choose_step(losses, self.rule)
        if self.max_leaf_nodes is not None:
            self._warn_of_small_trees(e)
            mask = subtree_of_size(e, risk, int(self.max_leaf_nodes))
            self.ccp_alpha_ = float("nan")
        elif chosen is None:
            assert self.ccp_alpha is not None
            mask = alpha <= self.ccp_alpha
            self.ccp_alpha_ = float(self.ccp_alpha)
        else:
            mask = alpha <= alphas[chosen[0]]
            self.ccp_alpha_ = float(comparable_strengths(e, alphas)[chosen[0]])
        risks, taken = options.along(native, e, risk, alpha, alphas, mask, *rows)
        edited = collapse(e, mask)
        self.path_ = searched_path(
            e, alpha, alphas, risks, taken, edited.n_leaves, chosen, options.loss, self.rule
        )
        branch = branch_sums(e.left, e.right, risk, np.zeros(e.n_nodes))
        exact = self.max_leaf_nodes is not None
        evidence = {"risk_increase": risk - branch} if exact else {"ccp_alpha": alpha}
        plan = PruningPlan.of(e, mask, cost_branch=branch, cost_leaf=risk, **evidence)
        return self._finish(native, edited, plan, rows[0])

    def _warn_of_small_trees(self, e: TreeEnsemble) -> None:
        leaves = branch_sums(e.left, e.right, np.ones(e.n_nodes), np.zeros(e.n_nodes))[e.root[:-1]]
        short = int((leaves < self.max_leaf_nodes).sum())
        if short:
            warnings.warn(
                f"{short} of {e.n_trees} trees have fewer than max_leaf_nodes={self.max_leaf_nodes} "
                "leaves; they are kept whole",
                PruningWarning,
                stacklevel=4,
            )
