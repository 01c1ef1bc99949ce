"""Best-first branch and bound over boxes of cells (A. Land, A. Doig, Econometrica 28, 1960)."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from treeprune.certificate.messages import Messages
from treeprune.model.ensemble import Array

_RESTARTS, _KICKS, _KICKED, _ROUNDS = 30, 100, 5, 4


class Bounds(Protocol):
    """What the search asks of a way to bound."""

    messages: Messages
    slack: float
    close: float
    trivial: float

    def start(self) -> Any:
        """State of the root."""

    def assess(
        self, box: Array, state: Any, parent: float, reached: float, root: bool
    ) -> tuple[float, Any]:
        """Bound of a box, at most that of its parent, and its state; `box` is made smaller in place."""

    def cut(self, box: Array, state: Any) -> tuple[int, int, float]:
        """Column to cut a box by, last cell of one side, score; minus infinity for a box of one cell."""

    def climb(self, point: Array, fixed: Array, box: Array) -> None:
        """Move a point to a better one, in place."""

    def at(self, point: Array) -> float:
        """What is searched for at a point; minus infinity where a group of columns forbids it."""


@dataclass(frozen=True, eq=False)
class Alternatives:
    """Cells that the columns of a group may hold together.

    Parameters
    ----------
    columns : ndarray of int64, shape (n_columns,)
    cells : ndarray of int64, shape (n_alternatives, n_columns)
    """

    columns: Array
    cells: Array


@dataclass(frozen=True, eq=False)
class Found:
    """What a search found.

    Parameters
    ----------
    upper : float
        No input is above this.
    lower : float
        An input reaches this.
    point : ndarray of int64
        The cells of this input.
    nodes : int
        Boxes that were bounded.
    finished : bool
        Whether nothing was left to look at.
    over : bool
        Whether more time would change nothing.
    """

    upper: float
    lower: float
    point: Array
    nodes: int
    finished: bool
    over: bool


class Search:
    """Search for the greatest value over a domain.

    Parameters
    ----------
    bounds : Bounds
    evaluate : callable
        ``evaluate(point)``: the value at a point.
    groups : list of Alternatives
    most_bytes : int
        Memory of boxes that wait; when it is used up the search ends.
    """

    def __init__(
        self,
        bounds: Bounds,
        evaluate: Callable[[Array], float],
        groups: list[Alternatives],
        most_bytes: int,
    ) -> None:
        self.bounds, self.evaluate, self.groups = bounds, evaluate, groups
        first = bounds.messages.problem.cell_first
        self._fixed = np.zeros(len(first) - 1, bool)
        for group in groups:
            self._fixed[group.columns] = True
        self.point = np.zeros(len(first) - 1, np.int64)
        for group in groups:
            self.point[group.columns] = group.cells[0]
        self.best = evaluate(self.point)
        self.nodes = 0
        self._room = most_bytes // max(1, int(first[-1]) + 16 * bounds.messages.n_classes)
        self._heap: list[tuple[float, int, Array, Any]] | None = None
        self._left = -math.inf  # greatest bound of a box that cannot be cut

    def _try(self, box: Array) -> None:
        """Climb from where the last bound points at."""
        point, now = self.bounds.messages.point.copy(), -math.inf
        for _ in range(_ROUNDS if self.groups else 1):
            for group in self.groups:
                self._best_alternative(group, point, box)
            self.bounds.climb(point, self._fixed, box)
            if self.groups and (climbed := self.bounds.at(point)) > now:
                now = climbed
            else:
                break
        self._note(point)

    def _best_alternative(self, group: Alternatives, point: Array, box: Array) -> None:
        first, best, at = self.bounds.messages.problem.cell_first, -math.inf, 0
        inside = box[first[group.columns] + group.cells].all(axis=1)
        for k in np.flatnonzero(inside):
            point[group.columns] = group.cells[k]
            here = self.bounds.at(point)
            if here > best:
                best, at = here, int(k)
        point[group.columns] = group.cells[at]

    def _note(self, point: Array) -> None:
        reached = self.evaluate(point)
        if reached > self.best:
            self.best, self.point = reached, point.copy()

    def run(self, deadline: float, gap: float) -> Found:
        """Search until the gap is closed, nothing is left, or time is over.

        Another call goes on from there.

        Parameters
        ----------
        deadline : float
            By `time.perf_counter`.
        gap : float
            (upper - lower) / abs(lower) at which to stop.

        Returns
        -------
        Found
        """
        bounds = self.bounds
        bounds.messages.deadline = deadline
        if not bounds.messages.problem.n_factors:  # nothing depends on the input
            return self._found(bounds.trivial, finished=True, over=True)
        if time.perf_counter() >= deadline and self._heap is None:
            return self._found(bounds.trivial, finished=False, over=False)
        if self._heap is None:
            self._heap = self._root(deadline)
        heap, stopped = self._heap, False
        while heap and -heap[0][0] > self._enough and time.perf_counter() < deadline:
            upper = max(-heap[0][0], self._left)
            stopped = upper - self.best <= gap * abs(self.best) or len(heap) > self._room
            if stopped:
                break
            self._open(heap)
        top = -heap[0][0] if heap else -math.inf
        finished = top <= self._enough
        return self._found(max(self._left, top), finished=finished, over=finished or stopped)

    def _root(self, deadline: float) -> list[tuple[float, int, Array, Any]]:
        """Bound the whole domain, and look for good points in it."""
        box = self.bounds.messages.everything()
        bound, state = self.bounds.assess(box, self.bounds.start(), self.bounds.trivial, self._enough, True)
        self.nodes += 1
        if bound <= self._enough:
            return []
        self._try(box)
        self._restart(box, deadline)
        return [(-bound, 0, box, state)]

    def _open(self, heap: list[tuple[float, int, Array, Any]]) -> None:
        """Cut the box with the greatest bound in two."""
        key, _, box, state = heapq.heappop(heap)
        column, last, score = self.bounds.cut(box, state)
        if score == -math.inf:
            self._left = max(self._left, -key)
            return
        for half in self._halves(box, column, last):
            found, own = self.bounds.assess(half, state, -key, self._enough, False)
            self.nodes += 1
            if found <= self._enough:
                continue
            self._try(half)
            if found > self._enough:
                heapq.heappush(heap, (-found, self.nodes, half, own))

    @property
    def _enough(self) -> float:
        """Boxes that are not above this are done with."""
        return self.best + self.bounds.close

    def _found(self, upper: float, *, finished: bool, over: bool) -> Found:
        upper = max(upper, self._enough) + self.bounds.slack
        return Found(upper, self.best, self.point, self.nodes, finished, over)

    def _halves(self, box: Array, column: int, last: int) -> tuple[Array, Array]:
        first = self.bounds.messages.problem.cell_first
        low, high = box.copy(), box.copy()
        low[first[column] + last + 1 : first[column + 1]] = False
        high[first[column] : first[column] + last + 1] = False
        return low, high

    def _restart(self, box: Array, deadline: float) -> None:
        """Climb from points drawn at random, and from the best one with some columns drawn anew.

        The points are the same ones each time (iterated local search; H. Lourenco, O. Martin, T. Stuetzle,
        Handbook of Metaheuristics, 2003).
        """
        rng, messages = np.random.default_rng(0), self.bounds.messages
        n_cells = np.diff(messages.problem.cell_first)
        told = np.flatnonzero(np.diff(messages.problem.column_first))
        for k in range(_RESTARTS + _KICKS):
            if time.perf_counter() >= deadline:
                return
            drawn = (rng.random(len(n_cells)) * n_cells).astype(np.int64)
            if k >= _RESTARTS:
                kept = np.ones(len(n_cells), bool)
                kept[rng.permutation(told)[:_KICKED]] = False
                drawn = np.where(kept, self.point, drawn)
            messages.point[:] = drawn
            self._try(box)
