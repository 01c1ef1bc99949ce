"""Groups of correlated features and sums over them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import chi2_contingency, f_oneway, rankdata, spearmanr

from treeprune.agreement.association import association
from treeprune.agreement.groups import by_group, correlation_groups
from treeprune.agreement.tables import columns_of

RNG = np.random.default_rng(2)
N = 200
X = RNG.normal(size=N)
NOISE = RNG.normal(size=N)


def of(**columns):
    found = columns_of(columns)
    return association(*found, 10)


def test_numbers_go_by_spearman():
    y = X + 0.5 * NOISE
    assert of(a=X, b=y) == pytest.approx(spearmanr(X, y).statistic)
    assert of(a=X, b=-np.exp(X)) == pytest.approx(1)


def test_rows_with_a_missing_value_are_left_out_pair_by_pair():
    y = X + 0.5 * NOISE
    gaps = np.where(np.arange(N) % 5 == 0, np.nan, X)
    known = ~np.isnan(gaps)
    assert of(a=gaps, b=y) == pytest.approx(spearmanr(X[known], y[known]).statistic)
    few = np.where(np.arange(N) < 9, X, np.nan)
    assert of(a=few, b=y) == 0


def test_a_nominal_column_and_numbers():
    """Kelley's epsilon squared is ((k - 1) / (n - k)) (F - 1) / (1 + (k - 1) F / (n - k))."""
    level = np.array(list("abcd"))[np.arange(N) % 4]
    y = 2.0 * (np.arange(N) % 4) % 3 + NOISE
    ranks = rankdata(y)
    F = f_oneway(*(ranks[level == each] for each in "abcd")).statistic
    between = 3 * F / (N - 4)
    expected = np.sqrt(3 * (F - 1) / (N - 4) / (1 + between))
    assert of(a=level, b=y) == pytest.approx(expected)
    assert of(a=y, b=level) == pytest.approx(expected)


def test_two_nominal_columns():
    a = np.array(list("abc"))[np.arange(N) % 3]
    b = np.where(RNG.random(N) < 0.7, a, "a")
    table = pd.crosstab(a, b).to_numpy()
    phi = chi2_contingency(table, correction=False).statistic / N
    expected = np.sqrt((phi - 4 / (N - 1)) / (3 - 4 / (N - 1) - 1))
    assert of(a=a, b=b) == pytest.approx(expected)


def test_columns_of_many_rare_levels_are_related_to_nothing():
    codes = np.array([f"patient {i // 2}" for i in range(N)])
    assert of(a=codes, b=RNG.permutation(N).astype(float)) < 0.35
    assert of(a=codes, b=np.where(RNG.random(N) < 0.5, "x", "y")) < 0.35
    assert of(a=np.arange(N).astype(str), b=X) == 0


def frame():
    return pd.DataFrame(
        {
            "a": X,
            "nothing": 1.0,
            "b": -X + 0.1 * NOISE,
            "noise": NOISE,
            "site": np.array(list("pqr"))[np.digitize(X, [-0.5, 0.5])],
            "gaps": np.where(np.arange(N) % 7 == 0, np.nan, X**3),
            "empty": np.nan,
        }
    )


def test_groups_of_a_mixed_table():
    assert correlation_groups(frame()).tolist() == [0, 1, 0, 2, 0, 0, 3]
    assert correlation_groups(frame().to_dict("series")).tolist() == [0, 1, 0, 2, 0, 0, 3]
    polars = pl.from_pandas(frame())
    assert correlation_groups(polars).tolist() == [0, 1, 0, 2, 0, 0, 3]


def test_codes_of_a_nominal_column_are_no_numbers():
    """Levels in no order: Spearman sees nothing, the correlation ratio all."""
    code = np.digitize(X, [-1, 0, 1])
    table = np.column_stack([X, np.array([2, 0, 3, 1])[code]])
    assert correlation_groups(table).tolist() == [0, 1]
    assert correlation_groups(table, nominal=[1]).tolist() == [0, 0]
    assert correlation_groups({"x": X, "c": table[:, 1]}, nominal=["c"]).tolist() == [0, 0]


def test_the_threshold_decides():
    y = X + NOISE
    rho = spearmanr(X, y).statistic
    table = np.column_stack([X, y])
    assert correlation_groups(table, rho - 0.01).tolist() == [0, 0]
    assert correlation_groups(table, rho + 0.01).tolist() == [0, 1]


def test_average_linkage_does_not_chain():
    steps = np.cumsum(RNG.normal(size=(N, 12)) * 0.7, axis=1) + 1.5 * X[:, None]
    groups = correlation_groups(steps, 0.8)
    assert 1 < groups.max() + 1 < 12
    rho = np.abs(spearmanr(steps).statistic)
    for g in range(groups.max() + 1):
        own = np.flatnonzero(groups == g)
        assert rho[np.ix_(own, own)].mean() >= 0.8
    assert groups[0] == 0


def test_one_column_and_few_rows():
    assert correlation_groups(X[:, None]).tolist() == [0]
    assert correlation_groups(np.column_stack([X, X])[:9]).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("table", "options", "error", "words"),
    [
        (X, {}, ValueError, "two dimensions"),
        (np.empty((0, 2)), {}, ValueError, "empty"),
        ({"a": X, "b": X[:-1]}, {}, ValueError, "length"),
        (X[:, None], {"threshold": 1.0}, ValueError, "threshold"),
        (X[:, None], {"nominal": ["age"]}, ValueError, "no column"),
        (X[:, None], {"nominal": [1]}, ValueError, "no column"),
        (np.ma.masked_array(X[:, None], mask=True), {}, TypeError, "masked"),
        (pd.DataFrame(np.ones((3, 2)), columns=["a", "a"]), {}, ValueError, "one name"),
        ({"a": X[:, None]}, {}, ValueError, "one dimension"),
        ({"a": X + 1j}, {}, TypeError, "numbers or names"),
        ({"a": pd.date_range("2020", periods=3)}, {}, TypeError, "numbers or names"),
    ],
)
def test_bad_tables_are_refused(table, options, error, words):
    with pytest.raises(error, match=words):
        correlation_groups(table, **options)


def test_what_a_column_may_be():
    columns = columns_of(
        {
            "nullable": pd.array([1, None, 3], dtype="Int64"),
            "objects": np.array([1, None, 2.5], dtype=object),
            "flags": [True, False, True],
            "text": ["b", None, "a"],
            "categories": pd.Categorical([3, 1, None]),
        }
    )
    values = {column.name: column.values.tolist() for column in columns}
    nan = pytest.approx(np.nan, nan_ok=True)
    assert values["nullable"] == [1, nan, 3]
    assert values["objects"] == [1, nan, 2.5]
    assert values["flags"] == [1, 0, 1]
    assert values["text"] == [1, nan, 0]
    assert values["categories"] == [1, 0, nan]
    assert [column.levels for column in columns] == [None, None, None, ("a", "b"), ("1", "3")]


@pytest.mark.parametrize("outputs", [(), (2,)])
def test_sums_over_groups_keep_the_total(outputs):
    phi = RNG.normal(size=(6, 4, *outputs))
    found = by_group(phi, [1, 0, 1, 2])
    assert found.shape == (6, 3, *outputs)
    np.testing.assert_array_equal(found[:, 1], phi[:, 0] + phi[:, 2])
    np.testing.assert_allclose(found.sum(axis=1), phi.sum(axis=1))


@pytest.mark.parametrize("groups", [[0, 0], [0, 2, 2], [0.0, 1.0, 1.0], [-1, 0, 1]])
def test_bad_groups_are_refused(groups):
    with pytest.raises(ValueError, match="groups"):
        by_group(np.ones((2, 3)), groups)
