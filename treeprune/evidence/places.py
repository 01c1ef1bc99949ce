"""Where, and for whom, two models differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import issparse

from treeprune.agreement.prediction import fidelity_r2
from treeprune.agreement.regions import Region, worst_regions
from treeprune.agreement.scores import auc, brier
from treeprune.agreement.subgroups import SubgroupTable, subgroup_table
from treeprune.evidence.pair import Pair
from treeprune.model.ensemble import Array
from treeprune.statistics.rows import dense


def region_evidence(pair: Pair) -> tuple[Region, ...]:
    """Regions where the answers differ most; none if there are too few rows to hide a patient among.

    Parameters
    ----------
    pair : Pair

    Returns
    -------
    tuple of Region
    """
    a, b = pair.answers()
    if len(a) < 2 * pair.min_count:
        return ()
    X: Any = dense(pair.X) if issparse(pair.X) else pair.X
    return worst_regions(X, a, b, weights=pair.unit_weights, min_count=pair.min_count)


def _squared(y: Array, p: Array, weights: Array) -> float:
    return float(np.average((y - p) ** 2, weights=weights))


def subgroup_evidence(pair: Pair) -> SubgroupTable | None:
    """Both models in subgroups; None without subgroups, and for several outcomes or classes.

    Parameters
    ----------
    pair : Pair

    Returns
    -------
    SubgroupTable or None
        AUC and Brier score, or mean squared error; and how faithful the model after is.
    """
    if pair.subgroups is None or pair.kind not in ("binary", "regression"):
        return None
    a, b = pair.answers()
    y = pair.event if pair.kind == "binary" else pair.y
    metrics: dict[str, Callable[[Array, Array, Array], float]]
    metrics = {"AUC": auc, "Brier": brier} if pair.kind == "binary" else {"MSE": _squared}
    return subgroup_table(
        pair.subgroups, y, a, b, metrics, weights=pair.unit_weights, min_count=pair.min_count,
        n_resamples=pair.n_resamples, random_state=pair.random_state,
    )  # fmt: skip


def subgroup_fidelity(pair: Pair) -> SubgroupTable | None:
    """How the answers changed in subgroups: fidelity and the mean absolute difference.

    Parameters
    ----------
    pair : Pair

    Returns
    -------
    SubgroupTable or None
        The answer before stands for the outcome, so that the values after tell of the change.
    """
    if pair.subgroups is None or pair.kind not in ("binary", "regression"):
        return None
    a, b = pair.answers()
    metrics: dict[str, Callable[[Array, Array, Array], float]]
    metrics = {"fidelity R2": fidelity_r2, "mean |change|": _mean_change}
    return subgroup_table(
        pair.subgroups, a, a, b, metrics, weights=pair.unit_weights, min_count=pair.min_count,
        n_resamples=0, random_state=pair.random_state,
    )  # fmt: skip


def _mean_change(before: Array, after: Array, weights: Array) -> float:
    return float(np.average(np.abs(after - before), weights=weights))
