"""Where scikit-learn's stored impurities are wrong, and where numbers are very large."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.strategies import random_table
from treeprune.backends import read
from treeprune.criteria.weakest_link import weakest_link_alphas
from treeprune.exceptions import PruningWarning
from treeprune.model.edit import with_values
from treeprune.statistics.risk import node_risk

X, Y = random_table(3, 400, "regression")
SCALES = [1.0, 1e-6, 1e6]
MONOTONE = {"monotonic_cst": [1, 0, 0, 0, 0], "random_state": 0}


def shifted(e, by):
    """The same tree as grown on outcomes moved by a constant, with impurities rounded as squares of it."""
    impurity = e.impurity + np.random.default_rng(0).normal(size=e.n_nodes) * by**2 * 1e-15
    return with_values(e, e.value + by, impurity=impurity)


@pytest.mark.parametrize(("offset", "digits"), [(1e7, 1e-6), (-1e8, 1e-5)])
def test_a_large_offset_is_seen_and_the_path_is_that_without_it(offset, digits):
    y = np.round(Y * 64) / 64  # so that adding the offset rounds nothing
    plain = read(DecisionTreeRegressor(max_leaf_nodes=40, random_state=0).fit(X, y))
    with pytest.warns(PruningWarning, match='contradict its leaf values.*risk="stored_impurity"'):
        risk = node_risk(shifted(plain, offset))
    own = weakest_link_alphas(plain, risk)
    expected = weakest_link_alphas(plain, node_risk(plain))
    np.testing.assert_allclose(own, expected, rtol=digits)


def test_a_tree_grown_under_a_large_offset_warns_and_its_risk_is_that_of_the_rows():
    y = np.round(Y * 64) / 64
    model = DecisionTreeRegressor(max_depth=4, random_state=0).fit(X, y + 1e7)
    e = read(model)
    with pytest.warns(PruningWarning, match="outcomes far from zero"):
        risk = node_risk(e)
    path = model.decision_path(X).toarray().astype(bool)
    loss = np.array([((y[p] - y[p].mean()) ** 2).sum() for p in path.T]) / len(y)
    np.testing.assert_allclose(gains(e, risk), gains(e, loss), rtol=1e-6, atol=1e-12)


def monotone_models():
    """A rising constraint on a wave: many values have to be clipped."""
    wave = np.sin(3 * X[:, 0]) + 0.3 * Y
    return [
        DecisionTreeRegressor(max_depth=7, **MONOTONE).fit(X, wave),
        DecisionTreeClassifier(max_depth=7, **MONOTONE).fit(X, (wave > 0).astype(int)),
    ]


@pytest.mark.parametrize("model", monotone_models(), ids=["regression", "classification"])
def test_clipped_values_are_seen_and_their_own_risk_is_used(model):
    e = read(model)
    with pytest.warns(PruningWarning, match="clipping by monotonic constraints"):
        risk = node_risk(e)
    if e.task == "classification":
        p = e.value[:, 1]
        np.testing.assert_allclose(risk, e.cover / e.cover[0] * 2 * p * (1 - p), rtol=1e-12)
        return
    # the rise from the leaves' answers to the node's own: squared distances, weighted by rows
    path = model.decision_path(X).toarray().astype(bool)
    answers = model.predict(X)
    expected = [((answers[path[:, i]] - e.value[i, 0]) ** 2).sum() / len(X) for i in range(e.n_nodes)]
    np.testing.assert_allclose(risk, expected, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("model", monotone_models(), ids=["regression", "classification"])
def test_whoever_insists_gets_the_stored_risk_without_a_word(model):
    e = read(model)
    assert np.array_equal(node_risk(e, "stored_impurity"), e.cover * e.impurity / e.cover[0])


def poisson_with_missing_values():
    """Model, and the risk of its nodes from the rows (less that of the full tree)."""
    holes = X.copy()
    holes[::3, 0] = np.nan
    holes[1::4, 2] = np.nan
    y = np.exp(Y)
    model = DecisionTreeRegressor(criterion="poisson", max_depth=6, random_state=0).fit(holes, y)
    path = model.decision_path(holes).toarray().astype(bool)
    answers = model.predict(holes)
    risk = [(y[p] * np.log(answers[p] / y[p].mean())).sum() / len(y) for p in path.T]
    return read(model), np.array(risk)


def gains(e, risk):
    inner = ~e.is_leaf
    return risk[inner] - risk[e.left[inner]] - risk[e.right[inner]]


def test_poisson_with_missing_values_gains_what_its_rows_say():
    e, risk = poisson_with_missing_values()
    np.testing.assert_allclose(gains(e, node_risk(e)), gains(e, risk), rtol=1e-9, atol=1e-12)


def test_wrong_poisson_impurities_are_seen_and_the_leaves_are_asked():
    e, risk = poisson_with_missing_values()
    e = with_values(e, e.value, impurity=e.impurity * np.linspace(1, 1.1, e.n_nodes))
    with pytest.warns(PruningWarning, match="poisson impurities stored in the model contradict"):
        own = node_risk(e)
    np.testing.assert_allclose(own, risk, rtol=1e-8, atol=1e-12)


def test_outcomes_as_large_as_squares_allow_are_pruned_alike():
    small = read(DecisionTreeRegressor(max_leaf_nodes=30, random_state=0).fit(X, Y))
    large = with_values(small, small.value * 1e150, impurity=small.impurity * 1e300)
    own = weakest_link_alphas(large, node_risk(large))
    np.testing.assert_allclose(own, weakest_link_alphas(small, node_risk(small)) * 1e300, rtol=1e-9)


@pytest.mark.parametrize("risk", ["impurity", "stored_impurity", "squared_error"])
def test_larger_outcomes_are_refused_in_plain_words(risk):
    small = read(DecisionTreeRegressor(max_leaf_nodes=30, random_state=0).fit(X, Y))
    with np.errstate(over="ignore"):
        large = with_values(small, small.value * 1e160, impurity=small.impurity * 1e200 * 1e120)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PruningWarning)
        with pytest.raises(ValueError, match=r"too large to be squared.*divide the outcome by a constant"):
            node_risk(large, risk)


def test_grown_on_very_large_outcomes():
    model = DecisionTreeRegressor(max_leaf_nodes=12, random_state=0).fit(X, np.round(Y * 8) * 1e150)
    e = read(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PruningWarning)
        alpha = weakest_link_alphas(e, node_risk(e))
    assert np.isfinite(alpha[0])
    assert (alpha > 0).all()


@pytest.mark.parametrize("scale", SCALES)
def test_a_healthy_model_is_left_alone_at_any_scale(scale):
    for criterion in ("squared_error", "poisson"):
        y = scale * np.abs(Y)
        e = read(DecisionTreeRegressor(criterion=criterion, random_state=0).fit(X, y))
        assert np.array_equal(node_risk(e), node_risk(e, "stored_impurity"))  # warnings are errors


def scaled(e, scale):
    """The same tree as grown on outcomes times a number."""
    return with_values(e, e.value * scale, impurity=e.impurity * scale**2)


@pytest.mark.parametrize("scale", SCALES)
def test_a_contradiction_is_seen_in_any_unit(scale):
    plain = read(DecisionTreeRegressor(max_leaf_nodes=40, random_state=0).fit(X, Y))
    with pytest.warns(PruningWarning, match="contradict its leaf values"):
        node_risk(scaled(shifted(plain, 1e7), scale))


@pytest.mark.parametrize("scale", SCALES)
def test_rounding_where_nothing_is_gained_is_no_contradiction_in_any_unit(scale):
    """XOR, cut after its first split: the falls are zero, and what is stored is rounded."""
    table = np.array([[a, b] for a in (0.0, 1.0) for b in (0.0, 1.0)] * 8)
    e = read(DecisionTreeRegressor(max_depth=1).fit(table, table[:, 0] != table[:, 1]))
    assert e.n_nodes == 3
    e = scaled(with_values(e, e.value, impurity=e.impurity * [1, 1 + 1e-13, 1 - 2e-13]), scale)
    assert np.array_equal(node_risk(e), node_risk(e, "stored_impurity"))  # warnings are errors
