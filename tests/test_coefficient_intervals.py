"""Intervals of coefficients are percentiles of whole refits."""

import numpy as np
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression

from tests.selection_cases import LASSO, Recorder, recorder, table
from treeprune.coefficient_intervals import coefficient_intervals


def test_intervals_are_percentiles_of_refits():
    X, y = table(classes=False)
    found = coefficient_intervals(LASSO, X, y, n_resamples=40, confidence=0.8)
    whole = Lasso(0.25).fit(X, y).coef_
    np.testing.assert_allclose(found.estimate[0], np.where(LASSO.fit(X, y).get_support(), whole, 0))
    assert found.resampled.shape == (40, 1, 8)
    np.testing.assert_allclose(found.low[0], np.quantile(found.resampled[:, 0], 0.1, axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.high[0], np.quantile(found.resampled[:, 0], 0.9, axis=0), rtol=1e-12)
    np.testing.assert_array_equal(found.frequency, found.kept.mean(axis=0))
    assert (found.resampled[:, 0][~found.kept] == 0).all()
    frame = found.to_frame()
    assert list(frame) == ["column", "selected", "estimate", "low", "high", "frequency"]
    assert (frame["low"] <= frame["high"]).all()
    assert frame["low"][0] > 0 > frame["high"][1]
    for words in (str(found), repr(found), found._repr_html_()):
        assert "no confidence intervals of true effects" in words


def test_resamples_are_of_full_size_class_by_class():
    class Linear(Recorder):
        def fit(self, X, y, sample_weight=None):
            self.coef_ = np.ones(X.shape[1])
            return super().fit(X, y, sample_weight)

    recorder()
    X, y = table()
    weight = np.ones(len(X))
    weight[:30] = 0
    coefficient_intervals(Linear(), X, y, n_resamples=20, sample_weight=weight)
    whole, *draws = Recorder.seen
    assert list(whole[0].index) == list(range(30, len(X)))
    for rows, outcome, _ in draws:
        assert len(rows) == len(X) - 30
        assert outcome.sum() == y[30:].sum()
        assert rows.index.min() >= 30
        # of n draws with replacement 1 - 1 / e of the rows are different ones
        assert 0.5 < len(set(rows.index)) / len(rows) < 0.76


def test_intervals_of_what_varies_for_a_known_reason():
    """With all columns kept, the bootstrap's spread is the standard error of least squares."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2))
    y = X @ [1.0, -2.0] + rng.normal(size=400)
    keep_all = RFE(LinearRegression(), n_features_to_select=2)
    found = coefficient_intervals(keep_all, X, y, n_resamples=300)
    error = np.sqrt(np.linalg.inv(X.T @ X).diagonal())
    np.testing.assert_allclose((found.high - found.low)[0], 2 * 1.645 * error, rtol=0.25)


def test_intervals_of_several_outputs_and_of_rfe():
    X, _ = table()
    three = np.digitize(X["c0"] + X["c1"], [-0.7, 0.7])
    names = np.array(["low", "mid", "top"])[three]
    rfe = RFE(LogisticRegression(), n_features_to_select=3)
    found = coefficient_intervals(rfe, X, names, n_resamples=6)
    assert found.outputs == ("low", "mid", "top")
    fitted = rfe.fit(X, names)
    np.testing.assert_allclose(found.estimate[:, fitted.support_], fitted.estimator_.coef_, atol=1e-6)
    assert (found.kept.sum(axis=1) == 3).all()
    assert found.to_frame()["output"].tolist() == ["low"] * 8 + ["mid"] * 8 + ["top"] * 8


def test_intervals_do_not_hang_on_the_order_of_rows():
    X, y = table(classes=False)
    one = coefficient_intervals(LASSO, X, y, n_resamples=5)
    order = np.random.default_rng(0).permutation(len(X))
    other = coefficient_intervals(LASSO, X.iloc[order], y.iloc[order], n_resamples=5)
    np.testing.assert_allclose(one.resampled, other.resampled, atol=1e-6)
    np.testing.assert_array_equal(
        one.resampled, coefficient_intervals(LASSO, X, y, n_resamples=5, n_jobs=2).resampled
    )


def test_coefficients_of_dropped_columns_are_none():
    X, y = table(classes=False)
    three = SelectFromModel(LinearRegression(), threshold=-np.inf, max_features=3)
    found = coefficient_intervals(three, X, y, n_resamples=6)
    assert (np.count_nonzero(found.resampled[:, 0], axis=1) == 3).all()
    assert np.count_nonzero(found.estimate) == found.support.sum() == 3
