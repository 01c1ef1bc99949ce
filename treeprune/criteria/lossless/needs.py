"""How few trees can keep the classes of some inputs: sets of trees of which one is needed.

Say that numbers y >= 0, one in all, are given to the conditions. The least lead of any weights is not above
the mean lead by y, which is a sum over trees. So where y makes that mean small for each tree of a set, and
for the start, no weights of that set alone have a wide margin: one of the other trees is needed. The fewest
trees that have one of each such set are a lower bound, and where they suffice they are the answer (implicit
hitting sets: E. Moreno-Centeno, R. Karp, "The implicit hitting set approach to solve combinatorial
optimization problems with an application to multigenome alignment", Operations Research 61, 2013; y is a
cut of J. Benders, "Partitioning procedures for solving mixed-variables programming problems", Numerische
Mathematik 4, 1962).

A set that was found stays true whatever conditions come later, and however exactly y was found.
"""

from __future__ import annotations

import time

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from treeprune.criteria.lossless.master import Conditions, solved
from treeprune.model.ensemble import Array

_AT_ONCE = 8


class Needs:
    """Sets of trees of which one is needed for a margin.

    Parameters
    ----------
    n_trees : int
    margin : float
        As a part of the weight of all trees.
    """

    def __init__(self, n_trees: int, margin: float) -> None:
        self._n_trees, self._margin = n_trees, margin
        self._sets: list[Array] = []
        self.at_least = 0

    def smallest(self, deadline: float) -> Array | None:
        """Fewest trees that have one of each set (bool, shape (n_trees,)); None if time is up."""
        if not self._sets:
            return np.zeros(self._n_trees, bool)
        left = deadline - time.perf_counter()
        if left <= 0:
            return None
        found = milp(
            np.ones(self._n_trees),
            integrality=np.ones(self._n_trees, np.int64),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(csr_array(np.array(self._sets, float)), 1, np.inf),
            options={"time_limit": left},
        )
        bound = getattr(found, "mip_dual_bound", None)
        if bound is not None and np.isfinite(bound):
            self.at_least = max(self.at_least, int(np.ceil(bound - 1e-6)))
        return None if found.x is None or found.status != 0 else found.x > 0.5

    def learn(self, given: Conditions, used: Array, deadline: float) -> bool:
        """Find sets that show why some trees do not suffice, each beside the last.

        Returns
        -------
        bool
            Whether there was any.
        """
        used, some = used.copy(), False
        for _ in range(_AT_ONCE):
            found = self._without(given, used, deadline)
            if found is None:
                break
            self._sets.append(found)
            some = True
            others = np.flatnonzero(found)
            used[others[: max(1, len(others) // 3)]] = True
        return some

    def _without(self, given: Conditions, used: Array, deadline: float) -> Array | None:
        """Trees of which one is needed beside those in use: few of them, by a linear program."""
        own, others = np.flatnonzero(used), np.flatnonzero(~used)
        n, m = len(given.lead), len(others)
        kept = np.column_stack([given.lead[:, own], given.start]).T
        beside = np.hstack([given.lead[:, others].T, -np.eye(m)])
        x = solved(
            np.append(np.zeros(n), np.ones(m)),
            most=(
                np.vstack([np.hstack([kept, np.zeros((len(kept), m))]), beside]),
                np.append(np.full(len(kept), self._margin / 2), np.zeros(m)),
            ),
            one=np.append(np.ones(n), np.zeros(m)),
            bounds=(0, None),
            deadline=deadline,
        )
        if x is None:
            return None
        y = np.maximum(x[:n], 0.0)
        y /= y.sum()
        needed: Array = y @ given.lead > self._margin
        if needed[own].any() or y @ given.start > self._margin:
            return None  # the program was not solved well enough to show anything
        return needed if needed.any() else None  # else all trees together do not suffice
