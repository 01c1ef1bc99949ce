"""Whether two models name the same features first: the measures of explanation disagreement.

S. Krishna, T. Han, A. Gu, S. Wu, S. Jabbari, H. Lakkaraju, The disagreement problem in explainable machine
learning: a practitioner's perspective, 2022, arXiv 2202.01602, names as there. Features are ranked
by the size of their attributions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from treeprune.agreement.attribution import explanations
from treeprune.agreement.checks import whole
from treeprune.model.ensemble import Array

_CHUNK = 4_000_000


@dataclass(frozen=True)
class TopAgreement:
    """Mean agreement of the k first features over explanations.

    Parameters
    ----------
    k : int
    jaccard : float
        Features that both name first over those that either does.
    feature : float
        Features that both name first, over k.
    rank : float
        Of these only those at the same rank.
    sign : float
        Of these only those with the same sign.
    signed_rank : float
        Of these only those at the same rank and with the same sign.
    """

    k: int
    jaccard: float
    feature: float
    rank: float
    sign: float
    signed_rank: float


def top_agreement(before: Any, after: Any, k: int = 3, weights: Any = None) -> TopAgreement:
    """Agreement of the k features with the largest absolute attributions.

    A feature with attribution 0 is never among the first: a small model would share its unused features
    with everybody. Features that tie with the k-th are in. So a set may have fewer or more than k
    members, and the larger set of both takes the place of k below the line. Column order counts nowhere.

    Parameters
    ----------
    before, after : array-like, shape (n_rows, n_features) or (n_rows, n_features, n_outputs)
    k : int, default=3
    weights : array-like of shape (n_rows,), optional

    Returns
    -------
    TopAgreement
        An explanation that is 0 everywhere in both models agrees in full.

    Raises
    ------
    TypeError, ValueError
        If these are not finite numbers of one shape, k is not from 1 to n_features, or weights are not
        legal.

    Examples
    --------
    >>> found = top_agreement([[3.0, 2.0, 1.0]], [[2.0, -3.0, 1.0]], k=2)
    >>> found.feature, found.rank, found.sign
    (1.0, 0.0, 0.5)
    """
    a, b, w = explanations(before, after, weights)
    return top_of(a, b, w, k)


def top_of(a: Array, b: Array, w: Array, k: int) -> TopAgreement:
    """Top agreement of `explanations`."""
    if whole("k", k, 1) > a.shape[1]:
        raise ValueError(f"k={k} is more than the {a.shape[1]} features")
    rank_a, rank_b = (rankdata(-np.abs(phi), method="min", axis=1) for phi in (a, b))
    first_a, first_b = (rank_a <= k) & (a != 0), (rank_b <= k) & (b != 0)
    both = first_a & first_b
    same_rank, same_sign = rank_a == rank_b, np.sign(a) == np.sign(b)
    larger = np.maximum(first_a.sum(axis=1), first_b.sum(axis=1))

    def mean(agreeing: Array, out_of: Array) -> float:
        found = np.where(out_of == 0, 1.0, agreeing.sum(axis=1) / np.maximum(out_of, 1))
        return float((found * w).sum())

    return TopAgreement(
        k=int(k),
        jaccard=mean(both, (first_a | first_b).sum(axis=1)),
        feature=mean(both, larger),
        rank=mean(both & same_rank, larger),
        sign=mean(both & same_sign, larger),
        signed_rank=mean(both & same_rank & same_sign, larger),
    )


def rank_correlation(before: Any, after: Any, weights: Any = None) -> float:
    """Mean over explanations of Spearman's correlation between sizes of attributions, all features.

    Parameters
    ----------
    before, after : array-like, shape (n_rows, n_features) or (n_rows, n_features, n_outputs)
    weights : array-like of shape (n_rows,), optional

    Returns
    -------
    float
        An explanation with attributions of one size in both models counts as 1, in one model only as 0.
        A model of noise can score high: not for a gate.

    Raises
    ------
    TypeError, ValueError
        If these are not finite numbers of one shape, or weights are not legal.

    Examples
    --------
    >>> rank_correlation([[3.0, 2.0, 1.0]], [[1.0, -2.0, 3.0]])
    -1.0
    """
    return rank_correlation_of(*explanations(before, after, weights))


def rank_correlation_of(a: Array, b: Array, w: Array) -> float:
    """Rank correlation of `explanations`."""
    middle = (a.shape[1] + 1) / 2
    rank_a, rank_b = (rankdata(np.abs(phi), axis=1) - middle for phi in (a, b))
    own_a, own_b = (rank_a**2).sum(axis=1), (rank_b**2).sum(axis=1)
    length = np.sqrt(own_a * own_b)
    correlation = (rank_a * rank_b).sum(axis=1) / np.where(length == 0, 1, length)
    correlation[(own_a == 0) & (own_b == 0)] = 1.0
    return float((correlation * w).sum())


def pairwise_rank_agreement(before: Any, after: Any, weights: Any = None) -> float:
    """Share of pairs of features that both models put in the same order by size, mean over explanations.

    Parameters
    ----------
    before, after : array-like, shape (n_rows, n_features) or (n_rows, n_features, n_outputs)
    weights : array-like of shape (n_rows,), optional

    Returns
    -------
    float
        A pair that ties in one model must tie in the other. NaN for fewer than two features.

    Raises
    ------
    TypeError, ValueError
        If these are not finite numbers of one shape, or weights are not legal.

    Examples
    --------
    >>> pairwise_rank_agreement([[3.0, 2.0, 1.0]], [[2.0, 3.0, 1.0]])
    0.6666666666666666
    """
    return pairwise_of(*explanations(before, after, weights))


def pairwise_of(a: Array, b: Array, w: Array) -> float:
    """Pairwise rank agreement of `explanations`."""
    n, p = a.shape
    if p < 2:
        return np.nan
    size_a, size_b = np.abs(a), np.abs(b)
    same = np.zeros(n)
    step = max(1, _CHUNK // p)
    for j in range(p - 1):
        for start in range(0, n, step):
            rows = slice(start, start + step)
            order_a = np.sign(size_a[rows, j, None] - size_a[rows, j + 1 :])
            order_b = np.sign(size_b[rows, j, None] - size_b[rows, j + 1 :])
            same[rows] += (order_a == order_b).sum(axis=1)
    return float((same / (p * (p - 1) / 2) * w).sum())
