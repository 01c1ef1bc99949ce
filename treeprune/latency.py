"""How long a model takes to answer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.model.ensemble import Array
from treeprune.pruners.native import Native

_WARM_UPS = 2


@dataclass(frozen=True)
class Latency:
    """How long a call takes, over repeats.

    Parameters
    ----------
    median, low, high : float
        Milliseconds; `low` and `high` are the quartiles.
    """

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, times: Array) -> Latency:
        """Summary of times in milliseconds; ndarray of float64, shape (n_repeats,)."""
        low, median, high = np.quantile(times, [0.25, 0.5, 0.75])
        return cls(float(median), float(low), float(high))

    def __str__(self) -> str:
        return f"{self.median:.3g} ms ({self.low:.3g} to {self.high:.3g})"


def batch_times(model: Native, X: Any, n_repeats: int) -> Array:
    """Milliseconds of some calls of predict (of probabilities, where there are some), after warm-ups.

    Parameters
    ----------
    model : Native
    X : table
    n_repeats : int

    Returns
    -------
    ndarray of float64, shape (n_repeats,)
    """
    call = model.predict_proba if hasattr(model.model, "predict_proba") else model.predict
    times = []
    for _ in range(n_repeats + _WARM_UPS):
        start = time.perf_counter()
        call(X)
        times.append(1000 * (time.perf_counter() - start))
    return np.array(times[_WARM_UPS:])
