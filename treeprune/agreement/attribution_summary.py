"""All agreement of attributions in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.agreement.attribution import cosines, explanations, overlap_of, r2_of, removed_mass
from treeprune.agreement.importance import importance_correlation_of
from treeprune.agreement.top_features import (
    TopAgreement,
    pairwise_of,
    rank_correlation_of,
    top_of,
)


@dataclass(frozen=True)
class AttributionAgreement:
    """How far two models explain the same rows alike.

    Parameters
    ----------
    cosine : float
        Mean over explanations.
    cosine_low : float
        5th percentile: the least value that 5% of the weight does not exceed.
    overlap : float
        See `treeprune.agreement.attribution.signed_overlap`.
    r2 : float
        See `treeprune.agreement.attribution.attribution_r2`.
    removed_mass : float
        See `treeprune.agreement.attribution.removed_mass`; NaN if no features were named.
    top : TopAgreement
    rank_correlation : float
        See `treeprune.agreement.top_features.rank_correlation`.
    pairwise_rank : float
        See `treeprune.agreement.top_features.pairwise_rank_agreement`.
    importance_pearson, importance_spearman : float
        See `treeprune.agreement.importance.importance_correlation`.
    """

    cosine: float
    cosine_low: float
    overlap: float
    r2: float
    removed_mass: float
    top: TopAgreement
    rank_correlation: float
    pairwise_rank: float
    importance_pearson: float
    importance_spearman: float


def attribution_agreement(
    before: Any, after: Any, *, k: int = 3, removed: Any = None, weights: Any = None
) -> AttributionAgreement:
    """Compare attributions of two models for the same rows.

    Both must come from one algorithm, background and scale; other settings alone move the cosine to 0.8.
    Sum them over correlated features first (`treeprune.agreement.groups`) to see what collinearity hides.

    Parameters
    ----------
    before, after : array-like, shape (n_rows, n_features) or (n_rows, n_features, n_outputs)
        Each row and output is an explanation of its own.
    k : int, default=3
        Features to be named first.
    removed : array-like of bool, shape (n_features,), optional
        Features that the model after does not use.
    weights : array-like of shape (n_rows,), optional

    Returns
    -------
    AttributionAgreement

    Raises
    ------
    TypeError, ValueError
        If these are not finite numbers of one shape, `k` or `removed` do not fit them, or weights are
        not legal.

    Examples
    --------
    >>> found = attribution_agreement([[3.0, 4.0], [1.0, 0.0]], [[3.0, 4.0], [0.0, 1.0]], k=1)
    >>> found.cosine, found.cosine_low, found.top.feature
    (0.5, 0.0, 0.5)
    """
    a, b, w = explanations(before, after, weights)
    top = top_of(a, b, w, k)
    mass = np.nan if removed is None else removed_mass(before, removed, weights)
    cosine = cosines(a, b)
    pearson, spearman = importance_correlation_of(a, b, w)
    return AttributionAgreement(
        cosine=float((cosine * w).sum()),
        cosine_low=float(np.quantile(cosine, 0.05, weights=w, method="inverted_cdf")),
        overlap=overlap_of(a, b, w),
        r2=r2_of(a, b, w),
        removed_mass=mass,
        top=top,
        rank_correlation=rank_correlation_of(a, b, w),
        pairwise_rank=pairwise_of(a, b, w),
        importance_pearson=pearson,
        importance_spearman=spearman,
    )
