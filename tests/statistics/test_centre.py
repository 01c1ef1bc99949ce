"""Averages seen from their middle: the same errors, with more digits."""

import numpy as np
import pytest
import xgboost
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from tests.strategies import random_table
from treeprune.backends import read
from treeprune.criteria.tree_order.quadratic import Quadratic
from treeprune.statistics.centre import centred
from treeprune.statistics.gram import tree_gram


def errors(e, X, outcome, factors, weights=None):
    return Quadratic.of(tree_gram(e, X, outcome, weights), e).error(factors)


def test_errors_of_outcomes_far_from_zero_keep_their_digits():
    X, y = random_table(0, 400, "regression")
    y = y / y.std() + 1e7
    model = RandomForestRegressor(6, max_depth=5, random_state=0).fit(X[:200], y[:200])
    e, own = read(model), np.array([t.predict(X) for t in model.estimators_])
    factors = np.random.default_rng(0).random((5, 6))
    expected = ((factors / factors.sum(axis=1, keepdims=True) @ own - y) ** 2).mean(axis=1)
    moved, outcome = centred(e, y[:, None])
    assert abs(outcome.mean()) < 1.0
    assert errors(moved, X, outcome, factors) == pytest.approx(expected, rel=1e-4)
    assert errors(e, X, y[:, None], factors) != pytest.approx(expected, rel=0.01)  # what it is for


def test_brier_scores_stay_as_they_are():
    X, y = random_table(3, 300, "multiclass")
    e = read(RandomForestClassifier(5, max_depth=5, random_state=0).fit(X, y))
    hit = (y[:, None] == e.classes[0]).astype(float)
    factors, weights = np.random.default_rng(0).random((4, 5)), np.random.default_rng(1).random(300)
    before, after = (
        errors(e, X, hit, factors, weights),
        errors(*_with(X, centred(e, hit)), factors, weights),
    )
    assert after == pytest.approx(before, rel=1e-5)


def _with(X, pair):
    return pair[0], X, pair[1]


def test_sums_are_left_alone():
    X, y = random_table(0, 60, "regression")
    e = read(xgboost.XGBRegressor(n_estimators=2, n_jobs=1).fit(X, y))
    moved, outcome = centred(e, y[:, None])
    assert moved is e
    assert np.array_equal(outcome[:, 0], y)
