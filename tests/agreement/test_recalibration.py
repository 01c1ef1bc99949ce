"""Calibration intercepts and slopes, against what R's glm and lm printed (tests/oracles/calibration.R)."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.agreement.cases import repeated, three_classes, two_models
from treeprune.agreement.by_class import by_class
from treeprune.agreement.recalibration import number_recalibration, recalibration
from treeprune.agreement.reliability import reliability_curve

ORACLE = json.loads((Path(__file__).parents[1] / "oracles" / "calibration.json").read_text())
Y, A, B = two_models()


@pytest.mark.parametrize("case", ORACLE["glm"], ids=lambda case: str(len(case["y"])))
def test_intercept_and_slope_are_those_of_glm(case):
    found = recalibration(case["y"], case["p"], case["w"])
    for interval, expected in ((found.intercept, case["intercept"]), (found.slope, case["slope"])):
        given = [interval.estimate, interval.standard_error, interval.low, interval.high]
        np.testing.assert_allclose(given, expected, rtol=1e-7)
    assert found.reason == ""


def test_slope_and_mean_error_are_those_of_lm():
    case = ORACLE["lm"]
    found = number_recalibration(case["y"], case["x"])
    given = [found.slope.estimate, found.slope.standard_error]
    np.testing.assert_allclose(given, case["slope"], rtol=1e-9)
    mean = found.intercept
    np.testing.assert_allclose([mean.estimate, mean.low, mean.high], case["mean_error"], rtol=1e-9)


@pytest.mark.parametrize("function", [recalibration, number_recalibration])
def test_weights(function):
    w = np.arange(200) % 3
    weighted, plain = function(Y, A, w), function(*repeated(w, Y, A))
    for part in ("intercept", "slope"):
        one, other = vars(getattr(weighted, part)), vars(getattr(plain, part))
        assert one == pytest.approx(other, nan_ok=True)
    half = function(Y, A, w * 0.3)
    assert half.slope.estimate == pytest.approx(plain.slope.estimate)
    assert np.isnan([half.slope.low, half.intercept.standard_error]).all()


def test_shifted_and_stretched_logits_are_found():
    """The slope of ``b logit(p) + a`` is the slope of p over b, whatever a."""
    x = np.log(A / (1 - A))
    slope = recalibration(Y, A).slope.estimate
    moved = 1 / (1 + np.exp(-(2 * x + 0.7)))
    assert recalibration(Y, moved).slope.estimate == pytest.approx(slope / 2)
    large = recalibration(Y, A).intercept.estimate
    shifted = 1 / (1 + np.exp(-(x + 0.7)))
    assert recalibration(Y, shifted).intercept.estimate == pytest.approx(large - 0.7)


@pytest.mark.parametrize(
    ("y", "p", "words"),
    [
        ([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4], "separates"),
        ([1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4], "separates"),
        ([0, 0, 1, 1, 1], [0.1, 0.2, 0.2, 0.3, 0.4], "separates"),  # but for one value
        ([0, 1, 0], [0.3, 0.3, 0.3], "constant"),
        ([0, 1, 0], [0.0, 0.0, 1e-9], "constant"),  # as far as it is clipped
    ],
)
def test_a_slope_without_a_finite_estimate_is_not_made_up(y, p, words):
    found = recalibration(y, p)
    assert words in found.reason
    assert np.isnan([found.slope.estimate, found.slope.low, found.slope.standard_error]).all()
    assert np.isfinite(found.intercept.estimate)


def test_one_kind_only():
    found = recalibration([1, 1, 1], [0.2, 0.5, 0.9])
    assert "one kind" in found.reason
    assert np.isnan([found.intercept.estimate, found.slope.estimate]).all()
    constant = number_recalibration([1.0, 2.0, 4.0], [2.0, 2.0, 2.0])
    assert "constant" in constant.reason
    assert constant.intercept.estimate == pytest.approx(1 / 3)


@pytest.mark.parametrize("steep", [1e-4, 1e-2, 50.0])
def test_newton_finds_slopes_far_from_one(steep):
    """Where the likelihood is largest its derivatives are 0."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    y = rng.random(300) < 1 / (1 + np.exp(-2 * x))
    p = 1 / (1 + np.exp(-np.clip(x * steep, -13, 13)))
    found = recalibration(y, p)
    logits = np.log(p / (1 - p))

    def least_gradient(intercept):
        rest = y - 1 / (1 + np.exp(-(intercept + found.slope.estimate * logits)))
        return abs(rest.sum()) + abs((rest * logits).sum() / np.abs(logits).max())

    from scipy.optimize import minimize_scalar

    assert minimize_scalar(least_gradient, bounds=(-3, 3), method="bounded").fun < 1e-3


@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans(), st.integers(1, 3)), min_size=2, max_size=30),
    st.sampled_from([1e-2, 1e-6, 1e-14]),
)
def test_newton_ends_wherever_there_is_an_estimate(rows, clip):
    x, y, w = (np.array(each) for each in zip(*rows, strict=True))
    p = (x / 30) ** 4
    found = recalibration(y, p, w, clip=clip)
    x = np.clip(p, clip, 1 - clip)
    x = np.log(x / (1 - x))
    if "one kind" not in found.reason:
        rest = w * (y - 1 / (1 + np.exp(-(x + found.intercept.estimate))))
        assert abs(rest.sum()) < 1e-6
    assert np.isfinite(found.slope.standard_error) == (found.reason == "")


def test_a_search_without_end_is_no_estimate(monkeypatch):
    monkeypatch.setattr("treeprune.agreement.recalibration._MOST_STEPS", 2)
    with pytest.raises(ArithmeticError, match="2 steps"):
        recalibration(Y, A)


def test_classes_are_judged_one_by_one():
    y, p, _ = three_classes()
    for c, found in enumerate(by_class(recalibration, y, p, confidence=0.9)):
        assert str(found) == str(recalibration(y == c, p[:, c], confidence=0.9))
    assert len(by_class(reliability_curve, y, p, n_bins=4)) == 3
    with pytest.raises(ValueError, match="column numbers"):
        by_class(recalibration, y + 1, p)


@pytest.mark.parametrize(
    ("y", "p", "options", "words"),
    [
        (Y, A + 1, {}, "outside"),
        (Y, A * np.nan, {}, "NaN"),
        (Y[:-1], A, {}, "differ"),
        (Y * 2, A, {}, "y must hold"),
        (Y, A, {"clip": 0.5}, "clip"),
        (Y, A, {"confidence": 2}, "confidence"),
        (Y, A, {"weights": np.ones(3)}, "weights"),
    ],
)
def test_bad_input_is_refused(y, p, options, words):
    with pytest.raises(ValueError, match=words):
        recalibration(y, p, **options)
    with pytest.raises(ValueError, match="too large"):
        number_recalibration([1.0, 2.0], [1e200, 2.0])
