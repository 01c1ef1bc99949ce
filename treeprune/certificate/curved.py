"""Nodes of the search where answers behind a link are bounded: h(a) - h(b) for a growing function h.

Of both sums a and b a node knows lines that no input in its box is beyond: ends of b, and weighted
differences u a - v b. The greatest value of h(a) - h(b) within these lines bounds the box. Where it is
reached the slopes of h say which weighted difference to bound next (outer approximation of M. Duran and
I. Grossmann, Mathematical Programming 36, 1986).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from treeprune.certificate.messages import Messages
from treeprune.certificate.relaxation import relaxed_messages
from treeprune.model.ensemble import Array

_PASSES, _ROOT_PASSES = 6, 60
_CUTS_AT_ROOT = 6
_TOLERANCE = 1e-7
_COARSE, _PART = 1e-3, 0.01
"""Tolerances where slopes are looked for, and of bounds as a part of what is still open."""
_SLOPE = 1e-6
_LINK_ERROR = 1e-12
"""Relative error of links and of the lines, with much to spare."""
_CLOSE = 1e-6
"""Bounds of answers are not made tighter than this."""
_MOST_PIECES = 20_000


@dataclass(frozen=True)
class Lines:
    """What is known of both sums in a box.

    Parameters
    ----------
    low, high : float
        Ends of b.
    cuts : tuple of (float, float, float)
        u, v and w >= 0 of ``u a - v b <= w``; u is above 0.
    """

    low: float
    high: float
    cuts: tuple[tuple[float, float, float], ...]

    def greatest_a(self, b: Array) -> Array:
        """Greatest a that the cuts allow for some values of b; it grows with b."""
        found = np.full(len(b), np.inf)
        for u, v, w in self.cuts:
            found = np.minimum(found, (w + v * b) / u)
        return found


def greatest(
    h: Callable[[Array], Array], lines: Lines, off: tuple[float, float], tolerance: float
) -> tuple[float, float]:
    """Bound of ``h(a) - h(b)`` within some lines, and the b at which it is about reached.

    Parameters
    ----------
    h : callable
        Grows.
    lines : Lines
    off : tuple of float
        What a may be above, and b below, what the lines say.
    tolerance : float
        How much more than necessary the bound may be.

    Returns
    -------
    bound, b : float
    """
    edges = np.linspace(lines.low, lines.high, 65)
    left, right, best, at = edges[:-1], edges[1:], -np.inf, lines.low
    while True:
        # a grows with b, so the right end of a piece has the greatest a and its left end the least b
        with np.errstate(over="ignore", invalid="ignore"):
            upper = h(lines.greatest_a(right) + off[0]) - h(left - off[1])
            reached = h(lines.greatest_a(left) + off[0]) - h(left - off[1])
        upper = np.where(np.isnan(upper), np.inf, upper)  # both infinite
        k = int(reached.argmax())
        if reached[k] > best:
            best, at = float(reached[k]), float(left[k])
        enough = best + tolerance
        kept = upper > enough  # what the others hold is not above `enough`
        middle = left + (right - left) / 2
        ended = not kept.any() or len(left) > _MOST_PIECES
        if ended or ((middle <= left) | (middle >= right))[kept].any():
            return max(enough, float(upper.max())), at
        left, middle, right = left[kept], middle[kept], right[kept]
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])


@dataclass(frozen=True, eq=False)
class State:
    """What a node hands on: its lines, and what trees said when the sums were bounded."""

    lines: Lines
    said: tuple[Array, Array, Array]
    weights: tuple[float, float]


class CurvedBounds:
    """Bounds of ``h(a) - h(b)`` over boxes.

    Parameters
    ----------
    messages : Messages
    a, b : ndarray of float64, shape (n_leaves,)
        What each leaf adds to both sums.
    start : tuple of float
        Where a and b start.
    off : tuple of float
        By how much the models' own arithmetic may be off a and b.
    h : callable
        Grows.
    seconds : float
        Time that linear programs may take.
    """

    def __init__(
        self, messages: Messages, a: Array, b: Array, start: tuple[float, float], off: tuple[float, float],
        h: Callable[[Array], Array], seconds: float,
    ) -> None:  # fmt: skip
        self.messages, self._a, self._b, self._start, self._h = messages, a, b, start, h
        self._off, self._seconds = off, seconds / _CUTS_AT_ROOT
        ends = self._b_ends_trivially()
        difference = start[0] - start[1] + self._greatest_leaves(a - b)
        greatest_a = start[0] + self._greatest_leaves(a)
        self._lines = Lines(*ends, ((1.0, 1.0, difference), (1.0, 0.0, greatest_a)))
        with np.errstate(over="ignore"):
            size = np.abs(h(np.array([greatest_a, *ends]))).max()
        self.slack = _LINK_ERROR * max(1.0, float(size))
        self.trivial = greatest(h, self._lines, off, _COARSE)[0]
        self.close = _CLOSE + self._off_at_most()

    def _off_at_most(self) -> float:
        """About how far the models' own arithmetic is off their answers."""
        b = np.linspace(self._lines.low, self._lines.high, 65)
        a = self._lines.greatest_a(b)
        with np.errstate(over="ignore", invalid="ignore"):
            off = self._h(a + self._off[0]) - self._h(a), self._h(b) - self._h(b - self._off[1])
        return float(sum(np.nan_to_num(x, posinf=0.0).max() for x in off))

    def _greatest_leaves(self, value: Array) -> float:
        first = self.messages.problem.leaf_first[:-1]
        return float(np.maximum.reduceat(value, first).sum()) if len(first) else 0.0

    def _b_ends_trivially(self) -> tuple[float, float]:
        return self._start[1] - self._greatest_leaves(-self._b), self._start[1] + self._greatest_leaves(
            self._b
        )

    def start(self) -> State:
        """State of the root."""
        empty = np.zeros(self.messages.n_classes, np.float32)
        return State(self._lines, (empty, empty, empty), self._slopes(self._lines))

    def _slopes(self, lines: Lines) -> tuple[float, float]:
        """Weights of a and b where the greatest value within the lines is reached."""
        _, b = greatest(self._h, lines, self._off, _COARSE)
        a = float(lines.greatest_a(np.array([b]))[0])
        ends = np.array([a - _SLOPE, a + _SLOPE, b - _SLOPE, b + _SLOPE])
        value = self._h(ends)
        u, v = float(value[1] - value[0]), float(value[3] - value[2])
        most = max(u, v)
        if not np.isfinite(most) or most <= 0:
            return 1.0, 1.0
        return max(u / most, 1e-3), max(v / most, 0.0)

    def _sum(self, weights: tuple[float, float]) -> tuple[Array, float]:
        u, v = weights
        return u * self._a - v * self._b, u * self._start[0] - v * self._start[1]

    def _bound(self, weights: tuple[float, float], box: Array, said: Array, n: int) -> tuple[float, Array]:
        value, start = self._sum(weights)
        own = said.astype(np.float64)
        found = self.messages.bound(value, box, own, -np.inf, n, 1e-4 * abs(value).max(initial=0.0))
        if not self.messages.trusted(value, own):
            return np.inf, np.zeros_like(said)
        return found + start + self.messages.slack(value), own.astype(np.float32)

    def _relaxed(
        self, weights: tuple[float, float], box: Array, w: float, said: Array
    ) -> tuple[float, Array]:
        """The bound from the optimum of the linear program, where that is lower."""
        start = relaxed_messages(self.messages.problem, self._sum(weights)[0], self._seconds)
        if start is None:
            return w, said
        other, found = self._bound(weights, box, start, _PASSES)
        return (other, found) if other < w else (w, said)

    def assess(
        self, box: Array, state: State, parent: float, reached: float, root: bool
    ) -> tuple[float, State]:
        """Bound of a box and its state; `box` loses cells that no input has."""
        n = _ROOT_PASSES if root else _PASSES
        lines, weights = state.lines, state.weights
        high, said_high = self._bound((0.0, -1.0), box, state.said[1], n)
        low, said_low = self._bound((0.0, 1.0), box, state.said[2], n)
        if -np.inf in (high, low):
            return -np.inf, state
        ends = max(lines.low, -low), min(lines.high, high)
        lines = Lines(min(ends), max(ends), lines.cuts)
        said = state.said[0]
        tolerance = max(_TOLERANCE, _PART * (parent - reached))
        for _ in range(_CUTS_AT_ROOT if root else 1):
            w, said = self._bound(weights, box, said, n)
            if root:
                w, said = self._relaxed(weights, box, w, said)
            lines = Lines(lines.low, lines.high, (*lines.cuts[-5:], (*weights, w)))
            found, _ = greatest(self._h, lines, self._off, tolerance)
            if found <= reached:
                break
            weights = self._slopes(lines)
        return min(parent, found), State(lines, (said, said_high, said_low), weights)

    def cut(self, box: Array, state: State) -> tuple[int, int, float]:
        """Where to cut a box: so that the difference falls, or if its trees agree, b."""
        best = (0, 0, -np.inf)
        for weights, said in ((state.weights, state.said[0]), ((0.0, -1.0), state.said[1])):
            value, _ = self._sum(weights)
            self.messages.bound(value, box.copy(), said.astype(np.float64), -np.inf, 1, 0.0)
            found = self.messages.cut(value, box)
            if found[2] > 1e-9 or best[2] == -np.inf:
                best = found
            if found[2] > 1e-9:
                break
        return best

    def climb(self, point: Array, fixed: Array, box: Array) -> None:
        """Move a point to a better one, one column at a time."""
        p = self.messages.problem
        a, b = (self.messages.value_at(x, point) for x in (self._a, self._b))
        columns = np.flatnonzero(np.diff(p.column_first) * ~fixed)
        waiting, k = len(columns), 0
        while waiting > 0:
            j = int(columns[k])
            to_a, to_b = (self.messages.totals(x, point, j) for x in (self._a, self._b))
            here = int(point[j])
            all_a, all_b = a - to_a[here] + to_a, b - to_b[here] + to_b
            better = np.where(
                box[p.cell_first[j] : p.cell_first[j + 1]], self._change(all_a, all_b), -np.inf
            )
            best = int(better.argmax())
            waiting -= 1
            if best != here and better[best] > better[here] + 1e-12:
                point[j], a, b, waiting = best, float(all_a[best]), float(all_b[best]), len(columns) - 1
            k = (k + 1) % len(columns)

    def at(self, point: Array) -> float:
        """The change at a point; minus infinity where a group of columns forbids it."""
        a, b = (np.array([self.messages.value_at(x, point)]) for x in (self._a, self._b))
        return float(self._change(a, b)[0]) if np.isfinite(a[0]) else -np.inf

    def _change(self, a: Array, b: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            found = self._h(a + self._start[0]) - self._h(b + self._start[1])
        return np.where(np.isnan(found), -np.inf, found)
