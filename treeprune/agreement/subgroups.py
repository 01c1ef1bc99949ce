"""For whom a model changed: metrics of two models by subgroup of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from treeprune.agreement.bootstrap import Metric
from treeprune.agreement.checks import numbers, pair, same_length, share, take_present, whole
from treeprune.agreement.subgroup_cells import Cells, cells_of, cross
from treeprune.agreement.subgroup_metrics import MetricChange, SubgroupMetrics
from treeprune.agreement.suppression import hidden_counts
from treeprune.agreement.tables import columns_of
from treeprune.model.ensemble import Array

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Subgroup:
    """One subgroup.

    Parameters
    ----------
    column : str
    label : str
    n, events : int or None
        Rows of weight above 0, and those of them with the event; None where hidden, and `events` where
        the outcome is no event.
    changes : tuple of MetricChange
        None where `n` is hidden.
    hidden : str
        Why a count is hidden: "<11" (with the `min_count` that was given) for a small one,
        "complementary" for one that would give a small one away; empty where none is.
    """

    column: str
    label: str
    n: int | None
    events: int | None
    changes: tuple[MetricChange, ...]
    hidden: str


@dataclass(frozen=True)
class SubgroupTable:
    """Subgroups of one or more columns.

    Parameters
    ----------
    subgroups : tuple of Subgroup
        All rows first.
    note : str
        What was hidden, and how intervals came about.
    """

    subgroups: tuple[Subgroup, ...]
    note: str

    def to_frame(self) -> pd.DataFrame:
        """One row for each subgroup and metric, one for a hidden subgroup.

        Returns
        -------
        pandas.DataFrame
            ``column``, ``subgroup``, ``n``, ``events`` (whole numbers or missing), ``hidden``, ``metric``,
            ``before``, ``after``, ``difference``, ``low``, ``high``.
        """
        import pandas as pd

        rows = [
            (g.column, g.label, g.n, g.events, g.hidden, *_numbers_of(change))
            for g in self.subgroups
            for change in g.changes or (None,)
        ]
        names = ["column", "subgroup", "n", "events", "hidden"]
        names += ["metric", "before", "after", "difference", "low", "high"]
        frame = pd.DataFrame(rows, columns=names)
        return frame.astype({"n": "Int64", "events": "Int64"})


def _numbers_of(change: MetricChange | None) -> tuple[Any, ...]:
    if change is None:
        return ("", *[np.nan] * 5)
    d = change.difference
    return change.name, change.before, change.after, d.estimate, d.low, d.high


def subgroup_table(
    table: Any,
    y: Any,
    before: Any,
    after: Any,
    metrics: Mapping[str, Metric],
    *,
    weights: Any = None,
    n_cuts: int = 4,
    crossed: Iterable[tuple[str, str]] = (),
    min_count: int = 11,
    n_resamples: int = 200,
    confidence: float = 0.95,
    random_state: Any = 0,
) -> SubgroupTable:
    """Metrics of two models in subgroups of the rows.

    Subgroups of fewer than `min_count` rows are hidden, and further ones (the smallest) where the rest of
    a column would give them away; so are counts of events, and of rows without it. Metrics of a shown
    subgroup are shown even if its events are hidden: choose none that gives them away, as a prevalence
    would. Intervals are percentiles over resamples of a subgroup's rows, drawn by outcome where that is
    an event. No interval knows how many subgroups were looked at.

    Parameters
    ----------
    table : dataframe, mapping of names to arrays, or array-like of shape (n_rows, n_columns)
        Columns to make subgroups of. Numbers of more than five different values are cut at quantiles;
        missing values are a subgroup of their own.
    y : array-like, shape (n_rows,)
        The outcome; one of 0 and 1 only is an event, and counted.
    before, after : array-like, shape (n_rows,) or (n_rows, n_outputs)
        Answers of both models.
    metrics : mapping of str to callable
        ``metric(y, prediction, weights) -> float``, NaN where not defined; `treeprune.agreement.scores`
        has some.
    weights : array-like of shape (n_rows,), optional
    n_cuts : int, default=4
        Ranges of a numeric column.
    crossed : iterable of (str, str), default=()
        Pairs of columns whose intersections are subgroups, too.
    min_count : int, default=11
    n_resamples : int, default=200
        0 for no intervals.
    confidence : float, default=0.95
    random_state : int, RandomState or None, default=0

    Returns
    -------
    SubgroupTable

    Raises
    ------
    TypeError, ValueError
        If tables, outcomes and answers are not legal or differ in length, there are no metrics, fewer than
        `min_count` rows have weight, a crossed column is not there, or an option is not legal.

    Examples
    --------
    >>> from treeprune.agreement.scores import brier
    >>> y, sex = np.tile([0, 1], 30), np.repeat(["f", "m"], 30)
    >>> after = np.where(sex == "m", 0.5, y)
    >>> found = subgroup_table({"sex": sex}, y, y, after, {"Brier": brier}, n_resamples=20)
    >>> [(g.label, g.n, g.changes[0].difference.estimate) for g in found.subgroups]
    [('all rows', 60, 0.125), ('f', 30, 0.0), ('m', 30, 0.25)]
    """
    outcome = numbers("y", y, 1)
    a, b = pair(before, after, 1, 2)
    columns = columns_of(table)
    same_length(table=columns[0].values, y=outcome, before=a)
    if not metrics or not all(callable(metric) for metric in metrics.values()):
        raise ValueError("metrics must name one function at least")
    whole("n_cuts", n_cuts, 2)
    whole("min_count", min_count, 1)
    whole("n_resamples", n_resamples, 0)
    share("confidence", confidence)
    w, rows, outcome, a, b = take_present(weights, np.arange(len(a)), outcome, a, b)
    if len(w) < min_count:
        raise ValueError(f"{len(w)} rows are fewer than min_count={min_count}: nothing may be shown")
    single = {column.name: cells_of(column.take(rows), n_cuts) for column in columns}
    crossed = _check_pairs(crossed, list(single))
    judge = SubgroupMetrics(outcome, a, b, w, metrics, n_resamples, confidence, random_state)
    everybody = Cells("", ("all rows",), np.zeros(len(w), np.int64), [])
    hidden = {cells.name: _hidden(cells, judge, min_count, []) for cells in single.values()}
    found = _shown(everybody, judge, min_count, _hidden(everybody, judge, min_count, []))
    for name, cells in single.items():
        found += _shown(cells, judge, min_count, hidden[name])
    for names in crossed:
        cells = cross(*(single[name] for name in names))
        own = _hidden(cells, judge, min_count, [hidden[name] for name in names])
        found += _shown(cells, judge, min_count, own)
    return SubgroupTable(tuple(found), _note(min_count, n_resamples, confidence))


def _check_pairs(crossed: Iterable[tuple[str, str]], names: list[str]) -> list[tuple[str, str]]:
    pairs = [tuple(names) for names in crossed]
    for given in pairs:
        unknown = [name for name in given if name not in names]
        if unknown or len(given) != 2:
            raise ValueError(f"crossed must hold pairs of columns out of {names}, got {given}")
    return [(first, second) for first, second in pairs]


def _hidden(cells: Cells, judge: SubgroupMetrics, min_count: int, above: list[Array]) -> Array:
    """Cells whose rows are hidden, and whose events are; shape (2, n_cells).

    What hides a subgroup hides its intersections too: they would add up to it.
    """
    n, events = cells.count, judge.events(cells.code)
    start = np.zeros((2, len(n)), bool)
    for mask, own in zip(above, cells.parents, strict=True):
        start = start | mask[:, own]
    no_n = hidden_counts(n[None], cells.lines, min_count, start[0])
    if events is None:
        return np.array([no_n, no_n])
    counts = np.array([events, n - events])
    return np.array([no_n, hidden_counts(counts, cells.lines, min_count, start[1] | no_n)])


def _shown(cells: Cells, judge: SubgroupMetrics, min_count: int, hidden: Array) -> list[Subgroup]:
    n, events = cells.count, judge.events(cells.code)
    found = []
    for k, label in enumerate(cells.labels):
        no_n, no_events = hidden[:, k]
        told = [n[k]] if no_n or events is None else [events[k], n[k] - events[k]]
        why = f"<{min_count}" if any(0 < count < min_count for count in told) else "complementary"
        found.append(
            Subgroup(
                column=cells.name,
                label=label,
                n=None if no_n else int(n[k]),
                events=None if no_events or events is None else int(events[k]),
                changes=() if no_n else judge.changes(np.flatnonzero(cells.code == k)),
                hidden=why if no_n or no_events else "",
            )
        )
    return found


def _note(min_count: int, n_resamples: int, confidence: float) -> str:
    text = (
        f"Counts from 1 to {min_count - 1} of rows, of events or of rows without it are not shown, nor "
        "others that would give them away by one subtraction (complementary)."
    )
    if n_resamples:
        text += (
            f" Intervals: {confidence:.0%}, percentiles of {n_resamples} bootstrap samples of each "
            "subgroup's rows, not adjusted for the number of subgroups."
        )
    return text
