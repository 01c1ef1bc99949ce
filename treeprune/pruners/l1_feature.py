"""L1 feature pruning: a linear model with few features, selected from data."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import is_regressor
from sklearn.utils import compute_sample_weight

from treeprune.backends.linear import make_linear
from treeprune.criteria.linear_path.choose import choose_lambda
from treeprune.criteria.linear_path.curve import cv_curve
from treeprune.criteria.linear_path.path import LinearPath, solve_path
from treeprune.criteria.linear_path.problem import PathProblem, path_problem
from treeprune.exceptions import PruningWarning
from treeprune.model.ensemble import Array
from treeprune.model.linear import LinearModel
from treeprune.pruners.column_groups import column_groups
from treeprune.pruners.folds import make_folds
from treeprune.pruners.l1_parameters import L1Parameters, is_cv
from treeprune.pruners.l1_record import feature_path, feature_plan
from treeprune.pruners.linear_base import family_of
from treeprune.pruners.relaxation import BLENDS, Coefficients, blend_losses, refit

_FIRST_COUNT = 2
"""Points of the path that is fitted for its first strength alone."""

_FEW = 6
"""Points, about, that lead to a strength in a fold."""


class L1FeaturePruner(L1Parameters):
    """Fit a linear model with few features, by the whole path of an L1, elastic-net or group penalty.

    The path is fitted for all rows and for all folds side by side; cross-validation chooses a point of it,
    and the selected columns are fitted again with less or no penalty. Columns that one original column was
    made into (levels, splines, powers) come and go together.

    Parameters
    ----------
    estimator : object
        `LogisticRegression`, `LinearRegression`, `Ridge`, `Lasso`, `ElasticNet`, their relatives with
        cross-validation, `PoissonRegressor`, `SGDClassifier(loss="log_loss")` or `SGDRegressor`. It says
        what is fitted (the loss, class weights, whether coefficients are positive); its own penalty is not
        used. It is never changed.
    max_features : int, optional
        Most features; a group counts as one. The best of the path with no more is taken.
    strength : "cv" or float, default="cv"
        Of the penalty on the mean loss (``1 / (C * n_rows)`` for `LogisticRegression`, half the ``alpha``
        of `Ridge` by row); columns have standard deviation 1 if `standardize` is true.
    rule : {"1se", "min"}, default="1se"
        The largest strength within one standard error of the least mean deviance, or the least itself.
    l1_ratio : float, default=1.0
        Share of the L1 penalty; the rest is a ridge. Above 0, at most 1.
    groups : "auto", None, dict, array-like or fitted transformer, default="auto"
        Columns that come and go together. Auto goes by scikit-learn's names of columns that an encoder, a
        spline or a polynomial made, where X has names; a fitted transformer knows for certain.
    keep : list of str or int, optional
        Features, groups or positions that are always in.
    signs : dict, optional
        ``{"age": 1, "albumin": -1}``: coefficients that must not be negative, or not positive.
    feature_costs : array-like of shape (n_features,) or dict, optional
        Features are penalised in proportion; by name in a dict, where others cost 1. Positive. A group
        costs what its dearest column does.
    blend : "cv" or float, default="cv"
        Share of the penalised fit in the coefficients, the rest is a refit of the selected columns without
        a penalty: 1 is the lasso, 0 the relaxed lasso.
    n_strengths : int, default=100
    cv : int, splitter or iterable, default=10
        An int makes stratified folds in which equal rows stay together.
    standardize : bool, default=True
        Whether columns are penalised by the standard deviation.

    Attributes
    ----------
    estimator_ : object
        The pruned model, of the class of the estimator.
    coef_, intercept_, n_iter_ : ndarray
        Its own.
    plan_ : FeaturePlan
    path_ : FeaturePath
    groups_ : ndarray of int64, shape (n_features,)
    strength_, blend_ : float
        Those taken.
    n_features_ : int
        Groups that the model looks at.
    support_ : ndarray of bool, shape (n_features,)

    See Also
    --------
    LinearModelPruner : Prunes a linear model that is already fitted.

    Notes
    -----
    J. Friedman, T. Hastie, R. Tibshirani, Regularization paths for generalized linear models via coordinate
    descent, Journal of Statistical Software 33, 2010; M. Yuan, Y. Lin, Model selection and estimation in
    regression with grouped variables, JRSS B 68, 2006; T. Hastie, R. Tibshirani, R. J. Tibshirani, Best
    subset, forward stepwise or lasso?, Statistical Science 35, 2020.

    Nested selections are not promised: a column may come in and go again along the path.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import LinearRegression
    >>> from treeprune import L1FeaturePruner
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> pruner = L1FeaturePruner(LinearRegression(), max_features=4, keep=["age", "sex"]).fit(X, y)
    >>> [str(name) for name in pruner.get_feature_names_out()]
    ['age', 'sex', 'bmi', 's5']
    """

    def __init__(
        self,
        estimator: Any,
        *,
        max_features: int | None = None,
        strength: Literal["cv"] | float = "cv",
        rule: Literal["1se", "min"] = "1se",
        l1_ratio: float = 1.0,
        groups: Any = "auto",
        keep: Any = None,
        signs: Mapping[Any, int] | None = None,
        feature_costs: Any = None,
        blend: Literal["cv"] | float = "cv",
        n_strengths: int = 100,
        cv: Any = 10,
        standardize: bool = True,
    ) -> None:
        self.estimator = estimator
        self.max_features = max_features
        self.strength = strength
        self.rule = rule
        self.l1_ratio = l1_ratio
        self.groups = groups
        self.keep = keep
        self.signs = signs
        self.feature_costs = feature_costs
        self.blend = blend
        self.n_strengths = n_strengths
        self.cv = cv
        self.standardize = standardize

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Fit the path, choose a point of it, refit.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
        y : array-like, shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), optional
        groups : array-like of shape (n_rows,), optional
            Rows of one group stay together in the folds (of columns the parameter `groups` speaks).

        Returns
        -------
        self

        Raises
        ------
        UnsupportedModelError
            If the estimator is no linear model whose loss treeprune has a path for.
        ValueError
            If a parameter, the rows, the outcomes or the weights are not legal.

        Warns
        -----
        PruningWarning
            If the path ended before its last strength since there is no optimum (separable classes), and
            that end was taken.
        """
        with self._all_or_nothing():
            self._check_parameters()
            values, y, weights = self._check_table(X, y, sample_weight)
            classifies = not is_regressor(self.estimator)
            outcome, classes = self._check_y(y, weights, classifies=classifies)
            family = family_of(self.estimator, 0 if classes is None else len(classes))
            balance = getattr(self.estimator, "class_weight", None) if classifies else None
            if balance is not None:
                weights = weights * compute_sample_weight(balance, y)
            columns = column_groups(self.groups, X, values)
            factors = self._factors(columns)
            low, high = self._bounds(columns)
            problem = path_problem(
                values,
                outcome,
                family=family,
                weights=weights,
                groups=columns.number,
                penalty_factors=factors,
                l1_ratio=float(self.l1_ratio),
                lower=low,
                upper=high,
                standardize=bool(self.standardize),
                fit_intercept=bool(self.estimator.fit_intercept),
            )
            held = self._held_out(X, y, weights, groups, classifies=classifies)
            path = self._path(problem, held)
            chosen = self._chosen(path, factors)
            _warn_if_run_off(path, chosen, classifies=classifies)
            penalised = Coefficients(
                path.coef[chosen].reshape(problem.n_features, -1), np.atleast_1d(path.intercept[chosen])
            )
            final = self._blended(problem, path, chosen, penalised, held)
            linear = LinearModel(
                family,
                final.coef,
                final.intercept,
                fit_intercept=problem.fit_intercept,
                classes=classes,
                feature_names=tuple(self.feature_names_in_) if hasattr(self, "feature_names_in_") else None,
            )
            model = make_linear(self.estimator, linear, len(path.lambdas), values)
            self.path_ = feature_path(problem, path, columns, chosen, values)
            self.plan_ = feature_plan(self.path_, columns, factors)
            self.strength_ = float(path.lambdas[chosen])
            self.n_features_ = len(np.unique(columns.number[linear.used_features()]))
            self._take_linear(model, linear, columns)
            return self

    def _held_out(
        self, X: Any, y: Array, weights: Array, groups: Any, *, classifies: bool
    ) -> list[Array] | None:
        if not is_cv(self.strength):
            return None
        folds = make_folds(self.cv, X, y, weights, groups, classify=classifies)
        present = int((weights > 0).sum())
        for train, test in folds:
            if len(np.union1d(train, test)) < present or len(np.intersect1d(train, test)):
                raise ValueError(
                    "cv: each fold must train on all rows that it does not hold out, so that folds and the "
                    "full fit go along the path together; KFold, StratifiedKFold and GroupKFold do"
                )
        return [np.asarray(test) for _, test in folds]

    def _path(self, problem: PathProblem, held: list[Array] | None) -> LinearPath:
        if is_cv(self.strength):
            return solve_path(problem, n_lambdas=int(self.n_strengths), folds=held, early_stop=True)
        largest = solve_path(problem, n_lambdas=_FIRST_COUNT).lambda_max
        wanted = float(self.strength)
        if wanted >= largest:
            return solve_path(problem, lambdas=[wanted])
        least = max(wanted, 1e-6 * largest)
        return solve_path(
            problem, lambdas=[*np.geomspace(largest, least, int(self.n_strengths))[:-1], wanted]
        )

    def _chosen(self, path: LinearPath, factors: Array) -> int:
        if not is_cv(self.strength):
            return len(path.lambdas) - 1
        if self.max_features is None:
            return choose_lambda(path, self.rule)
        assert path.held_out is not None
        assert path.fold_weights is not None
        mean, _ = cv_curve(path.held_out, path.fold_weights)
        small = np.flatnonzero(path.n_groups <= self.max_features)
        return int(small[np.argmin(mean[small])])

    def _blended(
        self,
        problem: PathProblem,
        path: LinearPath,
        chosen: int,
        penalised: Coefficients,
        held: list[Array] | None,
    ) -> Coefficients:
        free = refit(problem, penalised)
        if not free.converged or (is_cv(self.blend) and held is None):
            share = 1.0
        elif is_cv(self.blend):
            assert held is not None
            # the optimum at a strength does not depend on the way there: a few points lead to it
            way = path.lambdas[chosen :: -max(chosen // _FEW, 1)][::-1]
            losses = blend_losses(problem, way, held)
            share = float(BLENDS[::-1][int(np.argmin(losses.mean(axis=0)[::-1]))])
        else:
            share = float(self.blend)
        self.blend_ = share
        return penalised.towards(free, share)


def _warn_if_run_off(path: LinearPath, chosen: int, *, classifies: bool) -> None:
    separable = classifies and path.ending == "perfect fit"
    if chosen == len(path.lambdas) - 1 and (separable or path.ending == "no convergence"):
        warnings.warn(
            f"the path ended early ({path.ending}), and its end is taken: columns may tell the "
            "outcomes apart without error, so that coefficients mean little",
            PruningWarning,
            stacklevel=3,
        )
