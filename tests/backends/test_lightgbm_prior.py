"""Where the sum of a LightGBM model starts, and what becomes of it when trees go."""

import lightgbm as lgb
import numpy as np
import pytest
from scipy.special import logit

from tests.strategies import random_table, random_weights
from treeprune.backends import read, write
from treeprune.model.edit import collapse, keep_trees

SMALL = {"num_leaves": 6, "min_data_in_leaf": 3, "num_threads": 1, "verbose": -1, "num_iterations": 4}


def table(seed=0):
    X, y = random_table(seed, kind="regression", missing=True)
    return X, y.astype(np.float32).astype(float)  # LightGBM keeps outcomes in single precision


def trained(X, y, weight=None, **params):
    return lgb.train(SMALL | params, lgb.Dataset(X, y, weight=weight))


@pytest.mark.parametrize(
    ("params", "outcome", "start", "near"),
    [
        ({"objective": "regression"}, lambda y: y, np.mean, 1e-7),
        ({"objective": "regression", "learning_rate": 1.0}, lambda y: y, np.mean, 1e-6),
        ({"objective": "regression", "lambda_l2": 4.0}, lambda y: y + 3, np.mean, 1e-6),
        ({"objective": "regression"}, lambda y: y + 2000, np.mean, 1e-7),
        ({"objective": "regression"}, lambda y: y * 1e-6, np.mean, 1e-7),
        ({"objective": "regression", "lambda_l1": 1.0}, lambda y: y + 50, np.mean, 1e-5),
        ({"objective": "binary"}, lambda y: y > 0.4, lambda b: logit(b.mean()), 1e-7),
        ({"objective": "binary", "sigmoid": 2.5}, lambda y: y > 0.4, lambda b: logit(b.mean()) / 2.5, 1e-7),
        ({"objective": "poisson"}, np.exp, lambda c: np.log(c.mean()), 1e-6),
        ({"objective": "gamma"}, np.exp, lambda c: np.log(c.mean()), 1e-6),
        ({"objective": "regression_l1"}, lambda y: y + 9, np.median, 1e-3),
        ({"objective": "quantile", "alpha": 0.9}, lambda y: y + 9, lambda v: np.quantile(v, 0.9), 1e-3),
    ],
)
def test_the_prior_is_the_average_that_boosting_began_with(params, outcome, start, near):
    X, y = table()
    y = outcome(y).astype(np.float32).astype(float)
    prior = read(trained(X, y, **params)).prior
    np.testing.assert_allclose(prior, [start(y)], rtol=near)


def test_weighted_average():
    X, y = table()
    weight = random_weights(0, len(y))
    prior = read(trained(X, y + 5, weight, objective="regression")).prior
    np.testing.assert_allclose(prior, [np.average(y + 5, weights=weight)], rtol=1e-6)


def test_each_class_has_a_prior():
    X, bands = random_table(0, kind="multiclass")
    prior = read(trained(X, bands, objective="multiclass", num_class=3)).prior
    np.testing.assert_allclose(prior, np.log(np.bincount(bands) / len(bands)), rtol=1e-6)


def own_objective(scores, data):
    return scores - data.get_label(), np.ones(len(scores))


@pytest.mark.parametrize(
    "params",
    [
        {"objective": "regression", "boost_from_average": False},
        {"objective": "binary", "boost_from_average": False},
        {"objective": "regression", "boost_from_average": False, "learning_rate": 1.0},
        {"objective": "regression", "boost_from_average": False, "boosting": "dart", "skip_drop": 0.0},
        {"objective": own_objective, "learning_rate": 1.0},
    ],
)
def test_without_average_the_prior_is_zero(params):
    X, y = table()
    y = (y > 0.4).astype(int) if params["objective"] == "binary" else y + 5
    np.testing.assert_array_equal(read(trained(X, y, **params)).prior, [0.0])


def test_own_start_of_the_user_is_not_in_the_trees():
    X, y = table()
    data = lgb.Dataset(X, y + 5, init_score=np.full(len(y), 4.0))
    assert read(lgb.train(SMALL | {"objective": "regression"}, data)).prior == 0.0


@pytest.mark.parametrize("rate", [0.1, 1.0])
def test_rankers_start_at_zero(rate):
    X, bands = random_table(0, kind="multiclass")
    model = lgb.train(
        SMALL | {"objective": "lambdarank", "learning_rate": rate}, lgb.Dataset(X, bands, group=[60, 60])
    )
    np.testing.assert_array_equal(read(model).prior, [0.0])


def test_a_forest_has_its_start_in_every_tree():
    X, y = table()
    forest = trained(X, y + 5, boosting="rf", bagging_fraction=0.5, bagging_freq=1)
    e = read(forest)
    assert e.prior is None
    assert e.value[e.root[:-1], 0].min() > 4
    dropped = write(forest, keep_trees(e, np.array([1, 3])), X)
    assert abs(dropped.predict(X).mean() - (y + 5).mean()) < 0.3


def test_one_leaf():
    X, y = table()
    model = trained(X, y + 5, min_data_in_leaf=len(y))
    e = read(model)
    assert e.n_nodes == e.n_trees
    np.testing.assert_allclose(e.prior, [(y + 5).mean()], rtol=1e-7)


@pytest.mark.parametrize("boosting", ["gbdt", "dart"])
def test_dropping_the_first_tree_keeps_the_prior(boosting):
    """What goes is the correction that the tree made, and nothing of the average."""
    X, y = table()
    model = trained(X, y + 50, boosting=boosting, drop_rate=0.9, skip_drop=0.0)
    e = read(model)
    first = model.predict(X, num_iteration=1)
    assert 0 < np.ptp(first) < 2
    small = write(model, keep_trees(e, np.array([1, 2, 3])), X)
    np.testing.assert_allclose(small.predict(X), model.predict(X) - first + e.prior, rtol=1e-12)
    assert abs(small.predict(X).mean() - model.predict(X).mean()) < np.ptp(first)
    if boosting == "gbdt":
        np.testing.assert_allclose(e.prior, [(y + 50).mean()], rtol=1e-6)


def test_the_prior_moves_on_and_on():
    X, y = table()
    model = trained(X, y + 50)
    for _ in range(3):
        e = read(model)
        np.testing.assert_allclose(e.prior, [(y + 50).mean()], atol=0.01)
        model = write(model, keep_trees(e, np.arange(1, e.n_trees)), X)
    assert model.num_trees() == 1
    assert abs(model.predict(X).mean() - (y + 50).mean()) < 0.1


def test_the_prior_stays_when_trees_collapse():
    X, y = table()
    model = trained(X, y + 50)
    stumps = write(model, collapse(read(model), np.ones(read(model).n_nodes, bool)), X)
    np.testing.assert_allclose(read(stumps).prior, read(model).prior, rtol=1e-6)


def test_refit_knows_where_the_sum_starts():
    """Refitting gives the tree that holds the start all of the outcome, and others their small steps."""
    X, y = table()
    model = trained(X, y + 50)
    small = write(model, keep_trees(read(model), np.array([1, 2, 3])), X)
    moved = small.refit(X, y + 80, decay_rate=0.0)
    assert abs(moved.predict(X).mean() - (y + 80).mean()) < 1e-6


def test_a_class_that_lost_its_first_trees_keeps_its_prior():
    """Its place in a round that is kept is a leaf that adds 0; the prior is looked for behind it."""
    X, bands = random_table(0, kind="multiclass")
    model = trained(X, bands, objective="multiclass", num_class=3, num_iterations=5)
    start = read(model).prior
    model = write(model, keep_trees(read(model), np.array([1, 2, 4, 6, 7, 8, 9, 10])), X)
    e = read(model)
    assert model.num_trees() == 12
    assert e.tree_id[0] == 1
    np.testing.assert_allclose(e.prior, start, atol=0.05)
    again = write(model, e, X)
    assert again.model_to_string() == model.model_to_string()
    # tree 6 holds the prior of class 0 now
    last = write(model, keep_trees(e, np.flatnonzero(e.tree_id != 6)), X)
    np.testing.assert_allclose(read(last).prior, start, atol=0.05)
    assert abs(last.predict(X, raw_score=True)[:, 0].mean() - start[0]) < 0.5


def test_a_class_without_trees_answers_its_prior():
    X, bands = random_table(0, kind="multiclass")
    model = trained(X, bands, objective="multiclass", num_class=3)
    e = read(model)
    small = write(model, keep_trees(e, np.array([1, 2, 4, 5])), X)
    np.testing.assert_array_equal(small.predict(X, raw_score=True)[:, 0], np.full(len(X), e.prior[0]))
