"""Clocks for ways that are to be compared on a machine with other work."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Work = Callable[[Any], Any]


@dataclass(frozen=True)
class Way:
    """Something to be timed: its parts in turn, each given what `prepare` makes off the clock."""

    parts: tuple[Work, ...]
    prepare: Callable[[], Any] = lambda: None

    @classmethod
    def of(cls, work: Work, prepare: Callable[[], Any] = lambda: None) -> Way:
        """All in one part."""
        return cls((work,), prepare)


def duel(
    ways: dict[str, Way],
    repeats: int,
    clock: Callable[[], float] = time.process_time,
    seconds: float = 0.0,
) -> dict[str, float]:
    """Least seconds of each way: the sum of the least of each of its parts.

    The ways take turns, so that all meet the same moments of the machine; and parts are short, so that
    each has its chance of a calm one. They go on for so many `seconds` at least.
    """
    least = {name: [math.inf] * len(way.parts) for name, way in ways.items()}
    end = time.monotonic() + seconds
    while repeats > 0 or time.monotonic() < end:
        repeats -= 1
        for name, way in ways.items():
            given = way.prepare()
            gc.collect()
            for k, part in enumerate(way.parts):
                start = clock()
                part(given)
                least[name][k] = min(least[name][k], clock() - start)
    return {name: sum(seconds) for name, seconds in least.items()}
