"""Bootstrap interval of anything that compares two models on the same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

import numpy as np

from treeprune.agreement.checks import counts, numbers, pair, same_length, share, take_present, whole
from treeprune.agreement.intervals import Interval
from treeprune.agreement.resampling import bca_ends, jackknife, percentile_ends, replicate, strata_of
from treeprune.model.ensemble import Array

PairMetric = Callable[[Array, Array, Array, Array], float]
Metric = Callable[[Array, Array, Array], float]
Method = Literal["bca", "percentile"]


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """A bootstrap interval and what it comes from.

    Parameters
    ----------
    interval : Interval
        Its standard error is the standard deviation of the replicates.
    replicates : ndarray of float64, shape (n_resamples,)
        NaN where a resample does not define the metric.
    undefined : int
        Number of these; they are left out of the interval, which is NaN from 5% of them on.
    """

    interval: Interval
    replicates: Array
    undefined: int


def difference_of(metric: Metric) -> PairMetric:
    """A metric of one model as a difference between two.

    Parameters
    ----------
    metric : callable
        ``metric(y, prediction, weights) -> float``.

    Returns
    -------
    callable
        ``(y, before, after, weights) -> float``, after minus before.
    """
    return partial(_difference, metric)


def _difference(metric: Metric, y: Array, before: Array, after: Array, weights: Array) -> float:
    return metric(y, after, weights) - metric(y, before, weights)


def paired_bootstrap(
    metric: PairMetric,
    y: Any,
    before: Any,
    after: Any,
    *,
    weights: Any = None,
    frequency: bool = False,
    stratify: Any = None,
    n_resamples: int = 1000,
    confidence: float = 0.95,
    method: Method = "bca",
    random_state: Any = 0,
) -> Bootstrap:
    """Interval of a metric over resamples in which the answers of both models stay with their row.

    B. Efron, R. Tibshirani, *An Introduction to the Bootstrap*, 1993, chapters 13 and 14. Beyond 200 rows
    the acceleration comes from a jackknife over 200 blocks of rows.

    Parameters
    ----------
    metric : callable
        ``metric(y, before, after, weights) -> float``, NaN where it is not defined; `difference_of` makes
        one out of a metric of one model.
    y : array-like, shape (n_rows,)
    before, after : array-like, shape (n_rows,) or (n_rows, n_classes)
    weights : array-like of shape (n_rows,), optional
        Carried along by the row that is drawn; rows of weight 0 are never drawn.
    frequency : bool, default=False
        Whether a weight is a number of rows, each to be drawn by itself.
    stratify : array-like of shape (n_rows,), optional
        Rows are drawn within each value of it, the outcome for instance: then no resample lacks a class.
    n_resamples : int, default=1000
    confidence : float, default=0.95
    method : {"bca", "percentile"}, default="bca"
    random_state : int, RandomState or None, default=0
        Rows are drawn by their place: another order of rows is another draw.

    Returns
    -------
    Bootstrap

    Raises
    ------
    TypeError, ValueError
        If arrays are not finite numbers of one length, weights are not legal (no counts, with
        ``frequency=True``), or an option is not legal.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = rng.random(200)
    >>> def mean_error(y, prediction, weights):
    ...     return float(np.average(np.abs(y - prediction), weights=weights))
    >>> found = paired_bootstrap(difference_of(mean_error), y, y + 0.1, y + 0.2, n_resamples=50)
    >>> round(found.interval.low, 3), round(found.interval.high, 3)
    (0.1, 0.1)
    """
    outcome = numbers("y", y, 1)
    a, b = pair(before, after, 1, 2)
    labels = np.zeros(len(a)) if stratify is None else np.asarray(stratify)
    if labels.ndim != 1:
        raise ValueError(f"stratify must have one dimension, got shape {labels.shape}")
    same_length(y=outcome, before=a, stratify=labels)
    whole("n_resamples", n_resamples, 2)
    confidence = share("confidence", confidence)
    if method not in get_args(Method):
        raise ValueError(f"method must be 'bca' or 'percentile', got {method!r}")
    w, outcome, a, b, labels = take_present(weights, outcome, a, b, labels)
    source = np.arange(len(w))
    if frequency:
        counts(w, "frequency=True")
        source, w = np.repeat(source, w.astype(np.int64)), np.ones(len(w))

    def statistic(rows: Array) -> float:
        taken = source[rows]
        return float(metric(outcome[taken], a[taken], b[taken], w[taken]))

    strata = strata_of(labels[source], len(source))
    estimate = statistic(np.arange(len(source)))
    replicates = replicate(statistic, strata, n_resamples, random_state)
    if method == "percentile":
        low, high = (float(end) for end in percentile_ends(replicates, confidence))
    else:
        low, high = bca_ends(replicates, estimate, jackknife(statistic, strata, 0), confidence)
    known = replicates[np.isfinite(replicates)]
    error = float(known.std(ddof=1)) if len(known) > 1 else np.nan
    interval = Interval(estimate, low, high, confidence, f"bootstrap, {method}", error)
    return Bootstrap(interval, replicates, len(replicates) - len(known))
