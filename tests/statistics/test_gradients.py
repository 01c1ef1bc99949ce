"""Derivatives of losses: against finite differences of more digits, XGBoost's own sums, and brute force."""

from __future__ import annotations

from dataclasses import replace
from math import fsum

import numpy as np
import pytest

from tests.statistics.boosted import KINDS, boosted, table
from treeprune.backends import read
from treeprune.model.ensemble import LEAF
from treeprune.model.traverse import leaf_index, raw_output
from treeprune.statistics import rows as rows_module
from treeprune.statistics.gradient_sums import gradient_sums
from treeprune.statistics.gradients import gradients
from treeprune.statistics.losses import make_loss
from treeprune.statistics.target import encode_target

Long = np.longdouble

SMOOTH = [
    *((kind, "log_loss") for kind in KINDS if KINDS[kind].get("link") in ("logit", "softmax")),
    *((kind, "squared_error") for kind in ("number", "two numbers", "single precision")),
    *(("rate", name) for name in ("poisson", "gamma", "tweedie")),
    *(("number", name) for name in ("poisson", "gamma", "tweedie")),
]


def number_loss(name, y, mu):
    """Parts of the textbook's losses that depend on the answer."""
    return {
        "squared_error": lambda: (y - mu) ** 2,
        "poisson": lambda: 2 * (mu - y * np.log(mu)),
        "gamma": lambda: 2 * (np.log(mu) + y / mu),
        "tweedie": lambda: 4 * (y * mu ** Long(-0.5) + mu ** Long(0.5)),
    }[name]()


def long_losses(name, e, y, raw):
    """Loss of each row in extended precision."""
    raw, total = raw * Long(e.link_scale), np.zeros(len(raw), Long)
    for k, width in enumerate(e.columns):
        x = raw[:, e.target_columns(k)]
        if e.task == "regression":
            total += number_loss(
                name, y[:, k].astype(Long), np.exp(x[:, 0]) if e.link == "log" else x[:, 0]
            )
            continue
        labels = e.classes[k][1:] if width < len(e.classes[k]) else e.classes[k]
        hit = y[:, k, None] == labels
        if e.link == "softmax":
            total += np.log(np.exp(x).sum(axis=1)) - x[hit]
        else:
            total += (np.log1p(np.exp(x)) - hit * x).sum(axis=1)
    return total / len(e.columns)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("kind", "name"), SMOOTH)
def test_derivatives_are_limits_of_differences(kind, name, seed):
    e = boosted(seed, kind)
    _, y, target, w = table(seed, e, 60)
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(60, e.n_columns)) * 2
    relative = e.link == "identity" and name != "squared_error"  # the raw output is then a rate
    raw = np.exp(raw) if relative else raw
    g, h = gradients(make_loss(name, e.task), e, target, raw, w)
    step = Long(1e-4)
    for column in range(e.n_columns):
        at = []
        for k in range(-2, 3):
            moved = raw.astype(Long)
            size = step * moved[:, column].copy() if relative else step
            moved[:, column] += k * size
            at.append(w * long_losses(name, e, y, moved))
        # five points: the error is of fourth order in the step
        slope = (at[0] - 8 * at[1] + 8 * at[3] - at[4]) / (12 * size)
        bend = (-at[0] + 16 * at[1] - 30 * at[2] + 16 * at[3] - at[4]) / (12 * size**2)
        scale = np.maximum(1, np.abs(raw[:, column]) ** -3.0) if relative else 1.0
        np.testing.assert_allclose(
            g[:, column] / scale, (slope / scale).astype(float), rtol=1e-8, atol=1e-8
        )
        np.testing.assert_allclose(h[:, column] / scale, (bend / scale).astype(float), rtol=1e-6, atol=1e-6)


def test_nothing_is_lost_where_a_probability_is_one_but_for_a_hair():
    e = boosted(0, "binary")
    target = encode_target(e, np.array([["a"], ["b"]]).repeat(3, axis=0))
    raw = np.array([[40.0], [-40.0], [-800.0]] * 2)
    g, h = gradients(make_loss("log_loss", e.task), e, target, raw, np.ones(6))
    tiny = float(np.exp(Long(-40)) / (1 + np.exp(Long(-40))))
    np.testing.assert_allclose(g[:, 0], [1.0, tiny, 0.0, -tiny, -1.0, -1.0], rtol=1e-15)
    np.testing.assert_allclose(h[:, 0], [tiny, tiny, 0.0, tiny, tiny, 0.0], rtol=1e-15)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("number", "absolute_error"),
        ("binary", "misclassification"),
        ("multiclass", "brier"),
        ("hinge", "brier"),
        ("rate", "squared_error"),
    ],
)
def test_losses_without_derivatives_are_refused(kind, name):
    e = boosted(0, kind)
    rows, _, target, w = table(0, e)
    with pytest.raises(ValueError, match=f"loss='{name}' has no derivatives"):
        gradients(make_loss(name, e.task), e, target, raw_output(e, rows), w)


def test_answers_below_the_least_rate_are_flat():
    e = boosted(0, "number")
    target = encode_target(e, np.array([1.0, 2.0]))
    g, h = gradients(make_loss("poisson", e.task), e, target, np.array([[-1.0], [0.0]]), np.ones(2))
    assert not g.any()
    assert not h.any()


@pytest.mark.parametrize("kind", ["binary", "scaled", "multiclass", "labels", "two numbers", "rate"])
def test_sums_at_nodes_by_brute_force(kind):
    e = boosted(4, kind, (6, 0, 5, 3))
    rows, _, target, w = table(4, e, 150)
    loss = make_loss("poisson" if kind == "rate" else "auto", e.task)
    g, h = gradients(loss, e, target, raw_output(e, rows), w)
    sums, leaves = gradient_sums(e, rows, target, w, loss), leaf_index(e, rows)
    for t in range(e.n_trees):
        for node in range(e.root[t], e.root[t + 1]):
            below, branch = [node], []
            while below:
                branch.append(below.pop())
                if e.left[branch[-1]] != LEAF:
                    below += [e.left[branch[-1]], e.right[branch[-1]]]
            inside = np.isin(leaves[t], branch)
            for k, column in enumerate((w, g[:, e.output[t]], h[:, e.output[t]])):
                assert sums[node, k] == fsum(column[inside])


def test_sums_depend_on_no_order_block_or_thread(monkeypatch):
    e = boosted(4, "multiclass", (6, 4, 5, 3) * 8)
    rows, _, target, w = table(4, e, 150)
    loss = make_loss("log_loss", e.task)
    sums = gradient_sums(e, rows, target, w, loss)
    order = np.random.default_rng(1).permutation(150)
    np.testing.assert_array_equal(sums, gradient_sums(e, rows[order], target.take(order), w[order], loss))
    np.testing.assert_array_equal(sums, gradient_sums(e, rows, target, w, loss, n_jobs=3))
    monkeypatch.setattr(rows_module, "BLOCK_ROWS", 11)
    np.testing.assert_array_equal(sums, gradient_sums(e, rows, target, w, loss))


def test_trees_with_vectors_have_no_sums():
    e = boosted(0, "votes")
    rows, _, target, w = table(0, e)
    with pytest.raises(ValueError, match="one column of the raw output each"):
        gradient_sums(e, rows, target, w, make_loss("log_loss", e.task))


@pytest.mark.parametrize("objective", ["binary:logistic", "reg:squarederror"])
def test_sums_are_those_that_xgboost_grew_its_tree_by(objective):
    xgboost = pytest.importorskip("xgboost")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 4)).astype(np.float32)
    y = X[:, 0] + X[:, 1] * X[:, 2] + rng.normal(size=400)
    number = objective.startswith("reg")
    cls = xgboost.XGBRegressor if number else xgboost.XGBClassifier
    model = cls(
        objective=objective,
        n_estimators=1,
        max_depth=4,
        reg_lambda=0.0,
        base_score=0.5,
        tree_method="exact",
    ).fit(X, y if number else y > 0)
    e = read(model)
    start = replace(e, value=np.zeros_like(e.value))  # the tree was grown where the sum started
    target = encode_target(start, (y if number else y > 0)[:, None])
    loss = make_loss("auto", e.task)
    scale = 0.5 if number else 1.0  # XGBoost's squared error is a half of ours
    _, g, h = scale * gradient_sums(start, X, target, np.ones(400), loss).T
    tree = model.get_booster().trees_to_dataframe().set_index("Node")
    assert e.n_nodes > 10
    for node in range(e.n_nodes):
        stored = tree.loc[e.node_id[node]]
        assert h[node] == pytest.approx(stored["Cover"], rel=1e-6)
        if e.left[node] == LEAF:
            assert -0.3 * g[node] / h[node] == pytest.approx(stored["Gain"], rel=1e-5)
        else:
            a, b = e.left[node], e.right[node]
            gain = g[a] ** 2 / h[a] + g[b] ** 2 / h[b] - g[node] ** 2 / h[node]
            assert gain == pytest.approx(stored["Gain"], rel=1e-4, abs=1e-4)
