"""The whole path of a sparse linear model, with its cross-validation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from treeprune.criteria.linear_path.curve import is_past_minimum
from treeprune.criteria.linear_path.engine import Engine
from treeprune.criteria.linear_path.folds import make_folds
from treeprune.criteria.linear_path.gram import Gram, suits
from treeprune.criteria.linear_path.kkt import kkt_residual
from treeprune.criteria.linear_path.lockstep import Lockstep
from treeprune.criteria.linear_path.problem import PathProblem
from treeprune.model.ensemble import Array

Ending = Literal["complete", "past the minimum", "perfect fit", "no convergence"]

_ROUNDING = 1e-13
_PERFECT = 0.999
"""Share of the deviance that, once explained, ends a path, as in glmnet."""


@dataclass(frozen=True, eq=False, kw_only=True)
class LinearPath:
    """Models along a path of strengths, the strongest penalty first.

    Parameters
    ----------
    lambdas : ndarray of float64, shape (n_lambdas,)
        Those that the path reached.
    coef : ndarray of float64, shape (n_lambdas, n_features) or (n_lambdas, n_features, n_classes)
        On the user's scale.
    intercept : ndarray of float64, shape (n_lambdas,) or (n_lambdas, n_classes)
    lambda_max : float
        The smallest strength at which all penalised groups are zero.
    kkt : ndarray of float64, shape (n_lambdas,)
        Violation of the optimality conditions over `lambda_max`, see
        `treeprune.criteria.linear_path.kkt.kkt_residual`.
    deviance_ratio : ndarray of float64, shape (n_lambdas,)
        Share of the deviance of the model with an intercept only that is explained.
    n_groups : ndarray of int64, shape (n_lambdas,)
        Groups with a coefficient that is not zero.
    held_out : ndarray of float64, shape (n_lambdas, n_folds), or None
        Mean deviance of the rows that each fold holds out: squared error, or twice the log loss, for
        outcomes that are no shares.
    fold_weights : ndarray of float64, shape (n_folds,), or None
        Sum of the weights of the rows that each fold holds out.
    ending : {"complete", "past the minimum", "perfect fit", "no convergence"}
        Why there are no more points: all strengths were reached; the curve of `held_out` was beyond its
        minimum; nearly all deviance is explained (separable classes); or coefficients ran off in the full
        fit or in a fold.
    """

    lambdas: Array
    coef: Array
    intercept: Array
    lambda_max: float
    kkt: Array
    deviance_ratio: Array
    n_groups: Array
    held_out: Array | None
    fold_weights: Array | None
    ending: Ending

    @property
    def stopped_early(self) -> bool:
        """Whether the path ended before the last strength."""
        return self.ending != "complete"


def solve_path(
    problem: PathProblem,
    *,
    lambdas: Any = None,
    n_lambdas: int = 100,
    min_ratio: float | None = None,
    folds: Any = None,
    early_stop: bool = False,
    tol: float = 1e-7,
) -> LinearPath:
    """Fit a path, and each fold of a cross-validation along it.

    Folds go through the strengths of the full fit. Each standardises by the means and deviations of the
    rows that it trains on, so that it is what a fit of those rows alone would be (as in glmnet).

    Parameters
    ----------
    problem : PathProblem
    lambdas : array-like, shape (n_lambdas,), optional
        Strengths, falling. By default a geometric grid that starts at the smallest strength at which all
        penalised groups are zero.
    n_lambdas : int
        Of the grid.
    min_ratio : float, optional
        Last over first strength of the grid; 1e-4 if there are more rows than columns, else 1e-2.
    folds : sequence of ndarray of int, or ndarray of shape (n_folds, n_rows), optional
        See `treeprune.criteria.linear_path.folds.make_folds`.
    early_stop : bool
        Whether to end once the mean deviance of held-out rows is above the least one by more than its
        standard error, eight strengths or more after it.
    tol : float
        Violation of the optimality conditions that ends the iterations, over the largest strength.

    Returns
    -------
    LinearPath

    Raises
    ------
    ValueError
        If an argument is out of range, or the first point cannot be reached.
    """
    _check(n_lambdas, min_ratio, tol, early_stop and folds is None)
    given = None if lambdas is None else _falling(lambdas)
    parts = make_folds(problem, folds)
    engine: Engine = Gram(problem, parts) if suits(problem, parts) else Lockstep(problem, parts)
    largest = engine.fit_head()
    if given is None:
        given = _grid(problem, largest, n_lambdas, min_ratio)
    tolerance = tol * (largest or given[0] or 1.0)
    points, held = list[tuple[Array, Array]](), list[Array]()
    ratios, null = list[float](), _null_deviance(problem)
    previous = max(largest, given[0])
    ending: Ending = "complete"
    for strength in given:
        if not engine.advance(float(strength), float(previous), tolerance):
            ending = "no convergence"
            break
        points.append(problem.scale.to_user(*engine.solution()))
        held.append(engine.held_out())
        ratios.append(1.0 - engine.deviance() / null if null > 0.0 else 0.0)
        previous = strength
        if lambdas is None and ratios[-1] > _PERFECT:
            ending = "perfect fit"
            break
        if early_stop and parts is not None and is_past_minimum(np.array(held), parts.weights):
            ending = "past the minimum"
            break
    if not points:
        raise ValueError(f"no convergence at the first strength, {given[0]}; start from a larger one")
    reached = given[: len(points)]
    coef, intercept = _centred(problem, *(np.array(x) for x in zip(*points, strict=True)))
    used = np.zeros((len(points), len(problem.factor)), bool)
    point, column, _ = np.nonzero(coef)
    used[point, problem.group[column]] = True
    if problem.n_outputs == 1:
        coef, intercept = coef[:, :, 0], intercept[:, 0]
    return LinearPath(
        lambdas=reached,
        coef=coef,
        intercept=intercept,
        lambda_max=largest,
        kkt=kkt_residual(problem, coef, intercept, reached) / (largest or 1.0),
        deviance_ratio=np.array(ratios),
        n_groups=used.sum(axis=1),
        held_out=None if parts is None else np.array(held),
        fold_weights=None if parts is None else parts.weights,
        ending=ending,
    )


def _check(n_lambdas: int, min_ratio: float | None, tol: float, lonely: bool) -> None:
    if n_lambdas < 1:
        raise ValueError(f"n_lambdas must be 1 at least, got {n_lambdas!r}")
    if min_ratio is not None and not 0.0 < min_ratio < 1.0:
        raise ValueError(f"min_ratio must be between 0 and 1, got {min_ratio!r}")
    if not 0.0 < tol < 1.0:
        raise ValueError(f"tol must be between 0 and 1, got {tol!r}")
    if lonely:
        raise ValueError("early_stop needs folds")


def _falling(lambdas: Any) -> Array:
    lambdas = np.asarray(lambdas, np.float64)
    if lambdas.ndim != 1 or not len(lambdas) or not np.isfinite(lambdas).all():
        raise ValueError("lambdas must be finite numbers in one dimension")
    if lambdas[-1] < 0.0 or (np.diff(lambdas) >= 0.0).any():
        raise ValueError("lambdas must fall, and not be negative")
    return lambdas


def _grid(problem: PathProblem, largest: float, n_lambdas: int, min_ratio: float | None) -> Array:
    if largest <= 0.0:  # nothing that is penalised can ever help
        return np.zeros(1)
    if min_ratio is None:
        min_ratio = 1e-4 if problem.n_rows > problem.n_features else 1e-2
    grid = largest * min_ratio ** np.linspace(0.0, 1.0, n_lambdas)
    grid[0] = largest
    return grid


def _null_deviance(problem: PathProblem) -> float:
    """Mean deviance of a model with an intercept only, at the offset."""
    bare = replace(
        problem,
        X=np.zeros((problem.n_rows, 1)),
        group=np.zeros(1, np.int64),
        factor=np.ones(1),
        lower=np.full(1, -np.inf),
        upper=np.full(1, np.inf),
    )
    null = Lockstep(bare, None)
    null.fit_head()
    # a constant outcome leaves nothing but rounding
    rounding = (_ROUNDING * problem.magnitude) ** (2 if problem.family == "gaussian" else 1)
    deviance = null.deviance()
    return deviance if deviance > rounding else 0.0


def _centred(problem: PathProblem, coef: Array, intercept: Array) -> tuple[Array, Array]:
    """Of all softmax coefficients with the same predictions, those whose sums are nearest to zero.

    Penalised ones are so already.
    """
    if problem.n_outputs > 1:
        free = (problem.factor <= 0.0)[problem.group]
        b, low, high = coef[:, free], problem.lower[free, None], problem.upper[free, None]
        least, most = b.min(axis=2, keepdims=True), b.max(axis=2, keepdims=True)
        shift = np.clip(-b.mean(axis=2, keepdims=True), low - least, high - most)
        coef[:, free] = np.clip(b + shift, low, high)
        intercept = intercept - intercept.mean(axis=1, keepdims=True)
    return coef, intercept
