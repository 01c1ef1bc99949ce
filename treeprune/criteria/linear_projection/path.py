"""The path of a pruned linear model: all groups, one fewer, and so on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from treeprune.criteria.linear_projection import checks
from treeprune.criteria.linear_projection.audit import Audit, audit
from treeprune.criteria.linear_projection.families import FAMILIES
from treeprune.criteria.linear_projection.problem import ProjectionProblem, Target
from treeprune.criteria.linear_projection.refit import TARGETS, Refit, refit_order
from treeprune.criteria.linear_projection.registry import linear_order
from treeprune.model.ensemble import Array


@dataclass(frozen=True, eq=False)
class ProjectionPath:
    """A fitted linear model at every number of groups of columns.

    Parameters
    ----------
    family : str
    ids : ndarray of int, shape (n_groups,)
        Numbers of the groups, ascending.
    kept : ndarray of bool, shape (n_steps, n_groups)
        All groups first; each step has one fewer than the one before it.
    removed : ndarray of int64, shape (n_steps,)
        Position in `ids` of the group that left at a step; -1 at the first.
    saliency : ndarray of float64, shape (n_steps,)
        What it was worth, before its cost is looked at, in the unit of the method; 0 at the first step.
    coef : ndarray of float64, shape (n_steps, n_columns, n_outputs)
        On the user's scale; 0 for columns that are gone. The first step is the model as it was.
    intercept : ndarray of float64, shape (n_steps, n_outputs)
    converged : ndarray of bool, shape (n_steps,)
        Whether the fit came to its optimum.
    audit : Audit
        How far each step is from the model.
    """

    family: str
    ids: Array
    kept: Array
    removed: Array
    saliency: Array
    coef: Array
    intercept: Array
    converged: Array
    audit: Audit

    @property
    def sizes(self) -> Array:
        """Number of groups at each step, falling; int64, shape (n_steps,)."""
        return np.count_nonzero(self.kept, axis=1)

    def __len__(self) -> int:
        return len(self.kept)

    def losses(self, X: Any, y: Any, *, sample_weight: Any = None, offset: Any = None) -> Array:
        """Mean loss of each step on other rows, for instance those a fold held out.

        Parameters
        ----------
        X : array-like or scipy.sparse matrix, shape (n_rows, n_columns)
        y : array-like, shape (n_rows,) or (n_rows, n_outputs)
            As for `treeprune.criteria.linear_projection.problem.projection_problem`.
        sample_weight : array-like, shape (n_rows,), optional
        offset : array-like, shape (n_rows,) or (n_rows, n_outputs), optional

        Returns
        -------
        ndarray of float64, shape (n_steps,)

        Raises
        ------
        ValueError
            If shapes do not fit or numbers are not finite.
        """
        family, (p, k) = FAMILIES[self.family], self.coef.shape[1:]
        X = checks.table(X)
        n = X.shape[0]
        if X.shape[1] != p:
            raise ValueError(f"X has {X.shape[1]} columns, the model has {p}")
        target, weight = checks.outcome(y, n, k, family), checks.weights(sample_weight, n)
        shift = 0.0 if offset is None else checks.rows("offset", offset, n, k)
        with np.errstate(over="ignore", invalid="ignore"):  # whoever chooses refuses what is not finite
            rows = [
                family.loss(X @ coef + intercept + shift, target)
                for coef, intercept in zip(self.coef, self.intercept, strict=True)
            ]
            return np.array(rows) @ weight / weight.sum()


def projection_path(
    problem: ProjectionProblem, method: str = "obs", *, refit: Refit = "project", **parameters: Any
) -> ProjectionPath:
    """Prune a fitted linear model to every number of groups of columns.

    Parameters
    ----------
    problem : ProjectionProblem
    method : str
        A key of `treeprune.criteria.linear_projection.registry.linear_orders`: which groups stay.
    refit : {"project", "y", "none"}
        What becomes of their coefficients, see `treeprune.criteria.linear_projection.refit.refit_order`.
    **parameters : object
        Of the method, for instance ``target="y"``.

    Returns
    -------
    ProjectionPath

    Raises
    ------
    ValueError
        If the method, a parameter or the refit is unknown, or a fit to the outcome is asked for and
        there is none.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import LinearRegression
    >>> from treeprune.criteria.linear_projection.problem import projection_problem
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = LinearRegression().fit(X, y)
    >>> path = projection_path(projection_problem(X, model.coef_, model.intercept_, "gaussian", y=y))
    >>> path.ids[path.kept[path.sizes == 4][0]].tolist()
    [2, 3, 4, 8]
    """
    order_of = linear_order(method, **parameters)
    if refit not in ("project", "y", "none"):
        raise ValueError(f"refit={refit!r} is unknown; use project, y or none")
    for target in (TARGETS.get(refit), parameters.get("target")):
        if target is not None:
            problem.objective(cast(Target, target))  # refuses what is unknown or not there
    order = order_of.order(problem, **parameters)
    fits, kept = refit_order(problem, order, refit), order.kept(problem.n_groups)
    on_scale = [problem.on_the_users_scale(w, mask) for w, mask in zip(fits.w, kept, strict=True)]
    coef = np.array([problem.coef, *(c for c, _ in on_scale[1:])])
    intercept = np.array([problem.intercept, *(b for _, b in on_scale[1:])])
    return ProjectionPath(
        problem.family.name,
        problem.ids,
        kept,
        np.append(-1, order.removed),
        np.append(0.0, order.saliency),
        coef,
        intercept,
        fits.converged,
        audit(problem, fits.w),
    )
