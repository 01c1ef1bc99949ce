"""Losses of rows and of nodes against `sklearn.metrics`."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.strategies import random_table
from treeprune.backends import read
from treeprune.criteria.leaf_cost import LeafCosts
from treeprune.model.traverse import raw_output
from treeprune.statistics.collect import collect
from treeprune.statistics.losses import LOSSES, ExpectedCost, check_cost_matrix, default_loss, make_loss
from treeprune.statistics.target import encode_target

COSTS = {2: [[0, 1], [4, 0]], 3: [[0, 1, 2], [3, 0, 1], [2, 5, 0]]}


def log_loss(y, p, w):
    return metrics.log_loss(y, p, sample_weight=w)


def brier(y, p, w):
    return metrics.brier_score_loss(y, p[:, 1] if p.shape[1] == 2 else p, sample_weight=w)


def error(y, p, w):
    labels = np.unique(y)
    return 1 - metrics.accuracy_score(y, labels[p.argmax(axis=1)], sample_weight=w)


def cost(y, p, w):
    matrix = np.array(COSTS[p.shape[1]])
    true = np.unique(y, return_inverse=True)[1]
    decision = [min(range(len(matrix)), key=lambda j: own @ matrix[:, j]) for own in p]
    return np.average(matrix[true, decision], weights=w)


def squared(y, p, w):
    return metrics.mean_squared_error(y, p, sample_weight=w)


def absolute(y, p, w):
    return metrics.mean_absolute_error(y, p, sample_weight=w)


def poisson(y, p, w):
    return metrics.mean_poisson_deviance(y, p, sample_weight=w)


def gamma(y, p, w):
    return metrics.mean_gamma_deviance(y, p, sample_weight=w)


def tweedie(y, p, w):
    return metrics.mean_tweedie_deviance(y, p, sample_weight=w, power=1.5)


REFERENCE = {
    "log_loss": log_loss,
    "brier": brier,
    "misclassification": error,
    "cost": cost,
    "squared_error": squared,
    "absolute_error": absolute,
    "poisson": poisson,
    "gamma": gamma,
    "tweedie": tweedie,
}
CLASS_LOSSES = ["log_loss", "brier", "misclassification", "cost"]
NUMBER_LOSSES = ["squared_error", "absolute_error", "poisson", "gamma", "tweedie"]
SETTINGS = [(name, kind) for name in CLASS_LOSSES for kind in ("binary", "multiclass", "strings")]
SETTINGS += [(name, "regression") for name in NUMBER_LOSSES]


def held_out(kind, forest=False):
    """A model grown on half of a table; the other half, with weights."""
    X, y = random_table(5, 240, kind)
    y = np.abs(y) + 0.1 if kind == "regression" else y
    if forest:
        model = (RandomForestRegressor if kind == "regression" else RandomForestClassifier)(5, max_depth=5)
    else:
        model = (DecisionTreeRegressor if kind == "regression" else DecisionTreeClassifier)(max_depth=5)
    weight = np.random.default_rng(5).choice([0.5, 1.0, 2.0], 120)
    model.set_params(random_state=0)
    return model.fit(X[::2], y[::2]), X[1::2], y[1::2], weight


def predicted(model, X):
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


def named(name, e):
    return make_loss(name, e.task, COSTS[e.n_columns] if name == "cost" else None)


@pytest.mark.parametrize("forest", [False, True])
@pytest.mark.parametrize(("name", "kind"), SETTINGS)
def test_mean_of_the_rows_is_the_metric(name, kind, forest):
    model, X, y, weight = held_out(kind, forest)
    e = read(model)
    rows = named(name, e).row_loss(e, encode_target(e, y), raw_output(e, X.astype(np.float32)))
    expected = REFERENCE[name](y, predicted(model, X), weight)
    assert np.average(rows, weights=weight) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("name", "kind"), SETTINGS)
def test_cost_of_the_leaves_is_the_metric(name, kind):
    model, X, y, weight = held_out(kind)
    e = read(model)
    loss, target = named(name, e), encode_target(e, y)
    statistics = collect(e, X, target, weight, absolute=loss.needs_absolute)
    total = loss.node_cost(e, statistics)[e.is_leaf].sum() + loss.offset(target, weight)
    expected = REFERENCE[name](y, predicted(model, X), weight)
    assert total / weight.sum() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("name", "kind"), SETTINGS)
def test_cost_of_a_node_is_that_of_its_answer_for_all_its_rows(name, kind):
    model, X, y, weight = held_out(kind)
    e = read(model)
    loss, target = named(name, e), encode_target(e, y)
    own = loss.node_cost(e, collect(e, X, target, weight, absolute=loss.needs_absolute))
    path = model.decision_path(X).toarray().astype(bool)
    for node in range(e.n_nodes):
        at = path[:, node]
        answers = np.tile(e.value[node], (at.sum(), 1))
        # the offset leaves out what depends on the outcomes alone
        part = target.take(np.flatnonzero(at))
        expected = weight[at] @ loss.row_loss(e, part, answers) - loss.offset(part, weight[at])
        assert own[node] == pytest.approx(expected, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("name", CLASS_LOSSES[:3])
def test_several_class_targets_are_averaged(name):
    X, y = random_table(5, 240, "multi_output")
    model = DecisionTreeClassifier(max_depth=5, random_state=0).fit(X[::2], y[::2])
    e = read(model)
    loss, target = make_loss(name, e.task), encode_target(e, y[1::2])
    statistics = collect(e, X[1::2], target)
    total = loss.node_cost(e, statistics)[e.is_leaf].sum() / 120
    expected = [REFERENCE[name](y[1::2, k], p, None) for k, p in enumerate(model.predict_proba(X[1::2]))]
    assert total == pytest.approx(np.mean(expected), rel=1e-12)


@pytest.mark.parametrize("name", NUMBER_LOSSES)
def test_several_number_targets_are_averaged(name):
    X, y = random_table(5, 240, "multi_regression")
    y = np.abs(y) + 0.1
    model = DecisionTreeRegressor(max_depth=5, random_state=0).fit(X[::2], y[::2])
    e = read(model)
    loss, target = make_loss(name, e.task), encode_target(e, y[1::2])
    statistics = collect(e, X[1::2], target, absolute=loss.needs_absolute)
    ones = np.ones(120)
    total = (loss.node_cost(e, statistics)[e.is_leaf].sum() + loss.offset(target, ones)) / 120
    answers = model.predict(X[1::2])
    expected = [REFERENCE[name](y[1::2, k], answers[:, k], None) for k in range(2)]
    assert total == pytest.approx(np.mean(expected), rel=1e-12)


def test_a_wrong_certainty_costs_what_scikit_learn_says_and_stays_finite():
    X = np.array([[0.0], [1.0]])
    model = DecisionTreeClassifier(random_state=0).fit(X, [0, 1])
    e = read(model)
    target = encode_target(e, [1, 0])
    own = make_loss("log_loss", e.task).row_loss(e, target, raw_output(e, X.astype(np.float32)))
    assert own.mean() == pytest.approx(metrics.log_loss([1, 0], model.predict_proba(X)), rel=1e-12)
    assert np.isfinite(own).all()


def test_a_poisson_answer_of_zero_stays_finite():
    X = np.array([[0.0], [1.0]])
    e = read(DecisionTreeRegressor(criterion="squared_error").fit(X, [0.0, 2.0]))
    loss, target = make_loss("poisson", e.task), encode_target(e, [3.0, 0.0])
    assert np.isfinite(loss.row_loss(e, target, raw_output(e, X.astype(np.float32)))).all()
    assert np.isfinite(LeafCosts(leaf=loss.node_cost(e, collect(e, X, target))).leaf).all()


def test_poisson_refuses_outcomes_below_zero():
    e = read(DecisionTreeRegressor().fit([[0.0], [1.0]], [1.0, 2.0]))
    loss, target = make_loss("poisson", e.task), encode_target(e, [3.0, -0.5])
    with pytest.raises(ValueError, match=r"loss='poisson' is for outcomes >= 0, y holds -0\.5"):
        loss.offset(target, np.ones(2))
    with pytest.raises(ValueError, match="outcomes >= 0"):
        loss.row_loss(e, target, np.ones((2, 1)))


@pytest.mark.parametrize(
    ("name", "task"), [("mse", "regression"), ("brier", "regression"), ("poisson", "classification")]
)
def test_a_loss_that_does_not_fit_is_refused_with_those_that_do(name, task):
    fitting = ", ".join(sorted(key for key, loss in LOSSES.items() if loss.task == task))
    with pytest.raises(ValueError, match=f"does not fit {task}; use one of {fitting}"):
        make_loss(name, task)


def test_auto_is_a_probability_loss_or_the_squared_error():
    assert (default_loss("classification"), default_loss("regression")) == ("log_loss", "squared_error")
    for task in ("classification", "regression"):
        assert make_loss("auto", task).name == default_loss(task)


@pytest.mark.parametrize(
    "matrix",
    [
        [[0, 1, 2], [1, 0, 1]],
        [0, 1],
        [[1, 1], [1, 0]],
        [[0, -1], [1, 0]],
        [[0, np.inf], [1, 0]],
        [[0, np.nan], [1, 0]],
    ],
)
def test_a_cost_matrix_that_is_none_is_refused(matrix):
    with pytest.raises(ValueError, match="cost_matrix must be square"):
        check_cost_matrix(matrix)


def test_a_cost_matrix_must_be_there_and_of_the_model():
    with pytest.raises(ValueError, match="needs cost_matrix"):
        make_loss("cost", "classification")
    with pytest.raises(ValueError, match="for 3 classes, the model has 2"):
        ExpectedCost(check_cost_matrix(COSTS[3])).class_costs(np.array([[0.5, 0.5]]))


def plain_sums(name, p, w, matrix):
    """The losses as they are defined, without a care for speed."""
    if name == "log_loss":
        eps = np.finfo(float).eps
        costs = -np.log(np.clip(p, eps, 1 - eps))
    elif name == "brier":
        costs = ((p**2).sum(axis=1, keepdims=True) - 2 * p + 1) / (2 if p.shape[1] == 2 else 1)
    elif name == "misclassification":
        costs = np.array([[float(c != own.argmax()) for c in range(len(own))] for own in p])
    else:
        costs = matrix.T[(p @ matrix).argmin(axis=1)]
    return (w * costs).sum(axis=1)


@pytest.mark.parametrize("name", CLASS_LOSSES)
@pytest.mark.parametrize("n_classes", [2, 3, 7, 8, 9, 20])
def test_costs_of_nodes_have_the_bits_of_plain_numpy(name, n_classes):
    rng = np.random.default_rng(n_classes)
    y = np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, 400)])
    X, weight = rng.normal(size=(len(y), 4)), rng.random(len(y))
    e = read(RandomForestClassifier(5, max_depth=6, random_state=0).fit(X, y))
    statistics = collect(e, X, encode_target(e, y), weight)
    matrix = rng.random((n_classes, n_classes))
    np.fill_diagonal(matrix, 0.0)
    loss = make_loss(name, e.task, matrix if name == "cost" else None)
    expected = plain_sums(name, e.value, statistics.sums, matrix)
    np.testing.assert_array_equal(loss.node_cost(e, statistics), expected, strict=True)
