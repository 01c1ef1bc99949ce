"""Differences of errors, against scipy and scikit-learn."""

import numpy as np
import pytest
from scipy.stats import ttest_rel
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

from tests.agreement.cases import repeated
from treeprune.agreement.regression import error_difference

RNG = np.random.default_rng(3)
Y = RNG.normal(size=100)
A = Y + 0.5 * RNG.normal(size=100)
B = Y + 0.6 * RNG.normal(size=100)
MEASURES = {"mse": mean_squared_error, "mae": mean_absolute_error, "r2": r2_score}


@pytest.mark.parametrize("measure", MEASURES)
def test_differences_are_scikit_learns(measure):
    expected = MEASURES[measure](Y, B) - MEASURES[measure](Y, A)
    assert error_difference(Y, A, B, measure).estimate == pytest.approx(expected)


@pytest.mark.parametrize(("measure", "size"), [("mse", np.square), ("mae", np.abs)])
def test_means_are_tested_as_scipy_does(measure, size):
    found = error_difference(Y, A, B, measure, confidence=0.9)
    test = ttest_rel(size(B - Y), size(A - Y))
    assert found.p_value == pytest.approx(test.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(test.confidence_interval(0.9)))


def test_the_error_of_r2_is_that_of_the_bootstrap():
    found = error_difference(Y, A, B, "r2")
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(2000):
        rows = rng.integers(100, size=100)
        y = Y[rows]
        drawn.append((((A[rows] - y) ** 2).sum() - ((B[rows] - y) ** 2).sum()) / (y.var() * 100))
    assert found.standard_error == pytest.approx(np.std(drawn), rel=0.1)


@pytest.mark.parametrize("measure", MEASURES)
def test_weights_and_equal_models(measure):
    w = np.arange(100) % 3
    weighted = error_difference(Y, A, B, measure, weights=w)
    plain = error_difference(*repeated(w, Y, A, B), measure)
    assert vars(weighted) == pytest.approx(vars(plain))
    same = error_difference(Y, A, A, measure)
    assert (same.estimate, same.low, same.high, same.p_value) == (0, 0, 0, 1)


def test_nearly_equal_models_keep_their_digits():
    """As a difference of two sums of squares nothing would be left of it."""
    y, a = np.zeros(4), np.full(4, 1e6)
    found = error_difference(y, a, a + np.array([0, 2**-30, 0, 0]))
    assert found.estimate == pytest.approx(2e6 * 2**-30 / 4, rel=1e-9)


@pytest.mark.parametrize(
    ("y", "a", "options", "words"),
    [
        (Y, A[:-1], {}, "shape|differ"),
        (Y[:-1], A, {}, "differ"),
        (np.ones(100), A, {"measure": "r2"}, "all outcomes are the same"),
        (Y, A, {"measure": "rmse"}, "measure"),
        (Y, A, {"weights": np.full(100, 0.5)}, "count rows"),
        (Y, A, {"weights": np.eye(100)[0]}, "two rows"),
        (Y * 1e200, A, {}, "too large"),
        (Y, A, {"confidence": 1}, "confidence"),
    ],
)
def test_bad_input_is_refused(y, a, options, words):
    with pytest.raises(ValueError, match=words):
        error_difference(y, a, B[: len(a)], **options)
