"""Parabolas in place of losses: they touch them, and lie above them."""

from dataclasses import replace

import numpy as np
import pytest
import xgboost
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp, softmax
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier

from tests.strategies import random_table
from treeprune.backends import read, write
from treeprune.criteria.tree_order.orthogonal_matching import orthogonal_matching
from treeprune.criteria.tree_order.quadratic import Quadratic
from treeprune.model.edit import keep_trees, scale_trees
from treeprune.model.links import answers
from treeprune.model.traverse import raw_output
from treeprune.statistics.gram import tree_gram
from treeprune.statistics.losses import make_loss
from treeprune.statistics.target import encode_target
from treeprune.statistics.working_response import _SLOPES, working_response

N = 30


def booster(objective, n_classes=2):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 3)), rng.integers(0, n_classes, 60)
    if objective.startswith(("binary", "multi")):
        model = xgboost.XGBClassifier(n_estimators=3, objective=objective, n_jobs=1).fit(X, y)
    else:
        model = xgboost.XGBRegressor(n_estimators=3, objective=objective, n_jobs=1).fit(X, y + 1.0)
    return read(model)


def response(e, y, raw, loss="auto", weights=None):
    weights = np.ones(len(raw)) if weights is None else weights
    return working_response(make_loss(loss, e.task), e, encode_target(e, y), raw, weights)


def parabola(found, e, raw, at):
    """By how much the model says that each row's loss changes from `raw` to `at`."""
    z = found.outcome + e.base_score
    return (found.weights / 2 * ((at - z) ** 2 - (raw - z) ** 2)).sum(axis=1)


def log_loss(y, raw):
    return np.logaddexp(0, raw[:, 0]) - y * raw[:, 0]


def softmax_loss(y, raw):
    return logsumexp(raw, axis=1) - raw[np.arange(len(y)), y]


def poisson(y, raw):
    return 2 * (np.exp(raw[:, 0]) - y * raw[:, 0])


def gamma(y, raw):
    return 2 * (raw[:, 0] + y * np.exp(-raw[:, 0]))


def tweedie(y, raw):
    return 2 * (y * np.exp(-raw[:, 0] / 2) / 0.5 + np.exp(raw[:, 0] / 2) / 0.5)


KINDS = {
    "binary:logistic": (log_loss, "auto", 1e-5),
    "multi:softprob": (softmax_loss, "auto", 1e-5),
    "count:poisson": (poisson, "poisson", 1e-4),
    "reg:gamma": (gamma, "gamma", 1e-4),
    "reg:tweedie": (tweedie, "tweedie", 1e-4),
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_model_falls_as_the_loss_does(kind):
    loss, name, tolerance = KINDS[kind]
    e, rng = booster(kind, n_classes=3 if kind.startswith("multi") else 2), np.random.default_rng(1)
    y = rng.integers(0, len(e.classes[0]), N) if e.classes else rng.random(N) * 3 + 0.1
    raw, step = rng.normal(size=(N, e.n_columns)) * 2, 1e-5
    weights = rng.choice([0.0, 0.5, 1.0, 3.0], N)
    found = response(e, y, raw, name, weights)
    for column in range(e.n_columns):
        move = step * (np.arange(e.n_columns) == column)
        slope = (loss(y, raw + move) - loss(y, raw - move)) / (2 * step)
        own = (parabola(found, e, raw, raw + move) - parabola(found, e, raw, raw - move)) / (2 * step)
        assert own == pytest.approx(weights * slope, rel=tolerance, abs=1e-6)
    assert not found.weights[weights == 0].any()
    assert np.isfinite(found.outcome).all()


@given(st.floats(-30, 30), st.floats(-60, 60))
def test_no_binary_log_loss_is_above_its_model(here, there):
    e, y = booster("binary:logistic"), np.array([0, 1])
    raw, at = np.full((2, 1), here), np.full((2, 1), there)
    promised = parabola(response(e, y, raw), e, raw, at)
    assert (log_loss(y, at) - log_loss(y, raw) <= promised + 1e-9 * (1 + there**2)).all()
    # no lower parabola lies above the loss: it touches it on the other side too, in the same way
    opposite = parabola(response(e, y, raw), e, raw, -raw)
    assert opposite == pytest.approx(log_loss(y, -raw) - log_loss(y, raw), abs=1e-9 * (1 + here**2))


def test_gradient_boosting_by_the_exponential_loss_has_its_own_scale():
    X, y = random_table(0, 80, "binary")
    e = read(GradientBoostingClassifier(loss="exponential", n_estimators=3).fit(X, y))
    assert e.link_scale == 2.0
    raw, at = np.linspace(-3, 3, 80)[:, None], np.linspace(2, -5, 80)[:, None]
    codes = np.searchsorted(e.classes[0], y)
    promised = parabola(response(e, y, raw), e, raw, at)
    assert (log_loss(codes, 2 * at) - log_loss(codes, 2 * raw) <= promised + 1e-9).all()


def test_curvature_of_a_softmax_is_no_less_than_its_second_derivatives():
    e, rng = booster("multi:softprob", n_classes=3), np.random.default_rng(0)
    raw, y = rng.normal(size=(N, 3)) * 4, rng.integers(0, 3, N)
    for p, h in zip(softmax(raw, axis=1), response(e, y, raw).weights, strict=True):
        gap = np.diag(h) - (np.diag(p) - np.outer(p, p))
        assert np.linalg.eigvalsh(gap).min() >= -1e-12
    assert (response(e, y, raw).weights <= 0.5).all()


@pytest.mark.parametrize("size", [0.0, 40.0, 800.0, 1e5])
def test_outputs_that_are_sure_of_themselves(size):
    raw, y = np.array([[size], [-size]]), np.array([0, 0])
    e = booster("binary:logistic")
    found = response(e, y, raw)
    assert np.isfinite(found.outcome).all()
    # towards the wrong side with all its might: as far back on the other side
    assert found.outcome[0, 0] + e.base_score[0] == pytest.approx(-max(size, 2.0))
    assert found.weights.ravel() == pytest.approx([min(0.25, 0.5 / max(size, 1e-9))] * 2)


# ---------------------------------------------------------------------------------- numbers
def test_squared_error_is_what_it_is():
    X, y = random_table(0, 80, "regression")
    e = read(GradientBoostingRegressor(n_estimators=3).fit(X, y))
    raw = np.random.default_rng(0).normal(size=(80, 1))
    found = response(e, y, raw, "squared_error", np.arange(80.0))
    assert np.array_equal(found.outcome[:, 0], y - e.base_score[0])
    assert np.array_equal(found.weights[:, 0], np.arange(80.0))


def test_absolute_errors_are_below_their_model():
    X, y = random_table(0, 80, "regression")
    e = read(GradientBoostingRegressor(loss="absolute_error", n_estimators=3).fit(X, y))
    rng = np.random.default_rng(0)
    raw, weights = y[:, None] + rng.normal(size=(80, 1)), rng.choice([0.5, 1.0, 2.0], 80)
    found = response(e, y, raw, "absolute_error", weights)
    error = np.abs(raw[:, 0] - y)
    large = error >= np.average(error, weights=weights)
    assert 10 < large.sum() < 70
    for scale in (0.0, 0.5, 3.0):
        at = y[:, None] + scale * rng.normal(size=(80, 1))
        change = weights * (np.abs(at[:, 0] - y) - error)
        assert (change <= parabola(found, e, raw, at) + 1e-12)[large].all()
    assert len(np.unique((found.weights[:, 0] / weights)[~large].round(12))) == 1
    assert np.array_equal(response(e, y, y[:, None] * 1.0, "absolute_error").weights, np.ones((80, 1)))


def test_no_row_is_moved_by_more_than_the_largest_output():
    e = booster("count:poisson")
    raw, y = np.array([[-30.0], [-1.0], [2.0]]) + e.base_score, np.array([5.0, 1.0, 0.0])
    found = response(e, y, raw, "poisson")
    assert np.abs(found.outcome + e.base_score - raw).max() == pytest.approx(30.0)
    assert (found.weights > 0).all()
    still = response(e, np.exp(e.base_score), e.base_score[:, None], "poisson")
    assert still.outcome == pytest.approx(np.zeros((1, 1)), abs=1e-6)


def test_another_loss_stands_for_one_without_derivatives():
    e, y = booster("count:poisson"), np.array([0.0, 1.0, 4.0])
    raw = np.array([[0.1], [0.5], [-1.0]])
    instead, own = response(e, y, raw, "absolute_error"), response(e, y, raw, "poisson")
    assert np.array_equal(instead.outcome, own.outcome)
    assert np.array_equal(instead.weights, own.weights)
    e = booster("binary:logistic")
    labels = np.array([0, 1, 1])
    for name in ("brier", "misclassification"):
        assert np.array_equal(response(e, labels, raw, name).outcome, response(e, labels, raw).outcome)


# ---------------------------------------------------------------------------------- classes
def test_where_only_the_sign_counts_the_margin_is_one():
    e = booster("binary:hinge")
    assert e.link == "step"
    found = response(e, np.array([0, 1]), np.zeros((2, 1)), "misclassification", np.array([1.0, 2.0]))
    assert np.array_equal(found.outcome + e.base_score, [[-1.0], [1.0]])
    assert np.array_equal(found.weights, [[1.0], [2.0]])


def test_shares_should_be_those_of_the_row():
    X, y = random_table(3, 60, "multiclass")
    e = read(RandomForestClassifier(3, random_state=0).fit(X, y))
    found = response(e, y, np.zeros((60, e.n_columns)), "brier", np.arange(60.0))
    assert np.array_equal(found.outcome, y[:, None] == e.classes[0])
    assert np.array_equal(found.weights, np.tile(np.arange(60.0)[:, None], e.n_columns))


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_orders_by_the_model_lower_the_log_loss_of_slices(kind):
    """The end of it all, by the library's own probabilities on rows that nothing was fitted to."""
    X, y = random_table(5, 1500, kind)
    model = xgboost.XGBClassifier(n_estimators=30, max_depth=3, learning_rate=0.1, n_jobs=1).fit(
        X[:500], y[:500]
    )
    e = read(model)
    rows, seen = X[500:1000], y[500:1000]
    found = response(e, seen, raw_output(e, rows.astype(np.float32)))
    quadratic = Quadratic.of(tree_gram(e, rows, found.outcome, found.weights), e)
    steps = orthogonal_matching(quadratic)
    n = 5 * e.n_columns
    kept = steps.kept(n - 1)
    part = write(model, scale_trees(keep_trees(e, kept), steps.factors[n - 1][kept]))
    codes = np.searchsorted(model.classes_, y[1000:])

    def loss(probability):
        return -np.log(probability[np.arange(500), codes]).mean()

    sliced = loss(model.predict_proba(X[1000:], iteration_range=(0, 5)))
    assert loss(part.predict_proba(X[1000:])) < 0.9 * sliced


@pytest.mark.parametrize("link", sorted(_SLOPES))
def test_slopes_of_links_are_those_of_the_answers(link):
    e = replace(booster("reg:squarederror"), link=link)
    x, step = np.array([[-2.0], [-0.5], [0.3], [1.7]]), 1e-6
    numeric = (answers(e, x + step) - answers(e, x - step)) / (2 * step)
    np.testing.assert_allclose(_SLOPES[link](x), numeric, rtol=1e-6)
