"""How far answers lie apart, against scikit-learn and scipy."""

import numpy as np
import pytest
from scipy.stats import entropy
from sklearn.metrics import r2_score

from tests.agreement.cases import repeated, three_classes, two_models
from treeprune.agreement.prediction import change_distribution, fidelity_r2, mean_kl

Y, A, B = two_models()
_, P, Q = three_classes()
W = np.arange(len(A)) % 3


def test_fidelity_is_r2():
    assert fidelity_r2(A, B) == pytest.approx(r2_score(A, B))
    assert fidelity_r2(A, B, W) == pytest.approx(r2_score(A, B, sample_weight=W))
    assert fidelity_r2(P, Q) == pytest.approx(r2_score(P, Q, multioutput="variance_weighted"))
    assert fidelity_r2(A, A) == 1
    assert np.isnan(fidelity_r2(np.ones(3), B[:3]))


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_fidelity_of_large_and_tiny_numbers(size):
    assert fidelity_r2(A * size, B * size) == pytest.approx(fidelity_r2(A, B))


def test_kl_is_scipys():
    def both(p):
        return np.column_stack([1 - p, p])

    assert mean_kl(A, B) == pytest.approx(entropy(both(A), both(B), axis=1).mean())
    assert mean_kl(P, Q) == pytest.approx(entropy(P, Q, axis=1).mean())
    assert mean_kl(both(A), both(B)) == pytest.approx(mean_kl(A, B))
    assert mean_kl(A, B, W) == pytest.approx(mean_kl(*repeated(W, A, B)))
    assert mean_kl(P, P) == 0


def test_kl_of_certainty_is_clipped():
    sure = mean_kl([1.0], [0.0], clip=1e-3)
    p = np.array([0.001, 1.0]) / 1.001
    assert sure == pytest.approx(entropy(p, p[::-1]))
    assert mean_kl([1.0], [0.0]) > sure


def test_change_is_distributed_as_sorted():
    found = change_distribution(A, B)
    size = np.abs(A - B)
    assert found.mean == pytest.approx(size.mean())
    assert found.shift == pytest.approx((B - A).mean())
    assert (found.maximum, found.row) == (size.max(), size.argmax())
    for level, value in found.quantiles:
        assert value in size
        assert (size <= value).mean() >= level - 1e-12
        assert (size < value).mean() < level
    weighted = change_distribution(A, B, W, quantiles=[0.3, 0.77])
    plain = change_distribution(*repeated(W, A, B), quantiles=[0.3, 0.77])
    assert weighted.quantiles == plain.quantiles


def test_the_largest_change_is_found_among_rows_that_count():
    before, after = np.zeros(5), np.array([0.1, 0.9, 0.4, 0.4, 0.0])
    found = change_distribution(before, after, [1, 0, 1, 1, 1])
    assert (found.maximum, found.row) == (0.4, 2)


def test_several_columns_count_by_their_largest_change():
    found = change_distribution(P, Q)
    size = np.abs(P - Q).max(axis=1)
    assert (found.maximum, found.row) == (size.max(), size.argmax())
    assert np.isnan(found.shift)


@pytest.mark.parametrize(
    ("a", "b", "options", "words"),
    [
        (A, B[:-1], {}, "shape"),
        (A, np.full(len(A), np.nan), {}, "NaN"),
        (A, B + 1, {}, "outside"),
        (P, Q * 2 / 3, {}, "sum to one"),
        (P[:, :1], Q[:, :1], {}, "one column"),
        (A, B, {"clip": 0.0}, "clip"),
        (A, B, {"clip": 0.6}, "clip"),
        (A, B, {"weights": [1]}, "weights"),
    ],
)
def test_bad_probabilities_are_refused(a, b, options, words):
    with pytest.raises(ValueError, match=words):
        mean_kl(a, b, **options)


def test_bad_quantiles_are_refused():
    with pytest.raises(ValueError, match="quantiles"):
        change_distribution(A, B, quantiles=[1.5])
