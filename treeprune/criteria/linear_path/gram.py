"""Gaussian paths with more rows than columns: the rows are read once, then only their products are needed.

J. Friedman, T. Hastie, R. Tibshirani, Regularization paths for generalized linear models via coordinate
descent, Journal of Statistical Software 33, 2010, section 2.2 (covariance updates). The products of a fold
are those of all rows less those of the rows that it holds out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.criteria.linear_path.curvature import Curvature
from treeprune.criteria.linear_path.design import Design, make_design
from treeprune.criteria.linear_path.engine import DIVERGED, head_tolerance
from treeprune.criteria.linear_path.folds import Folds
from treeprune.criteria.linear_path.layout import Layout, columns_of, head_columns, is_head
from treeprune.criteria.linear_path.measure import violations
from treeprune.criteria.linear_path.own_layout import OwnLayout
from treeprune.criteria.linear_path.problem import PathProblem
from treeprune.criteria.linear_path.ratios import ratios_of
from treeprune.criteria.linear_path.screening import largest_strength
from treeprune.model.ensemble import Array

_MOST_ROUNDS = 100
_SHARE_OF_X = 8
"""Products may take as many times the memory of X."""

_SWEEP = 0.05


def suits(problem: PathProblem, folds: Folds | None) -> bool:
    """Whether products of columns replace the rows: squared error, more rows than columns, room enough."""
    n_problems = 1 if folds is None else 2 * len(folds.held) + 1
    return (
        problem.family == "gaussian"
        and problem.n_rows > problem.n_features
        and n_problems * problem.n_features <= _SHARE_OF_X * problem.n_rows
    )


@dataclass(frozen=True, eq=False)
class _Products:
    """Weighted sums over rows, of which the loss is a function."""

    square: Array
    cross: Array
    outcome: float

    def __sub__(self, other: _Products) -> _Products:
        return _Products(self.square - other.square, self.cross - other.cross, self.outcome - other.outcome)

    def error(self, coef: Array) -> float:
        """Sum of squared errors."""
        return max(self.outcome + float(coef @ (self.square @ coef - 2.0 * self.cross)), 0.0)

    def over(self, total: float) -> _Products:
        return _Products(self.square / total, self.cross / total, self.outcome / total)


class Gram:
    """Engine for squared error that works on products of columns.

    Parameters
    ----------
    problem : PathProblem
    folds : Folds, optional
    """

    def __init__(self, problem: PathProblem, folds: Folds | None) -> None:
        self._problem = problem
        groups = np.flatnonzero(~is_head(problem))
        design = make_design(problem.X, problem.scale)
        self._layout = layout = Layout(problem, groups, ratios_of(problem, folds, design))
        design.bring(head_columns(problem))
        design.bring(columns_of(problem, groups))
        self._columns = design.working.copy()
        outcome = problem.outcome[0] - problem.offset[0]
        # sums of squares are centred first
        self._level = float(outcome @ problem.weights) if problem.fit_intercept else 0.0
        outcome = outcome - self._level
        everything = _products(design, outcome, problem.weights, None)
        self._problems, self._held = [everything], list[_Products]()
        for training, rows in zip(*((folds.training, folds.held) if folds else ((), ())), strict=True):
            held = _products(design, outcome, problem.weights, rows)
            total = problem.weights[rows].sum()
            self._held.append(held.over(total))
            if folds is not None and folds.complementary:
                self._problems.append((everything - held).over(1.0 - total))
            else:
                self._problems.append(_products(design, outcome, training, None))
        own = [OwnLayout(layout, m, np.arange(len(groups))) for m in range(len(self._problems))]
        self._curvatures = [Curvature(p.square, x) for p, x in zip(self._problems, own, strict=True)]
        self._coef = np.zeros((len(self._problems), 1 + problem.n_features))

    def fit_head(self) -> float:
        """See `Engine`."""
        largest = max(float(np.abs(p.cross).max()) for p in self._problems)
        if not self.advance(np.inf, np.inf, head_tolerance(self._problem, largest)):
            raise ValueError(DIVERGED)
        slope = np.zeros((1, self._problem.n_features))
        slope[0, self._columns] = self._slope(0)[0, 1:]
        slope[0, (self._problem.factor <= 0.0)[self._problem.group]] = 0.0
        return largest_strength(self._problem, slope)

    def advance(self, strength: float, previous: float, tolerance: float) -> bool:
        """See `Engine`."""
        return all(self._settle(m, strength, tolerance) for m in range(len(self._problems)))

    def solution(self) -> tuple[Array, Array]:
        """See `Engine`."""
        coef = np.zeros((self._problem.n_features, 1))
        coef[self._columns, 0] = self._coef[0, 1:]
        return coef, self._coef[0, :1] + self._level

    def deviance(self) -> float:
        """See `Engine`."""
        return self._problems[0].error(self._coef[0])

    def held_out(self) -> Array:
        """See `Engine`."""
        coefs = self._coef[1:] * self._layout.ratios[1:]
        return np.array([p.error(b) for p, b in zip(self._held, coefs, strict=True)])

    def _slope(self, m: int) -> Array:
        products, ratios = self._problems[m], self._layout.ratios[m]
        return ((products.square @ (ratios * self._coef[m]) - products.cross) * ratios)[None]

    def _settle(self, m: int, strength: float, tolerance: float) -> bool:
        layout, off, coef = self._layout, np.empty(1), self._coef[m : m + 1]
        penalties, own = layout.penalties(strength), slice(m, m + 1)
        low, high = layout.low[own], layout.high[own]
        for _ in range(_MOST_ROUNDS):
            slope = self._slope(m)
            violations(slope, coef, layout.start, *penalties, low, high, off)
            if off[0] <= tolerance:
                return True
            within = min(_SWEEP * float(off[0]), tolerance)
            self._curvatures[m].descend(slope[0], coef[0], penalties, within)
        return False


def _products(design: Design, outcome: Array, weights: Array, rows: Array | None) -> _Products:
    square = design.cross(weights, slice(None), rows=rows)
    if rows is not None:
        weights = np.where(np.isin(np.arange(len(weights)), rows), weights, 0.0)
    pull = weights * outcome
    return _Products(square, design.gradient(pull[None])[0], float(pull @ outcome))
