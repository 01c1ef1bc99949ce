"""Where, and for whom, two models differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import issparse

from treeprune.agreement.regions import Region, worst_regions
from treeprune.agreement.scores import auc
from treeprune.agreement.subgroup_changes import subgroup_changes
from treeprune.agreement.subgroups import SubgroupTable, subgroup_table
from treeprune.evidence.pair import Pair
from treeprune.evidence.predictions import loss_metrics
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
    """Both models in subgroups; None without subgroups, and for several outcomes.

    Parameters
    ----------
    pair : Pair

    Returns
    -------
    SubgroupTable or None
        AUC (of two classes), Brier score and log loss, or mean squared error.
    """
    if pair.subgroups is None or pair.kind not in ("binary", "multiclass", "regression"):
        return None
    a, b = pair.answers()
    y = {"binary": lambda: pair.event, "multiclass": lambda: pair.codes}.get(pair.kind, lambda: pair.y)()
    metrics: dict[str, Callable[[Array, Array, Array], float]]
    metrics = {"MSE": _squared} if pair.kind == "regression" else loss_metrics(pair.kind)
    if pair.kind == "binary":
        metrics = {"AUC": auc} | metrics
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
        The values before are those of the model before against itself.
    """
    if pair.subgroups is None or pair.kind not in ("binary", "multiclass", "regression"):
        return None
    a, b = pair.answers()
    return subgroup_changes(pair.subgroups, a, b, weights=pair.unit_weights, min_count=pair.min_count)
