"""Metrics of two models on some of the rows, with intervals of their differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.agreement.bootstrap import Metric
from treeprune.agreement.intervals import Interval
from treeprune.agreement.resampling import percentile_ends, replicate, strata_of
from treeprune.model.ensemble import Array


@dataclass(frozen=True)
class MetricChange:
    """A metric of both models in one subgroup.

    Parameters
    ----------
    name : str
    before, after : float
        NaN where the subgroup does not define the metric.
    difference : Interval
        After minus before.
    """

    name: str
    before: float
    after: float
    difference: Interval


@dataclass(frozen=True, eq=False)
class SubgroupMetrics:
    """Metrics of both models on any of the rows that are judged.

    Parameters
    ----------
    y : ndarray of float64, shape (n_rows,)
    before, after : ndarray of float64, shape (n_rows,) or (n_rows, n_outputs)
    weights : ndarray of float64, shape (n_rows,)
        Positive.
    metrics : mapping of str to callable
    n_resamples : int
    confidence : float
    random_state : int, RandomState or None
    """

    y: Array
    before: Array
    after: Array
    weights: Array
    metrics: Mapping[str, Metric]
    n_resamples: int
    confidence: float
    random_state: Any

    @property
    def is_event(self) -> bool:
        """Whether the outcome is an event, 0 or 1."""
        return bool(np.isin(self.y, (0, 1)).all())

    def events(self, code: Array) -> Array | None:
        """Rows with the event in each cell, None if the outcome is no event.

        Parameters
        ----------
        code : ndarray of int64, shape (n_rows,)
        """
        return np.bincount(code[self.y == 1], minlength=code.max() + 1) if self.is_event else None

    def values(self, rows: Array) -> Array:
        """Metrics before and after; shape (2, n_metrics)."""
        y, w = self.y[rows], self.weights[rows]
        return np.array(
            [[m(y, p[rows], w) for m in self.metrics.values()] for p in (self.before, self.after)]
        )

    def changes(self, rows: Array) -> tuple[MetricChange, ...]:
        """Metrics and the intervals of their differences on some rows."""
        before, after = self.values(rows)
        low = high = np.full(len(before), np.nan)
        if self.n_resamples:
            strata = [rows[own] for own in strata_of(self.y[rows] if self.is_event else None, len(rows))]
            drawn = replicate(
                lambda own: np.subtract(*self.values(own)[::-1]),
                strata,
                self.n_resamples,
                self.random_state,
            )
            low, high = percentile_ends(drawn, self.confidence)
        return tuple(
            MetricChange(
                name,
                float(before[k]),
                float(after[k]),
                Interval(
                    float(after[k] - before[k]),
                    float(low[k]),
                    float(high[k]),
                    self.confidence,
                    "bootstrap, percentile",
                ),
            )
            for k, name in enumerate(self.metrics)
        )
