"""Whether both models give the same reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
from scipy.sparse import issparse

from treeprune.agreement.attribution_summary import AttributionAgreement, attribution_agreement
from treeprune.agreement.groups import by_group, correlation_groups
from treeprune.agreement.subgroup_changes import subgroup_changes
from treeprune.agreement.subgroups import SubgroupTable
from treeprune.evidence.pair import Pair
from treeprune.explaining.explain import explain
from treeprune.explaining.record import Attributions, Output
from treeprune.faithfulness.registry import Judged
from treeprune.model.ensemble import Array
from treeprune.statistics.rows import dense, take_rows

_TOP = 3
"""Columns that are named first in an explanation."""

_EXACT_ROWS, _EXACT_BACKGROUND = 500, 200
_ASKED_ROWS, _ASKED_BACKGROUND = 50, 50


@dataclass(frozen=True, eq=False)
class AttributionEvidence:
    """SHAP values of both models for the same rows, background and scale.

    Parameters
    ----------
    before, after : Attributions
    plain : AttributionAgreement
        Column by column.
    grouped : AttributionAgreement
        After values were added up over groups of correlated columns: what one of them says, another one may
        say as well.
    groups : ndarray of int64, shape (n_features,)
        Group of each column.
    rows : ndarray of int64
        Which rows were explained, evenly spread.
    n_background : int
    removed : ndarray of bool, shape (n_features,), or None
        Columns that the model before uses and the one after does not; None if nobody knows.
    """

    before: Attributions
    after: Attributions
    plain: AttributionAgreement
    grouped: AttributionAgreement
    groups: Array
    rows: Array
    n_background: int
    removed: Array | None


def common_scale(a: Judged, b: Judged) -> Output:
    """Scale on which both models can be explained alike."""
    if a.structure == b.structure == "trees":
        e, f = a.ensemble, b.ensemble
        return "raw" if e.link == f.link and e.columns == f.columns else "probability"
    if a.linear is not None and b.linear is not None:
        return "raw" if a.linear.family == b.linear.family else "probability"
    return "probability"


def _exactly(judged: Judged, output: Output) -> bool:
    if judged.structure == "trees":
        return judged.ensemble.aggregation != "median" and (
            output == "raw" or judged.ensemble.link == "identity"
        )
    return judged.structure == "linear" and output == "raw"


def spread_rows(n: int, most: int) -> Array:
    """At most so many rows, evenly spread."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(np.int64))


@dataclass(frozen=True, eq=False)
class Explained:
    """What is explained, and against what: the same for every model that is compared.

    Parameters
    ----------
    X, background : tables
    rows : ndarray of int64
        Of the pair's rows.
    output : {"raw", "probability"}
    weights : ndarray or None
    groups : ndarray of int64, shape (n_features,)
    random_state : int
    n_jobs : int or None
    """

    X: Any
    background: Any
    rows: Array
    output: Output
    weights: Array | None
    groups: Array
    random_state: int
    n_jobs: int | None

    @classmethod
    def of(cls, pair: Pair) -> Explained:
        """Choose scale, rows and background."""
        output = common_scale(pair.before, pair.after)
        exact = _exactly(pair.before, output) and _exactly(pair.after, output)
        n = len(pair.y)
        rows = spread_rows(n, _EXACT_ROWS if exact else _ASKED_ROWS)
        most = _EXACT_BACKGROUND if exact else _ASKED_BACKGROUND
        background = pair.X if pair.background is None else pair.background
        n_known = background.shape[0] if hasattr(background, "shape") else len(background)
        weights = pair.unit_weights
        table = dense(pair.X) if issparse(pair.X) else pair.X
        return cls(
            X=take_rows(pair.X, rows),
            background=take_rows(background, spread_rows(n_known, most)),
            rows=rows,
            output=output,
            weights=None if weights is None else weights[rows],
            groups=correlation_groups(table),
            random_state=pair.random_state,
            n_jobs=pair.n_jobs,
        )

    def explain(self, model: Any, background: Any = None) -> Attributions:
        """Explain a model."""
        known = self.background if background is None else background
        return explain(
            model, self.X, known, output=self.output, random_state=self.random_state, n_jobs=self.n_jobs
        )

    def agreement(
        self, a: Attributions, b: Attributions, removed: Array | None = None
    ) -> tuple[AttributionAgreement, AttributionAgreement]:
        """Column by column, and over groups."""
        x, y = one_of_two(a.phi), one_of_two(b.phi)
        n_groups = int(self.groups.max()) + 1
        plain = attribution_agreement(
            x, y, k=min(_TOP, len(self.groups)), removed=removed, weights=self.weights
        )
        gone = None if removed is None else self._groups_that_are_gone(x, removed)
        grouped = attribution_agreement(
            by_group(x, self.groups),
            by_group(y, self.groups),
            k=min(_TOP, n_groups),
            removed=gone,
            weights=self.weights,
        )
        return plain, grouped

    def _groups_that_are_gone(self, phi: Array, removed: Array) -> Array:
        """Groups none of whose columns that said something is left."""
        spoke = (phi != 0).reshape(len(phi), len(removed), -1).any(axis=(0, 2))
        lost, left = (
            np.bincount(self.groups, mask, minlength=self.groups.max() + 1) > 0
            for mask in (removed, spoke & ~removed)
        )
        return lost & ~left


def one_of_two(phi: Array) -> Array:
    """Of two outputs that sum to one only the second: the first is its mirror."""
    if phi.ndim == 3 and phi.shape[2] == 2 and np.allclose(phi.sum(axis=2), 0.0, atol=1e-9):
        return phi[:, :, 1]
    return phi


def attribution_evidence(pair: Pair, explained: Explained) -> AttributionEvidence:
    """Explain both models and compare.

    Parameters
    ----------
    pair : Pair
    explained : Explained

    Returns
    -------
    AttributionEvidence
    """
    before, after = (explained.explain(model) for model in pair.models)
    removed = _removed(pair)
    plain, grouped = explained.agreement(before, after, removed)
    return AttributionEvidence(
        before=before, after=after, plain=plain, grouped=grouped, groups=explained.groups,
        rows=explained.rows, n_background=explained.background.shape[0], removed=removed,
    )  # fmt: skip


def attribution_subgroups(pair: Pair, section: AttributionEvidence) -> SubgroupTable | None:
    """How far reasons agree in subgroups, over groups of correlated columns.

    Parameters
    ----------
    pair : Pair
    section : AttributionEvidence

    Returns
    -------
    SubgroupTable or None
        Every agreement of attributions; the values before are those of the model before against itself.
        None without subgroups, or with too few rows that were explained.
    """
    if pair.subgroups is None or len(section.rows) < 2 * pair.min_count:
        return None
    a, b = (
        by_group(one_of_two(found.phi), section.groups).reshape(len(section.rows), -1)
        for found in (section.before, section.after)
    )
    weights = pair.unit_weights
    n_groups = int(section.groups.max()) + 1
    k, n_outputs = min(_TOP, n_groups), a.shape[1] // n_groups
    return subgroup_changes(
        rows_of(pair.subgroups, section.rows), a, b,
        {f"attribution {name}": _agreement_of(name, k, n_outputs) for name in _IN_SUBGROUPS},
        weights=None if weights is None else weights[section.rows], min_count=pair.min_count,
    )  # fmt: skip


_IN_SUBGROUPS = (
    "cosine", "cosine_low", "overlap", "r2", "rank_correlation", "pairwise_rank", "importance_pearson",
    "importance_spearman", "top.jaccard", "top.feature", "top.rank", "top.sign", "top.signed_rank",
)  # fmt: skip
"""Fields of `AttributionAgreement`."""


def _agreement_of(name: str, k: int, n_outputs: int) -> Callable[[Array, Array, Array], float]:
    def agreement(before: Array, after: Array, weights: Array) -> float:
        a, b = (phi.reshape(len(phi), -1, n_outputs) for phi in (before, after))
        return float(attrgetter(name)(attribution_agreement(a, b, k=k, weights=weights)))

    return agreement


def rows_of(subgroups: Any, rows: Array) -> Any:
    """Rows of the columns that subgroups are made of."""
    if isinstance(subgroups, Mapping):
        return {name: np.asarray(column)[rows] for name, column in subgroups.items()}
    return take_rows(subgroups, rows)


def _removed(pair: Pair) -> Array | None:
    used = [j.used_features() if j.structure == "trees" else None for j in (pair.before, pair.after)]
    a, b = used
    if a is None or b is None:
        return None
    every = np.arange(pair.X.shape[1])
    return np.isin(every, a) & ~np.isin(every, b)
