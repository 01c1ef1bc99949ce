"""Fewest trees, and their factors, that keep the classes of some inputs."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from treeprune.model.ensemble import Array

MARGIN = 1e-3
"""How far the score of the class is above all others, in units of the largest vote of one tree."""

MOST_FACTOR = 10.0
_IN_USE = 1e-6


@dataclass(frozen=True, eq=False)
class Fit:
    """Factors that keep the classes of some inputs.

    Parameters
    ----------
    factors : ndarray of float64, shape (n_trees,)
    at_least : int
        No fewer trees keep these classes (with `MARGIN`, and no factor above ten).
    """

    factors: Array
    at_least: int

    @property
    def n_trees(self) -> int:
        """Trees in use."""
        return int((self.factors > 0).sum())


def fewest_trees(lead: Array, base: Array, *, exact: bool, deadline: float) -> Fit | None:
    """Factors of few trees.

    Parameters
    ----------
    lead : ndarray of float64, shape (n_conditions, n_trees)
        By how much each tree votes more for the class than for another one.
    base : ndarray of float64, shape (n_conditions,)
        The same of where the scores start.
    exact : bool
        Whether the number of trees is minimised (a mixed-integer program), or the sum of their factors.
    deadline : float
        On the clock of `time.perf_counter`.

    Returns
    -------
    Fit or None
        None if time is up, or no factors keep all classes with a margin.
    """
    n = lead.shape[1]
    lead, base = _distinct(lead, base)
    left = deadline - time.perf_counter()
    if left <= 0:
        return None
    if exact:
        # factors up to the most, and whether a tree is used
        link = np.hstack([np.eye(n), -MOST_FACTOR * np.eye(n)])
        found = milp(
            np.concatenate([np.full(n, 1e-9), np.ones(n)]),
            integrality=np.repeat([0, 1], n),
            bounds=Bounds(0, np.repeat([MOST_FACTOR, 1.0], n)),
            constraints=[
                LinearConstraint(np.hstack([lead, np.zeros_like(lead)]), MARGIN - base, np.inf),
                LinearConstraint(link, -np.inf, 0),
                LinearConstraint(np.repeat([0.0, 1.0], n), 1, np.inf),
            ],
            options={"time_limit": left},
        )
        if found.x is None:
            return None
        used = found.x[n:] > 0.5
        bound = getattr(found, "mip_dual_bound", None)
        at_least = max(1, int(np.ceil(bound - 1e-3))) if bound is not None and np.isfinite(bound) else 1
    else:
        relaxed = linprog(
            np.ones(n),
            A_ub=-lead,
            b_ub=base - MARGIN,
            bounds=(0, MOST_FACTOR),
            options={"time_limit": left},
        )
        if relaxed.x is None:
            return None
        used, at_least = relaxed.x > _IN_USE, 1
    factors = _widest(lead, base, used, deadline)
    return None if factors is None else Fit(factors, at_least)


def _widest(lead: Array, base: Array, used: Array, deadline: float) -> Array | None:
    """Factors of some trees, summing to their number at the most, with the widest margin."""
    if not used.any() or deadline <= time.perf_counter():
        return None
    own = np.flatnonzero(used)
    n = len(own)
    # at least a hair of each, so that no tree of the set is lost to rounding
    least = 1e-4
    found = linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=np.hstack([-lead[:, own], np.ones((len(lead), 1))]),
        b_ub=base,
        bounds=[(least, MOST_FACTOR)] * n + [(None, 1e3)],
        options={"time_limit": max(1e-3, deadline - time.perf_counter())},
    )
    if found.x is None or found.x[-1] < MARGIN / 2:
        return None
    factors = np.zeros(len(used))
    factors[own] = found.x[:n]
    return factors


def _distinct(lead: Array, base: Array) -> tuple[Array, Array]:
    both = np.unique(np.column_stack([lead, base]), axis=0)
    return both[:, :-1], both[:, -1]
