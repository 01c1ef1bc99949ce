"""A fitted linear model, the rows it is judged by, and which of its columns go together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from treeprune.criteria.linear_projection import checks
from treeprune.criteria.linear_projection.design import Design, design_of
from treeprune.criteria.linear_projection.families import FAMILIES, Family
from treeprune.criteria.linear_projection.objective import Objective
from treeprune.model.ensemble import Array

Target = Literal["model", "y"]

_RIDGE = 1e-10
"""Pull of standardised coefficients towards the model's own, by the mean curvature of the loss: too weak
to be seen where rows say anything, it settles the rest (columns that depend on each other, few rows)."""


@dataclass(frozen=True, eq=False)
class ProjectionProblem:
    """What `projection_path` works on; made by `projection_problem`.

    Parameters
    ----------
    design : Design
        Standardised columns of the rows with a positive weight.
    family : Family
    coef : ndarray of float64, shape (n_columns, n_outputs)
    intercept : ndarray of float64, shape (n_outputs,)
        The model's own, on the user's scale.
    own : ndarray of float64, shape (n_parameters, n_outputs)
        The same on standardised columns. Of several classes, the mean over classes is taken out, which
        changes no probability.
    base : ndarray of float64, shape (n_columns + 1, n_outputs)
        What `own` leaves out: that mean, and the coefficients of columns that are constant here; the
        intercept's part is last.
    ids : ndarray of int, shape (n_groups,)
        Names of the groups, ascending.
    group : ndarray of int64, shape (n_columns,)
        Position in `ids` of each column.
    keep : ndarray of bool, shape (n_groups,)
    costs : ndarray of float64, shape (n_groups,)
    offset : ndarray of float64, shape (n_rows, n_outputs)
    y : ndarray of float64, shape (n_rows, n_outputs), or None
    ridge : ndarray of float64, shape (n_parameters,)
        The model's own, on standardised columns.
    """

    design: Design
    family: Family
    coef: Array
    intercept: Array
    own: Array
    base: Array
    ids: Array
    group: Array
    keep: Array
    costs: Array
    offset: Array
    y: Array | None
    ridge: Array

    @property
    def n_groups(self) -> int:
        """Number of groups of columns."""
        return len(self.ids)

    @property
    def eta(self) -> Array:
        """The model's own linear predictor; float64, shape (n_rows, n_outputs)."""
        return self.design.predict(self.own) + self.offset

    def columns(self, kept: Array) -> Array:
        """Positions of the columns of some groups, ascending; `kept` is a mask of groups."""
        return np.flatnonzero(kept[self.group])

    def parameters(self, kept: Array) -> Array:
        """Mask of the parameters that are left with some groups, the intercept's included."""
        mask = np.ones(self.design.n_parameters, bool)
        mask[: len(self.group)] = kept[self.group]
        return mask

    def objective(self, target: Target) -> Objective:
        """What all columns together are fitted to.

        Parameters
        ----------
        target : {"model", "y"}
            The model's means, whose fit is the Kullback-Leibler projection; or the outcome, with the
            model's own ridge.

        Returns
        -------
        Objective

        Raises
        ------
        ValueError
            If there is no outcome, or the target is unknown.
        """
        eta = self.eta
        if target not in ("model", "y"):
            raise ValueError(f"target={target!r} is unknown; use model or y")
        goal = self.family.mean(eta) if target == "model" else self.outcome
        curvature = float(self.design.weight @ self.family.variance(eta).mean(axis=1))
        least = np.full(self.design.n_parameters, _RIDGE * curvature)
        if self.design.intercept:
            least[-1] = 0.0
        ridge = least if target == "model" else least + self.ridge
        share = np.divide(least, ridge, out=np.zeros_like(least), where=ridge > 0)
        towards = share[:, None] * self.own
        return Objective(self.design, self.family, goal, self.offset, ridge, towards)

    @property
    def outcome(self) -> Array:
        """The outcome; an error if there is none."""
        if self.y is None:
            raise ValueError("a fit to the outcome needs y")
        return self.y

    def on_the_users_scale(self, w: Array, kept: Array) -> tuple[Array, Array]:
        """Coefficients and intercept of the columns as they were given.

        Parameters
        ----------
        w : ndarray of float64, shape (n_parameters, n_outputs)
        kept : ndarray of bool, shape (n_groups,)

        Returns
        -------
        coef : ndarray of float64, shape (n_columns, n_outputs)
            0 for columns that are not kept.
        intercept : ndarray of float64, shape (n_outputs,)
        """
        p = len(self.group)
        coef = w[:p] / self.design.scale[:, None] + self.base[:p]
        coef[~kept[self.group]] = 0.0
        if not self.design.intercept:
            return coef, self.intercept.copy()
        return coef, w[p] + self.base[p] - self.design.centre @ coef


def projection_problem(
    X: Any,
    coef: Any,
    intercept: Any,
    family: str,
    *,
    sample_weight: Any = None,
    groups: Any = None,
    keep: Any = (),
    costs: Any = None,
    y: Any = None,
    offset: Any = None,
    ridge: Any = 0.0,
    fit_intercept: bool = True,
) -> ProjectionProblem:
    """Check a fitted linear model and the rows that its parts are weighed by.

    Parameters
    ----------
    X : array-like or scipy.sparse matrix, shape (n_rows, n_columns)
        Finite. Sparse tables stay sparse; a sparse column whose mean is large against its deviation
        loses digits.
    coef : array-like of float, shape (n_columns,) or (n_columns, n_outputs)
        One output for the binomial and the Poisson family, one a class for the multinomial.
    intercept : float or array-like, shape (n_outputs,)
    family : {"gaussian", "binomial", "poisson", "multinomial"}
        With its canonical link: identity, logit, log, softmax.
    sample_weight : array-like, shape (n_rows,), optional
        Not negative. An integer counts as so many rows, 0 as none.
    groups : array-like of int, shape (n_columns,), optional
        Columns with the same number stay or go together. By default each is for itself.
    keep : iterable of int
        Groups that never go.
    costs : array-like of float, shape (n_groups,), optional
        Positive; of the groups in ascending order of their numbers. What a group is worth is divided by
        its cost.
    y : array-like, shape (n_rows,) or (n_rows, n_outputs), optional
        Outcome: 0 and 1, or probabilities, for the binomial family; indicators of classes, or
        probabilities, for the multinomial.
    offset : array-like, shape (n_rows,) or (n_rows, n_outputs), optional
        Part of the linear predictor beside columns and intercept.
    ridge : float or array-like, shape (n_columns,)
        The model's own penalty: half of ``ridge * coef ** 2`` was added to the weighted mean loss, on
        the user's scale. For ``LogisticRegression(C)`` it is ``1 / (C * sum of weights)``. Used by fits
        to the outcome.
    fit_intercept : bool
        Whether the intercept is fitted again; else it stays as it is, and columns are not centred.

    Returns
    -------
    ProjectionProblem

    Raises
    ------
    ValueError
        If shapes do not fit, numbers are not finite or out of their range, a group is unknown, or all
        outcomes are of one class.
    """
    if family not in FAMILIES:
        raise ValueError(f"family={family!r} is unknown; use one of {', '.join(FAMILIES)}")
    kind = FAMILIES[family]
    X = checks.table(X)
    n, p = X.shape
    coef, intercept = checks.model(coef, intercept, p, kind)
    k = coef.shape[1]
    weight = checks.weights(sample_weight, n)
    ids, group, keep, costs = checks.groups(groups, keep, costs, p)
    shift = checks.rows("offset", offset, n, k) if offset is not None else np.zeros((n, k))
    outcome = None if y is None else checks.outcome(y, n, k, kind)
    if outcome is not None:
        checks.several_classes(outcome, kind, weight)
    penalty = checks.penalty(ridge, p)
    seen = weight > 0
    if not seen.all():
        X, weight, shift = X[seen], weight[seen], shift[seen]
        outcome = None if outcome is None else outcome[seen]
    design = design_of(X, weight, intercept=fit_intercept)
    if not fit_intercept:
        shift = shift + intercept
    base = np.zeros((p + 1, k))
    if family == "multinomial":
        base[:p] = coef.mean(axis=1, keepdims=True)
        base[p] = (intercept + design.centre @ coef).mean()
    base[:p][design.constant] = coef[design.constant]
    own = (coef - base[:p]) * design.scale[:, None]
    own_ridge = penalty / design.scale**2
    if fit_intercept:
        own = np.vstack([own, intercept + design.centre @ coef - base[p]])
        own_ridge = np.append(own_ridge, 0.0)
    checks.fits(kind, design.predict(own) + shift)
    return ProjectionProblem(
        design, kind, coef, intercept, own, base, ids, group, keep, costs, shift, outcome, own_ridge
    )
