"""How real rows look, against SciPy, pandas and cases with a known answer."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from tests.sampling.tables import mixed_table
from treeprune.sampling.columns import infer_columns
from treeprune.sampling.copula import fit_copula
from treeprune.sampling.realism import realism


@pytest.fixture(scope="module")
def compared():
    rows, columns = mixed_table(0, 700)
    return rows[:400], rows[400:], columns, realism(rows[:400], rows[400:], columns)


def test_distances(compared):
    one, other, columns, found = compared
    for j, kind in enumerate(columns.kinds):
        x, y = one[:, j], other[:, j]
        if kind == "nominal":
            shares = [pd.Series(z).value_counts(normalize=True, dropna=False) for z in (x, y)]
            expected = shares[0].sub(shares[1], fill_value=0).abs().sum() / 2
        else:
            expected = ks_2samp(x[~np.isnan(x)], y[~np.isnan(y)]).statistic
        assert found.distance[j] == pytest.approx(expected)
    np.testing.assert_allclose(found.missing_real, np.isnan(one).mean(axis=0))
    np.testing.assert_allclose(found.missing_synthetic, np.isnan(other).mean(axis=0))


def test_correlations_without_missing_values_are_spearmans(compared):
    one, other, columns, found = compared
    some = [1, 2, 3, 6]
    for rows, matrix in ((one, found.correlation_real), (other, found.correlation_synthetic)):
        np.testing.assert_allclose(matrix[np.ix_(some, some)], pd.DataFrame(rows[:, some]).corr("spearman"))
        assert np.isnan(matrix[columns.nominal]).all()
    near = pd.DataFrame(one[:, [0, 1]]).corr("spearman").to_numpy()[0, 1]  # ranked among complete pairs
    assert found.correlation_real[0, 1] == pytest.approx(near, abs=0.02)


def test_the_frame_has_a_line_a_column(compared):
    *_, columns, found = compared
    frame = found.to_frame()
    assert frame["kind"].tolist() == list(columns.kinds)
    assert frame["measure"].tolist()[3:6] == ["Kolmogorov-Smirnov", "total variation", "total variation"]
    off = np.abs(found.correlation_synthetic - found.correlation_real)
    assert frame["correlation_off"][1] == np.nanmax(np.delete(off[1], 1))
    assert frame["correlation_off"].isna().tolist() == columns.nominal.tolist()


def test_a_forest_tells_only_what_differs(compared):
    one, other, columns, found = compared
    assert 0.4 < found.auc < 0.6
    again = realism(one, other, columns)
    assert again.auc == found.auc
    independent = np.column_stack([np.random.default_rng(j).permutation(x) for j, x in enumerate(one.T)])
    assert realism(one, independent, columns).auc > 0.75
    copula = fit_copula(one, columns).draw(400, np.random.default_rng(0))
    assert realism(other, copula, columns).auc < realism(other, independent, columns).auc
    assert realism(one, one + 1e6 * (~columns.nominal), columns).auc == 1.0


def test_weights_stand_for_repetitions():
    rows, columns = mixed_table(1, 200)
    weight = np.random.default_rng(0).integers(0, 4, 200)
    other = mixed_table(2, 150)[0]
    one, two = (
        realism(rows, other, columns, weight=weight),
        realism(np.repeat(rows, weight, axis=0), other, columns),
    )
    np.testing.assert_allclose(one.distance, two.distance, atol=1e-12)
    np.testing.assert_allclose(one.missing_real, two.missing_real)
    np.testing.assert_allclose(one.correlation_real, two.correlation_real, atol=1e-9)


def test_large_tables_are_judged_by_some_rows():
    rng = np.random.default_rng(0)
    columns = infer_columns(np.array([[0.5], [0.1], [0.2]]), [False])
    real, far = rng.normal(size=(6000, 1)), rng.normal(3.0, size=(5500, 1))
    found = realism(real, far, columns)
    assert found.auc == pytest.approx(0.983, abs=0.02)  # of two normal variables three apart
    assert found.distance[0] == pytest.approx(ks_2samp(real[:, 0], far[:, 0]).statistic)


def test_degenerate_tables():
    rows = np.column_stack([np.full(4, np.nan), np.ones(4), np.arange(4.0)])
    columns = infer_columns(rows, np.zeros(3, bool))
    found = realism(rows, rows, columns)
    assert np.isnan(found.distance[0])
    assert found.distance[1:].tolist() == [0, 0]
    assert np.isfinite(found.correlation_real[2, 2])
    assert np.isnan(found.correlation_real[:2]).all()
    assert found.to_frame()["correlation_off"].isna().all()
    assert realism(rows[:1], rows[:1], columns).to_frame().shape == (3, 7)


def test_bad_input():
    rows, columns = mixed_table(3, 20)
    with pytest.raises(ValueError, match="synthetic rows have 3 columns"):
        realism(rows, rows[:, :3], columns)
    with pytest.raises(ValueError, match="real rows must be finite"):
        realism(np.where(np.isnan(rows), np.inf, rows), rows, columns)
