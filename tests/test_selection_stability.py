"""Halves of the rows, and what is counted over them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tests.selection_cases import L1, LASSO, Recorder, known, recorder, table
from treeprune.coefficient_intervals import coefficient_intervals
from treeprune.selection_stability import selection_stability
from treeprune.statistics.selection import expected_false, stability_index, stability_interval


def test_selects_what_is_there():
    X, y = table(classes=False)
    found = selection_stability(LASSO, X, y)
    assert found.selected.shape == (50, 8)
    np.testing.assert_array_equal(found.frequency[:2], 1)
    assert found.frequency[3:].max() < 0.6
    assert found.columns == tuple(X.columns)
    assert found.n_selected == pytest.approx(found.selected.sum() / 50)
    assert found.stability == stability_index(found.selected)
    assert found.stability_interval(0.8) == stability_interval(found.selected, 0.8)
    bar = found.threshold_for(0.5)
    assert found.expected_false(bar) <= 0.5 < found.expected_false(bar - 1 / 50)
    assert found.expected_false(0.9) == expected_false(0.9, found.n_selected, 8, 25, "unimodal")
    assert found.expected_false(0.9, "none") == expected_false(0.9, found.n_selected, 8, 25, "none")
    frame = found.to_frame()
    assert frame["column"].tolist() == list(X.columns)
    np.testing.assert_array_equal(frame["frequency"], found.frequency)


def test_halves_are_complementary_and_stratified():
    X, y = table(n=161)
    weight = np.ones(161)
    weight[:20] = 0
    selection_stability(recorder(), X, y, n_resamples=12, sample_weight=weight)
    assert len(Recorder.seen) == 12
    for (a, ya, wa), (b, yb, wb) in zip(Recorder.seen[::2], Recorder.seen[1::2], strict=True):
        assert sorted([*a.index, *b.index]) == list(range(20, 161))
        assert abs(len(a) - len(b)) <= 1
        assert abs(ya.sum() - yb.sum()) <= 1
        assert (np.append(wa, wb) == 1).all()
    firsts = {tuple(a.index) for a, *_ in Recorder.seen[::2]}
    assert len(firsts) == 6


def test_the_order_of_rows_is_idle_and_the_seed_is_not():
    X, y = table()
    one = selection_stability(L1, X, y, n_resamples=8)
    order = np.random.default_rng(0).permutation(len(X))
    other = selection_stability(L1, X.iloc[order], y.iloc[order], n_resamples=8)
    np.testing.assert_array_equal(one.selected, other.selected)
    again = selection_stability(L1, X, y, n_resamples=8, n_jobs=2)
    np.testing.assert_array_equal(one.selected, again.selected)
    seeded = selection_stability(LASSO, X, y, n_resamples=20, random_state=np.random.RandomState(3))
    np.testing.assert_array_equal(
        seeded.selected, selection_stability(LASSO, X, y, n_resamples=20, random_state=3).selected
    )
    assert (seeded.selected != selection_stability(LASSO, X, y, n_resamples=20).selected).any()


def test_arrays_pipelines_and_weights():
    X, y = table()
    array = selection_stability(L1, X.to_numpy(), y.to_numpy(), n_resamples=6)
    np.testing.assert_array_equal(array.selected, selection_stability(L1, X, y, n_resamples=6).selected)
    assert array.columns[:2] == ("x0", "x1")
    weight = np.random.default_rng(0).uniform(0.5, 2, len(X))
    piped = make_pipeline(StandardScaler(), L1)
    found = selection_stability(piped, X * 1000, y, n_resamples=6, sample_weight=weight)
    assert found.columns == tuple(X.columns)
    assert found.frequency[:2].tolist() == [1, 1]
    assert "SelectFromModel" in repr(found)


class Grouped(SelectFromModel):
    """Keeps whole groups."""

    def fit(self, X, y):
        super().fit(X, y)
        self.groups_ = np.array([0, 0, 1, 1, 1, 2, 3, 4])
        return self

    def _get_support_mask(self):
        return np.isin(self.groups_, self.groups_[super()._get_support_mask()])


def test_groups_are_what_is_counted():
    X, y = table(classes=False)
    X.columns = ["sex_f", "sex_m", "ward_a", "ward_b", "ward_c", "age", "bmi", "hr"]
    found = selection_stability(Grouped(Lasso(0.25)), X, y, n_resamples=10)
    assert found.things == ("sex", "ward", "age", "bmi", "hr")
    whole = np.column_stack([found.selected[:, [0]], found.selected[:, [2]], found.selected[:, 5:]])
    np.testing.assert_array_equal(found.selected_things, whole)
    assert found.stability == stability_index(whole)
    assert found.n_selected == pytest.approx(whole.sum() / 10)
    assert found.expected_false(0.9) == expected_false(0.9, found.n_selected, 5, 5, "unimodal")
    frame = found.to_frame()
    assert frame["group"].tolist() == ["sex"] * 2 + ["ward"] * 3 + ["age", "bmi", "hr"]
    np.testing.assert_allclose(frame["group_frequency"], frame["frequency"])
    assert "of 5 groups of columns" in repr(found)


def test_words_and_pages():
    X, y = table(classes=False)
    X = X.rename(columns={"c0": "<b>&$x$"})
    found = selection_stability(LASSO, X, y, n_resamples=10)
    assert "10 fits" in repr(found)
    assert f"stability {found.stability:.2f}" in repr(found)
    page = found._repr_html_()
    assert "&lt;b&gt;&amp;$x$" in page
    assert "<b>" not in page
    every = selection_stability(Recorder(), X, y, n_resamples=4)
    assert "stability not defined" in repr(every)
    assert "no frequency keeps" in repr(every)
    with pytest.raises(ValueError, match="select fewer"):
        every.threshold_for()


BOTH = [selection_stability, coefficient_intervals]


@pytest.mark.parametrize("work", BOTH)
def test_bad_input(work):
    selector = recorder()
    X, y = table()
    for bad, words in [
        ({"n_resamples": 0}, "n_resamples must be a whole number"),
        ({"n_resamples": 10.5}, "n_resamples must be a whole number"),
        ({"n_jobs": 0}, "n_jobs must be None or a whole number"),
        ({"verbose": "no"}, "verbose must be True or False"),
        ({"sample_weight": -np.ones(len(X))}, "negative weights"),
        ({"random_state": "x"}, "cannot be used to seed"),
    ]:
        with pytest.raises(ValueError, match=words):
            work(selector, X, y, **bad)
    with pytest.raises(ValueError, match="y is needed"):
        work(selector, X, None)
    with pytest.raises(ValueError, match="X has 160 rows, y has shape"):
        work(selector, X, y[:9])
    with pytest.raises(ValueError, match="X must have rows and columns"):
        work(selector, X["c0"], y)
    with pytest.raises(TypeError, match="LogisticRegression has no get_support"):
        work(LogisticRegression(), X, y)
    for thing in (SelectFromModel, "x", None):
        with pytest.raises(TypeError, match="a selector that scikit-learn can clone"):
            work(thing, X, y)
    assert not Recorder.seen


def test_bad_input_of_each():
    X, y = table()
    with pytest.raises(ValueError, match="n_resamples must be even"):
        selection_stability(L1, X, y, n_resamples=7)
    with pytest.raises(ValueError, match="one class only"):
        selection_stability(L1, X, np.zeros(len(X)))
    with pytest.raises(ValueError, match="each class needs two different rows"):
        selection_stability(L1, X, np.arange(len(X)) == 3)
    for bad in (0, 1, 95, True, "x"):
        with pytest.raises(ValueError, match="confidence must be between 0 and 1"):
            coefficient_intervals(L1, X, y, confidence=bad)
    with pytest.raises(TypeError, match="has no model with coefficients"):
        coefficient_intervals(recorder(), X, y, n_resamples=2)
    found = known(np.eye(4, dtype=bool))
    with pytest.raises(ValueError, match="assumption must be"):
        found.expected_false(0.9, "normal")
    with pytest.raises(ValueError, match="max_false must be a positive number"):
        found.threshold_for(0)
    with pytest.raises(ValueError, match="confidence must be"):
        found.stability_interval(1.5)


def test_a_failing_fit_says_where():
    X, y = table()
    bad = SelectFromModel(LogisticRegression(C=-1))
    with pytest.raises(ValueError, match="C") as failure:
        selection_stability(bad, X, y, n_resamples=4)
    assert failure.value.__notes__ == ["in resample 1 of 4, which has 80 rows"]


def test_resamples_with_other_columns_are_refused():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"ward": rng.choice(["a", "b"], 80)})
    X.loc[3, "ward"] = "rare"
    y = rng.integers(0, 2, 80)
    piped = make_pipeline(OneHotEncoder(), SelectFromModel(LogisticRegression()))
    with pytest.raises(ValueError, match="fix the categories of the encoder"):
        selection_stability(piped, X, y, n_resamples=4)


@given(seed=st.integers(0, 1000))
@settings(max_examples=10)
def test_frequencies_are_shares_of_fits(seed):
    X, y = table(seed, n=60, p=4, classes=False)
    found = selection_stability(LASSO, X, y, n_resamples=4, random_state=seed)
    np.testing.assert_array_equal(found.frequency * 4, np.rint(found.frequency * 4))
    assert 0 <= found.n_selected <= 4
