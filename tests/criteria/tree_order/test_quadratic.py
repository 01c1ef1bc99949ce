"""The squared error from products of trees, against that of pruned native models."""

from dataclasses import replace

import numpy as np
import pytest
import xgboost
from lightgbm import LGBMClassifier
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from tests.strategies import random_table
from treeprune.backends import read, write
from treeprune.criteria.tree_order.quadratic import Quadratic
from treeprune.model.edit import keep_trees, scale_trees
from treeprune.model.traverse import raw_output
from treeprune.statistics.gram import TreeGram, tree_gram

WEIGHTS = [0.0, 0.25, 1.0, 1.7, 6.0]


def test_errors_of_averages_are_those_of_the_written_forests():
    X, y = random_table(3, 400, "multiclass")
    model = RandomForestClassifier(8, max_depth=6, random_state=0).fit(X[:200], y[:200])
    e, rng = read(model), np.random.default_rng(0)
    weight = rng.choice(WEIGHTS, 400)
    hit = (y[:, None] == model.classes_).astype(float)
    quadratic = Quadratic.of(tree_gram(e, X, hit, weight), e)
    assert quadratic.normalised
    factors = rng.random((6, 8)) * (rng.random((6, 8)) < 0.6)
    factors[0] = 3.0
    found = quadratic.error(factors)
    for row, error in zip(factors, found, strict=True):
        kept = np.flatnonzero(row)
        part = write(model, scale_trees(keep_trees(e, kept), row[kept]))
        expected = np.average(((part.predict_proba(X) - hit) ** 2).sum(axis=1), weights=weight)
        assert error == pytest.approx(expected, rel=1e-4)
        assert quadratic.error(row) == pytest.approx(error, rel=1e-12)
    assert np.isnan(quadratic.error(np.zeros(8)))


def test_trees_of_unequal_weight_are_averaged_by_weight():
    X, y = random_table(4, 300, "regression")
    e = read(RandomForestRegressor(5, max_depth=4, random_state=0).fit(X, y))
    weight = np.array([1.0, 0.0, 2.0, 0.5, 3.0])
    e = replace(e, weight=weight, reweight="weight")
    quadratic = Quadratic.of(tree_gram(e, X, y[:, None] * 1.0), e)
    factors = np.array([1.0, 5.0, 0.0, 2.0, 1.0])
    answer = raw_output(replace(e, weight=weight * factors), X.astype(np.float32))[:, 0]
    assert quadratic.error(factors) == pytest.approx(((answer - y) ** 2).mean(), rel=1e-4)
    assert quadratic.as_sum is not None
    summed = raw_output(replace(e, weight=weight * factors, aggregation="sum"), X.astype(np.float32))[:, 0]
    assert quadratic.as_sum.error(factors) == pytest.approx(((summed - y) ** 2).mean(), rel=1e-4)


def test_errors_of_sums_are_those_of_the_written_boosters():
    X, y = random_table(4, 300, "regression", missing=True)
    model = xgboost.XGBRegressor(n_estimators=6, max_depth=3, n_jobs=1).fit(X, y)
    e = read(model)
    quadratic = Quadratic.of(tree_gram(e, X, y[:, None] - e.base_score), e)
    assert not quadratic.normalised
    factors = np.array([[1, 1, 1, 1, 0, 0], [1.5, 0, 0.25, 0, 0, 3], [0, 0, 0, 0, 0, 0]])
    native = []
    for row in factors[:2]:
        kept = np.flatnonzero(row)
        native.append(write(model, scale_trees(keep_trees(e, kept), row[kept])).predict(X))
    native.append(np.full(300, float(e.base_score[0])))
    expected = ((np.array(native) - y) ** 2).mean(axis=1)
    assert quadratic.error(factors) == pytest.approx(expected, rel=1e-4)


def test_an_error_is_never_negative():
    own = np.array([[1.0, 1.0], [1.0, 1.0]])
    gram = TreeGram(own, np.array([1.0, 1.0]), 1.0 - 1e-12, 1.0)
    X, y = random_table(0, 50, "regression")
    e = read(xgboost.XGBRegressor(n_estimators=2, n_jobs=1).fit(X, y))
    assert Quadratic.of(gram, e).error(np.array([0.5, 0.5])) == 0.0


def test_what_has_no_quadratic_is_refused():
    X, y = random_table(0, 60, "regression")
    forest = read(RandomForestRegressor(3, random_state=0).fit(X, y))
    gram = tree_gram(forest, X, y[:, None] * 1.0)
    with pytest.raises(ValueError, match="median"):
        Quadratic.of(gram, replace(forest, aggregation="median"))
    with pytest.raises(ValueError, match="of 3 trees, not of 2"):
        Quadratic.of(gram, keep_trees(forest, np.array([0, 1])))
    with pytest.raises(ValueError, match="no rows"):
        Quadratic.of(tree_gram(forest, X[:0], y[:0, None] * 1.0), forest)


def test_one_average_for_each_class_is_refused():
    X, y = random_table(3, 200, "multiclass")
    model = LGBMClassifier(
        boosting_type="rf", n_estimators=2, subsample=0.5, subsample_freq=1, n_jobs=1, verbose=-1
    ).fit(X, y)
    e = read(model)
    assert e.aggregation == "mean"
    with pytest.raises(ValueError, match="one of several averages"):
        Quadratic.of(tree_gram(e, X, np.zeros((200, e.n_columns))), e)
