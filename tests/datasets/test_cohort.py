"""The synthetic cohort: the same everywhere, with the risks it says."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, chi2_contingency, spearmanr
from sklearn.metrics import roc_auc_score

from tests.test_demo import ROOT
from treeprune.datasets import clinical_cohort_risk, load_clinical_cohort, make_clinical_cohort
from treeprune.datasets.cohort import cohort_table

TABLE = ROOT / "datasets" / "clinical_cohort.csv"
N = 20_000


@pytest.fixture(scope="module")
def development():
    return make_clinical_cohort(N)


@pytest.fixture(scope="module")
def later():
    return make_clinical_cohort(N, period="later")


def risk_by_hand(row, later):
    """The formula of the documentation, patient by patient."""
    lactate = row.lactate / 1.25 if later else row.lactate
    z = -3.2 if later else -3.8
    z += 0.04 * (row.age - 65) + (0.05 * (row.age - 80) if row.age > 80 else 0)
    z += 0.25 * row.comorbidities + 0.7 * row.consciousness
    z += 0.5 if row.oxygen == 1 else 0
    z += 0.6 if row.admission == "emergency" else 0
    if lactate > 2:
        z += 0.45 * (min(lactate, 10) - 2)
    if row.systolic_bp < 100:
        z += 0.03 * (100 - row.systolic_bp) + (0.8 if lactate > 4 else 0)
    if row.site != "dialysis centre" and row.creatinine > 110:
        z += 0.015 * (min(row.creatinine, 400) - 110) * (1.5 if row.diabetes == 1 else 1)
    if row.albumin < 35:
        z += 0.08 * (35 - row.albumin)
    return 1 / (1 + math.exp(-z))


# ---------------------------------------------------------------------------- the same everywhere
def test_the_file_is_what_the_generator_makes():
    made = cohort_table(load_clinical_cohort()).to_csv(index=False, lineterminator="\n")
    assert TABLE.read_text(encoding="utf-8") == made
    assert TABLE.stat().st_size < 200_000


def test_the_file_read_back_is_the_data_set():
    data = load_clinical_cohort()
    table = pd.read_csv(TABLE)
    for name in data.X:
        ours = data.X[name]
        numbers = ours.dtype == np.float64
        same = table[name].astype(np.float64) if numbers else table[name].astype(ours.dtype)
        pd.testing.assert_series_equal(same, ours, check_exact=True)
    np.testing.assert_array_equal(table["died_30d"], data.y)
    np.testing.assert_array_equal(table["period"], data.period.astype(object))
    np.testing.assert_allclose(table["true_risk"], data.true_risk, rtol=0, atol=5.1e-7)


def test_larger_cohorts_begin_with_smaller_ones(development):
    small = make_clinical_cohort(700)
    pd.testing.assert_frame_equal(small.X, development.X[:700])
    pd.testing.assert_series_equal(small.y, development.y[:700])
    assert not make_clinical_cohort(700, random_state=1).y.equals(small.y)


def test_both_periods_are_the_two_of_them():
    both = make_clinical_cohort(1000, period="both")
    parts = [make_clinical_cohort(667), make_clinical_cohort(333, period="later")]
    pd.testing.assert_frame_equal(both.X, pd.concat([d.X for d in parts], ignore_index=True))
    assert both.period.value_counts().to_dict() == {"development": 667, "later": 333}


def test_the_fixed_table_by_period():
    both = load_clinical_cohort()
    for period, rows in (("development", slice(0, 1000)), ("later", slice(1000, 1500))):
        part = load_clinical_cohort(period=period)
        pd.testing.assert_frame_equal(part.X, both.X[rows].reset_index(drop=True))
        assert set(part.period) == {period}
    assert both.y[1000:].mean() > both.y[:1000].mean()


def test_one_row():
    assert make_clinical_cohort(1).X.shape == (1, 22)
    assert load_clinical_cohort(return_X_y=True)[0].shape == (1500, 22)


# ---------------------------------------------------------------------------- the known risk
@pytest.mark.parametrize("period", ["development", "later"])
def test_the_risk_is_the_documented_formula(period):
    data = make_clinical_cohort(3000, period=period, random_state=5)
    seen = data.X.notna().all(axis=1)
    by_hand = [risk_by_hand(row, period == "later") for row in data.X[seen].itertuples()]
    assert len(by_hand) > 500
    np.testing.assert_allclose(data.true_risk[seen], by_hand, rtol=1e-12)
    again = clinical_cohort_risk(data.X[seen], later=period == "later")
    np.testing.assert_array_equal(again, data.true_risk[seen])


@pytest.mark.parametrize("period", ["development", "later"])
def test_outcomes_are_drawn_with_the_risk(period, development, later):
    data = development if period == "development" else later
    tenths = pd.qcut(data.true_risk, 10, labels=False)
    for k in range(10):
        rows = tenths == k
        expected, found = data.true_risk[rows].sum(), data.y[rows].sum()
        assert binomtest(int(found), int(rows.sum()), expected / rows.sum()).pvalue > 1e-4
    assert 0.78 < roc_auc_score(data.y, data.true_risk) < 0.9


def test_no_column_gives_the_outcome_away(development):
    best = roc_auc_score(development.y, development.true_risk)
    for name in development.X:
        column = development.X[name]
        score = column.cat.codes if column.dtype == "category" else column.fillna(column.median())
        auc = roc_auc_score(development.y, score)
        assert max(auc, 1 - auc) < best - 0.05, name
    assert {"died_30d", "true_risk", "period"}.isdisjoint(development.X.columns)


def test_the_risk_needs_whole_rows(development):
    with pytest.raises(ValueError, match="some are missing in lactate, albumin"):
        clinical_cohort_risk(development.X)
    with pytest.raises(ValueError, match="needs the columns age, site"):
        clinical_cohort_risk(development.X[["lactate"]])


# ---------------------------------------------------------------------------- what is planted
def test_noise_is_noise_and_the_derived_column_follows(development):
    X = development.X
    weekday = pd.crosstab(X["weekday"], development.y)
    assert chi2_contingency(weekday).pvalue > 0.01
    assert abs(spearmanr(X["weekday"], development.true_risk).statistic) < 0.03
    np.testing.assert_allclose(X["shock_index"], X["heart_rate"] / X["systolic_bp"], atol=0.00501)


def test_laboratory_values_go_together_and_are_skewed(development):
    X = development.X
    assert X[["creatinine", "urea"]].corr("spearman").iloc[0, 1] > 0.5
    assert X[["crp", "albumin"]].corr("spearman").iloc[0, 1] < -0.3
    for name in ("lactate", "creatinine", "crp"):
        assert X[name].skew() > 1.0


def test_how_values_go_missing(development):
    X, risk = development.X, development.true_risk
    at_random = {"respiratory_rate": 0.08, "temperature": 0.05, "crp": 0.15}
    for name, share in at_random.items():
        gone = X[name].isna()
        assert binomtest(int(gone.sum()), N, share).pvalue > 1e-4
        assert abs(spearmanr(gone, risk).statistic) < 0.03
    for name in ("lactate", "albumin"):
        gone = X[name].isna()
        assert spearmanr(gone, risk).statistic < -0.1
        assert gone[X["consciousness"] == 0].mean() > gone[X["consciousness"] > 0].mean() + 0.1
    others = X.columns.difference([*at_random, "lactate", "albumin"])
    assert X[others].notna().all(axis=None)


def test_the_later_period(development, later):
    assert later.true_risk.mean() > development.true_risk.mean() + 0.04
    ratio = later.X["lactate"].median() / development.X["lactate"].median()
    assert ratio == pytest.approx(1.25, abs=0.06)
    for name in ("creatinine", "systolic_bp", "age"):  # nothing else moves
        assert later.X[name].mean() == pytest.approx(development.X[name].mean(), rel=0.02)


def test_the_small_site(development):
    X = development.X
    centre = X["site"] == "dialysis centre"
    assert 0.04 < centre.mean() < 0.06
    assert X["creatinine"][centre].median() > 3 * X["creatinine"][~centre].median()
    risk = development.true_risk
    assert risk[centre].mean() == pytest.approx(risk[~centre].mean(), abs=0.03)
    high = X["creatinine"] > 250
    assert risk[high & ~centre].mean() > 3 * risk[high & centre].mean()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_rows": 0}, "n_rows must be a whole number"),
        ({"n_rows": 10.5}, "n_rows must be a whole number"),
        ({"random_state": -1}, "random_state must be a whole number"),
        ({"random_state": None}, "random_state must be a whole number"),
        ({"period": "now"}, "period must be 'development', 'later' or 'both', got 'now'"),
        ({"return_X_y": "yes"}, "return_X_y must be True or False"),
    ],
)
def test_what_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        make_clinical_cohort(**wrong)


def test_a_period_that_the_table_does_not_have():
    with pytest.raises(ValueError, match="period must be"):
        load_clinical_cohort(period="1999")
