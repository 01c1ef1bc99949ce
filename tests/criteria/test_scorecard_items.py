"""Units, bins and flags count as they are read; cells of totals are about enough rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from treeprune.criteria.scorecard.cells import LEAST_ROWS, Seen, readable_width, score_cells
from treeprune.criteria.scorecard.columns import in_bins, in_units, quantile_edges, worth_a_point
from treeprune.criteria.scorecard.items import Bins, Flag, Units, in_words, round_number
from treeprune.criteria.scorecard.measure import area_under_curve, rounding_loss


@pytest.mark.parametrize(
    ("x", "expected"), [(1, 1), (1.3, 1), (1.6, 2), (3.1, 2), (3.3, 5), (8, 10), (0.004, 0.005), (700, 500)]
)
def test_round_numbers(x, expected):
    assert round_number(x) == expected


def test_units_are_full_ones():
    tenths = Units("x", 0.1, 0.0, down=False)
    np.testing.assert_array_equal(tenths.levels(np.arange(30) / 10)[:, 0], np.arange(30))
    np.testing.assert_array_equal(tenths.levels(np.array([0.29, -0.01]))[:, 0], [2, 0])
    age = Units("age", 10.0, 90.0, down=True)
    np.testing.assert_array_equal(age.levels(np.array([90.0, 80.1, 80, 35, 95]))[:, 0], [0, 0, 1, 5, 0])
    (line,) = age.lines(np.array([4]))
    assert line.text == "age, per full 10 below 90"
    assert line.points == 4


def test_bins_have_the_edge_above():
    bins = Bins("age", (40.0, 60.0), 0)
    np.testing.assert_array_equal(
        bins.levels(np.array([39.9, 40, 59, 60])), [[0, 0], [1, 0], [1, 0], [0, 1]]
    )
    texts = [(line.text, line.points) for line in bins.lines(np.array([2, 5]))]
    assert texts == [("age: under 40", 0), ("age: 40 to under 60", 2), ("age: 60 and over", 5)]
    start, effect = bins.effect(0.1, np.array([30.0, 50, 54, 70]), np.array([1.0, 1, 3, 1]))
    assert start == pytest.approx(3.0)
    np.testing.assert_allclose(effect, [2.3, 4.0])
    with pytest.raises(ValueError, match="no row is in the bin 'age: 60 and over'"):
        bins.effect(0.1, np.array([30.0, 50]), np.ones(2))


def test_flags_take_nothing_else():
    np.testing.assert_array_equal(
        Flag("x", "x", "not x", on_zero=True).levels(np.array([0, 1.0]))[:, 0], [1, 0]
    )
    with pytest.raises(ValueError, match="'x' held 0 and 1 only"):
        Flag("x", "x", "not x", on_zero=False).levels(np.array([0, 0.5]))


@pytest.mark.parametrize("scale", [1e-6, 0.37, 1, 1e5])
def test_units_and_edges_are_round_and_start_outside(scale):
    rng = np.random.default_rng(0)
    x = rng.normal(50, 9, 500) * scale
    for coef in (1.0, -1.0):
        item = in_units(x, coef, "x", None, non_negative=True)
        assert (item.origin >= x.max()) if coef < 0 else (item.origin <= x.min())
        assert 0.2 < item.unit / x.std() < 1
        assert len(in_words(item.unit).lstrip("0.").rstrip("0").replace("e-0", "")) <= 2
        assert item.levels(x).min() >= 0
    edges = quantile_edges(x, 4, "x")
    assert len(edges) == 3
    np.testing.assert_allclose(edges, np.quantile(x, [0.25, 0.5, 0.75]), atol=0.11 * x.std())
    assert not np.isin(edges, x).any()


def test_whole_numbers_keep_whole_units():
    x = np.repeat([0.0, 1, 2, 3], 20)
    assert in_units(x, 1.0, "x", None, non_negative=False).unit == 1
    assert all(edge == int(edge) for edge in quantile_edges(x, 3, "x"))


def test_the_bin_without_points_is_that_of_least_risk():
    assert in_bins(-1.0, "x", (1.0, 2.0), non_negative=True).reference == 2
    assert in_bins(-1.0, "x", (1.0, 2.0), non_negative=False).reference == 0
    assert in_bins(1.0, "x", (1.0, 2.0), non_negative=True).reference == 0


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(ValueError, match="has one value only"):
        in_units(np.full(5, 3.3), 1.0, "x", None, non_negative=False)
    with pytest.raises(ValueError, match="cannot be cut"):
        quantile_edges(np.full(5, 3.3), 3, "x")
    with pytest.raises(ValueError, match=r"a unit of 0\.001 is too small"):
        in_units(np.array([0.0, 5000]), 1.0, "x", 0.001, non_negative=False)


# ---------------------------------------------------------------------- cells and measures
@given(
    seed=st.integers(0, 10_000), n=st.integers(1, 300), spread=st.integers(1, 60), width=st.integers(1, 7)
)
def test_cells_are_about_eleven_rows_at_least(seed, n, spread, width):
    rng = np.random.default_rng(seed)
    totals = rng.integers(-spread, spread + 1, n)
    weight, p, y = rng.uniform(0.1, 2, n), rng.random(n), rng.integers(0, 2, n).astype(float)
    cells = score_cells(Seen(totals, p, weight, y), width)
    assert cells.rows.sum() == n
    assert (cells.rows >= LEAST_ROWS).all() or len(cells.rows) == 1
    np.testing.assert_array_equal(cells.low[1:], cells.high[:-1] + 1)
    for k in range(len(cells.rows)):
        mine = (totals >= cells.low[k]) & (totals <= cells.high[k])
        assert mine.sum() == cells.rows[k]
        assert cells.share[k] == pytest.approx(weight[mine].sum() / weight.sum())
        assert cells.probability[k] == pytest.approx(np.average(p[mine], weights=weight[mine]))
        events = int(y[mine].sum())
        small = 0 < events < LEAST_ROWS or 0 < mine.sum() - events < LEAST_ROWS
        if small or np.isnan(cells.observed[k]):
            assert np.isnan(cells.observed[k])
            continue
        assert cells.observed[k] == pytest.approx(np.average(y[mine], weights=weight[mine]))
    assert np.isnan(cells.observed).sum() != 1 or len(cells.rows) == 1  # one could be told from the others


def test_readable_cells_are_few():
    for span in (5, 15, 16, 40, 1000):
        totals = np.arange(span)
        assert -(-span // readable_width(totals, 15)) <= 23
    assert readable_width(np.arange(15), 15) == 1


def test_area_is_scikit_learns():
    rng = np.random.default_rng(0)
    score, weight = rng.integers(0, 9, 200), rng.uniform(0.1, 2, 200)
    y, p = rng.integers(0, 2, 200), rng.random(200)
    hard = roc_auc_score(y, score, sample_weight=weight)
    assert area_under_curve(score, weight * y, weight) == pytest.approx(hard)
    twice = roc_auc_score(
        np.repeat([1, 0], 200), np.tile(score, 2), sample_weight=np.append(weight * p, weight * (1 - p))
    )
    assert area_under_curve(score, weight * p, weight) == pytest.approx(twice)


def test_change_is_that_of_probabilities():
    own, rounded = np.array([0.0, 1.0]), np.array([0.0, -1.0])
    lost = rounding_loss(rounded, own, np.array([0.0, 1.0]), np.array([3.0, 1.0]))
    change = expit(1) - expit(-1)
    assert lost["max_change"] == pytest.approx(change)
    assert lost["mean_change"] == pytest.approx(change / 4)
    assert lost["log_loss"] == pytest.approx((3 * np.log(2) - np.log(expit(-1))) / 4)


def test_a_few_wild_values_leave_the_unit_alone():
    rng = np.random.default_rng(0)
    x = rng.normal(50, 9, 500)
    usual = in_units(x, 1.0, "x", None, non_negative=False).unit
    x[:3] = 400.0
    assert in_units(x, 1.0, "x", None, non_negative=False).unit == usual
    x[0] = 1e6
    assert in_units(x, 1.0, "x", None, non_negative=False).unit == 5000
    assert len(quantile_edges(x, 4, "x")) == 3


@pytest.mark.parametrize("coef", [0.01, -0.01])
def test_units_grow_until_they_are_worth_a_point(coef):
    x = np.random.default_rng(0).uniform(0, 100, 300)
    item = in_units(x, coef, "x", None, non_negative=True)
    assert worth_a_point(item, x, coef, 0.05) is item
    larger = worth_a_point(item, x, coef, 0.18)
    assert (larger.unit, larger.down) == (20, coef < 0)
    assert larger.levels(x).min() == 0
    # no larger than half of what there is
    assert worth_a_point(item, x, coef, 50.0).unit == 50
    whole = np.repeat([0.0, 1, 2, 3], 20)
    assert worth_a_point(in_units(whole, coef, "x", None, non_negative=True), whole, coef, 9.0).unit == 2
