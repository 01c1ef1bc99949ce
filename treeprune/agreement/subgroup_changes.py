"""How far two models' answers differ in subgroups, whatever the outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from treeprune.agreement.bootstrap import Metric
from treeprune.agreement.prediction import fidelity_r2
from treeprune.agreement.subgroups import SubgroupTable, subgroup_table
from treeprune.model.ensemble import Array

PairMetric = Callable[[Array, Array, Array], float]
"""``metric(before, after, weights) -> float``, of arrays of shape (n_rows, n_columns)."""


def _mean_change(before: Array, after: Array, weights: Array) -> float:
    return float(np.average(np.abs(after - before).max(axis=1), weights=weights))


CHANGES: dict[str, PairMetric] = {"fidelity R2": fidelity_r2, "mean |change|": _mean_change}
"""Of answers: share of their variance that stays, and mean change of the column that changed most."""


def subgroup_changes(
    table: Any,
    before: Array,
    after: Array,
    metrics: Mapping[str, PairMetric] = CHANGES,
    *,
    weights: Any = None,
    min_count: int = 11,
) -> SubgroupTable:
    """Metrics of a pair of models in subgroups of the rows.

    Parameters
    ----------
    table : dataframe, mapping of names to arrays, or array-like
        Columns to make subgroups of, as for `subgroup_table`.
    before, after : ndarray of float64, shape (n_rows,) or (n_rows, n_columns)
    metrics : mapping of str to callable
    weights : array-like of shape (n_rows,), optional
    min_count : int, default=11

    Returns
    -------
    SubgroupTable
        Without intervals; the values before are those of the model before against itself.
    """
    itself, both = np.column_stack([before, before]), np.column_stack([before, after])
    nothing = np.arange(len(itself), dtype=np.float64)  # no outcome is looked at
    of_both = {name: _of_halves(metric) for name, metric in metrics.items()}
    return subgroup_table(
        table, nothing, itself, both, of_both, weights=weights, min_count=min_count, n_resamples=0
    )


def _of_halves(metric: PairMetric) -> Metric:
    def of_both(_: Array, both: Array, weights: Array) -> float:
        half = both.shape[1] // 2
        return float(metric(both[:, :half], both[:, half:], weights))

    return of_both
