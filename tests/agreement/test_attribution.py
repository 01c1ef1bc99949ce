"""Agreement of attributions, against plain loops and the formulas by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import braycurtis, cosine
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import r2_score

from tests.agreement.cases import repeated
from treeprune.agreement.attribution import (
    attribution_r2,
    cosines,
    removed_mass,
    signed_overlap,
)
from treeprune.agreement.attribution_summary import attribution_agreement
from treeprune.agreement.groups import by_group
from treeprune.agreement.importance import importance_correlation

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, 30, 5))
PHI = arrays(np.float64, (4, 3), elements=st.floats(-1e3, 1e3))


def test_cosines_are_scipys():
    expected = [1 - cosine(a, b) for a, b in zip(A, B, strict=True)]
    np.testing.assert_allclose(cosines(A, B), expected, rtol=1e-12)


def test_cosines_of_nothing():
    a, b = np.zeros((3, 2)), np.zeros((3, 2))
    a[1, 0], b[2, 1] = 1, -1
    assert cosines(a, b).tolist() == [1, 0, 0]


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_no_size_overflows_or_vanishes(size):
    found = attribution_agreement(A * size, B * size)
    plain = attribution_agreement(A, B)
    for name in ("cosine", "cosine_low", "overlap", "r2", "rank_correlation", "importance_pearson"):
        assert getattr(found, name) == pytest.approx(getattr(plain, name), rel=1e-9)


def test_overlap_by_loops():
    shared = sum(min(abs(a), abs(b)) for a, b in zip(A.ravel(), B.ravel(), strict=True) if a * b > 0)
    whole = np.abs(A).sum() + np.abs(B).sum()
    assert signed_overlap(A, B) == pytest.approx(2 * shared / whole)
    # with one sign it is one minus the dissimilarity of Bray and Curtis
    a, b = np.abs(A), np.abs(B)
    assert signed_overlap(a, b) == pytest.approx(1 - braycurtis(a.ravel(), b.ravel()))


def test_r2_is_scikit_learns_where_attributions_are_centred():
    a = A - A.mean(axis=0)
    expected = r2_score(a, B, multioutput="variance_weighted")
    assert attribution_r2(a, B) == pytest.approx(expected)


def test_what_is_zero_is_defined():
    zero = np.zeros((2, 3))
    assert signed_overlap(zero, zero) == 1
    assert signed_overlap(zero, zero + 1) == 0
    assert attribution_r2(zero, zero) == 1
    assert np.isnan(attribution_r2(zero, zero + 1))
    assert removed_mass(zero, [True, False, True]) == 0


@given(PHI, PHI)
def test_bounds_and_symmetry(a, b):
    overlap = signed_overlap(a, b)
    assert 0 <= overlap <= 1 + 1e-12
    assert overlap == pytest.approx(signed_overlap(b, a))
    assert signed_overlap(a, a) == pytest.approx(1)
    assert attribution_r2(a, b) <= 1 or np.isnan(attribution_r2(a, b))
    assert removed_mass(a, [False] * 3) == 0
    assert (np.abs(cosines(a, b)) <= 1).all()


def test_removed_mass_by_hand():
    removed = np.array([True, False, False, True, False])
    assert removed_mass(A, removed) == pytest.approx(np.abs(A[:, removed]).sum() / np.abs(A).sum())


def test_importance_is_correlated_as_scipy_does():
    a, b = np.abs(A).mean(axis=0), np.abs(B).mean(axis=0)
    pearson, spearman = importance_correlation(A, B)
    assert pearson == pytest.approx(pearsonr(a, b).statistic)
    assert spearman == pytest.approx(spearmanr(a, b).statistic)
    assert np.isnan(importance_correlation(np.ones((3, 2)), np.ones((3, 2)))).all()


def test_whole_weights_are_repeated_rows_and_none_are_no_rows():
    w = np.arange(30) % 3
    removed = np.array([True, False, False, False, True])
    weighted = attribution_agreement(A, B, removed=removed, weights=w)
    plain = attribution_agreement(*repeated(w, A, B), removed=removed)
    for name, value in vars(plain).items():
        if name == "top":
            assert vars(weighted.top) == pytest.approx(vars(value))
        else:
            assert getattr(weighted, name) == pytest.approx(value), name


def test_outputs_are_explanations_of_their_own():
    a, b = RNG.normal(size=(2, 10, 4, 3))
    found = attribution_agreement(a, b)
    flat = attribution_agreement(*(np.concatenate([phi[:, :, k] for k in range(3)]) for phi in (a, b)))
    for name in ("cosine", "cosine_low", "overlap", "r2", "rank_correlation", "pairwise_rank"):
        assert getattr(found, name) == pytest.approx(getattr(flat, name))


def test_low_cosine_is_the_5th_percentile():
    found = attribution_agreement(A, B)
    assert found.cosine_low == np.sort(cosines(A, B))[1]  # 1 of 30 rows is less than 5%
    assert found.cosine == pytest.approx(cosines(A, B).mean())


def test_groups_reveal_what_collinearity_hides():
    """Each model puts the effect on another one of two copies of a feature."""
    effect = RNG.normal(size=50)
    other = RNG.normal(size=50)
    a = np.column_stack([effect, np.zeros(50), other])
    b = np.column_stack([np.zeros(50), effect, other])
    groups = np.array([0, 0, 1])
    assert attribution_r2(a, b) < 0.5
    assert attribution_r2(by_group(a, groups), by_group(b, groups)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("a", "b", "error", "words"),
    [
        (A, B[:-1], ValueError, "shape"),
        (A, np.where(B > 2, np.nan, B), ValueError, "NaN"),
        (A[0], B[0], ValueError, "dimensions"),
        (np.empty((0, 3)), np.empty((0, 3)), ValueError, "empty"),
        (A + 1j, B, TypeError, "numbers"),
        ([["x"]], [["y"]], TypeError, "numbers"),
        (np.array([["x"]], object), np.array([["y"]], object), TypeError, "numbers"),
        (np.ma.masked_array(A, A > 0), B, TypeError, "masked"),
    ],
)
def test_bad_attributions_are_refused(a, b, error, words):
    for function in (signed_overlap, attribution_r2, importance_correlation, attribution_agreement):
        with pytest.raises(error, match=words):
            function(a, b)


@pytest.mark.parametrize("removed", [[True], [0, 1, 0, 0, 0], np.ones((5, 1), bool)])
def test_bad_masks_are_refused(removed):
    with pytest.raises(ValueError, match="truth values"):
        removed_mass(A, removed)


@pytest.mark.parametrize("weights", [np.zeros(30), -np.ones(30), np.ones(29), np.full(30, np.nan)])
def test_bad_weights_are_refused(weights):
    with pytest.raises(ValueError, match=r"weights|Input"):
        attribution_agreement(A, B, weights=weights)
