"""Subgroups: their numbers by hand, and that hidden counts cannot be told."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, mean_squared_error, roc_auc_score

from tests.agreement.cases import two_models
from treeprune.agreement.scores import auc, brier
from treeprune.agreement.subgroups import subgroup_table
from treeprune.agreement.suppression import hidden_counts

N = 400
Y, A, B = two_models(N)
RNG = np.random.default_rng(5)
TABLE = pd.DataFrame(
    {
        "age": np.where(np.arange(N) % 8 == 0, np.nan, RNG.normal(60, 12, N)),
        "sex": RNG.choice(["f", "m"], N),
        "grade": RNG.integers(1, 4, N),
    }
)
METRICS = {"AUC": auc, "Brier": brier}


def test_numbers_of_each_subgroup_by_hand():
    found = subgroup_table(TABLE, Y, A, B, METRICS, n_resamples=0)
    frame = found.to_frame()
    assert frame["subgroup"].drop_duplicates().tolist()[:1] == ["all rows"]
    for label in ("f", "m"):
        rows = (TABLE["sex"] == label).to_numpy()
        own = frame[(frame["column"] == "sex") & (frame["subgroup"] == label)].set_index("metric")
        assert (own["n"] == rows.sum()).all()
        assert (own["events"] == Y[rows].sum()).all()
        assert own["before"]["AUC"] == pytest.approx(roc_auc_score(Y[rows], A[rows]))
        assert own["after"]["Brier"] == pytest.approx(brier_score_loss(Y[rows], B[rows]))
        difference = roc_auc_score(Y[rows], B[rows]) - roc_auc_score(Y[rows], A[rows])
        assert own["difference"]["AUC"] == pytest.approx(difference)
        assert own["low"].isna().all()
    assert frame["hidden"].eq("").all()


def test_numbers_are_cut_at_quantiles_and_missing_is_a_group():
    found = [
        g for g in subgroup_table(TABLE, Y, A, B, METRICS, n_resamples=0).subgroups if g.column == "age"
    ]
    assert [g.label for g in found][-1] == "missing"
    assert found[-1].n == TABLE["age"].isna().sum()
    known = TABLE["age"].dropna()
    sizes = np.array([g.n for g in found[:-1]])
    assert len(sizes) == 4
    assert np.ptp(sizes) <= 1
    cut = float(found[0].label.removeprefix("<= "))
    assert abs((known <= cut).sum() - sizes[0]) <= 1
    for extreme in (known.min(), known.max()):
        assert all(f"{extreme:.6g}" not in g.label for g in found)
    grades = [g.label for g in subgroup_table(TABLE, Y, A, B, METRICS, n_resamples=0).subgroups]
    assert grades[-3:] == ["1", "2", "3"]


def test_a_column_with_most_rows_at_its_largest_value_is_not_cut():
    values = np.where(np.arange(N) < 380, 100.0, np.arange(N) % 50)
    found = subgroup_table({"score": values}, Y, A, B, METRICS, n_resamples=0, n_cuts=2).subgroups
    assert [g.label for g in found] == ["all rows", "known"]


def test_intervals_are_those_of_the_subgroup():
    """Of the Brier score the difference is a mean of rows."""
    found = subgroup_table(TABLE[["sex"]], Y, A, B, {"Brier": brier}, n_resamples=500)
    for group in found.subgroups[1:]:
        rows = (TABLE["sex"] == group.label).to_numpy()
        change = ((B - Y) ** 2 - (A - Y) ** 2)[rows]
        spread = sum(change[Y[rows] == k].var() * (Y[rows] == k).sum() for k in (0, 1)) / rows.sum() ** 2
        d = group.changes[0].difference
        assert d.high - d.low == pytest.approx(2 * 1.96 * np.sqrt(spread), rel=0.15)
        assert d.low < change.mean() < d.high
    again = subgroup_table(TABLE[["sex"]], Y, A, B, {"Brier": brier}, n_resamples=500)
    assert str(again) == str(found)
    assert "500 bootstrap" in found.note


def test_small_subgroups_are_hidden_with_company():
    site = np.array(["p"] * 150 + ["q"] * 120 + ["r"] * 125 + ["s"] * 5)
    found = subgroup_table({"site": site}, Y, A, B, METRICS, n_resamples=0).subgroups
    shown = {g.label: (g.n, g.hidden, len(g.changes)) for g in found}
    assert shown["s"] == (None, "<11", 0)
    assert shown["q"] == (None, "complementary", 0)  # the smallest of the others
    assert shown["p"] == (150, "", 2)
    frame = subgroup_table({"site": site}, Y, A, B, METRICS, n_resamples=0).to_frame()
    hidden = frame[frame["hidden"] != ""]
    assert hidden[["n", "events", "before", "after", "difference"]].isna().all().all()


def test_few_events_are_hidden_though_rows_are_not():
    y = np.zeros(N)
    site = np.repeat(list("abcd"), N // 4)
    y[:3], y[100:140], y[200:230], y[300:350] = 1, 1, 1, 1
    found = subgroup_table({"site": site}, y, A, B, {"Brier": brier}, n_resamples=0).subgroups
    assert [(g.n, g.events, g.hidden) for g in found[1:]] == [
        (100, None, "<11"),
        (100, 40, ""),
        (100, None, "complementary"),
        (100, 50, ""),
    ]


def test_crossed_columns():
    found = subgroup_table(TABLE, Y, A, B, METRICS, n_resamples=0, crossed=iter([("sex", "grade")]))
    crossed = {g.label: g for g in found.subgroups if g.column == "sex x grade"}
    assert len(crossed) == 6
    rows = ((TABLE["sex"] == "m") & (TABLE["grade"] == 2)).to_numpy()
    assert crossed["m, 2"].n == rows.sum()
    assert crossed["m, 2"].changes[0].before == pytest.approx(roc_auc_score(Y[rows], A[rows]))


def test_intersections_do_not_add_up_to_what_is_hidden():
    site = np.array(["p"] * 200 + ["q"] * 195 + ["s"] * 5)
    sex = np.tile(["f", "m"], N // 2)
    table = {"site": site, "sex": sex}
    found = subgroup_table(table, Y, A, B, METRICS, n_resamples=0, crossed=[("site", "sex")])
    n = {g.label: g.n for g in found.subgroups}
    assert n["q"] is None
    assert n["q, f"] is None
    assert n["q, m"] is None
    assert n["p, f"] == 100


def test_regression_weights_and_columns_of_answers():
    def mse(y, prediction, weights):
        return mean_squared_error(y, prediction[:, 0], sample_weight=weights)

    y = A + RNG.normal(size=N)
    w = np.where(np.arange(N) % 4 == 0, 0, 1 + np.arange(N) % 2)
    a, b = np.column_stack([A, A]), np.column_stack([B, B])
    found = subgroup_table(TABLE[["sex"]], y, a, b, {"MSE": mse}, weights=w, n_resamples=20)
    rows = ((TABLE["sex"] == "m") & (w > 0)).to_numpy()
    male = found.subgroups[2]
    assert (male.n, male.events, male.hidden) == (rows.sum(), None, "")
    expected = mean_squared_error(y[rows], B[rows], sample_weight=w[rows])
    assert male.changes[0].after == pytest.approx(expected)


def test_a_metric_that_a_subgroup_does_not_define_is_nan():
    y = np.where(TABLE["sex"] == "f", 0, Y)
    group = subgroup_table(TABLE[["sex"]], y, A, B, METRICS, n_resamples=10).subgroups[1]
    assert (group.label, group.events) == ("f", 0)
    assert np.isnan([group.changes[0].before, group.changes[0].difference.low]).all()
    assert np.isfinite(group.changes[1].difference.low)


COUNTS = st.lists(st.lists(st.integers(0, 30), min_size=2, max_size=4), min_size=1, max_size=4)


@given(COUNTS)
def test_no_line_gives_a_small_count_away(rows):
    width = min(map(len, rows))
    table = np.array([row[:width] for row in rows])
    place = np.arange(table.size).reshape(table.shape)
    lines = [*place, *place.T] if len(table) > 1 else [place[0]]
    hidden = hidden_counts(table.reshape(1, -1), lines, 11)
    counts = table.ravel()
    assert hidden[(counts > 0) & (counts < 11)].all()
    for line in lines:
        gone = line[hidden[line]]
        if len(gone) and not hidden[line].all():
            assert len(gone) > 1
            assert counts[gone].sum() == 0 or counts[gone].sum() >= 11
    if not ((counts > 0) & (counts < 11)).any():
        assert not hidden.any()


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        (TABLE[:-1], {}, "differ"),
        (TABLE, {"metrics": {}}, "metrics"),
        (TABLE, {"n_cuts": 1}, "n_cuts"),
        (TABLE, {"n_resamples": -1}, "n_resamples"),
        (TABLE, {"min_count": 500}, "min_count"),
        (TABLE, {"crossed": [("sex", "race")]}, "'race'"),
        (TABLE, {"crossed": [("sex", "age", "grade")]}, "pairs"),
        (TABLE, {"confidence": 0}, "confidence"),
    ],
)
def test_bad_input_is_refused(table, options, words):
    with pytest.raises(ValueError, match=words):
        subgroup_table(table, Y, A, B, **{"metrics": METRICS, **options})
