"""Verdicts about a margin, read off intervals."""

import numpy as np
import pytest
from scipy.stats import norm, ttest_1samp

from treeprune.agreement.intervals import Interval, wald_interval
from treeprune.agreement.noninferiority import non_inferiority
from treeprune.agreement.regression import error_difference


def between(low, high):
    return Interval((low + high) / 2, low, high, 0.95, "by hand")


@pytest.mark.parametrize(
    ("low", "high", "margin", "verdict"),
    [
        (0.01, 0.03, 0.02, "superior"),
        (-0.01, 0.03, 0.02, "non-inferior"),
        (-0.01, -0.005, 0.02, "non-inferior"),  # worse, but by less than the margin
        (-0.02, 0.03, 0.02, "inconclusive"),  # an end on the margin does not stay clear of it
        (-0.03, 0.03, 0.02, "inconclusive"),
        (-0.05, -0.03, 0.02, "inferior"),
        (-0.01, 0.01, 0.0, "inconclusive"),
        (0.0, 0.0, 0.0, "inconclusive"),
        (0.0, 0.0, 0.01, "non-inferior"),
        (np.nan, np.nan, 0.01, "inconclusive"),
    ],
)
def test_verdicts(low, high, margin, verdict):
    found = non_inferiority(between(low, high), margin)
    assert found.verdict == verdict
    assert found.passed == (verdict in ("superior", "non-inferior"))
    assert found.text.startswith(verdict + ":")
    mirrored = non_inferiority(between(-high, -low), margin, higher_is_better=False)
    assert mirrored.verdict == verdict


def test_the_p_value_agrees_with_the_verdict():
    for estimate in np.linspace(-0.05, 0.05, 41):
        interval = wald_interval(estimate, 0.01, 0.9, "normal")
        found = non_inferiority(interval, 0.02)
        assert found.level == pytest.approx(0.05)
        assert found.p_value == pytest.approx(norm.sf((estimate + 0.02) / 0.01))
        assert found.passed == (found.p_value < 0.05)


def test_few_rows_go_by_t():
    rng = np.random.default_rng(0)
    y, a, b = rng.normal(size=(3, 6))
    found = non_inferiority(error_difference(y, a, b, "mae"), 0.5, higher_is_better=False)
    change = np.abs(b - y) - np.abs(a - y)
    assert found.p_value == pytest.approx(ttest_1samp(change, 0.5, alternative="less").pvalue)


def test_the_text_says_how_much():
    text = non_inferiority(between(-0.012, 0.004), 0.02).text
    assert "worse by 0.004" in text
    assert "at worst worse by 0.012" in text
    assert "level 0.025, margin 0.02" in text


@pytest.mark.parametrize("margin", [-0.01, np.nan, np.inf, "0.1", True, None])
def test_bad_margins_are_refused(margin):
    with pytest.raises(ValueError, match="margin"):
        non_inferiority(between(-1, 1), margin)


def test_intervals_say_their_ends():
    assert str(between(-0.012, 0.004)) == "-0.004 (95% interval -0.012 to 0.004)"


def test_numbers_are_no_intervals():
    with pytest.raises(TypeError, match="Interval"):
        non_inferiority(0.01, 0.02)
