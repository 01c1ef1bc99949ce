"""Training risks of nodes against the training rows themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor
from sklearn.tree._criterion import Gini

from tests.criteria.helpers import below_first, make_tree
from tests.strategies import random_table, random_weights
from treeprune.backends import read
from treeprune.statistics.risk import check_priors, legal_risks, node_risk

N = 200
COSTS = np.array([[0, 1, 2], [3, 0, 1], [2, 5, 0]])


def grown(model, kind, weight=None, **options):
    X, y = random_table(3, N, kind, **options)
    y = np.abs(y) if kind.endswith("regression") else y
    weight = random_weights(3, N) if weight else np.ones(N)
    model.set_params(random_state=0).fit(X, y, sample_weight=weight)
    path = model.decision_path(X)
    path = path[0] if isinstance(path, tuple) else path
    return model, read(model), y.reshape(N, -1), weight, path.toarray().astype(bool)


def gini(p):
    return 1 - sum(q * q for q in p)


def entropy(p):
    return -sum(q * np.log2(q) for q in p if q > 0)


def misclassification(p):
    return 1 - max(p)


def cost(p):
    return min(sum(p[i] * COSTS[i][j] for i in range(3)) for j in range(3))


CLASS_RISKS = {
    "gini": gini,
    "entropy": entropy,
    "log_loss": entropy,
    "misclassification": misclassification,
}


@pytest.mark.parametrize("priors", [None, [0.2, 0.5, 0.3], [6, 1, 1], [0, 1, 1]])
@pytest.mark.parametrize("risk", [*CLASS_RISKS, "cost"])
def test_class_risks_are_those_of_the_class_counts(risk, priors):
    _, e, y, weight, path = grown(DecisionTreeClassifier(max_depth=6), "multiclass", weight=True)
    own = node_risk(e, risk, priors=priors, cost_matrix=COSTS if risk == "cost" else None)
    impurity = cost if risk == "cost" else CLASS_RISKS[risk]
    counts = np.stack([(weight * (y[:, 0] == c)) @ path for c in range(3)], axis=1)
    if priors is not None:  # each class is weighed so that the root holds the priors
        counts = counts * (np.array(priors) / np.sum(priors)) / counts[0] * counts[0].sum()
    for node in range(e.n_nodes):
        held = counts[node].sum()
        expected = held / counts[0].sum() * impurity(counts[node] / held) if held else 0.0
        assert own[node] == pytest.approx(expected, rel=1e-10, abs=1e-13)


def test_a_class_that_was_never_seen_has_no_share_whatever_its_prior():
    """As in a fold that lacks a rare class: the others keep their priors."""
    counts = np.array([[6, 4, 0], [5, 0, 0], [1, 4, 0]])
    cover = counts.sum(axis=1)
    e = make_tree([1, -1, -1], [2, -1, -1], counts / cover[:, None], cover)
    held = counts / [6, 4, 1] * [0.3, 0.5, 0.2]
    expected = [w.sum() * gini(w / w.sum()) for w in held]
    np.testing.assert_allclose(node_risk(e, "gini", priors=[3, 5, 2]), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("risk", CLASS_RISKS)
def test_class_risks_of_several_targets_are_averaged(risk):
    _, e, y, weight, path = grown(DecisionTreeClassifier(max_depth=6), "multi_output", weight=True)
    expected = np.zeros(e.n_nodes)
    for k in range(2):
        for node in range(e.n_nodes):
            rows = path[:, node] & (weight > 0)
            p = [np.average(y[rows, k] == c, weights=weight[rows]) for c in np.unique(y[:, k])]
            expected[node] += weight[rows].sum() / weight.sum() * CLASS_RISKS[risk](p) / 2
    np.testing.assert_allclose(node_risk(e, risk), expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("criterion", ["gini", "entropy"])
def test_impurity_with_priors_is_the_growth_criterion_with_priors(criterion):
    _, e, *_ = grown(DecisionTreeClassifier(criterion=criterion), "multiclass")
    priors = [0.2, 0.5, 0.3]
    for name in ("impurity", "stored_impurity"):
        assert np.array_equal(node_risk(e, name, priors=priors), node_risk(e, criterion, priors=priors))


def squared(y, mean):
    return (y - mean) ** 2


def half_deviance(y, mean):
    return np.where(y > 0, y * np.log(np.where(y > 0, y, 1.0) / mean), 0.0) - y + mean


NUMBER_RISKS = {"squared_error": squared, "poisson": half_deviance}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["regression", "multi_regression"])
@pytest.mark.parametrize("risk", NUMBER_RISKS)
def test_number_risks_are_those_of_the_rows_less_what_the_leaves_leave(risk, kind, weighted):
    model = ExtraTreeRegressor(max_depth=6, criterion=risk)
    _, e, y, weight, path = grown(model, kind, weighted)
    own = node_risk(e, risk)
    loss = np.zeros(e.n_nodes)
    for node in range(e.n_nodes):
        rows = path[:, node] & (weight > 0)
        mean = np.average(y[rows], axis=0, weights=weight[rows])
        loss[node] = weight[rows] @ NUMBER_RISKS[risk](y[rows], mean).mean(axis=1)
    for node, leaves in below_first(e.left, e.right):
        expected = (loss[node] - loss[leaves].sum()) / weight.sum()
        assert own[node] == pytest.approx(expected, rel=1e-8, abs=1e-11)


@pytest.mark.parametrize(
    ("cls", "kind"), [(RandomForestClassifier, "multiclass"), (RandomForestRegressor, "regression")]
)
def test_each_tree_of_a_forest_is_a_share_of_its_own_weight(cls, kind):
    model, e, *_ = grown(cls(3, max_depth=4), kind, weight=True)
    names = ("impurity", "gini") if kind == "multiclass" else ("impurity", "squared_error")
    for name in names:
        together = node_risk(e, name)
        for t, member in enumerate(model.estimators_):
            np.testing.assert_allclose(together[e.tree(t)], node_risk(read(member), name), rtol=1e-12)


@pytest.mark.parametrize("model", [DecisionTreeClassifier(), DecisionTreeRegressor()])
def test_impurity_is_what_is_stored_to_the_last_bit(model):
    kind = "multiclass" if isinstance(model, DecisionTreeClassifier) else "regression"
    model, e, *_ = grown(model, kind, weight=True)
    tree = model.tree_
    stored = tree.weighted_n_node_samples * tree.impurity / tree.weighted_n_node_samples[0]
    for name in ("impurity", "stored_impurity"):
        assert np.array_equal(node_risk(e, name), stored)


@pytest.mark.parametrize(
    ("risk", "kind", "message"),
    [
        (
            "squared_error",
            "binary",
            "does not fit classification; use one of impurity, stored_impurity, gini",
        ),
        (
            "gini",
            "regression",
            "does not fit regression; use one of impurity, stored_impurity, squared_error",
        ),
        ("cost", "regression", "does not fit regression"),
        ("brier", "binary", "does not fit classification.*cost"),
    ],
)
def test_a_risk_that_does_not_fit_is_refused_with_those_that_do(risk, kind, message):
    model = DecisionTreeRegressor() if kind == "regression" else DecisionTreeClassifier()
    with pytest.raises(ValueError, match=message):
        node_risk(grown(model, kind)[1], risk, cost_matrix=[[0, 1], [1, 0]])


@pytest.mark.parametrize("priors", [[1.0], [0.5, -0.1], [0.5, np.nan], [np.inf, 1], [0, 0], [[1, 1]], 0.5])
def test_priors_must_be_one_number_a_class(priors):
    with pytest.raises(ValueError, match="priors must be 2 finite numbers >= 0, one for each class"):
        check_priors(priors, 2)


def test_priors_are_scaled_to_one():
    assert check_priors([3, 1], 2).tolist() == [0.75, 0.25]


def test_priors_and_costs_are_refused_where_they_mean_nothing():
    _, two, *_ = grown(DecisionTreeClassifier(max_depth=2), "multi_output")
    _, numbers, *_ = grown(DecisionTreeRegressor(max_depth=2), "regression")
    _, classes, *_ = grown(DecisionTreeClassifier(max_depth=2), "multiclass")
    with pytest.raises(ValueError, match="for models with one target"):
        node_risk(two, priors=[0.5, 0.5, 0.0])
    with pytest.raises(ValueError, match="for models with one target"):
        node_risk(two, "cost", cost_matrix=COSTS)
    with pytest.raises(ValueError, match="priors are for classifiers"):
        node_risk(numbers, priors=[1.0])
    with pytest.raises(ValueError, match="needs cost_matrix"):
        node_risk(classes, "cost")
    with pytest.raises(ValueError, match="for 2 classes, the model has 3"):
        node_risk(classes, "cost", cost_matrix=[[0, 1], [1, 0]])


@pytest.mark.parametrize("name", ["impurity", "stored_impurity"])
def test_priors_need_a_risk_with_a_name(name):
    """A criterion given as an object has none."""
    n_rows, n_classes = 100, np.array([3])
    model = DecisionTreeClassifier(criterion=Gini(1, n_classes), random_state=0)
    e = read(model.fit(*random_table(3, n_rows, "multiclass")))
    assert e.criterion is None
    message = r"priors need a named risk: gini, entropy, misclassification, log_loss, cost"
    with pytest.raises(ValueError, match=message):
        node_risk(e, name, priors=[1, 1, 1])
    assert node_risk(e, "gini", priors=[1, 1, 1])[0] == pytest.approx(2 / 3)


@pytest.mark.parametrize("kind", ["multiclass", "regression"])
def test_every_legal_risk_is_one(kind):
    model = DecisionTreeRegressor() if kind == "regression" else DecisionTreeClassifier()
    _, e, *_ = grown(model, kind)
    legal = legal_risks(e.task)
    assert len(set(legal)) == len(legal)
    for name in legal:
        assert np.isfinite(node_risk(e, name, cost_matrix=COSTS if name == "cost" else None)).all()


@pytest.mark.parametrize("risk", ["stored_impurity", "entropy", "cost"])
def test_absurd_weights_are_not_blamed_on_the_outcome(risk):
    e = make_tree(
        [1, -1, -1], [2, -1, -1], [[0.4, 0.3, 0.3], [0.7, 0.3, 0], [0.1, 0.3, 0.6]], [1.7e308] * 3
    )
    e = replace(e, impurity=np.full(3, 1.5), criterion="entropy")
    with pytest.raises(ValueError, match=r"not a finite number: the training weights are too large"):
        node_risk(e, risk, cost_matrix=COSTS * 10.0)


def test_poisson_refuses_answers_below_zero():
    e = make_tree([1, -1, -1], [2, -1, -1], [0.0, -1.5, 1.5], [2.0, 1.0, 1.0])
    with pytest.raises(ValueError, match=r"risk='poisson' is for outcomes >= 0, the model answers -1\.5"):
        node_risk(e, "poisson")


def test_a_model_without_impurities_must_be_told_its_risk():
    e = make_tree([1, -1, -1], [2, -1, -1], [[0.5, 0.5], [1, 0], [0, 1]], [2.0, 1.0, 1.0])
    with pytest.raises(ValueError, match="name the risk: gini, entropy, misclassification"):
        node_risk(e)
    assert node_risk(e, "gini").tolist() == [0.5, 0.0, 0.0]


@pytest.mark.parametrize("wild", [1.0, 1e6, 1e12])
def test_a_wild_outcome_costs_the_risks_of_other_branches_no_digits(wild):
    rng = np.random.default_rng(0)
    X = rng.random((400, 3))
    y = rng.normal(size=400) + X[:, 0]
    X[0], y[0] = 9.0, wild
    tree = DecisionTreeRegressor(max_leaf_nodes=40, random_state=0).fit(X, y)
    risk = node_risk(read(tree), "squared_error")
    passes, answers = tree.decision_path(X).toarray().astype(bool), tree.predict(X)
    for node in np.flatnonzero(~passes[0]):
        own = answers[passes[:, node]]
        assert risk[node] == pytest.approx(((own - own.mean()) ** 2).sum() / 400, rel=1e-12, abs=1e-15)
