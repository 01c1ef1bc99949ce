"""Reliability curves, against scikit-learn, R's prop.test and simulation."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.isotonic import isotonic_regression
from sklearn.metrics import brier_score_loss

from tests.agreement.cases import repeated, two_models
from treeprune.agreement.reliability import reliability_curve

ORACLE = json.loads((Path(__file__).parents[1] / "oracles" / "calibration.json").read_text())
Y, A, _ = two_models()


def test_bins_are_scikit_learns_quantile_bins():
    found = reliability_curve(Y, A, n_bins=8)
    observed, predicted = calibration_curve(Y, A, n_bins=8, strategy="quantile")
    np.testing.assert_allclose(found.observed, observed)
    np.testing.assert_allclose(found.predicted, predicted)
    assert found.n.tolist() == [25] * 8
    assert found.ece == pytest.approx(np.abs(observed - predicted).mean())
    for share, low, high in zip(observed, found.low, found.high, strict=True):
        ends = binomtest(round(25 * share), 25).proportion_ci(method="wilson")
        assert (low, high) == pytest.approx((ends.low, ends.high))


@pytest.mark.parametrize("case", ORACLE["wilson"])
def test_intervals_are_wilsons(case):
    events, n, low, high = case
    found = reliability_curve(np.arange(n) < events, np.full(n, 0.5))
    np.testing.assert_allclose([found.low[0], found.high[0]], [low, high], atol=1e-12)


def test_the_smooth_curve_is_isotonic_regression():
    found = reliability_curve(Y, A)
    order = np.argsort(A)
    expected = isotonic_regression(Y[order].astype(float))
    np.testing.assert_allclose(found.smooth_y, expected, atol=1e-12)
    np.testing.assert_array_equal(found.smooth_x, A[order])
    gain = brier_score_loss(Y, A) - ((expected - Y[order]) ** 2).mean()
    assert found.miscalibration == pytest.approx(gain)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=60), st.integers(1, 12))
def test_bins_partition_the_rows(rows, n_bins):
    p, y = np.array([row[0] / 6 for row in rows]), np.array([row[1] for row in rows])
    found = reliability_curve(y, p, n_bins=n_bins, min_count=5)
    assert found.n.sum() == len(p)
    assert len(found.n) <= n_bins
    assert len(found.n) == 1 or found.n.min() >= 5
    assert (np.diff(found.predicted) > 0).all()
    np.testing.assert_allclose((found.n * found.observed).sum(), y.sum())
    np.testing.assert_allclose((found.n * found.predicted).sum(), p.sum())
    assert ((found.low <= found.observed + 1e-12) & (found.observed <= found.high + 1e-12)).all()


def test_weights():
    w = np.arange(200) % 3
    weighted, plain = reliability_curve(Y, A, w), reliability_curve(*repeated(w, Y, A))
    for name in ("predicted", "observed", "low", "high", "ece", "ece_by_chance", "miscalibration"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(plain, name), atol=1e-12, err_msg=name)
    assert weighted.n.sum() == (w > 0).sum()
    # weights that are all the same but no counts are as many rows as there are
    same = reliability_curve(Y, A, np.full(200, 0.3))
    np.testing.assert_allclose(same.low, reliability_curve(Y, A).low)
    assert same.ece_by_chance == pytest.approx(reliability_curve(Y, A).ece_by_chance)


def test_what_chance_makes_of_a_calibrated_model():
    rng = np.random.default_rng(0)
    drawn = [reliability_curve(rng.random(200) < A, A).ece for _ in range(300)]
    assert reliability_curve(Y, A).ece_by_chance == pytest.approx(np.mean(drawn), rel=0.1)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"n_bins": 0}, "n_bins"), ({"min_count": 0}, "min_count"), ({"confidence": 1.0}, "confidence")],
)
def test_bad_options_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        reliability_curve(Y, A, **options)
