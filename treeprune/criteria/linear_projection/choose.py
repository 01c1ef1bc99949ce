"""Which step of a projection path is taken: two budgets, each for itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.criteria.linear_projection.path import ProjectionPath
from treeprune.criteria.path_choice import choose_step
from treeprune.model.ensemble import Array


def choose_by_loss(
    path: ProjectionPath, losses: Any, rule: str | float = "1se"
) -> tuple[int, int, Array, Array]:
    """Smallest model whose cross-validated loss is not clearly higher than the least.

    Parameters
    ----------
    path : ProjectionPath
    losses : array-like of float, shape (n_folds, n_steps)
        Held-out losses by `ProjectionPath.losses`, of models fitted and pruned in each fold: a path that
        saw the rows would flatter itself.
    rule : "min", "1se" or float
        Standard errors that the mean loss may lie above the least one, see
        `treeprune.criteria.path_choice.choose_step`.

    Returns
    -------
    chosen, best : int
        Steps of the path.
    mean, standard_error : ndarray of float64, shape (n_steps,)

    Raises
    ------
    ValueError
        If there are fewer than two folds, steps are missing, a loss is not finite, or the rule is
        unknown.
    """
    losses = np.asarray(losses, np.float64)
    if losses.ndim != 2 or len(losses) < 2 or losses.shape[1] != len(path):
        raise ValueError(
            f"losses must have two rows (folds) or more and {len(path)} columns (steps), got shape "
            f"{losses.shape}"
        )
    if rule not in ("min", "1se") and not (
        isinstance(rule, (int, float)) and not isinstance(rule, bool) and 0 <= rule < np.inf
    ):
        raise ValueError(f"rule={rule!r} must be min, 1se or a number of standard errors")
    return choose_step(losses, rule)


def choose_by_faithfulness(
    path: ProjectionPath, *, max_mean_change: float | None = None, max_change: float | None = None
) -> int:
    """Smallest model whose means are near enough to those of the whole one.

    Parameters
    ----------
    path : ProjectionPath
    max_mean_change : float, optional
        Most that the mean of a row (a probability, for classes) may change, on average over rows.
    max_change : float, optional
        Most that it may change for any row.

    Returns
    -------
    int
        Step of the path that meets what is given; the model itself, at step 0, always does.

    Raises
    ------
    ValueError
        If neither is given, or one is negative or not a number.
    """
    given = {"max_mean_change": max_mean_change, "max_change": max_change}
    asked = {name: bound for name, bound in given.items() if bound is not None}
    if not asked:
        raise ValueError("give max_mean_change, max_change or both")
    meets = np.ones(len(path), bool)
    figures = {"max_mean_change": path.audit.mean_change, "max_change": path.audit.max_change}
    for name, bound in asked.items():
        if not bound >= 0:
            raise ValueError(f"{name} must not be negative, got {bound!r}")
        meets &= figures[name] <= bound
    meets[0] = True
    return int(np.flatnonzero(meets)[-1])
