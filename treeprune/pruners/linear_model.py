"""Pruning of a linear model that is already fitted."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
from scipy.special import xlogy
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from treeprune.criteria.linear_projection.choose import choose_by_faithfulness, choose_by_loss
from treeprune.criteria.linear_projection.path import ProjectionPath, projection_path
from treeprune.criteria.linear_projection.problem import projection_problem
from treeprune.exceptions import PruningWarning, UnsupportedModelError
from treeprune.model.ensemble import Array
from treeprune.pruners.column_groups import ColumnGroups
from treeprune.pruners.folds import Fold, make_folds
from treeprune.pruners.linear_base import last_step
from treeprune.pruners.linear_given import GivenLinear
from treeprune.pruners.linear_parameters import LinearModelParameters
from treeprune.pruners.linear_record import projection_plan, projection_record
from treeprune.statistics.rows import take_rows


class LinearModelPruner(LinearModelParameters):
    """Prune a fitted linear model: fewer columns that say nearly the same.

    Columns, or groups of them, leave one after the other, and the coefficients that stay take over what
    they can: by default those that make the answers of the smaller model closest, in Kullback-Leibler
    divergence, to the answers of the fitted one. Outcomes are not needed for that. How small the model gets
    is a matter of two budgets that stand side by side: what the loss may rise by, and how far an answer may
    move.

    Parameters
    ----------
    estimator : object
        A linear model of scikit-learn (as for `L1FeaturePruner`), or a pipeline that ends in one; fitted in
        a `sklearn.frozen.FrozenEstimator`, or not fitted. It is never changed.
    method : {"obs", "forward", "l1", "magnitude"}, default="obs"
        Who leaves first: the group whose removal costs least to second order (optimal brain surgeon), with
        everything fitted anew after each; the reverse of the order in which groups come in, each the best
        to add; or in which an L1 path on the model's answers has them, the most stable of these; or the
        size of standardised coefficients.
    target : {"model", "y"}, default="model"
        What groups are worth is judged by the model's answers or by the outcome.
    refit : {"project", "y", "none"}, default="project"
        Coefficients that stay are fitted to the model's answers, to the outcome (with the model's own
        ridge), or left as they are.
    max_features : int, optional
        Most features; a group counts as one.
    rule : {"auto", "1se", "min", None} or float, default="auto"
        Budget of loss: the fewest features within one, no, or so many standard errors of the least held-out
        loss. Auto is one standard error if there are outcomes and no other budget, else none.
    max_mean_change, max_change : float, optional
        Budget of faithfulness: most that an answer (a probability, a count, a number) may move on average
        over the rows, and for any of them.
    groups : "auto", None, dict, array-like or fitted transformer, default="auto"
        As for `L1FeaturePruner`; auto knows what the steps of a pipeline made of which column.
    keep : list of str or int, optional
        Features, groups or positions that never go.
    feature_costs : array-like of shape (n_columns,) or dict, optional
        What a group is worth is divided by what its dearest column costs. Positive.
    cv : int, splitter or iterable, default=10
        The path is made anew in each fold; an estimator that is not fitted is fitted there too, a fitted
        one keeps its coefficients, so that its training rows flatter it.

    Attributes
    ----------
    estimator_ : object
        The pruned model, of the class of the estimator; it takes the same columns as before.
    plan_ : FeaturePlan
    path_ : FeaturePath
    groups_ : ndarray of int64
        Group of each column of the linear model.
    n_features_ : int
        Groups that the model looks at.
    support_ : ndarray of bool, shape (n_features,)
        Columns of X that the model still needs; of a pipeline, those that its steps start from.

    See Also
    --------
    L1FeaturePruner : Selects while it fits.

    Notes
    -----
    B. Hassibi, D. Stork, Second order derivatives for network pruning: optimal brain surgeon, NIPS 5, 1993;
    C. Goutis, C. Robert, Model choice in generalised linear models: a Bayesian approach via
    Kullback-Leibler projections, Biometrika 85, 1998; J. Piironen, M. Paasiniemi, A. Vehtari, Projective
    inference in high-dimensional problems, Electronic Journal of Statistics 14, 2020.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.frozen import FrozenEstimator
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from treeprune import LinearModelPruner
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    >>> pruner = LinearModelPruner(FrozenEstimator(model), max_mean_change=0.02).fit(X)
    >>> pruner.n_features_
    6
    """

    def __init__(
        self,
        estimator: Any,
        *,
        method: str = "obs",
        target: Literal["model", "y"] = "model",
        refit: Literal["project", "y", "none"] = "project",
        max_features: int | None = None,
        rule: str | float | None = "auto",
        max_mean_change: float | None = None,
        max_change: float | None = None,
        groups: Any = "auto",
        keep: Any = None,
        feature_costs: Any = None,
        cv: Any = 10,
    ) -> None:
        self.estimator = estimator
        self.method = method
        self.target = target
        self.refit = refit
        self.max_features = max_features
        self.rule = rule
        self.max_mean_change = max_mean_change
        self.max_change = max_change
        self.groups = groups
        self.keep = keep
        self.feature_costs = feature_costs
        self.cv = cv

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, groups: Any = None) -> Self:
        """Fit (unless frozen), let columns leave, choose how many stay.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
        y : array-like, shape (n_rows,), optional
            Not needed by a fitted model under a budget of faithfulness or of size.
        sample_weight : array-like of shape (n_rows,), optional
        groups : array-like of shape (n_rows,), optional
            Rows of one group stay together in the folds (of columns the parameter `groups` speaks).

        Returns
        -------
        self

        Raises
        ------
        UnsupportedModelError
            If the estimator is no linear model that can be pruned so; the message says what else there is.
        ValueError
            If a parameter, the rows, the outcomes or the weights are not legal, or no budget is given.

        Warns
        -----
        PruningWarning
            If nothing can go, or `max_features` is less than what the other budgets need.
        """
        with self._all_or_nothing():
            rule = self._check_parameters(y)
            X, y, weights = self._check_rows(X, y, sample_weight)
            given = GivenLinear.of(
                self._given if self._frozen else self._fitted(X, y, weights, sample_weight)
            )
            self._check_given(given)
            values = given.values(X)
            columns = given.groups(self.groups, X, values)
            outcome = None if y is None else self._codes(given, y)
            path = self._path(given, values, columns, outcome, weights)
            losses = None
            if rule is not None:
                assert y is not None
                classify = given.linear.task == "classification"
                folds = make_folds(self.cv, X, y, weights, groups, classify=classify)
                losses = np.array([self._fold(given, fold, X, y, weights, path) for fold in folds])
            return self._choose(given, values, columns, path, losses, rule, self.n_features_in_)

    # ------------------------------------------------------------------ fitting
    def _fitted(self, X: Any, y: Any, weights: Array, sample_weight: Any) -> Any:
        """A fresh copy of the estimator, fitted."""
        model = clone(self.estimator)
        if sample_weight is None:
            return model.fit(X, y)
        last = last_step(model)
        if not has_fit_parameter(last, "sample_weight"):
            raise UnsupportedModelError(f"{type(last).__name__}.fit takes no sample_weight")
        name = "sample_weight" if last is model else f"{model.steps[-1][0]}__sample_weight"
        return model.fit(X, y, **{name: weights})

    def _path(
        self, given: GivenLinear, values: Any, columns: ColumnGroups, outcome: Array | None, weights: Array
    ) -> ProjectionPath:
        linear = given.linear
        keep = [self.keep] if isinstance(self.keep, str) else (self.keep or [])
        problem = projection_problem(
            values,
            linear.coef,
            linear.intercept,
            linear.family,
            sample_weight=weights,
            groups=columns.number,
            keep=sorted({columns.find(name, "keep") for name in keep}),
            costs=columns.costs(self.feature_costs),
            y=outcome,
            ridge=linear.ridge_of_sum / weights.sum() + linear.ridge_of_mean,
            fit_intercept=linear.fit_intercept,
        )
        extra = {} if self.method == "magnitude" else {"target": self.target}
        return projection_path(problem, self.method, refit=self.refit, **extra)

    def _fold(
        self, given: GivenLinear, fold: Fold, X: Any, y: Array, weights: Array, full: ProjectionPath
    ) -> Array:
        """Held-out loss at each step of the full path, by the number of groups."""
        train, test = fold
        seen = (take_rows(X, train), take_rows(y, train), weights[train])
        if not self._frozen:
            given = GivenLinear.of(self._fitted(*seen, None if (weights == 1).all() else weights))
        values = given.values(seen[0])
        columns = given.groups(self.groups, seen[0], values)
        path = self._path(given, values, columns, self._codes(given, seen[1]), seen[2])
        unseen = given.values(take_rows(X, test))
        truth = self._codes(given, take_rows(y, test))
        losses = path.losses(unseen, truth, sample_weight=weights[test])
        if given.linear.family == "poisson":  # as a deviance: folds differ in what nobody can know
            losses -= np.average(truth - xlogy(truth, truth), weights=weights[test])
        # a level that a fold has not seen may leave it with fewer groups
        at = [int(np.argmin(np.abs(path.sizes - size))) for size in full.sizes]
        return losses[at]

    def _choose(
        self,
        given: GivenLinear,
        values: Any,
        columns: ColumnGroups,
        path: ProjectionPath,
        losses: Array | None,
        rule: str | float | None,
        n_columns: int,
    ) -> Self:
        wanted, best, by_one_se, mean, error = len(path) - 1, None, None, None, None
        if losses is not None:
            assert rule is not None
            by_loss, best, mean, error = choose_by_loss(path, losses, rule)
            by_one_se = choose_by_loss(path, losses, "1se")[0]
            wanted = min(wanted, by_loss)
        if self.max_mean_change is not None or self.max_change is not None:
            by_change = choose_by_faithfulness(
                path, max_mean_change=self.max_mean_change, max_change=self.max_change
            )
            wanted = min(wanted, by_change)
        if self.max_features is not None:
            wanted = self._limited(path, wanted, alone=wanted == len(path) - 1)
        if wanted == 0 and losses is None:
            warnings.warn(
                "no column can go within the budgets: nothing is pruned", PruningWarning, stacklevel=3
            )
        linear = replace(given.linear, coef=path.coef[wanted], intercept=path.intercept[wanted])
        model = given.written(linear, values)
        self.path_ = projection_record(path, wanted, best, by_one_se, mean, error, columns)
        self.plan_ = projection_plan(self.path_, path, columns, self.method)
        self.n_features_ = int(path.kept[wanted].sum())
        self._take_linear(model, linear, columns)
        self.support_ = given.support(linear, n_columns)
        return self

    def _limited(self, path: ProjectionPath, wanted: int, *, alone: bool) -> int:
        """The step that the limit of features allows."""
        assert self.max_features is not None
        small = np.flatnonzero(path.sizes <= self.max_features)
        if len(small) == 0:
            raise ValueError(
                f"max_features={self.max_features}, but {int(path.sizes[-1])} features have to be kept"
            )
        limit = int(small[0])
        if not alone and wanted < limit:
            warnings.warn(
                f"the other budgets need {int(path.sizes[wanted])} features, but max_features is "
                f"{self.max_features}: answers change by {path.audit.mean_change[limit]:.3g} on average, "
                f"by {path.audit.max_change[limit]:.3g} at the most",
                PruningWarning,
                stacklevel=4,
            )
        return limit if alone else max(wanted, limit)
