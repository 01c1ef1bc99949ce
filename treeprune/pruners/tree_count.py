"""Tree-count pruning: fewer trees of an ensemble, each as it was grown."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np

from treeprune.criteria.tree_order.registry import check_order
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.exceptions import PruningWarning
from treeprune.model.ensemble import Task, TreeEnsemble
from treeprune.pruners.base import BasePruner
from treeprune.pruners.cross_validation import FoldRows
from treeprune.pruners.estimator_checks import check_orderable, check_outcomes, fitting_loss
from treeprune.pruners.folds import make_folds
from treeprune.pruners.native import Native
from treeprune.pruners.parameters import check_flag, check_rule, check_whole_number
from treeprune.pruners.training_rows import warn_if_trained_on
from treeprune.pruners.tree_choice import Scores, TreeChoice, chosen_trees
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.losses import make_loss
from treeprune.statistics.step_losses import AUC
from treeprune.statistics.target import encode_target
from treeprune.tree_plan import TreePath, TreePlan


class TreeCountPruner(BasePruner):
    """Keep the trees of an ensemble that do the work, and drop the others.

    An order of the trees is found once from what each tree says of some rows, so that every number of
    trees is scored in one pass. A fitted model (in `sklearn.frozen.FrozenEstimator`) is ordered and scored
    on the rows given to `fit`, which it should not have been trained on: each fold is scored by the order
    that the other folds give. An estimator that is not fitted is fitted in each fold, ordered by the rows
    it was fitted on and scored on the fold, and in the end fitted and ordered on all rows; with `X_val` it
    is fitted once, and the rest is as for a fitted one.

    Parameters
    ----------
    estimator : object
        An ensemble of any family that treeprune knows but rankers and anomaly detectors, fitted in a
        `FrozenEstimator` or not fitted. It is never changed.
    n_trees : "cv", int or float, default="cv"
        How many trees to keep: chosen by cross-validation, so many, or this share of them. A method that
        has no model of exactly so many trees gives its largest below.
    method : str, default="greedy"
        How trees are chosen, by the squared error of the sum (for classes the Brier score; behind a link
        a quadratic model of the loss): ``"greedy"`` (forward selection with swaps), ``"lasso"``,
        ``"omp"``, ``"nnls"``, ``"l0"`` (these four weigh the trees too). By the votes of classifiers whose
        trees answer for themselves: ``"reduced_error"``, ``"complementarity"``, ``"margin_distance"``,
        ``"orientation"``, ``"individual_contribution"``, ``"drep"``, ``"kappa"``. ``"first"`` takes them as
        they were grown, the baseline. `treeprune.criteria.tree_order` says where each is from.
    weights : {"auto", "uniform", "refit"}, default="auto"
        Factors of the trees that stay: those of the method, all the same, or the best that are not
        negative. They are written where the native format has a place for them.
    loss : str, default="auto"
        Of held-out rows: ``"log_loss"``, ``"brier"`` (auto for forests of classifiers, which are sure where
        few trees are left), ``"misclassification"``, ``"auc"``; ``"squared_error"``, ``"absolute_error"``,
        ``"poisson"``, ``"gamma"``, ``"tweedie"`` (of power 1.5). Auto is for boosted models the loss of
        their training, for forests of regressors the squared error.
    rule : {"1se", "min"} or float, default="1se"
        Take the fewest trees within one, no, or so many standard errors of the least loss.
    cv : int, splitter or iterable, default=5
        An int makes stratified folds in which equal rows stay together.
    n_jobs : int, optional
        Threads, after joblib's convention.
    verbose : bool, default=False
        Show the progress over folds.

    Attributes
    ----------
    estimator_ : object
        The pruned model.
    plan_ : TreePlan
        What became of each tree.
    path_ : TreePath
        Every number of trees; with ``n_trees="cv"`` the loss of each, and that of as many of the first
        trees.
    n_trees_ : int
    support_ : ndarray of bool, shape (n_features,)

    See Also
    --------
    ReducedErrorPruner : Prunes every tree by held-out rows.

    Notes
    -----
    G. Martinez-Munoz, D. Hernandez-Lobato, A. Suarez, An analysis of ensemble pruning techniques based
    on ordered aggregation, IEEE TPAMI 31, 2009.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.frozen import FrozenEstimator
    >>> from treeprune import TreeCountPruner
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> forest = RandomForestClassifier(50, random_state=0).fit(X[::2], y[::2])
    >>> pruner = TreeCountPruner(FrozenEstimator(forest), n_trees=10).fit(X[1::2], y[1::2])
    >>> len(pruner.estimator_)
    10
    """

    def __init__(
        self,
        estimator: Any,
        *,
        n_trees: Literal["cv"] | float = "cv",
        method: str = "greedy",
        weights: Literal["auto", "uniform", "refit"] = "auto",
        loss: str = "auto",
        rule: str | float = "1se",
        cv: Any = 5,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.estimator = estimator
        self.n_trees = n_trees
        self.method = method
        self.weights = weights
        self.loss = loss
        self.rule = rule
        self.cv = cv
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        groups: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Grow (unless frozen), order the trees, choose how many, prune.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
            Rows to grow on; for a frozen model the held-out rows, unless `X_val` is given.
        y : array-like, shape (n_rows,) or (n_rows, n_targets)
        sample_weight : array-like of shape (n_rows,), optional
        groups : array-like of shape (n_rows,), optional
            Rows of one group stay together in the folds; of the rows that are cross-validated.
        X_val, y_val, sample_weight_val : optional
            Held-out rows, with columns as in X.

        Returns
        -------
        self

        Raises
        ------
        UnsupportedModelError
            If the estimator is of no supported family, combines its trees by their median, or has no
            place for the factors asked for; or if the method does not serve such a model.
        ValueError
            If a parameter, the rows, the outcomes or the weights are not legal.

        Warns
        -----
        PruningWarning
            If the held-out rows are the rows that the model was trained on, if the model has one tree, or
            fewer than `n_trees`.
        """
        with self._all_or_nothing():
            task = self._check_model()
            loss = self._check_parameters(task)
            X, y, weights = self._check_rows(X, y, sample_weight)
            self._check_outcomes(y, loss)
            check_orderable(self._given, y, self.method, named=self.loss != "auto", frozen=self._frozen)
            apart = X_val is not None or y_val is not None
            if apart:
                held_out = self._check_held_out(X_val, y_val, sample_weight_val, y)
                self._check_outcomes(held_out[1], loss)
            elif sample_weight_val is not None:
                raise ValueError("sample_weight_val needs X_val and y_val")
            rows_X, rows_y, rows_w = held_out if apart else (X, y, weights)
            searches, classify = isinstance(self.n_trees, str), task == "classification"
            folds = make_folds(self.cv, rows_X, rows_y, rows_w, groups, classify=classify, wanted=searches)
            native = self._grow(X, y, None if sample_weight is None else weights)
            e = native.read()
            self._check_trees(native.model, e)
            fresh = None if self._frozen or apart else self.estimator
            if self._frozen:
                warn_if_trained_on(native.model, e, native.rows(rows_X), rows_w, stacklevel=3)
            rows = FoldRows(rows_X, rows_y, rows_w, folds, self.n_jobs, self.verbose)
            choice = TreeChoice(self.method, self.weights, self._fitting(loss, e), self.n_jobs)
            target = encode_target(e, rows_y)
            if e.n_trees == 1:
                return self._keep(native, e, TreeSteps(np.ones((1, 1))), choice, None, X)
            steps = choice.steps(e, choice.evidence(e, native.rows(rows_X), target, rows_w))
            scores = choice.scores(native, e, steps.sizes, rows, self.rule, fresh) if searches else None
            return self._keep(native, e, steps, choice, scores, X)

    def _check_parameters(self, task: Task) -> Loss | str:
        n = self.n_trees
        whole = isinstance(n, Integral) and not isinstance(n, bool | np.bool_)
        share = isinstance(n, Real) and not isinstance(n, Integral)
        if whole:
            check_whole_number("n_trees", n, 1)
        elif share:
            if not 0.0 < float(n) <= 1.0:
                raise ValueError(f"n_trees as a share must lie in (0, 1], got {n!r}")
        elif not (isinstance(n, str) and n == "cv"):
            raise ValueError(f'n_trees must be "cv", a whole number or a share, got {n!r}')
        check_order(self.method, task)
        if self.weights not in ("auto", "uniform", "refit"):
            raise ValueError(f'weights must be "auto", "uniform" or "refit", got {self.weights!r}')
        check_rule(self.rule)
        check_flag("verbose", self.verbose)
        if self.loss == AUC and task == "classification":
            return AUC
        return make_loss(self.loss, task)

    def _check_outcomes(self, y: Any, loss: Loss | str) -> None:
        check_outcomes(y, loss, classify=self._classifies)

    def _fitting(self, loss: Loss | str, e: TreeEnsemble) -> Loss | str:
        """The loss that goes with a model, once it is known."""
        return fitting_loss(e) if self.loss == "auto" else loss

    @staticmethod
    def _check_trees(model: Any, e: TreeEnsemble) -> None:
        name = type(model).__name__
        if e.n_trees == 1:
            warnings.warn(
                f"this {name} has one tree: there is nothing to choose, and it stays as it is; "
                "CostComplexityPruner and ReducedErrorPruner prune within a tree",
                PruningWarning,
                stacklevel=4,
            )

    def _keep(
        self,
        native: Native,
        e: TreeEnsemble,
        steps: TreeSteps,
        choice: TreeChoice,
        scores: Scores | None,
        X: Any,
    ) -> Self:
        if scores is None:
            wanted = self._wanted(e.n_trees)
            chosen = max(int(np.searchsorted(steps.sizes, wanted, side="right")) - 1, 0)
        else:
            chosen = scores.chosen
        factors = steps.factors[chosen]
        kept = np.flatnonzero(factors)
        edited = chosen_trees(e, factors)
        own = factors / factors[kept].mean() if e.aggregation == "mean" else factors
        sizes, leaves = np.diff(e.root), np.add.reduceat(e.is_leaf.astype(np.int64), e.root[:-1])
        in_step = steps.factors > 0
        self.path_ = TreePath(
            n_trees=steps.sizes,
            n_nodes=in_step @ sizes,
            loss=None if scores is None else scores.loss,
            loss_se=None if scores is None else scores.loss_se,
            first_loss=None if scores is None else scores.first_loss,
            whole_loss=None if scores is None else scores.whole_loss,
            best=None if scores is None else scores.best,
            loss_name=None if scores is None else getattr(choice.loss, "name", str(choice.loss)),
            rule=None if scores is None else self.rule,
            chosen=chosen,
            method=self.method,
        )
        self.n_trees_ = len(kept)
        enters = np.where(in_step.any(axis=0), steps.sizes[in_step.argmax(axis=0)], 0)
        plan = TreePlan(e.tree_id, own, enters, sizes, leaves, self.method)
        return self._finish(native, edited, plan, X)

    def _wanted(self, n: int) -> int:
        if isinstance(self.n_trees, str):
            return n
        if isinstance(self.n_trees, Integral):
            if int(self.n_trees) > n > 1:
                warnings.warn(
                    f"n_trees={self.n_trees}, but the model has {n} trees: nothing is pruned",
                    PruningWarning,
                    stacklevel=4,
                )
            return int(self.n_trees)
        return max(1, round(float(self.n_trees) * n))
