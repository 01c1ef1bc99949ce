"""A short search for the whole points of least loss.

A scale (points for a unit of log odds) is chosen together with the points: at each scale of a grid the log
odds are rounded, and from there points go up and down by one, alone or two at a time, as long as the loss
falls. The line from total to log odds is fitted anew for each. B. Ustun, C. Rudin, Learning optimized risk
scores, Journal of Machine Learning Research 20, 2019, show what rounding alone loses; J. Liu, C. Zhong,
B. Li, M. Seltzer, C. Rudin, FasterRisk: fast and accurate interpretable risk scores, NeurIPS 2022, search
over scales. No optimum over all points is promised: one that no such move improves on is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.criteria.scorecard.line import Line
from treeprune.criteria.scorecard.problem import RoundingProblem
from treeprune.model.ensemble import Array

_MOST_SCALES = 40

_TRIED = 16
"""Moves that are tried before a start is left alone, the most promising first."""

_MOST_PAIRS = 500
"""Moves of two that are tried before the search ends; those of one are all tried."""

_LEAST_GAIN = 1e-10
"""Smaller gains are rounding: which of equal points are taken must not hang on it."""


@dataclass(frozen=True, eq=False)
class Rounding:
    """Whole points, and the line behind them.

    Parameters
    ----------
    points : ndarray of int64, shape (n_levels,)
    line : Line
    """

    points: Array
    line: Line


def naive_rounding(problem: RoundingProblem) -> tuple[Array, float]:
    """Scale the largest effect to the most points it may have, and round.

    Parameters
    ----------
    problem : RoundingProblem

    Returns
    -------
    points : ndarray of int64, shape (n_levels,)
    scale : float
        Points for a unit of log odds.
    """
    scale = _widest(problem)
    return problem.within(np.rint(problem.effect * scale)), scale


def _widest(problem: RoundingProblem) -> float:
    """Scale at which the first effect reaches its bound."""
    room = np.where(problem.effect > 0, problem.high, -problem.low)
    bounded = (problem.effect != 0) & (room > 0)
    return float((room[bounded] / np.abs(problem.effect[bounded])).min())


def search_points(problem: RoundingProblem) -> Rounding:
    """Points of least loss that the search finds.

    Parameters
    ----------
    problem : RoundingProblem

    Returns
    -------
    Rounding
        Never worse than `naive_rounding` with its line fitted anew. No move of one level by one point
        lowers the loss, nor does one of two levels (of the 500 most promising). Points have no common
        divisor.
    """
    widest, largest = _widest(problem), int(np.abs([problem.low, problem.high]).max())
    sizes = np.linspace(1.0, largest, min(2 * largest - 1, _MOST_SCALES))
    search = _Search(problem)
    best: Array | None = None
    for size in sizes:
        found = search.descend(problem.within(np.rint(problem.effect * widest * size / largest)))
        if best is None or search.loss(found) < search.loss(best) - _LEAST_GAIN:
            best = found
    assert best is not None
    best = _smallest(best)
    while (better := search.neighbour(best, None)) is not None:
        best = _smallest(search.descend(better))
    return Rounding(best, problem.line(best))


def _smallest(points: Array) -> Array:
    """Points without a common divisor: the line makes up for it."""
    shorter: Array = points // max(int(np.gcd.reduce(points)), 1)
    return shorter


class _Search:
    """Moves on one problem; lines that were fitted are remembered."""

    def __init__(self, problem: RoundingProblem) -> None:
        self._problem = problem
        self._lines = dict[bytes, Line]()
        self._moves = _all_moves(len(problem.effect))

    def _line(self, points: Array, totals: Array | None = None) -> Line:
        key = points.tobytes()
        if key not in self._lines:
            totals = self._problem.levels @ points if totals is None else totals
            self._lines[key] = self._problem.line_of(totals)
        return self._lines[key]

    def loss(self, points: Array) -> float:
        """Loss of the best line behind some points."""
        return self._line(points).loss

    def descend(self, points: Array) -> Array:
        """Move while one of the most promising moves lowers the loss."""
        while (better := self.neighbour(points, _TRIED)) is not None:
            points = better
        return points

    def neighbour(self, points: Array, tried: int | None) -> Array | None:
        """The first better points one move away, most promising moves first; None if there are none."""
        bar = self.loss(points) - _LEAST_GAIN
        moves, levels = self._moves, self._problem.levels
        totals = levels @ points
        order = np.argsort(self._promise(points, totals), kind="stable")
        if tried is None:
            alone = moves.sign[order, 1] == 0
            order = np.concatenate([order[alone], order[~alone][:_MOST_PAIRS]])
        for m in order[:tried]:
            (j, k), (u, v) = moves.level[m], moves.sign[m]
            there = points.copy()
            there[j] += u
            there[k] += v
            if not np.array_equal(there, self._problem.within(there)):
                continue
            after = totals + u * levels[:, j]
            if self._line(there, after + v * levels[:, k] if v else after).loss < bar:
                return there
        return None

    def _promise(self, points: Array, totals: Array) -> Array:
        """Change of the loss that a quadratic model expects of each move, line fitted anew included."""
        problem, line = self._problem, self._line(points)
        p = line.probability(totals)
        residual, bend = problem.weight * p - problem.event, problem.weight * p * (1.0 - p)
        design = np.column_stack([np.ones(len(totals)), totals, line.slope * problem.levels])
        slopes, hessian = residual @ design, design.T @ (bend[:, None] * design)
        # what the line takes back when it is fitted anew; lstsq, since there may be one total only
        taken = np.linalg.lstsq(hessian[:2, :2], hessian[:2], rcond=None)[0]
        slopes, hessian = (slopes - slopes[:2] @ taken)[2:], (hessian - hessian[:, :2] @ taken)[2:, 2:]
        (j, k), (u, v) = self._moves.level.T, self._moves.sign.T
        diagonal = hessian.diagonal()
        expected: Array = u * slopes[j] + v * slopes[k] + u * v * hessian[j, k]
        return expected + 0.5 * (u * u * diagonal[j] + v * v * diagonal[k])


@dataclass(frozen=True, eq=False)
class _Moves:
    """Levels that move, and by how much; a move of one has a second sign of 0.

    Parameters
    ----------
    level, sign : ndarray of int64, shape (n_moves, 2)
    """

    level: Array
    sign: Array


def _all_moves(n: int) -> _Moves:
    first, second = np.triu_indices(n, 1)
    one = np.arange(n)
    alone = [(one, one, sign, 0) for sign in (1, -1)]
    pairs = [(first, second, u, v) for u in (1, -1) for v in (1, -1)]
    level = np.concatenate([np.column_stack([j, k]) for j, k, _, _ in alone + pairs])
    sign = np.concatenate([np.tile([u, v], (len(j), 1)) for j, _, u, v in alone + pairs])
    return _Moves(level, sign)
