"""What the copula promises beyond what all samplers do."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest
from sklearn.datasets import load_breast_cancer

from tests.sampling.tables import block, mixed_table
from treeprune.sampling.columns import infer_columns
from treeprune.sampling.copula import fit_copula


def _drawn(rows, columns, n=40_000, weight=None):
    return fit_copula(rows, columns, weight).draw(n, np.random.default_rng(7))


def test_blocks_are_those_of_rows_with_their_shares():
    rows, columns = mixed_table(0, 400)
    drawn = _drawn(rows, columns)
    assert block(drawn, columns) <= block(rows, columns)
    for j in range(rows.shape[1]):
        p = np.isnan(rows[:, j]).mean()
        assert abs(np.isnan(drawn[:, j]).mean() - p) <= 5 * np.sqrt(p * (1 - p) / len(drawn))


def test_rank_correlations_are_near():
    rows, columns = mixed_table(1, 3000)
    ordered = ~columns.nominal
    ordered[6] = False  # a product with a normal variable: no copula of this kind has it
    real, drawn = (pd.DataFrame(x[:, ordered]).corr("spearman") for x in (rows, _drawn(rows, columns)))
    assert np.abs(real - drawn).to_numpy().max() < 0.05
    assert np.abs(real.to_numpy()[np.triu_indices(4, 1)]).min() > 0.25


def test_means_follow_categories_and_missing_values():
    rows, columns = mixed_table(2, 3000)
    drawn = _drawn(rows, columns)
    for j in (1, 2, 3):
        for k in range(3):
            of_real, of_drawn = rows[rows[:, 4] == k, j], drawn[drawn[:, 4] == k, j]
            assert abs(of_real.mean() - of_drawn.mean()) < 0.12 * rows[:, j].std()
    gap = [x[np.isnan(x[:, 0]), 3].mean() - x[~np.isnan(x[:, 0]), 3].mean() for x in (rows, drawn)]
    assert gap[0] > 0.3
    assert gap[1] == pytest.approx(gap[0], abs=0.08)


def test_a_rare_value_keeps_its_share_where_a_category_decides_it():
    rng = np.random.default_rng(3)
    category = (rng.random(2000) < 0.03).astype(float)
    flag = np.where(category == 1, rng.random(2000) < 0.7, rng.random(2000) < 0.01).astype(float)
    rows = np.column_stack([category, flag])
    columns = infer_columns(rows, [True, False])
    drawn = _drawn(rows, columns)
    for k in (0.0, 1.0):
        of_real, of_drawn = flag[category == k].mean(), drawn[drawn[:, 0] == k, 1].mean()
        assert of_drawn == pytest.approx(of_real, abs=0.1 if k else 0.01)
    assert drawn[:, 1].mean() == pytest.approx(flag.mean(), abs=0.004)


def test_continuous_values_lie_between_observed_ones_with_their_distribution():
    rows = np.random.default_rng(4).exponential(size=(60, 1))
    drawn = _drawn(rows, infer_columns(rows, [False]))[:, 0]
    assert np.isin(drawn, rows).mean() < 0.02  # the ends
    knots = np.sort(rows[:, 0])
    assert kstest(drawn, lambda x: np.interp(x, knots, (np.arange(60) + 0.5) / 60)).statistic < 0.02
    inside = np.histogram(drawn, knots)[0]
    assert inside.min() > 0.7 * len(drawn) / 60


def test_weights_are_repetitions():
    rows, columns = mixed_table(5, 150)
    weight = np.random.default_rng(0).integers(0, 4, 150)
    weighted = _drawn(rows, columns, 5000, weight)
    repeated = _drawn(np.repeat(rows, weight, axis=0), columns, 5000)
    same = np.isclose(weighted, repeated, rtol=1e-6, atol=1e-9, equal_nan=True)
    assert same.mean() > 0.999


def test_collinear_columns_stay_so():
    x = np.random.default_rng(6).normal(size=300)
    rows = np.column_stack([x, 3 * x + 1, -x])
    drawn = _drawn(rows, infer_columns(rows, np.zeros(3, bool)))
    np.testing.assert_allclose(drawn[:, 1], 3 * drawn[:, 0] + 1, atol=0.2)
    np.testing.assert_allclose(drawn[:, 2], -drawn[:, 0], atol=0.1)


def test_thirty_collinear_measurements_keep_their_correlations():
    rows = load_breast_cancer().data
    columns = infer_columns(rows, np.zeros(30, bool))
    real, drawn = (pd.DataFrame(x).corr("spearman").to_numpy() for x in (rows, _drawn(rows, columns)))
    assert np.abs(real - drawn).max() < 0.1
    assert (np.abs(real[np.triu_indices(30, 1)]) > 0.9).sum() > 10


def test_what_chance_makes_is_pulled_to_0():
    """Ten rows of forty independent columns: correlations of up to 0.9 that mean nothing."""
    rows = np.random.default_rng(8).normal(size=(10, 40))
    drawn = _drawn(rows, infer_columns(rows, np.zeros(40, bool)), 4000)
    off = np.triu_indices(40, 1)
    real, found = (np.corrcoef(x, rowvar=False)[off] for x in (rows, drawn))
    assert np.sqrt((found**2).mean()) < 0.4 * np.sqrt((real**2).mean())
