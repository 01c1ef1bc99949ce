"""Nodes of the search where the sum itself is bounded."""

from __future__ import annotations

import numpy as np

from treeprune.certificate.messages import Messages
from treeprune.certificate.relaxation import relaxed_messages
from treeprune.model.ensemble import Array

_PASSES, _ROOT_PASSES = 4, 300
_ENOUGH = 1e-4
"""Part of the bound that a pass has to bring for another one to follow."""


class LinearBounds:
    """Bounds of a linear sum over boxes.

    Parameters
    ----------
    messages : Messages
    value : ndarray of float64, shape (n_leaves,)
        What each leaf adds.
    constant : float
        Where the sum starts.
    seconds : float
        Time that a linear program may take.
    """

    def __init__(self, messages: Messages, value: Array, constant: float, seconds: float) -> None:
        self._seconds = seconds
        self.messages, self.value, self.constant = messages, value, constant
        first = messages.problem.leaf_first[:-1]
        self.slack, self.close = messages.slack(value), 0.0
        self.trivial = constant + float(np.maximum.reduceat(value, first).sum()) if len(first) else constant
        self._size = float(np.maximum.reduceat(np.abs(value), first).sum()) if len(first) else 0.0

    def start(self) -> Array:
        """State of the root."""
        return np.zeros(self.messages.n_classes, np.float32)

    def assess(
        self, box: Array, state: Array, parent: float, reached: float, root: bool
    ) -> tuple[float, Array]:
        """Bound of a box, but for `slack`, and its state; `box` is made smaller in place."""
        said, before = state.astype(np.float64), box.copy()
        n_passes, enough = (_ROOT_PASSES, 0.1 * _ENOUGH) if root else (_PASSES, _ENOUGH)
        found = self.messages.bound(
            self.value, box, said, reached - self.constant, n_passes, enough * self._size
        )
        if not self.messages.trusted(self.value, said):
            box[:] = before
            return parent, self.start()
        if root and found + self.constant > reached:
            found, said = self._relaxed(box, found, said, reached - self.constant)
        return min(parent, found + self.constant), said.astype(np.float32)

    def _relaxed(self, box: Array, found: float, said: Array, reached: float) -> tuple[float, Array]:
        """The bound from the optimum of the linear program, where that is lower."""
        start = relaxed_messages(self.messages.problem, self.value, self._seconds)
        if start is None:
            return found, said
        tried = box.copy()
        other = self.messages.bound(self.value, tried, start, reached, _PASSES, _ENOUGH * self._size)
        if other >= found or not self.messages.trusted(self.value, start):
            return found, said
        box[:] = tried
        return other, start

    def cut(self, box: Array, state: Array) -> tuple[int, int, float]:
        """Where to cut a box."""
        self.messages.bound(self.value, box.copy(), state.astype(np.float64), -np.inf, 1, 0.0)
        return self.messages.cut(self.value, box)

    def climb(self, point: Array, fixed: Array, box: Array) -> None:
        """Move a point to a better one, one column at a time."""
        self.messages.climb(self.value, point, fixed, box)

    def at(self, point: Array) -> float:
        """The sum at a point, but for its start; minus infinity where a group of columns forbids it."""
        return self.messages.value_at(self.value, point)
