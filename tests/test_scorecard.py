"""The scorecard says what its printed lines say, in the user's units, and what rounding has cost."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.special import expit
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.scorecard_cases import NUMBERS, patients, pipeline, plain
from treeprune.pruners.skin import PrunerSkin
from treeprune.scorecard import Scorecard


def total_by_hand(points, X):
    """Total points of each row, from what the frame's lines say."""
    total = np.zeros(len(X))
    for line in points.itertuples():
        if " = " in line.item or " not " in line.item:
            column, word, level = re.fullmatch(r"(\S+) (=|not) (.+)", line.item).groups()
            total += line.points * ((X[column] == level) == (word == "="))
        elif line.item.startswith("not "):
            total += line.points * (X[line.column] == 0)
        elif not np.isnan(line.unit) and "below" in line.item:
            total += line.points * np.maximum(np.floor((line.high - X[line.column]) / line.unit + 1e-9), 0)
        elif not np.isnan(line.unit):
            total += line.points * np.maximum(np.floor((X[line.column] - line.low) / line.unit + 1e-9), 0)
        elif line.low == line.high:
            total += line.points * (X[line.column] == 1)
        else:
            x = X[line.column]
            total += line.points * (~(x < line.low) & ~(x >= line.high))
    return total


OPTIONS = {
    "default": {},
    "few points": {"max_points": 2},
    "units": {"units": {"age": 7, "lactate": 0.3}},
    "bins": {"bins": 4},
    "edges": {"bins": {"age": [50, 65.5], "lactate": 3}, "non_negative": True},
    "non-negative": {"non_negative": True, "max_points": 5},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("make", [plain, pipeline])
@pytest.mark.parametrize("with_y", [False, True])
def test_totals_and_risks_are_those_of_the_printed_lines(make, options, with_y):
    model, X, y = make()
    card = Scorecard(model, **options).fit(X, y if with_y else None)
    totals = card.total_points(X)
    assert totals.dtype == np.int64
    np.testing.assert_array_equal(totals, total_by_hand(card.points_, X))
    p = expit(card.intercept_ + card.slope_ * totals)
    np.testing.assert_allclose(card.predict_proba(X), np.column_stack([1 - p, p]), atol=1e-15)
    np.testing.assert_array_equal(card.predict(X), (p > 0.5).astype(int))
    assert card.points_["points"].abs().max() <= options.get("max_points", 10)
    assert card.slope_ > 0
    if options.get("non_negative"):
        assert (card.points_["points"] >= 0).all()
        assert totals.min() >= 0
    # new rows outside of what was seen
    other = X.assign(age=X["age"] - 25, lactate=X["lactate"] + 4)
    np.testing.assert_array_equal(card.total_points(other), total_by_hand(card.points_, other))


@pytest.mark.parametrize("with_y", [False, True])
def test_the_loss_of_rounding_is_measured(with_y):
    model, X, y = pipeline()
    card = Scorecard(model, max_points=4).fit(X, y if with_y else None)
    own, said = model.predict_proba(X)[:, 1], card.predict_proba(X)[:, 1]
    lost = card.rounding_
    change = np.abs(own - said)
    assert lost.loc["scorecard", "mean_change"] == pytest.approx(change.mean())
    assert lost.loc["scorecard", "max_change"] == pytest.approx(change.max())
    assert lost.loc["model", ["mean_change", "max_change"]].tolist() == [0, 0]
    if with_y:
        for name, p in (("model", own), ("scorecard", said)):
            assert lost.loc[name, "log_loss"] == pytest.approx(log_loss(y, p))
            assert lost.loc[name, "auc"] == pytest.approx(roc_auc_score(y, p))
    else:
        soft = -(own * np.log(said) + (1 - own) * np.log(1 - said)).mean()
        assert lost.loc["scorecard", "log_loss"] == pytest.approx(soft)
        assert lost["log_loss"].idxmin() == "model"
    naive, refitted = lost.loc["naive rounding"], lost.loc["naive rounding, line refitted"]
    assert lost.loc["scorecard", "log_loss"] <= refitted["log_loss"] <= naive["log_loss"]


def test_naive_rounding_is_the_models_own_line():
    X, y = patients()
    X = X[["diabetes"]].assign(smoker=np.arange(len(X)) % 2)
    model = LogisticRegression(C=1e3).fit(X, y)
    card = Scorecard(model, max_points=3).fit(X)
    scale = 3 / np.abs(model.coef_).max()
    eta = model.intercept_[0] + X.to_numpy() @ np.rint(model.coef_[0] * scale) / scale
    change = np.abs(expit(eta) - model.predict_proba(X)[:, 1])
    assert card.rounding_.loc["naive rounding", "mean_change"] == pytest.approx(change.mean())


def test_many_points_lose_nothing():
    X, y = patients()
    X = X[["diabetes"]].assign(smoker=np.arange(len(X)) % 2, count=np.arange(len(X)) % 5)
    model = LogisticRegression(C=1e3).fit(X, y)
    card = Scorecard(model, max_points=1000).fit(X)
    assert card.rounding_.loc["scorecard", "max_change"] < 2e-3
    np.testing.assert_allclose(card.predict_proba(X), model.predict_proba(X), atol=2e-3)


def test_a_scaled_column_is_in_the_units_of_the_table():
    model, X, _ = pipeline()
    card = Scorecard(model, units={"age": 10}).fit(X)
    items = dict(zip(card.points_["column"], card.points_["item"], strict=True))
    assert items["age"] == "age, per full 10 above 30"
    assert items["diabetes"] == "diabetes"
    assert set(card.points_["item"]) >= {"ward = icu", "ward = general", "ward = surgery"}
    # the same without a scaler
    direct = LogisticRegression(max_iter=1000).fit(X[NUMBERS], pipeline()[2])
    scaler = make_pipeline(StandardScaler(), LogisticRegression(C=np.inf, max_iter=1000))
    scaler.fit(X[NUMBERS], pipeline()[2])
    assert set(Scorecard(direct).fit(X[NUMBERS]).points_["item"]) == set(
        Scorecard(scaler).fit(X[NUMBERS]).points_["item"]
    )


def test_missing_values_go_through_the_imputer_of_a_pipeline():
    model, X, y = pipeline()
    holes = X.mask((np.arange(len(X)) % 7 == 0)[:, None] & (X.columns == "lactate")[None])
    filled = X.assign(
        lactate=holes["lactate"].fillna(model[0].named_transformers_["num"][0].statistics_[1])
    )
    card = Scorecard(model).fit(X)
    np.testing.assert_array_equal(card.total_points(holes), card.total_points(filled))
    again = Scorecard(model).fit(holes, y)
    assert again.total_points(holes).shape == (len(X),)
    lone, X, _ = plain()
    with pytest.raises(ValueError, match="column 'lactate' holds NaN or infinity"):
        Scorecard(lone).fit(X.mask(X["lactate"].max() == X))
    with pytest.raises(ValueError, match="column 'age' holds NaN or infinity"):
        Scorecard(lone).fit(X).predict_proba(X.assign(age=np.nan))


def test_zero_coefficients_are_no_items():
    X, y = patients()
    model = LogisticRegression(l1_ratio=1, solver="saga", C=0.02, max_iter=5000, random_state=0).fit(
        X[NUMBERS], y
    )
    assert (model.coef_ == 0).any()
    card = Scorecard(model, units=dict.fromkeys(("age", "lactate"), 1)).fit(X[NUMBERS])
    assert set(card.points_["column"]) == {n for n, c in zip(NUMBERS, model.coef_[0], strict=True) if c}
    model.coef_ = np.zeros_like(model.coef_)
    with pytest.raises(ValueError, match="no column has a coefficient other than 0"):
        Scorecard(model).fit(X[NUMBERS])


@pytest.mark.parametrize("with_y", [False, True])
def test_weights_are_repeated_rows_and_order_is_idle(with_y):
    model, X, y = pipeline()
    count = np.random.default_rng(1).integers(0, 4, len(X))
    rows = np.repeat(np.arange(len(X)), count)
    one = Scorecard(model, units={"age": 10, "lactate": 1}).fit(
        X, y if with_y else None, sample_weight=count
    )
    other = clone_with(one, model).fit(X.iloc[rows], y.iloc[rows] if with_y else None)
    shuffled = np.random.default_rng(2).permutation(rows)
    third = clone_with(one, model).fit(X.iloc[shuffled], y.iloc[shuffled] if with_y else None)
    for card in (other, third):
        pd.testing.assert_frame_equal(one.points_, card.points_)
        pd.testing.assert_frame_equal(one.rounding_, card.rounding_)
        assert one.intercept_ == pytest.approx(card.intercept_)
    bad = X.assign(age=X["age"].where(count > 0, np.inf))
    kept = Scorecard(plain()[0]).fit(bad[NUMBERS], sample_weight=count)
    assert np.isfinite(kept.rounding_.to_numpy()).all()


def clone_with(card, model):
    return Scorecard(**(card.get_params(deep=False) | {"model": model}))


def test_columns_are_matched_by_name():
    model, X, _ = plain()
    card = Scorecard(model).fit(X)
    np.testing.assert_array_equal(card.total_points(X[NUMBERS[::-1]]), card.total_points(X))
    np.testing.assert_array_equal(card.total_points(X.to_numpy()), card.total_points(X))
    with pytest.raises(ValueError, match="X lacks columns of the model: age"):
        card.total_points(X.drop(columns="age"))
    nameless = LogisticRegression(max_iter=1000).fit(X.to_numpy(), patients()[1])
    named = Scorecard(nameless).fit(X)
    assert set(named.points_["column"]) == set(NUMBERS)
    np.testing.assert_array_equal(named.total_points(X[NUMBERS[::-1]]), named.total_points(X))
    assert set(Scorecard(nameless).fit(X.to_numpy()).points_["column"]) == {"x0", "x1", "x2"}
    sparse = Scorecard(nameless).fit(csr_array(X.to_numpy()))
    np.testing.assert_array_equal(sparse.points_["points"], named.points_["points"])


def test_what_is_wrapped_is_found():
    class Pruner(PrunerSkin):
        def __init__(self, estimator):
            self.estimator = estimator

        def fit(self, X, y):
            self.estimator_ = self.estimator.fit(X, y)
            return self

        _fitted_on = _by_model = None  # not asked for

    model, X, y = pipeline()
    expected = Scorecard(model).fit(X).points_
    inside = Pruner(model).fit(X, y)
    for wrapped in (FrozenEstimator(model), inside, FrozenEstimator(inside)):
        pd.testing.assert_frame_equal(Scorecard(wrapped).fit(X).points_, expected)
    with pytest.raises(NotFittedError):
        Scorecard(Pruner(LogisticRegression())).fit(X)
    last = make_pipeline(clone(model[:-1]), Pruner(LogisticRegression(max_iter=1000))).fit(X, y)
    pd.testing.assert_frame_equal(Scorecard(last).fit(X).points_, expected)


def test_the_model_is_left_alone_and_a_failed_fit_changes_nothing():
    model, X, _ = pipeline()
    before = pickle.dumps(model)
    card = Scorecard(model).fit(X)
    assert pickle.dumps(model) == before
    points = card.points_
    with pytest.raises(ValueError, match="y must have shape"):
        card.fit(X, [0, 1])
    assert card.points_ is points
    twin = pickle.loads(pickle.dumps(card))
    np.testing.assert_array_equal(twin.predict_proba(X), card.predict_proba(X))
    assert str(twin) == str(card)


def test_it_is_a_classifier():
    model, X, y = plain()
    card = Scorecard(model).fit(X)
    assert is_classifier(card)
    assert card.score(X, y) == pytest.approx((card.predict(X) == y).mean())
    assert card.to_frame().equals(card.points_)
    assert card.to_frame() is not card.points_
    np.testing.assert_array_equal(
        card.decision_function(X), card.intercept_ + card.slope_ * card.total_points(X)
    )
    for method in ("total_points", "predict_proba", "predict"):
        with pytest.raises(NotFittedError):
            getattr(Scorecard(model), method)(X)
    with pytest.raises(NotFittedError):
        Scorecard(model).to_html()


def test_labels_are_the_users():
    X, y = patients()
    words = np.where(y == 1, "dead", "alive")
    model = LogisticRegression(max_iter=1000).fit(X[NUMBERS], words)
    card = Scorecard(model).fit(X[NUMBERS], words)
    assert list(card.classes_) == ["alive", "dead"]
    assert set(card.predict(X[NUMBERS])) == {"alive", "dead"}
    assert str(card).startswith("Risk of dead\n")
    coded = Scorecard(plain()[0]).fit(X[NUMBERS], y)
    np.testing.assert_array_equal(coded.points_["points"], card.points_["points"])
    assert str(coded).startswith("Risk of died\n")
    assert str(Scorecard(plain()[0]).fit(X[NUMBERS])).startswith("Risk of class 1\n")
    with pytest.raises(ValueError, match="labels that the model does not know: unknown"):
        card.fit(X[NUMBERS], np.where(y == 1, "dead", "unknown"))
