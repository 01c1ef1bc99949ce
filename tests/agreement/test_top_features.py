"""Agreement on the first features, against the definitions of Krishna et al. in plain Python."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr

from treeprune.agreement.top_features import (
    pairwise_rank_agreement,
    rank_correlation,
    top_agreement,
)

RNG = np.random.default_rng(1)
A, B = RNG.normal(size=(2, 25, 6))


def by_definition(a, b, k):
    """Jaccard, feature, rank, sign and signed-rank agreement of two explanations without ties."""
    first_a, first_b = (sorted(range(len(phi)), key=lambda j: -abs(phi[j]))[:k] for phi in (a, b))
    both = set(first_a) & set(first_b)
    same_rank = {j for j in both if first_a.index(j) == first_b.index(j)}
    same_sign = {j for j in both if np.sign(a[j]) == np.sign(b[j])}
    return [
        len(both) / len(set(first_a) | set(first_b)),
        len(both) / k,
        len(same_rank) / k,
        len(same_sign) / k,
        len(same_rank & same_sign) / k,
    ]


@pytest.mark.parametrize("k", [1, 3, 6])
def test_first_features_by_definition(k):
    found = top_agreement(A, B, k)
    expected = np.mean([by_definition(a, b, k) for a, b in zip(A, B, strict=True)], axis=0)
    np.testing.assert_allclose(
        [found.jaccard, found.feature, found.rank, found.sign, found.signed_rank], expected
    )


def test_unused_features_are_never_first():
    a = np.array([[5.0, 0, 0, 0]])
    b = np.array([[4.0, 0, 0, 0]])
    found = top_agreement(a, b, k=3)
    assert (found.jaccard, found.feature, found.signed_rank) == (1, 1, 1)
    c = np.array([[4.0, 3, 2, 0]])
    found = top_agreement(a, c, k=3)
    assert (found.jaccard, found.feature) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    nothing = np.zeros((1, 4))
    assert top_agreement(nothing, nothing).jaccard == 1
    assert top_agreement(a, nothing).jaccard == 0


PHI = arrays(np.float64, (3, 5), elements=st.integers(-2, 2).map(float))


@given(PHI, PHI, st.integers(1, 5), st.permutations(range(5)))
def test_column_order_counts_nowhere(a, b, k, order):
    moved = top_agreement(a[:, order], b[:, order], k)
    found = top_agreement(a, b, k)
    assert vars(moved) == pytest.approx(vars(found))
    assert rank_correlation(a[:, order], b[:, order]) == pytest.approx(rank_correlation(a, b))
    assert pairwise_rank_agreement(a[:, order], b[:, order]) == pytest.approx(pairwise_rank_agreement(a, b))
    assert 0 <= found.signed_rank <= min(found.rank, found.sign) <= found.feature <= 1
    assert found.jaccard <= found.feature
    own = top_agreement(a, a, k)
    assert own.jaccard == own.signed_rank == pytest.approx(1)


def test_rank_correlation_is_spearmans():
    expected = np.mean([spearmanr(abs(a), abs(b)).statistic for a, b in zip(A, B, strict=True)])
    assert rank_correlation(A, B) == pytest.approx(expected)
    flat = np.ones((1, 3))
    assert rank_correlation(flat, -flat) == 1
    assert rank_correlation(flat, [[1.0, 2, 3]]) == 0


def test_pairwise_rank_agreement_by_definition():
    a, b = A.copy(), B.copy()
    a[:, 1] = a[:, 0]  # a tie in one model only
    a[0], b[0] = 0, 0  # and in both
    expected = [
        np.mean(
            [
                np.sign(abs(x[i]) - abs(x[j])) == np.sign(abs(y[i]) - abs(y[j]))
                for i, j in combinations(range(6), 2)
            ]
        )
        for x, y in zip(a, b, strict=True)
    ]
    assert pairwise_rank_agreement(a, b) == pytest.approx(np.mean(expected))
    assert np.isnan(pairwise_rank_agreement(a[:, :1], b[:, :1]))


def test_rows_in_chunks_are_rows(monkeypatch):
    whole = pairwise_rank_agreement(A, B)
    monkeypatch.setattr("treeprune.agreement.top_features._CHUNK", 24)
    assert pairwise_rank_agreement(A, B) == pytest.approx(whole, rel=1e-15)


@pytest.mark.parametrize("k", [0, 7, 1.5, True, "3"])
def test_bad_k_is_refused(k):
    with pytest.raises(ValueError, match="k"):
        top_agreement(A, B, k)
