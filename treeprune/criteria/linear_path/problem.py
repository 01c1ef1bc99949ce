"""What a path of linear models minimises: data, family, groups, penalties and bounds, checked once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from treeprune.criteria.linear_path.families import FAMILIES, Family, FamilyName
from treeprune.criteria.linear_path.outcomes import check_variety, outcome_of
from treeprune.criteria.linear_path.scaling import Scale, column_scale, is_sparse
from treeprune.model.ensemble import Array


@dataclass(frozen=True, eq=False, kw_only=True)
class PathProblem:
    """Weighted mean loss + strength x penalty; made and checked by `path_problem`.

    The penalty is the sum over groups of
    ``factor * (l1_ratio * sqrt(size) * norm(b) + (1 - l1_ratio) / 2 * norm(b) ** 2)``, where `b` are the
    group's coefficients of all outputs on standardised columns, and `size` its number of columns. Losses
    are half the squared error, the log loss, and ``mu - y * eta``. The intercept, if there is one, is not
    penalised.

    Parameters
    ----------
    X : ndarray or scipy CSC array, shape (n_rows, n_features)
        As given.
    outcome : ndarray of float64, shape (n_outputs, n_rows)
    family : {"gaussian", "binomial", "poisson", "multinomial"}
    weights : ndarray of float64, shape (n_rows,)
        Their sum is 1.
    offset : ndarray of float64, shape (n_outputs, n_rows)
    group : ndarray of int64, shape (n_features,)
        From 0 to n_groups - 1.
    factor : ndarray of float64, shape (n_groups,)
        Penalty factors; 0 for groups that are always in. Not rescaled.
    l1_ratio : float
    lower, upper : ndarray of float64, shape (n_features,)
        Bounds of coefficients on the user's scale, for every output.
    standardize, fit_intercept : bool
    """

    X: Any
    outcome: Array
    family: FamilyName
    weights: Array
    offset: Array
    group: Array
    factor: Array
    l1_ratio: float
    lower: Array
    upper: Array
    standardize: bool
    fit_intercept: bool

    @property
    def n_rows(self) -> int:
        """Number of rows, those of weight zero too."""
        return self.outcome.shape[1]

    @property
    def n_outputs(self) -> int:
        """Number of classes of the family multinomial, else 1."""
        return self.outcome.shape[0]

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return len(self.group)

    @cached_property
    def losses(self) -> Family:
        """Residuals, deviances and curvatures."""
        return FAMILIES[self.family]

    @cached_property
    def scale(self) -> Scale:
        """Means and scales of the columns under `weights`."""
        return self.scale_under(self.weights, np.arange(self.n_features))

    def scale_under(self, weights: Array, columns: Array) -> Scale:
        """Means and scales of some columns under other weights, of sum 1."""
        X = self.X if len(columns) == self.n_features else self.X[:, columns]
        return column_scale(X, weights, standardize=self.standardize, centre=self.fit_intercept)

    @cached_property
    def magnitude(self) -> float:
        """Weighted mean of the outcome, signs left out: the unit of slopes of standardised columns."""
        size = np.abs(self.outcome)
        if self.family == "gaussian":
            size = size + np.abs(self.offset)
        return float((size @ self.weights).sum())

    @cached_property
    def size(self) -> Array:
        """Number of columns of each group."""
        return np.bincount(self.group, minlength=len(self.factor))

    @cached_property
    def soft(self) -> Array:
        """Factor of each group's norm at strength 1, shape (n_groups,)."""
        return self.l1_ratio * self.factor * np.sqrt(self.size)

    @cached_property
    def ridge(self) -> Array:
        """Factor of half each group's squared norm at strength 1, shape (n_groups,)."""
        return (1.0 - self.l1_ratio) * self.factor

    @cached_property
    def bounds(self) -> tuple[Array, Array]:
        """Bounds of the coefficients of standardised columns; constant columns have none."""
        known = self.scale.inverse > 0.0
        spread = np.divide(1.0, self.scale.inverse, where=known, out=np.ones(len(known)))
        low, high = self.lower * spread, self.upper * spread
        low[~known], high[~known] = -np.inf, np.inf
        return low, high

    @cached_property
    def is_bounded(self) -> Array:
        """Whether a group has bounds, shape (n_groups,)."""
        low, high = self.bounds
        bounded = np.zeros(len(self.factor), bool)
        bounded[self.group[np.isfinite(low) | np.isfinite(high)]] = True
        return bounded


def path_problem(
    X: Any,
    y: Any,
    *,
    family: FamilyName,
    weights: Any = None,
    offset: Any = None,
    groups: Any = None,
    penalty_factors: Any = None,
    l1_ratio: float = 1.0,
    lower: Any = None,
    upper: Any = None,
    standardize: bool = True,
    fit_intercept: bool = True,
) -> PathProblem:
    """Check everything that a path is made from.

    Parameters
    ----------
    X : array-like or scipy sparse, shape (n_rows, n_features)
        Finite numbers. Sparse ones stay sparse: centring is implicit.
    y : array-like, shape (n_rows,) or (n_rows, n_classes)
        See `treeprune.criteria.linear_path.outcomes.outcome_of`.
    family : {"gaussian", "binomial", "poisson", "multinomial"}
    weights : array-like, shape (n_rows,), optional
        Not negative. Only their ratios count.
    offset : array-like, shape (n_rows,) or (n_rows, n_classes), optional
        Added to the linear predictor.
    groups : array-like of int, shape (n_features,), optional
        Columns of one number come and go together. Each column for itself by default.
    penalty_factors : array-like, shape (n_groups,), optional
        One number for each group, in ascending order of the groups' numbers; 0 for mandatory groups.
        Costs of collecting a column may stand here.
    l1_ratio : float
        Above 0, at most 1.
    lower, upper : array-like, shape (n_features,) or float, optional
        Bounds of coefficients on the scale of `X`, with 0 between them; for groups of one column.
    standardize : bool
        Whether penalties count per standard deviation of a column; coefficients are handed back on the
        scale of `X` in any case.
    fit_intercept : bool
        Without an intercept columns are not centred, but still divided by their standard deviations
        around their means if `standardize` (as in glmnet). The coefficient of a constant column is 0 in
        any case but one: neither `standardize` nor `fit_intercept`.

    Returns
    -------
    PathProblem

    Raises
    ------
    ValueError
        If anything is missing, infinite, of the wrong shape or out of range, or if a class has no rows.
    """
    if family not in FAMILIES:
        raise ValueError(f"family={family!r} is unknown; use one of {', '.join(FAMILIES)}")
    X = _matrix(X)
    n, p = X.shape
    outcome = outcome_of(y, family)
    if outcome.shape[1] != n:
        raise ValueError(f"X has {n} rows, y has {outcome.shape[1]}")
    weights = np.ones(n) if weights is None else _numbers("weights", weights, (n,))
    if (weights < 0.0).any() or not weights.any():
        raise ValueError("weights must not be negative, nor all zero")
    weights = weights / weights.max()  # else the sum of huge ones would overflow
    weights /= weights.sum()
    check_variety(outcome, family, weights, "rows of positive weight", "a model needs some of each kind")
    group = np.arange(p) if groups is None else _group_numbers(groups, p)
    n_groups = group.max() + 1
    factor = np.ones(n_groups)
    if penalty_factors is not None:
        factor = _numbers("penalty_factors", penalty_factors, (n_groups,))
    if (factor < 0.0).any():
        raise ValueError("penalty_factors must not be negative")
    if not 0.0 < l1_ratio <= 1.0:
        raise ValueError(f"l1_ratio must be above 0 and at most 1, got {l1_ratio!r}")
    low, high = _bounds(lower, -np.inf, p), _bounds(upper, np.inf, p)
    if (low > 0.0).any() or (high < 0.0).any():
        raise ValueError("bounds must have 0 between them: lower <= 0 <= upper")
    in_company = np.bincount(group)[group] > 1
    if (in_company & (np.isfinite(low) | np.isfinite(high))).any():
        raise ValueError("bounds are for groups of one column; drop the bounds or split the group")
    shifts = np.zeros_like(outcome) if offset is None else _offset(offset, outcome)
    return PathProblem(
        X=X,
        outcome=outcome,
        family=family,
        weights=weights,
        offset=shifts,
        group=group,
        factor=factor,
        l1_ratio=float(l1_ratio),
        lower=low,
        upper=high,
        standardize=standardize,
        fit_intercept=fit_intercept,
    )


def _matrix(X: Any) -> Any:
    X = sp.csc_array(X) if is_sparse(X) else np.asarray(X)
    if X.ndim != 2 or min(X.shape) == 0:
        raise ValueError(f"X must have rows and columns, got shape {X.shape}")
    if X.dtype.kind not in "biuf":
        raise ValueError(f"X must be numbers, got {X.dtype}")
    if is_sparse(X):
        X.sum_duplicates()
    if not np.isfinite(X.data if is_sparse(X) else X).all():
        raise ValueError("X has missing or infinite entries; impute them or leave their rows out")
    return X


def _numbers(name: str, x: Any, shape: tuple[int, ...]) -> Array:
    x = np.asarray(x, np.float64)
    if x.shape != shape or not np.isfinite(x).all():
        raise ValueError(f"{name} must be finite numbers of shape {shape}, got shape {x.shape}")
    return x


def _group_numbers(groups: Any, p: int) -> Array:
    groups = np.asarray(groups)
    if groups.shape != (p,) or groups.dtype.kind not in "biu":
        raise ValueError(f"groups must be one whole number for each of the {p} columns")
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def _bounds(x: Any, none: float, p: int) -> Array:
    x = np.asarray(none if x is None else x, np.float64)
    if x.shape not in ((), (p,)) or np.isnan(x).any():
        raise ValueError(f"bounds must be a number, or one for each of the {p} columns")
    return np.broadcast_to(x, (p,)).copy()


def _offset(offset: Any, outcome: Array) -> Array:
    n_outputs, n = outcome.shape
    return (
        _numbers("offset", offset, (n,) if n_outputs == 1 else (n, n_outputs))
        .reshape(n, n_outputs)
        .T.copy()
    )
