"""One output in one direction: what is searched for, and what it comes to."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from treeprune.certificate.curved import CurvedBounds
from treeprune.certificate.difference import Difference, Leaves
from treeprune.certificate.linear import LinearBounds
from treeprune.certificate.outputs import growing_link
from treeprune.certificate.result import Extreme
from treeprune.certificate.search import Bounds, Found, Search
from treeprune.model.ensemble import Array
from treeprune.model.traverse import raw_output

_PART_OF_PROGRAMS = 0.3
"""Part of a search's first turn that linear programs may take."""


class Direction:
    """Largest value of after - before in one output column, or its least.

    Parameters
    ----------
    difference : Difference
    kind : str
        ``"raw"``, or else answers are compared.
    column : int
    sign : int
        1 for the largest, -1 for the least.
    most_bytes : int
        Memory of boxes that wait.
    """

    def __init__(self, difference: Difference, kind: str, column: int, sign: int, most_bytes: int) -> None:
        self._difference, self._kind, self._column, self._sign = difference, kind, column, sign
        self._most_bytes, self._off = most_bytes, 0.0
        self._search: Search | None = None
        self._found: Found | None = None
        self._seconds = 0.0

    @property
    def over(self) -> bool:
        """Whether more time would change nothing."""
        return self._found is not None and self._found.over

    def advance(self, deadline: float, gap: float) -> None:
        """Search until a time (by `time.perf_counter`)."""
        start = time.perf_counter()
        if self._search is None:
            self._search = self._made(deadline)
        self._found = self._search.run(deadline, gap)
        self._seconds += time.perf_counter() - start

    def extreme(self) -> Extreme:
        """What was found so far."""
        assert self._found is not None
        d, found = self._difference, self._found
        row = d.row(found.point)
        reached = self._native(row)
        return Extreme(
            bound=self._sign * max(found.upper + self._off, self._sign * reached),
            reached=reached,
            row=tuple(row.tolist()),
            exact=found.finished and not d.coarse,
            nodes=found.nodes,
            seconds=self._seconds,
        )

    def _made(self, deadline: float) -> Search:
        d = self._difference
        leaves = d.leaves(self._column, apart=self._kind != "raw")
        seconds = _PART_OF_PROGRAMS * max(0.0, deadline - time.perf_counter())
        made = self._linear if self._kind == "raw" else self._curved
        bounds, evaluate = made(leaves, seconds)
        return Search(bounds, evaluate, d.groups, self._most_bytes)

    def _linear(self, leaves: Leaves, seconds: float) -> tuple[Bounds, Callable[[Array], float]]:
        d, sign = self._difference, self._sign
        self._off = float(sum(s.rounding[self._column] for s in d.sums))
        constant = sign * (leaves.start[1] - leaves.start[0])

        def change(point: Array) -> float:
            before, after = d.values_at(point, self._column)
            return sign * (after - before)

        value = sign * (leaves.after - leaves.before)
        return LinearBounds(leaves.messages, value, constant, seconds), change

    def _curved(self, leaves: Leaves, seconds: float) -> tuple[Bounds, Callable[[Array], float]]:
        d = self._difference
        h, flips = growing_link(d.before)
        # the greatest of h(a) - h(b): a is the model after, unless the direction or the link turns it round
        a = 1 if self._sign * flips > 0 else 0
        value = leaves.before, leaves.after
        off = [float(s.rounding[self._column]) for s in d.sums]

        def change(point: Array) -> float:
            both = d.values_at(point, self._column)
            of_a, of_b = h(np.array([both[a], both[1 - a]]))
            return float(of_a - of_b)

        bounds = CurvedBounds(
            leaves.messages, value[a], value[1 - a], (leaves.start[a], leaves.start[1 - a]),
            (off[a], off[1 - a]), h, seconds,
        )  # fmt: skip
        return bounds, change

    def _native(self, row: Array) -> float:
        """Change at a row, by the models' own arithmetic."""
        found = []
        for e in (self._difference.before, self._difference.after):
            raw = raw_output(e, row[None].astype(e.input_dtype), n_jobs=1)[:, self._column]
            if self._kind != "raw":
                h, flips = growing_link(e)
                raw = flips * h(raw.astype(np.float64))
            found.append(float(raw[0]))
        return found[1] - found[0]
