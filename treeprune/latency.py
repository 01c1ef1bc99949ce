"""How long a model takes to answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from treeprune.backends.registry import find_backend
from treeprune.model.ensemble import Array
from treeprune.pruners.native import Native, is_scikit_learn
from treeprune.statistics.rows import dense, model_rows

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


def prediction_of(model: Native, X: Any) -> Callable[[], Any]:
    """A call that predicts all rows by the vendor's own code.

    Parameters
    ----------
    model : Native
    X : table

    Returns
    -------
    callable
        Without arguments; gives probabilities, where there are some. A bare booster answers rows that are
        numbers already: what would read its trees at each call is ours, and no part of its time.
    """
    if not is_scikit_learn(model.model):
        e, table = model.trees(), model.rows(X)
        rows = dense(model_rows(e, table, table.shape[0]), e.absent)
        return partial(find_backend(model.model).raw_output, model.model, rows)
    probabilities = hasattr(model.model, "predict_proba")
    return partial(model.predict_proba if probabilities else model.predict, X)


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
    call = prediction_of(model, X)
    times = []
    for _ in range(n_repeats + _WARM_UPS):
        start = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - start))
    return np.array(times[_WARM_UPS:])
