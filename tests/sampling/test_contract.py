"""What every registered sampler promises."""

import numpy as np
import pytest
from hypothesis import given

from tests.sampling.tables import block, mixed_table, wild_tables
from treeprune.sampling.columns import infer_columns
from treeprune.sampling.registry import check_sampler, samplers

SAMPLERS = pytest.mark.parametrize("name", samplers())


def _fitted(name, rows, columns, weight=None):
    return samplers()[name](rows, columns, weight, 0)


def _draw(sampler, n, seed=0):
    return sampler.draw(n, np.random.default_rng(seed))


def test_names():
    assert set(samplers()) == {"copula", "forest"}
    assert check_sampler("copula") is samplers()["copula"]
    for wrong in ("gauss", None, 3):
        with pytest.raises(ValueError, match="use one of copula, forest"):
            check_sampler(wrong)


@SAMPLERS
def test_values_of_discrete_columns_are_observed_ones_with_their_shares(name):
    rows, columns = mixed_table(0, 300)
    weight = np.random.default_rng(0).choice([0.0, 0.5, 1.0, 4.0], 300)
    n = 40_000
    drawn = _draw(_fitted(name, rows, columns, weight), n)
    checked = 0
    for j in np.flatnonzero(columns.discrete):
        assert set(np.unique(drawn[~np.isnan(drawn[:, j]), j])) <= set(rows[weight > 0, j])
        for value in np.unique(rows[:, j]):
            same = np.isnan if np.isnan(value) else lambda x, value=value: x == value
            p = np.average(same(rows[:, j]), weights=weight)
            assert abs(same(drawn[:, j]).mean() - p) <= 5 * np.sqrt(p * (1 - p) / n) + 2e-4
            checked += 1
    assert checked > 15


@SAMPLERS
def test_spikes_keep_their_share_and_other_values_their_range(name):
    rows, columns = mixed_table(1, 500)
    drawn = _draw(_fitted(name, rows, columns), 40_000)
    share = (rows[:, 2] == 0).mean()
    assert share > 0.4
    assert (drawn[:, 2] == 0).mean() == pytest.approx(share, abs=0.0125)
    positive = drawn[drawn[:, 2] > 0, 2]
    assert positive.min() > 0
    assert not np.isin(positive[:1000], rows[:, 2]).all()
    assert (np.nanmin(drawn, axis=0) >= columns.low).all()
    assert (np.nanmax(drawn, axis=0) <= columns.high).all()
    quantiles = [np.nanquantile(x[:, 6], [0.1, 0.5, 0.9]) for x in (rows, drawn)]
    np.testing.assert_allclose(*quantiles, atol=0.08)


@SAMPLERS
def test_rows_of_weight_0_do_not_matter(name):
    rows, columns = mixed_table(2, 120)
    weight = np.random.default_rng(1).choice([0.0, 1.0, 2.5], 120)
    other = np.where((weight == 0)[:, None], 3.0, rows)
    without = weight > 0
    expected = _draw(_fitted(name, rows, columns, weight), 500)
    np.testing.assert_array_equal(_draw(_fitted(name, other, columns, weight), 500), expected)
    np.testing.assert_array_equal(
        _draw(_fitted(name, rows[without], columns, weight[without]), 500), expected
    )


@SAMPLERS
@pytest.mark.parametrize("unit", [1e-250, 1024.0, 1e250])
def test_the_unit_of_small_and_large_weights_moves_no_share(name, unit):
    rows, columns = mixed_table(3, 80)
    weight = np.random.default_rng(1).choice([0.25, 1.0, 2.5], 80)
    drawn = _draw(_fitted(name, rows, columns, weight * unit), 8000)
    for code in range(3):
        p = np.average(rows[:, 4] == code, weights=weight)
        assert abs((drawn[:, 4] == code).mean() - p) < 5 * np.sqrt(p * (1 - p) / 8000)


@SAMPLERS
def test_same_seed_same_bits(name):
    rows, columns = mixed_table(4, 100)
    kept = rows.copy()
    sampler = _fitted(name, rows, columns)
    first = _draw(sampler, 9000, 5)
    np.testing.assert_array_equal(_draw(sampler, 9000, 5), first)
    np.testing.assert_array_equal(_draw(_fitted(name, rows, columns), 9000, 5), first)
    assert not np.array_equal(_draw(sampler, 9000, 6), first, equal_nan=True)
    np.testing.assert_array_equal(rows, kept)
    first[:] = 0.0  # what was drawn is the caller's
    assert _draw(sampler, 9000, 5).any()


@SAMPLERS
def test_row_order_moves_no_share(name):
    rows, columns = mixed_table(5, 200)
    one = _draw(_fitted(name, rows, columns), 20_000)
    other = _draw(_fitted(name, rows[::-1], columns), 20_000)
    np.testing.assert_allclose((one[:, 2] == 0).mean(), (other[:, 2] == 0).mean(), atol=0.025)
    np.testing.assert_allclose(np.nanmean(one, axis=0), np.nanmean(other, axis=0), atol=0.06)


@SAMPLERS
def test_hard_tables(name):
    rng = np.random.default_rng(6)
    normal = rng.normal(size=(10, 40))
    apart = np.eye(2, dtype=bool)[np.repeat([0, 1], 10)]
    tables = {
        "more columns than rows": normal,
        "one row": normal[:1],
        "two rows": normal[:2],
        "one column": normal[:, :1],
        "constant": np.ones((20, 3)) * 0.1,
        "all missing": np.full((20, 2), np.nan),
        "never together": np.where(apart, np.nan, rng.normal(size=(20, 2))),
        "huge": np.array([[1e308, -1e308], [-1e308, 1e308], [0.5, 1e-320]] * 5),
    }
    for rows in tables.values():
        drawn = _draw(_fitted(name, rows, infer_columns(rows, np.zeros(rows.shape[1], bool))), 200)
        assert drawn.shape == (200, rows.shape[1])
        assert not np.isinf(drawn).any()
        all_missing = np.isnan(rows).all(axis=0)
        np.testing.assert_array_equal(np.isnan(drawn).all(axis=0), all_missing)
        if not all_missing.any():
            assert (np.nanmin(drawn, axis=0) >= np.nanmin(rows, axis=0)).all()
            assert (np.nanmax(drawn, axis=0) <= np.nanmax(rows, axis=0)).all()
    assert _draw(_fitted(name, normal, infer_columns(normal, np.zeros(40, bool))), 0).shape == (0, 40)


@SAMPLERS
@given(table=wild_tables())
def test_wild_tables(name, table):
    rows, nominal, weight = table
    columns = infer_columns(rows, nominal, weight)
    drawn = _draw(_fitted(name, rows, columns, weight), 50)
    counts = rows[weight > 0]
    assert drawn.shape == (50, rows.shape[1])
    for j in range(rows.shape[1]):
        present = drawn[~np.isnan(drawn[:, j]), j]
        assert ((present >= columns.low[j]) & (present <= columns.high[j])).all()
        if columns.discrete[j]:
            assert np.isin(present, counts[:, j]).all()
        assert len(present) == 50 or np.isnan(counts[:, j]).any()
    if name == "copula":
        assert block(drawn, columns) <= block(counts, columns)


@SAMPLERS
def test_bad_input(name):
    rows, columns = mixed_table(7, 30)
    fit = samplers()[name]
    with pytest.raises(ValueError, match="rows have 6 columns, but 7 are described"):
        fit(rows[:, :6], columns, None, 0)
    with pytest.raises(ValueError, match="negative"):
        fit(rows, columns, -np.ones(30), 0)
    with pytest.raises(ValueError, match="infinite"):
        fit(np.where(np.isnan(rows), np.inf, rows), columns, None, 0)
    sampler = fit(rows, columns, None, 0)
    for wrong in (2.0, True, "3"):
        with pytest.raises(TypeError, match="n must be a whole number"):
            sampler.draw(wrong, np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"n must not be negative"):
        sampler.draw(-1, np.random.default_rng(0))
    with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator, got RandomState"):
        sampler.draw(1, np.random.RandomState(0))
