"""Factors of some trees that keep the classes of some inputs by the widest margin."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog

from treeprune.model.ensemble import Array

_LEAST_START = 1e-3
_IN_USE = 1e-9
_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Conditions:
    """By how much each tree votes for the classes of some inputs, and against another class.

    Parameters
    ----------
    lead : ndarray of float64, shape (n_conditions, n_trees)
        Of trees that are weighed to have a largest lead of one each.
    start : ndarray of float64, shape (n_conditions,)
        The same of where the scores start, for a start that weighs as much as all trees of the model.
    started : bool
        Whether scores start elsewhere than at the same number; else only ratios of weights matter.
    """

    lead: Array
    start: Array
    started: bool

    @property
    def n_trees(self) -> int:
        """Trees that may be weighed."""
        return self.lead.shape[1]

    def distinct(self) -> Conditions:
        """Without what is said twice."""
        both = np.unique(np.column_stack([self.lead, self.start]), axis=0)
        return Conditions(both[:, :-1], both[:, -1], self.started)

    def joined(self, lead: Array, start: Array) -> Conditions:
        """With others."""
        return Conditions(np.vstack([self.lead, lead]), np.append(self.start, start), self.started)


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights of trees and of the start, one in all.

    Parameters
    ----------
    trees : ndarray of float64, shape (n_trees,)
    start : float
        Zero where scores start at zero.
    margin : float
        By how much the score of the class is above all others, at the least.
    """

    trees: Array
    start: float
    margin: float


def widest(given: Conditions, used: Array, deadline: float) -> Weights | None:
    """Weights of some trees with the widest margin for the weight that they have in all.

    The program has as many rows as there are conditions; a solution of it weighs few trees. For all trees
    this is the least sum of weights of a given margin, in other words.

    Parameters
    ----------
    given : Conditions
    used : ndarray of bool, shape (n_trees,)
    deadline : float
        On the clock of `time.perf_counter`.

    Returns
    -------
    Weights or None
        None if time is up.
    """
    own = np.flatnonzero(used)
    n = len(own)
    columns = np.column_stack([given.lead[:, own], given.start])
    x = solved(
        np.append(np.zeros(n + 1), -1.0),
        most=(np.column_stack([-columns, np.ones(len(columns))]), np.zeros(len(columns))),
        one=np.append(np.ones(n + 1), 0.0),
        bounds=[(0, None)] * n + [(_LEAST_START, None) if given.started else (0, 0), (None, None)],
        deadline=deadline,
    )
    if x is None:
        return None
    trees = np.zeros(given.n_trees)
    trees[own] = np.where(x[:n] > _IN_USE, x[:n], 0.0)
    start = float(x[n])
    margin = float((given.lead @ trees + given.start * start).min())
    return Weights(trees, start, margin)


def solved(
    cost: Array, *, most: tuple[Array, Array], one: Array, bounds: Any, deadline: float
) -> Array | None:
    """Solution of a linear program, ``most[0] @ x <= most[1]`` and ``one @ x == 1``, or None."""
    left = deadline - time.perf_counter()
    if left <= 0:
        return None
    options: Any = {
        "time_limit": left,
        "primal_feasibility_tolerance": _TOLERANCE,
        "dual_feasibility_tolerance": _TOLERANCE,
    }
    found = linprog(
        cost, A_ub=most[0], b_ub=most[1], A_eq=one[None], b_eq=[1.0], bounds=bounds, options=options
    )
    x: Array | None = found.x
    return x
