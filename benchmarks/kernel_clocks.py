"""Clocks for ways that are to be compared on a machine with other work."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Way:
    """Something to be timed: `work` is given what `prepare` makes outside the clock."""

    work: Callable[[Any], Any]
    prepare: Callable[[], Any] = lambda: None


def duel(
    ways: dict[str, Way], repeats: int, clock: Callable[[], float] = time.process_time
) -> dict[str, float]:
    """Least seconds of each way. They take turns, so that all meet the same moments of the machine."""
    least = dict.fromkeys(ways, math.inf)
    for _ in range(repeats):
        for name, way in ways.items():
            given = way.prepare()
            gc.collect()
            start = clock()
            way.work(given)
            least[name] = min(least[name], clock() - start)
    return least
