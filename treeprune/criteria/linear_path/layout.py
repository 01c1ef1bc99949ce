"""Where the coefficients of the working set stand, and what their penalties and bounds are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from treeprune.criteria.linear_path.problem import PathProblem
from treeprune.model.ensemble import Array


class Layout:
    """Coefficients in one row: intercepts, columns that are always in, then groups as they came.

    Those of one column stand side by side, one for each output.

    Parameters
    ----------
    problem : PathProblem
    groups : sequence of int
        Groups of the working set. Those at the `head` are left out: their penalty factor is 0, and they
        have no bounds.
    ratios : ndarray of float64, shape (n_problems, n_features)
        See `treeprune.criteria.linear_path.ratios.ratios_of`.
    """

    def __init__(self, problem: PathProblem, groups: Sequence[int] | Array, ratios: Array) -> None:
        k = problem.n_outputs
        columns = np.concatenate([head_columns(problem), columns_of(problem, groups)])
        self.groups = np.asarray(groups, np.int64)
        self.n_outputs = k
        self.head = k * (1 + len(columns) - int(problem.size[self.groups].sum()))
        self.start = self.head + k * np.append(0, np.cumsum(problem.size[self.groups]))
        # without an intercept its column is zero in every problem, so that it has no slope and stays
        intercepts = np.full((len(ratios), 1), float(problem.fit_intercept))
        own = np.append(intercepts, ratios[:, columns], axis=1)
        self.ratios = np.repeat(own, k, axis=1)
        self.low = np.repeat(_over(own, -np.inf, problem.bounds[0][columns]), k, axis=1)
        self.high = np.repeat(_over(own, np.inf, problem.bounds[1][columns]), k, axis=1)
        self.bounded = problem.is_bounded[self.groups]
        self.singles = k == 1 and bool((problem.size[self.groups] == 1).all())
        self.soft, self.ridge = problem.soft[self.groups], problem.ridge[self.groups]

    def penalties(self, strength: float) -> tuple[Array, Array]:
        """Factors of norms and of half squared norms of the groups; the strength may be infinite."""
        return times(strength, self.soft), times(strength, self.ridge)


def _over(ratios: Array, none: float, bounds: Array) -> Array:
    """Bounds on the scale of each problem; intercepts and columns that are constant there have none."""
    out = np.full(ratios.shape, none)
    return np.divide(np.append(none, bounds), ratios, where=ratios > 0.0, out=out)


def times(strength: float, unit: Array) -> Array:
    """Product in which a factor of zero stays zero, whatever the strength."""
    return np.multiply(strength, unit, where=unit > 0.0, out=np.zeros(len(unit)))


def is_head(problem: PathProblem) -> Array:
    """Whether a group is never penalised and has no bounds, shape (n_groups,)."""
    return (problem.factor <= 0.0) & ~problem.is_bounded


def head_columns(problem: PathProblem) -> Array:
    """Columns of the groups at the head."""
    return np.flatnonzero(is_head(problem)[problem.group])


def columns_of(problem: PathProblem, groups: Sequence[int] | Array) -> Array:
    """Columns of some groups, group by group."""
    wanted = np.full(len(problem.factor), -1)
    wanted[np.asarray(groups, np.int64)] = np.arange(len(groups))
    columns = np.flatnonzero(wanted[problem.group] >= 0)
    return columns[np.argsort(wanted[problem.group[columns]], kind="stable")]
