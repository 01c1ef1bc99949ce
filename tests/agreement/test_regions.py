"""Worst regions: what they say can be checked on the rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeRegressor

from treeprune.agreement.regions import worst_regions

RNG = np.random.default_rng(4)
N = 300


def rows_of(region, table):
    """Rows that a region's conditions describe, by nothing but the conditions."""
    inside = np.ones(len(table), bool)
    for condition in region.conditions:
        column = table[condition.feature]
        missing = column.isna().to_numpy()
        if condition.levels is None:
            values = column.to_numpy(dtype=float, na_value=np.nan)
            known = (values > condition.low) & (values <= condition.high)
        else:
            rare = column.map(column.value_counts()).to_numpy() < 11
            known = np.where(rare, "(rare levels)" in condition.levels, column.isin(condition.levels))
        inside &= np.where(missing, condition.missing, known.astype(bool) & ~missing)
    return inside


def table():
    age = RNG.integers(20, 90, N).astype(float)
    age[::10] = np.nan
    return pd.DataFrame({"age": age, "lab": RNG.normal(size=N), "ward": RNG.choice(list("abc"), N)})


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_conditions_describe_their_rows(depth):
    X = table()
    before = RNG.random(N)
    after = before + np.where(X["age"] > 60, 0.2, 0) + np.where(X["ward"] == "b", -0.3, 0) + 0.01 * X["lab"]
    found = worst_regions(X, before, after, depth=depth)
    seen = np.zeros(N, int)
    for region in found:
        rows = rows_of(region, X)
        seen += rows
        assert region.n == rows.sum() >= 11
        assert region.mean_change == pytest.approx(np.abs(after - before)[rows].mean())
        assert region.mean_shift == pytest.approx((after - before)[rows].mean())
        assert len(region.conditions) <= depth
    np.testing.assert_array_equal(seen, 1)
    assert list(found) == sorted(found, key=lambda region: -region.mean_change)
    assert 1 < len(found) <= 2**depth


def test_the_planted_region_is_found():
    X = table()
    ward = (X["ward"] == "c").to_numpy()
    bad = ward & (X["age"] > 60).to_numpy()
    found = worst_regions(X, np.zeros(N), 0.2 * ward + 0.2 * bad)
    assert found[0].mean_change == pytest.approx(0.4)
    np.testing.assert_array_equal(rows_of(found[0], X), bad)
    assert "ward in {c}" in str(found[0])
    assert " and " in str(found[0])


def test_regions_are_scikit_learns_leaves():
    X = RNG.normal(size=(N, 3)).astype(np.float32).astype(float)
    change = np.abs(X[:, 0]) + 0.3 * X[:, 1] ** 2
    tree = DecisionTreeRegressor(max_depth=3, min_samples_leaf=20).fit(X, change)
    leaf = tree.apply(X)
    expected = sorted((change[leaf == k].mean() for k in np.unique(leaf)), reverse=True)
    found = worst_regions(X, np.zeros(N), change, depth=3, min_count=20)
    np.testing.assert_allclose([region.mean_change for region in found], expected)


@given(st.integers(12, 60), st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_no_region_is_small(n, seed):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"a": rng.choice([0.0, 1.0, 2.0, np.nan], n), "b": rng.choice(["x", "y", None], n)})
    found = worst_regions(X, rng.random(n), rng.random(n), depth=3)
    assert min(region.n for region in found) >= 11
    assert sum(rows_of(region, X).sum() for region in found) == n == sum(region.n for region in found)


def test_numbers_that_single_precision_cannot_tell_apart():
    seconds = 1.7e9 + np.arange(40) / 1000
    found = worst_regions({"t": seconds}, np.zeros(40), np.arange(40) >= 20, depth=1)
    assert found[0].mean_change == 1
    assert seconds[19] <= found[0].conditions[0].low < seconds[20]
    huge = np.where(np.arange(40) < 20, -1.7e308, 1.7e308)
    found = worst_regions({"t": huge}, np.zeros(40), np.arange(40) >= 20, depth=1)
    assert found[0].mean_change == 1


def test_a_band_has_two_ends():
    x = np.arange(90.0)
    found = worst_regions({"x": x}, np.zeros(90), np.where((x >= 30) & (x < 60), 0.5, 0.01 * (x >= 60)))
    assert str(found[0]) == "29.5 < x <= 59.5"
    assert {str(region) for region in found[1:]} == {"x <= 29.5", "x > 59.5"}


def test_missing_or_not_may_be_the_region():
    x = np.where(np.arange(60) < 20, np.nan, np.arange(60) % 7)
    found = worst_regions(
        {"lab": x, "empty": np.full(60, np.nan)}, np.zeros(60), np.isnan(x) * 0.5, depth=1
    )
    assert [str(region) for region in found] == ["lab missing", "lab known"]
    names = np.where(np.isnan(x), None, "p")
    found = worst_regions({"site": names}, np.zeros(60), np.isnan(x) * 0.5, depth=1)
    assert [str(region) for region in found] == ["site missing", "site in {p}"]


def test_rare_levels_go_together():
    site = np.array(["a"] * 30 + ["b"] * 24 + ["c"] * 3 + ["d"] * 3)
    change = np.where((site == "c") | (site == "d"), 0.9, np.where(site == "b", 0.5, 0.1))
    found = worst_regions({"site": site}, np.zeros(60), change, depth=1)
    assert str(found[0]) == "site in {b, (rare levels)}"
    assert found[0].n == 30


def test_equal_models_have_one_region():
    found = worst_regions(table(), np.ones(N), np.ones(N))
    assert [(str(r), r.n, r.mean_change) for r in found] == [("all rows", N, 0)]


def test_weights_and_columns():
    X = pd.DataFrame({"a": np.arange(60.0)})
    change = (np.arange(60) % 2) * 0.5
    w = np.where(np.arange(60) < 30, 0, 1 + np.arange(60) % 2)
    found = worst_regions(X, np.zeros(60), change, weights=w, depth=1)
    assert sum(region.n for region in found) == 30
    total = sum(rows_of(r, X[30:]).sum() for r in found)
    assert total == 30
    one = worst_regions(X, np.zeros(60), change, weights=w, depth=1, min_count=30)
    assert one[0].mean_change == pytest.approx(np.average(change, weights=w))
    p = np.column_stack([change, -change / 2])
    both = worst_regions(X, p * 0, p, depth=1, min_count=30)
    assert both[0].mean_change == pytest.approx(0.25)
    assert np.isnan(both[0].mean_shift)


@pytest.mark.parametrize(
    ("X", "options", "words"),
    [
        (np.ones((10, 1)), {}, "min_count"),
        (np.ones((9, 1)), {}, "differ"),
        (np.ones((10, 1)), {"depth": 0}, "depth"),
        (np.ones((10, 1)), {"min_count": 0}, "min_count"),
        (np.ones((10, 1)), {"weights": np.zeros(10)}, "zero"),
    ],
)
def test_bad_input_is_refused(X, options, words):
    with pytest.raises(ValueError, match=words):
        worst_regions(X, np.zeros(10), np.ones(10), **options)
