"""What an L1 path is remembered by: each point's size, loss and distance, each feature's fate."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.criteria.linear_path.choose import choose_lambda
from treeprune.criteria.linear_path.curve import cv_curve
from treeprune.criteria.linear_path.path import LinearPath
from treeprune.criteria.linear_path.problem import PathProblem
from treeprune.criteria.linear_projection.audit import weighted_quantile
from treeprune.criteria.linear_projection.families import FAMILIES
from treeprune.feature_plan import FeaturePath, FeaturePlan
from treeprune.model.ensemble import Array
from treeprune.pruners.column_groups import ColumnGroups

_HIGH = 0.99


def feature_path(
    problem: PathProblem, path: LinearPath, columns: ColumnGroups, chosen: int, X: Any
) -> FeaturePath:
    """Record of a path; answers are compared with those of its last point.

    Parameters
    ----------
    problem : PathProblem
    path : LinearPath
    columns : ColumnGroups
    chosen : int
    X : ndarray or sparse matrix, shape (n_rows, n_columns)

    Returns
    -------
    FeaturePath
    """
    steps = len(path.lambdas)
    coef = path.coef.reshape(steps, problem.n_features, -1)
    intercept = path.intercept.reshape(steps, -1)
    mean = FAMILIES[problem.family].mean
    seen = np.flatnonzero(problem.weights > 0)
    rows, weights = X[seen], problem.weights[seen]
    with np.errstate(over="ignore"):
        last = mean(np.asarray(rows @ coef[-1]) + intercept[-1])
        changes = [
            np.abs(mean(np.asarray(rows @ c) + b) - last).max(axis=1)
            for c, b in zip(coef, intercept, strict=True)
        ]
    loss = error = best = by_one_se = None
    if path.held_out is not None and path.fold_weights is not None:
        loss, error = cv_curve(path.held_out, path.fold_weights)
        best, by_one_se = choose_lambda(path, "min"), choose_lambda(path, "1se")
    return FeaturePath(
        n_features=path.n_groups,
        coef=coef,
        intercept=intercept,
        loss=loss,
        loss_se=error,
        strength=path.lambdas,
        kkt=path.kkt,
        mean_change=np.array([change @ weights for change in changes]),
        high_change=np.array([weighted_quantile(change, weights, _HIGH) for change in changes]),
        max_change=np.array([change.max() for change in changes]),
        best=best,
        by_one_se=by_one_se,
        chosen=chosen,
        loss_name="squared_error" if problem.family == "gaussian" else "deviance",
        columns=columns.columns,
        ending=path.ending,
    )


def feature_plan(path: FeaturePath, columns: ColumnGroups, factors: Array) -> FeaturePlan:
    """Fate of each group of columns at the chosen point of an L1 path.

    Parameters
    ----------
    path : FeaturePath
    columns : ColumnGroups
    factors : ndarray of float64, shape (n_groups,)
        Penalty factors.

    Returns
    -------
    FeaturePlan
        A feature's step is the one from which it is in up to the last, its saliency the strength there.
    """
    used = (path.coef != 0.0).any(axis=2)
    inside = np.zeros((len(path), len(columns)), bool)
    for k in range(len(columns)):
        inside[:, k] = used[:, columns.number == k].any(axis=1)
    # the last step without it, plus one
    enters = len(path) - np.argmin(inside[::-1], axis=0)
    enters[inside.all(axis=0)] = 0
    step = np.where(inside[-1], enters, -1)
    kept, mandatory = inside[path.chosen], factors == 0.0
    words = [
        "mandatory" if m else "kept" if k else "L1 penalty" for m, k in zip(mandatory, kept, strict=True)
    ]
    at = np.where(step >= 0, step, 0)
    none = np.full(len(columns), np.nan)

    def there(figures: Array | None) -> Array:
        return none if figures is None else np.where(step >= 0, figures[at], np.nan)

    return FeaturePlan(
        groups=columns.labels,
        columns=tuple(
            tuple(np.array(columns.columns, object)[columns.number == k]) for k in range(len(columns))
        ),
        kept=kept | mandatory,
        why=tuple(words),
        step=step,
        saliency=there(path.strength),
        loss=there(path.loss),
        loss_se=there(path.loss_se),
        max_change=there(path.max_change),
    )
