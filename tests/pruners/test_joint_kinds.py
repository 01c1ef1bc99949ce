"""Joint pruning of votes, of several outcomes, of means before a link, and of numbers by their own loss."""

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.base import clone
from sklearn.ensemble import (
    AdaBoostClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss, mean_absolute_error, mean_gamma_deviance
from sklearn.tree import DecisionTreeClassifier

from treeprune import FeaturePruner, JointPruner
from treeprune.backends import read

QUICK = {"target": "y", "cv": 3}


def rows(n=240, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4)).round(2)
    score = X[:, 0] + X[:, 1] * X[:, 2] + 0.5 * rng.normal(size=n)
    y = np.digitize(score, np.quantile(score, np.linspace(0, 1, n_classes + 1)[1:-1]))
    return X, y


def outcomes(n=240):
    X, y = rows(n)
    return X, np.column_stack([y, X[:, 3] + X[:, 0] > 0.2])


def brier(probabilities, y):
    """Mean over outcomes, halved for two classes."""
    parts = []
    for p, own in zip(probabilities, y.T, strict=True):
        square = ((p - (own[:, None] == np.unique(own))) ** 2).sum(axis=1)
        parts.append(square / 2 if p.shape[1] == 2 else square)
    return np.mean(parts)


VOTES = AdaBoostClassifier(DecisionTreeClassifier(max_depth=3), n_estimators=20, random_state=0)
FOREST = RandomForestClassifier(12, max_depth=5, random_state=0)
RF = LGBMClassifier(
    boosting_type="rf",
    n_estimators=12,
    num_leaves=15,
    bagging_freq=1,
    bagging_fraction=0.7,
    verbose=-1,
    n_jobs=1,
)
CASES = {"votes": (VOTES, rows), "outcomes": (FOREST, outcomes), "forest by lightgbm": (RF, rows)}
EACH = pytest.mark.parametrize("name", CASES)


def given(name):
    model, make = CASES[name]
    X, y = make()
    return clone(model).fit(X[:120], y[:120]), X[:120], y[:120], X[120:], y[120:]


@EACH
def test_whole_weights_are_repeated_rows(name):
    model, X, y, X_val, y_val = given(name)
    rng = np.random.default_rng(0)
    w, w_val = (rng.integers(0, 3, len(part)) for part in (X, X_val))
    pruner = JointPruner(FrozenEstimator(model), max_nodes=40, values="fixed", **QUICK)
    own = {"sample_weight": w, "sample_weight_val": w_val}
    one = clone(pruner).fit(X, y, X_val=X_val, y_val=y_val, **own)
    a, b = np.repeat(np.arange(len(w)), w), np.repeat(np.arange(len(w_val)), w_val)
    other = clone(pruner).fit(X[a], y[a], X_val=X_val[b], y_val=y_val[b])
    assert one.path_.way == other.path_.way
    np.testing.assert_array_equal(one.path_.loss, other.path_.loss)
    np.testing.assert_array_equal(one.plan_.nodes_after, other.plan_.nodes_after)


@EACH
def test_an_estimator_that_is_not_fitted_is_fitted_in_each_fold(name):
    model, make = CASES[name]
    X, y = make()
    values = "fixed" if name == "votes" else "refit"
    pruner = JointPruner(model, max_nodes=30, values=values, ridge=5.0, **QUICK).fit(X, y)
    small = read(pruner.estimator_)
    assert type(pruner.estimator_) is type(model)
    assert small.n_nodes <= 30
    assert pruner.predict(X).shape == y.shape
    assert (pruner.predict(X) == y).mean() > 0.5
    again = clone(pruner).set_params(n_jobs=2).fit(X, y)
    np.testing.assert_array_equal(read(again.estimator_).value, small.value)


@EACH
def test_models_of_other_sizes_are_those_that_were_judged(name):
    model, X, y, X_val, y_val = given(name)
    pruner = JointPruner(FrozenEstimator(model), values="fixed", keep_models=True, rule="min", **QUICK)
    half = np.arange(120).reshape(2, 60)
    pruner.set_params(cv=[(half[0], half[1]), (half[1], half[0])])
    pruner.fit(X, y, X_val=X_val, y_val=y_val)
    sizes = pruner.path_.max_nodes[3:12:4]
    for size in map(int, sizes):
        small = pruner.model_at(size)
        assert read(small).n_nodes <= max(size, 3)
    p = pruner.estimator_.predict_proba(X_val)
    expected = brier(p, y_val) if name == "outcomes" else log_loss(y_val, p)
    assert pruner.path_.loss[pruner.path_.chosen] == pytest.approx(expected, rel=1e-9)


def test_pruned_votes_beat_as_many_of_the_first_trees():
    X, y = rows(600, n_classes=2)
    model = clone(VOTES).set_params(n_estimators=60).fit(X[:300], y[:300])
    pruner = JointPruner(FrozenEstimator(model), max_nodes=60, **QUICK)
    path = pruner.fit(X[:300], y[:300], X_val=X[300:], y_val=y[300:]).path_
    small = pruner.estimator_
    assert small.estimator_weights_.min() > 0
    first = path.first_loss[path.first_nodes <= 60].min()
    assert path.loss[path.chosen] < first
    assert path.loss.min() < path.whole_loss


def test_shares_of_several_outcomes_stay_shares():
    model, X, y, X_val, y_val = given("outcomes")
    pruner = FeaturePruner(FrozenEstimator(model), max_features=2, values="refit", ridge=1.0, **QUICK)
    pruner.fit(X, y, X_val=X_val, y_val=y_val)
    assert pruner.n_features_ <= 2
    for p, n_classes in zip(pruner.predict_proba(X_val), (3, 2), strict=True):
        assert p.shape == (120, n_classes)
        assert p.sum(axis=1) == pytest.approx(1)
        assert p.min() > 0
    for member in pruner.estimator_.estimators_:
        value = member.tree_.value
        assert value.shape[1:] == (2, 3)
        assert value[:, 0].sum(axis=1) == pytest.approx(1)
        assert value[:, 1].sum(axis=1) == pytest.approx(1)
        assert (value[:, 1, 2] == 0).all()  # the second outcome has two classes


def test_classes_of_a_mean_before_a_link_keep_as_many_trees_each():
    model, X, y, X_val, y_val = given("forest by lightgbm")
    pruner = JointPruner(FrozenEstimator(model), max_nodes=50, values="anchored", **QUICK)
    small = read(pruner.fit(X, y, X_val=X_val, y_val=y_val).estimator_)
    assert small.aggregation == "mean"
    assert np.ptp(np.bincount(small.output, minlength=3)) == 0
    assert small.n_nodes <= 50


@pytest.mark.parametrize(
    ("loss", "measure"), [("absolute_error", mean_absolute_error), ("gamma", mean_gamma_deviance)]
)
def test_numbers_are_fitted_by_the_loss_that_judges_them(loss, measure):
    """On skewed outcomes, a fit of means behind either model would be another one."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 3))
    y = np.exp(X[:, 0]) * rng.gamma(0.7, 1.0, 600) + 1e-3
    model = HistGradientBoostingRegressor(loss=loss, max_iter=60, random_state=0).fit(X[:300], y[:300])
    pruner = JointPruner(FrozenEstimator(model), max_nodes=30, values="refit", ridge=20.0, **QUICK)
    pruner.fit(X[:300], y[:300], X_val=X[300:], y_val=y[300:])
    assert pruner.path_.loss_name == loss
    first = min(measure(y[300:], p) for p in _first_rounds(model, X[300:], 30))
    assert measure(y[300:], pruner.predict(X[300:])) < first
    constant = np.median(y[:300]) if loss == "absolute_error" else y[:300].mean()
    assert measure(y[300:], pruner.predict(X[300:])) < measure(y[300:], np.full(300, constant))


def _first_rounds(model, X, max_nodes):
    sizes = np.cumsum(np.diff(read(model).root))
    for k, p in enumerate(model.staged_predict(X)):
        if sizes[k] > max_nodes:
            return
        yield p
