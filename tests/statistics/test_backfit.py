"""Leaves re-estimated from training and held-out rows, against the rows of both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.criteria.helpers import cases as fixtures
from tests.criteria.helpers import weka_tree
from tests.strategies import random_mask, random_table
from treeprune.backends import read, write
from treeprune.criteria.leaf_cost import LeafCosts, cheapest_subtree
from treeprune.model.edit import collapse, with_values
from treeprune.statistics.backfit import backfit, check_backfit, project_monotone
from treeprune.statistics.collect import collect
from treeprune.statistics.losses import Misclassification, SquaredError
from treeprune.statistics.target import Target, encode_target

N = 240
GROW, PRUNE = slice(0, N, 2), slice(1, N, 2)


def paths(model, X):
    members = getattr(model, "estimators_", [model])
    return np.hstack([member.decision_path(X).toarray() for member in members]).astype(bool)


def refilled(model, kind, offset=0.0, missing=False):
    """Model grown on half of the rows, its ensemble backfitted with the other half; rows and weights."""
    X, y = random_table(13, N, kind, missing)
    y = y + offset if kind.endswith("regression") else y
    weight = np.random.default_rng(13).choice([0.5, 1.0, 2.0, 3.0], N)
    weight[PRUNE][::7] = 0.0
    model = model.set_params(random_state=0).fit(X[GROW], y[GROW], sample_weight=weight[GROW])
    e = read(model)
    statistics = collect(e, X[PRUNE], encode_target(e, y[PRUNE]), weight[PRUNE])
    return model, e, backfit(e, statistics), X, y.reshape(N, -1), weight


SETTINGS = [
    (DecisionTreeClassifier(max_depth=6), "multiclass"),
    (DecisionTreeClassifier(max_depth=6, criterion="entropy"), "binary"),
    (DecisionTreeClassifier(max_depth=6, criterion="log_loss"), "strings"),
    (DecisionTreeClassifier(max_depth=6), "multi_output"),
    (ExtraTreesClassifier(3, max_depth=4), "multiclass"),
    (DecisionTreeRegressor(max_depth=6), "regression"),
    (DecisionTreeRegressor(max_depth=6), "multi_regression"),
    (ExtraTreesRegressor(3, max_depth=4), "regression"),
]


def gini(p):
    return 1 - (p**2).sum()


def entropy(p):
    return -(p[p > 0] * np.log2(p[p > 0])).sum()


@pytest.mark.parametrize(
    ("model", "kind"), SETTINGS, ids=[f"{type(m).__name__}-{m.criterion}-{kind}" for m, kind in SETTINGS]
)
@pytest.mark.parametrize("missing", [False, True])
def test_every_node_is_the_mean_of_all_its_rows(model, kind, missing):
    model, _, own, X, y, weight = refilled(model, kind, missing=missing)
    path = paths(model, X)
    for node in range(own.n_nodes):
        rows = path[:, node]
        w = weight[rows]
        assert own.cover[node] == pytest.approx(w.sum(), rel=1e-12)
        assert own.n_samples[node] == (w > 0).sum()
        if own.task == "regression":
            mean = np.average(y[rows], axis=0, weights=w)
            value, impurity = mean, [np.average((y[rows] - mean) ** 2, axis=0, weights=w).mean()]
        else:
            measure = gini if model.criterion == "gini" else entropy
            shares = [
                np.array([np.average(y[rows, k] == label, weights=w) for label in classes])
                for k, classes in enumerate(own.classes)
            ]
            value, impurity = np.concatenate(shares), [measure(p) for p in shares]
        np.testing.assert_allclose(own.value[node], value, rtol=1e-11, atol=1e-13)
        assert own.impurity[node] == pytest.approx(np.mean(impurity), rel=1e-9, abs=1e-12)


def test_the_tree_itself_stays_as_it_was():
    _, before, after, *_ = refilled(DecisionTreeClassifier(), "multiclass")
    for name in ("feature", "threshold", "left", "right", "default_left", "node_id", "root"):
        assert np.array_equal(getattr(before, name), getattr(after, name))


def test_a_large_offset_costs_no_digits():
    *_, plain, _, _, _ = refilled(DecisionTreeRegressor(max_depth=3), "regression")
    model, _, own, X, y, weight = refilled(DecisionTreeRegressor(max_depth=3), "regression", offset=1e6)
    path = paths(model, X)
    for node in range(own.n_nodes):
        rows = path[:, node]
        mean = 1e6 + np.average(y[rows, 0] - 1e6, weights=weight[rows])
        assert own.value[node, 0] == pytest.approx(mean, rel=1e-14)
    assert np.array_equal(plain.n_samples, own.n_samples)


def test_a_node_without_any_weight_keeps_its_answer():
    e = read(DecisionTreeClassifier().fit([[0.0], [1.0]], [0, 1]))
    bare = with_values(e, e.value, cover=np.zeros(3))
    own = backfit(bare, collect(bare, [[0.0]], encode_target(bare, [1])))
    assert own.value.tolist() == [[0.0, 1.0], [0.0, 1.0], e.value[2].tolist()]
    assert own.cover.tolist() == [1.0, 1.0, 0.0]


def wave(sign, classify):
    """Outcomes that rise and fall along a constrained column, half of them for growing."""
    rng = np.random.default_rng(17)
    X = rng.uniform(-2, 2, size=(N, 3))
    y = np.sin(3 * X[:, 0]) + 0.5 * sign * X[:, 0] - X[:, 1] * X[:, 2] + rng.normal(size=N)
    return X, (y > 0).astype(int) if classify else y


def assert_monotone(model, sign):
    """Along column 0 answers never turn against the constraint, wherever the other columns stand."""
    rng = np.random.default_rng(0)
    grid = np.linspace(-3, 3, 101)
    for other in rng.uniform(-2, 2, size=(20, 2)):
        rows = np.column_stack([grid, np.tile(other, (101, 1))])
        answers = model.predict_proba(rows)[:, 1] if hasattr(model, "classes_") else model.predict(rows)
        assert (sign * np.diff(answers) >= 0).all()


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("cls", [DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreesRegressor])
def test_monotone_constraints_hold_after_backfitting(cls, sign):
    X, y = wave(sign, cls is DecisionTreeClassifier)
    model = cls(random_state=0, max_depth=6, monotonic_cst=[sign, 0, -sign]).fit(X[GROW], y[GROW])
    e = read(model)
    statistics = collect(e, X[PRUNE], encode_target(e, y[PRUNE]))
    own = backfit(e, statistics)
    free = backfit(replace(e, monotone=None), statistics)
    assert not np.allclose(own.value, free.value)  # there was something to project
    assert_monotone(write(model, own), sign)
    if e.task == "classification":
        np.testing.assert_allclose(own.value.sum(axis=1), 1.0, rtol=1e-12)
        assert (own.value >= 0).all()
    # any top subtree of it holds them as well
    for seed in range(5):
        mask = random_mask(seed, e.n_nodes, 0.2)
        mask[0] = False
        assert_monotone(write(model, collapse(own, mask)), sign)


@pytest.mark.parametrize("cls", [DecisionTreeClassifier, DecisionTreeRegressor])
def test_values_that_keep_the_constraints_are_not_moved(cls):
    X, y = wave(1, cls is DecisionTreeClassifier)
    e = read(cls(random_state=0, max_depth=6, monotonic_cst=[1, 0, -1]).fit(X, y))
    np.testing.assert_allclose(project_monotone(e, e.value), e.value, rtol=0, atol=1e-15)
    wild = np.random.default_rng(0).dirichlet(np.ones(2), e.n_nodes)[:, : e.n_columns]
    once = project_monotone(e, wild)
    assert not np.allclose(once, wild)
    np.testing.assert_allclose(project_monotone(e, once), once, rtol=0, atol=1e-15)


def test_without_constraints_nothing_is_projected():
    e = read(DecisionTreeRegressor(monotonic_cst=[0, 0]).fit([[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0]))
    value = np.array([[3.0], [2.0], [1.0]])
    assert project_monotone(e, value) is value


@pytest.mark.parametrize(
    ("criterion", "class_weight", "message"),
    [
        ("absolute_error", None, "leaves grown with criterion='absolute_error'; use backfit=False"),
        ("poisson", None, "leaves grown with criterion='poisson'"),
        (None, None, "leaves grown with criterion=None"),
        ("gini", "balanced", "sample weights in place of class_weight"),
        ("gini", {0: 2.0}, "cannot weigh held-out rows as class_weight weighed"),
    ],
)
def test_leaves_that_are_no_means_of_their_rows_are_refused(criterion, class_weight, message):
    e = weka_tree({"features": ["x"]}, STUMP, [[1.0]], [1.0], criterion=criterion)
    with pytest.raises(ValueError, match=message):
        check_backfit(e, class_weight)


STUMP = {"left": [-1], "right": [-1], "feature": [-1], "threshold_le": [None]}


@pytest.mark.parametrize("criterion", ["gini", "entropy", "log_loss", "squared_error", "friedman_mse"])
def test_means_of_rows_are_accepted(criterion):
    check_backfit(weka_tree({"features": ["x"]}, STUMP, [[1.0]], [1.0], criterion=criterion), None)


@pytest.mark.parametrize(
    ("table", "case"),
    [p for p in fixtures("weka/reduced_error") if "after_backfit" in p.values[1]["pruned"]],
)
def test_leaves_are_those_that_reptree_backfits(table, case):
    nodes, rows = case["nodes"], np.array(case["prune_rows"])
    weight = np.array(case.get("weights", np.ones(len(table["y"]))), float)[rows]
    y = np.array(table["y"])[rows][:, None]
    if case["method"] == "class":
        counts = np.array(nodes["counts"], float)
        cover = counts.sum(axis=1)
        value, criterion, loss = counts / cover[:, None], "gini", Misclassification()
        target = Target(codes=y)
    else:
        cover, total = np.array(nodes["wt_sum"], float).T
        value, criterion, loss = total / cover, "squared_error", SquaredError()
        target = Target(numbers=y.astype(float))
    e = weka_tree(table, nodes, value, cover, criterion=criterion, impurity=np.zeros(len(cover)))
    statistics = collect(e, np.array(table["X"], float)[rows], target, weight)
    mask, _ = cheapest_subtree(e, LeafCosts(leaf=loss.node_cost(e, statistics)))
    pruned = collapse(backfit(e, statistics), mask)
    leaves = case["pruned"]["leaves"]
    assert sorted(pruned.node_id[pruned.is_leaf]) == sorted(leaves)
    own = dict(zip(pruned.node_id.tolist(), pruned.value.tolist(), strict=True))
    after = np.array(case["pruned"]["after_backfit"], float).reshape(len(leaves), -1)
    np.testing.assert_allclose([own[i] for i in leaves], after, rtol=1e-9, atol=1e-12)
