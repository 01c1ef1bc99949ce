"""Reduced-error pruning: held-out rows judge every split."""

from __future__ import annotations

from numbers import Real
from typing import Any, Literal, Self

import numpy as np
from sklearn.utils import check_random_state

from treeprune.criteria.leaf_cost import LeafCosts, cheapest_subtree
from treeprune.model.edit import collapse
from treeprune.model.ensemble import Array, Task, TreeEnsemble
from treeprune.model.structure import branch_sums
from treeprune.plan import PruningPlan
from treeprune.pruners.absent_classes import class_weights, lead_to_absent_classes
from treeprune.pruners.base import DEPRECATED, BasePruner
from treeprune.pruners.folds import numeric_columns
from treeprune.pruners.in_order import prune_in_order
from treeprune.pruners.native import Native
from treeprune.pruners.parameters import check_class_table, check_flag, check_numbers
from treeprune.pruners.training_rows import warn_if_trained_on
from treeprune.statistics.additive import is_additive
from treeprune.statistics.backfit import backfit, check_backfit, check_means
from treeprune.statistics.collect import NodeStatistics, collect
from treeprune.statistics.deviances import Deviance
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.losses import ExpectedCost, check_cost_matrix, make_loss
from treeprune.statistics.path_losses import path_losses
from treeprune.statistics.raw_losses import natural_loss
from treeprune.statistics.rows import take_rows
from treeprune.statistics.splits import held_out_rows
from treeprune.statistics.target import Target, encode_target
from treeprune.statistics.words import hash_rows


class ReducedErrorPruner(BasePruner):
    """Reduced-error pruning of a tree, of each tree of a forest for itself, or of a boosted model.

    From the bottom up, a split becomes a leaf unless its branch has a lower loss on held-out rows. The
    result is the smallest of the top subtrees with the least held-out loss. The trees of a boosted model
    are pruned in the order they were grown in, each by the loss of the whole ensemble as it then is,
    which never rises; see `treeprune.pruners.in_order`.

    Parameters
    ----------
    estimator : object
        Of any family that treeprune knows but rankers and anomaly detectors, fitted in a
        `FrozenEstimator` (then `fit` is given the held-out rows) or not fitted (then held-out rows
        are `X_val`, `y_val` or split off). It is never changed.
    loss : str, default="auto"
        ``"brier"`` (auto for classifiers), ``"log_loss"``, ``"misclassification"``, ``"cost"``;
        ``"squared_error"`` (auto for regressors), ``"absolute_error"``, ``"poisson"``, ``"gamma"``,
        ``"tweedie"`` (of power 1.5). The log loss asks for leaves that are never wholly sure: one row of
        another class in a pure leaf costs 36 nats, and good branches then go with it. Sums of trees are
        never wholly sure: auto is then the log loss, and for numbers the loss they were trained by.
        Where that is none of these (a quantile), auto is refused: name the one to judge by.
    cost_matrix : array-like of shape (n_classes, n_classes), optional
        For ``loss="cost"``: rows are true classes, columns decisions. The loss is that of the
        decision with the least expected cost, ``(probability @ cost_matrix).argmin(axis=1)``, while
        `predict` stays the most probable class.
    validation_fraction : float, default=0.25
        Share of the rows that is held out when no held-out rows are given. Equal rows stay together.
    backfit : bool, default=False
        Re-estimate the leaves from training and held-out rows together, as Weka's REPTree does; not
        for boosted models, whose leaves are steps.
    unreached : {"prune", "keep"}, default="prune"
        What becomes of a split that no held-out row reaches: nothing speaks for it, so it goes; or it
        stays unless a split above it goes.
    absent_class : {"keep", "prune"}, default="keep"
        What becomes of the leaves of a class that no held-out row has. A warning names the class.
    random_state : int, RandomState or None, default=None
        Chooses the rows that are held out.
    n_jobs : int, optional
        Threads over trees, after joblib's convention. Boosted trees wait for each other.

    Attributes
    ----------
    estimator_ : object
        The pruned model.
    plan_ : PruningPlan
    validation_loss_ : tuple of float
        Mean loss of the held-out rows before and after pruning, averaged over trees and before
        backfitting; of a boosted model that of the whole ensemble.
    support_ : ndarray of bool, shape (n_features,)

    Notes
    -----
    J. R. Quinlan, Simplifying decision trees, Int. J. Man-Machine Studies 27, 1987; T. Elomaa,
    M. Kaariainen, An analysis of reduced error pruning, JAIR 15, 2001.

    In a `Pipeline`, ask for ``transform_input=["X_val"]``: otherwise the held-out rows arrive without
    the steps before.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.frozen import FrozenEstimator
    >>> from treeprune import ReducedErrorPruner
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> forest = RandomForestClassifier(20, random_state=0).fit(X[::2], y[::2])
    >>> pruner = ReducedErrorPruner(FrozenEstimator(forest), loss="brier").fit(X[1::2], y[1::2])
    >>> before, after = pruner.validation_loss_
    >>> bool(after <= before)
    True
    """

    def __init__(
        self,
        estimator: Any,
        *,
        loss: str = "auto",
        cost_matrix: Any = None,
        validation_fraction: float = 0.25,
        backfit: bool = False,
        unreached: Literal["prune", "keep"] = "prune",
        absent_class: Literal["keep", "prune"] = "keep",
        random_state: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.loss = loss
        self.cost_matrix = cost_matrix
        self.validation_fraction = validation_fraction
        self.backfit = backfit
        self.unreached = unreached
        self.absent_class = absent_class
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Grow (unless frozen) and prune.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
            Rows to grow on; for a frozen model the held-out rows, unless `X_val` is given.
        y : array-like, shape (n_rows,) or (n_rows, n_targets)
        sample_weight : array-like of shape (n_rows,), optional
        X_val, y_val, sample_weight_val : optional
            Held-out rows, with columns as in X.

        Returns
        -------
        self

        Raises
        ------
        UnsupportedModelError
            If the estimator is of no supported family.
        ValueError
            If a parameter, the rows, the outcomes or the weights are not legal, or no row is held out.

        Warns
        -----
        PruningWarning
            If the held-out rows are the rows that the model was trained on, or hold none of a class.
        """
        with self._all_or_nothing():
            loss = self._check_parameters(self._check_model())
            X, y, weights = self._check_rows(X, y, sample_weight)
            self._check_outcomes(y, loss)
            if isinstance(loss, ExpectedCost):
                check_class_table("cost_matrix", loss.matrix, self._n_classes(y))
            if X_val is not None or y_val is not None:
                held_out = self._check_held_out(X_val, y_val, sample_weight_val, y)
                self._check_outcomes(held_out[1], loss)
                model = self._grow(X, y, None if sample_weight is None else weights)
            elif sample_weight_val is not None:
                raise ValueError("sample_weight_val needs X_val and y_val")
            elif self._frozen:
                held_out, model = (X, y, weights), self._grow(X, y, None)
            else:
                apart = self._apart(X, y, weights)
                train, test = np.flatnonzero(~apart), np.flatnonzero(apart)
                held_out = (take_rows(X, test), take_rows(y, test), weights[test])
                own_weights = None if sample_weight is None else weights[train]
                model = self._grow(take_rows(X, train), take_rows(y, train), own_weights)
                return self._prune(model, loss, *held_out, surely_apart=True)
            return self._prune(model, loss, *held_out)

    def _check_parameters(self, task: Task) -> Loss:
        for name, legal in (("unreached", ("prune", "keep")), ("absent_class", ("keep", "prune"))):
            if getattr(self, name) not in legal:
                raise ValueError(f"{name} must be one of {legal}, got {getattr(self, name)!r}")
        fraction = self.validation_fraction
        if not isinstance(fraction, Real) or not 0.0 < float(fraction) < 1.0:
            raise ValueError(f"validation_fraction must lie between 0 and 1, got {fraction!r}")
        if self.cost_matrix is not None:
            check_cost_matrix(self.cost_matrix)
            if self.loss != "cost":
                raise ValueError('cost_matrix is given, but loss is not "cost"')
        check_random_state(self.random_state)
        check_flag("backfit", self.backfit)
        if self.backfit and getattr(self._given, "criterion", DEPRECATED) != DEPRECATED:
            check_backfit(self._given, getattr(self._given, "class_weight", None))
        name = "brier" if self.loss == "auto" and task == "classification" else self.loss
        return make_loss(name, task, self.cost_matrix)

    def _check_outcomes(self, y: Any, loss: Loss) -> None:
        if self.cost_matrix is not None and y.ndim > 1:
            raise ValueError(f"cost_matrix: for models with one target, y has {y.shape[1]}")
        if not self._classifies:
            check_numbers(y, squares=not loss.needs_absolute, counts=isinstance(loss, Deviance))

    def _apart(self, X: Any, y: Any, weights: Array) -> Array:
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        stratify = self._classifies and y.ndim == 1
        columns, words = numeric_columns(y), hash_rows(X)
        return held_out_rows(
            words, columns, weights, self.validation_fraction, stratify=stratify, seed=seed
        )

    def _prune(
        self, native: Native, loss: Loss, X: Any, y: Any, weights: Array, *, surely_apart: bool = False
    ) -> Self:
        e = native.read()
        rows, target = native.rows(X), encode_target(e, y)
        if self.backfit:
            check_means(e)
            check_backfit(e, getattr(native.model, "class_weight", None))
        if not surely_apart:
            warn_if_trained_on(native.model, e, rows, weights, stacklevel=4)
        kept = np.zeros(e.n_nodes, bool)
        if e.task == "classification" and self.absent_class == "keep":
            seen = class_weights(e, target, weights)
            kept |= lead_to_absent_classes(e, seen, stacklevel=4)
        if is_additive(e):
            return self._prune_sum(native, e, self._fitting(loss, e), X, rows, target, weights, kept)
        statistics = collect(e, rows, target, weights, absolute=loss.needs_absolute, n_jobs=self.n_jobs)
        with np.errstate(over="ignore", invalid="ignore"):
            own = loss.node_cost(e, statistics)
        if not np.isfinite(own).all():
            raise ValueError(
                "the loss of the held-out rows is not a finite number: the model's answers or the outcomes "
                "are too large to be squared in float64; divide the outcome by a constant"
            )
        kept |= self._unjudged(e, statistics)
        mask, best = cheapest_subtree(e, LeafCosts(leaf=np.where(kept, np.inf, own)))
        branch = branch_sums(e.left, e.right, own, np.zeros(e.n_nodes))
        roots, mass = e.root[:-1], statistics.weight[0] * e.n_trees
        constant = loss.offset(target, weights) / weights.sum()
        self.validation_loss_ = (
            float(branch[roots].sum() / mass + constant),
            float(best[roots].sum() / mass + constant),
        )
        edited = collapse(backfit(e, statistics) if self.backfit else e, mask)
        return self._finish(native, edited, self._plan(e, mask, own, branch, statistics), X)

    def _prune_sum(
        self,
        native: Native,
        e: TreeEnsemble,
        loss: Loss,
        X: Any,
        rows: Any,
        target: Target,
        weights: Array,
        kept: Array,
    ) -> Self:
        statistics = collect(e, rows, Target.unknown(len(target)), weights, n_jobs=self.n_jobs)
        kept |= self._unjudged(e, statistics)
        mask, change = prune_in_order(e, rows, target, weights, loss, kept)
        before, after = (
            float(path_losses(e, np.where(m, 0.0, np.inf), np.zeros(1), rows, target, weights, loss)[0])
            for m in (np.zeros(e.n_nodes, bool), mask)
        )
        self.validation_loss_ = (before, after)
        plan = self._plan(e, mask, change, np.zeros(e.n_nodes), statistics)
        return self._finish(native, collapse(e, mask), plan, X)

    def _fitting(self, loss: Loss, e: TreeEnsemble) -> Loss:
        """The loss that goes with a sum of trees, once it is known."""
        return make_loss(natural_loss(e), e.task) if self.loss == "auto" else loss

    def _unjudged(self, e: TreeEnsemble, statistics: NodeStatistics) -> Array:
        return (statistics.n_rows == 0) & ~e.is_leaf & (self.unreached == "keep")

    @staticmethod
    def _plan(
        e: TreeEnsemble, mask: Array, own: Array, branch: Array, statistics: NodeStatistics
    ) -> PruningPlan:
        return PruningPlan.of(
            e,
            mask,
            cost_branch=branch,
            cost_leaf=own,
            held_out_rows=statistics.n_rows,
            held_out_weight=statistics.weight,
            loss_increase=own - branch,
        )
