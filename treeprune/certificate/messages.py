"""Bounds, points and cuts of a linear sum of two models, by the kernels."""

from __future__ import annotations

import time

import numpy as np

from treeprune.certificate.problem import Problem
from treeprune.kernels.box_branch import best_cut
from treeprune.kernels.box_messages import ask_all, pass_messages
from treeprune.kernels.box_points import climb, totals_at, value_at
from treeprune.kernels.threads import interruptible
from treeprune.model.ensemble import Array

_STEPS_A_LEAF, _LONG = 8, 20_000_000
"""Steps after which the time is looked at; a pass of more runs beside the main thread, for Ctrl-C."""

_UNIT = 2.0**-53
_SCALE = 16.0
"""What trees say may be this many times the sum of their greatest values; beyond, `slack` is wrong."""


class Messages:
    """Kernels with the room they need, for one problem.

    Parameters
    ----------
    problem : Problem
    """

    def __init__(self, problem: Problem) -> None:
        p = self.problem = problem
        n_cells, most_cells = int(p.cell_first[-1]), int(np.diff(p.cell_first).max(initial=1))
        self.n_classes = int(p.class_first[-1])
        self._total, self._cell = np.empty(n_cells), np.empty((2, most_cells))
        self._score, self._answer = np.empty(self.n_classes), np.empty(self.n_classes)
        self._top, self._loss = np.empty(len(p.pair_column)), np.empty(len(p.entry_pair))
        self._most, self._own_class = np.empty(p.n_factors), np.empty(len(p.pair_column), np.int64)
        self.point = np.zeros(len(p.cell_first) - 1, np.int64)
        leaves = np.diff(p.leaf_first)
        steps = _STEPS_A_LEAF * int((leaves * np.diff(p.pair_first)).sum()) + len(p.cls)
        self._long, self._at_once = steps > _LONG, max(1, _LONG // max(1, steps))
        self.deadline = np.inf
        self._inside = np.empty(p.leaf_first[-1])
        self._own = p.leaf_first, p.own_first, p.own_entry, p.entry_first
        self._walk = p.entry_first, p.entry_pair, p.entry_word, p.word
        self._columns = p.column_first, p.column_pair, p.cell_first, p.lam_first, p.cls, p.class_first

    def everything(self) -> Array:
        """The box of all cells."""
        return np.ones(len(self._total), bool)

    def slack(self, value: Array) -> float:
        """How far rounding may push a bound, given the values of the leaves.

        Each of what the trees say of a column is a sum of some numbers, none above `_SCALE` times the sum
        of all greatest values; a sum of n numbers is off by at most n units in the last place of the sum of
        their sizes (N. Higham, Accuracy and Stability of Numerical Algorithms, 2002, chapter 4).
        """
        p = self.problem
        if not p.n_factors:
            return 0.0
        size = np.maximum.reduceat(np.abs(value), p.leaf_first[:-1]).sum()
        terms = np.diff(p.column_first).max() + np.diff(p.pair_first).max() + 8
        return float(4 * _UNIT * len(p.pair_column) * terms * _SCALE * size)

    def bound(
        self, value: Array, box: Array, said: Array, reached: float, n_passes: int, enough: float
    ) -> float:
        """Bound of a sum over a box.

        Parameters
        ----------
        value : ndarray of float64, shape (n_leaves,)
        box : ndarray of bool, shape (n_cells,)
            Made smaller in place.
        said : ndarray of float64
            Where to start, and then what the trees said at the end.
        reached, n_passes, enough
            As for `pass_messages`.

        Returns
        -------
        float
            But for `slack`; minus infinity if nothing in the box is above `reached`.
        """
        p, before, left = self.problem, np.inf, n_passes
        while left > 0:
            args = (
                min(left, self._at_once), reached, enough, p.pair_factor, p.pair_first, *self._columns[:3],
                p.class_first, p.class_low, p.class_high, *self._own, p.entry_leaf, p.entry_word, p.word,
                p.pair_entry_first, p.pair_entry, value, box, said, self._total, self._score, self._top,
                self._loss, self._inside, self._most, self.point,
            )  # fmt: skip
            found = interruptible(pass_messages, *args) if self._long else pass_messages(*args)
            if before - found < enough or found == -np.inf or time.perf_counter() >= self.deadline:
                break
            before, left = found, left - self._at_once
        return float(found)

    def trusted(self, value: Array, said: Array) -> bool:
        """Whether numbers stayed so small that `slack` covers all rounding."""
        size = np.maximum.reduceat(np.abs(value), self.problem.leaf_first[:-1]).sum()
        return bool(np.abs(said).max() <= _SCALE * size)

    def cut(self, value: Array, box: Array) -> tuple[int, int, float]:
        """Where to cut a box for which `bound` was called last: column, last cell of one side, score."""
        p, where = self.problem, np.zeros(2, np.int64)
        ask_all(
            p.pair_factor, p.pair_first, p.class_first, *self._own, p.entry_word, p.word, value, self._top,
            self._loss, self._inside, self._score, self._answer,
        )  # fmt: skip
        score = best_cut(*self._columns, box, self._answer, self._cell[0], self._cell[1], where)
        return int(where[0]), int(where[1]), score

    def climb(self, value: Array, point: Array, fixed: Array, box: Array) -> float:
        """Move a point to a better one, one column at a time; its value."""
        p = self.problem
        climb(
            point, fixed, p.pair_factor, *self._columns, p.leaf_first, value, *self._walk, box,
            self._own_class, self._score, self._cell[0],
        )  # fmt: skip
        return self.value_at(value, point)

    def value_at(self, value: Array, point: Array) -> float:
        """Sum at a point; minus infinity where a group of columns forbids it."""
        p = self.problem
        found: float = value_at(
            point, p.column_first, p.column_pair, p.lam_first, p.cls, p.leaf_first, value, *self._walk,
            self._own_class,
        )  # fmt: skip
        return found

    def totals(self, value: Array, point: Array, column: int) -> Array:
        """Sum of the functions of a column at each of its cells, beside a point; shape (n_cells,)."""
        p, room = self.problem, self._cell[0]
        totals_at(
            column, point, p.pair_factor, *self._columns, p.leaf_first, value, *self._walk,
            self._own_class, self._score, room,
        )  # fmt: skip
        return room[: p.cell_first[column + 1] - p.cell_first[column]].copy()
