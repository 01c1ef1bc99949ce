"""What every registered metric owes: a new one is tested by being registered."""

from functools import cache

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.strategies import random_table, random_weights
from treeprune.faithfulness.registry import ALL_KINDS, ALL_STRUCTURES, Judged, metrics
from treeprune.pruners.native import Native

MODELS = {
    "binary": [
        ("binary", DecisionTreeClassifier),
        ("binary", RandomForestClassifier),
        ("binary", LogisticRegression),
    ],
    "multiclass": [
        ("multiclass", DecisionTreeClassifier),
        ("strings", RandomForestClassifier),
        ("strings", LogisticRegression),
    ],
    "regression": [
        ("regression", DecisionTreeRegressor),
        ("regression", RandomForestRegressor),
        ("regression", Ridge),
    ],
    "multioutput": [
        ("multi_output", RandomForestClassifier),
        ("multi_regression", DecisionTreeRegressor),
        ("multi_regression", Ridge),
    ],
    "score": [("regression", IsolationForest)],
}
LINEAR = (LogisticRegression, Ridge)
CASES = [
    pytest.param(metric, kind, *case, id=f"{metric.name}-{case[0]}-{case[1].__name__}")
    for metric in metrics().values()
    for kind in metric.kinds
    for case in MODELS[kind]
    if ("linear" if case[1] in LINEAR else "trees") in metric.structures
]
WITHOUT_TIME = [case for case in CASES if case.values[0].name != "prediction ms"]


@cache
def judged(data, cls, depth, weighted=True, order=None):
    X, y = random_table(1, 90, data)
    w = random_weights(1, 90) if weighted else np.ones(90)
    if order is not None:
        rows = np.random.default_rng(order).permutation(90)
        X, y, w = X[rows], y[rows], w[rows]
    if cls is IsolationForest:  # grows to a depth that its number of rows sets
        model = cls(n_estimators=5, random_state=0, max_samples=4 if depth else 64)
    elif cls in LINEAR:
        strength = 9.0 if depth else 1.0
        own = {"C": 1 / strength, "solver": "newton-cholesky"}
        model = cls(**own) if cls is LogisticRegression else cls(alpha=strength)
    else:
        model = cls(random_state=0, max_depth=depth)
    return Judged(Native(model.fit(*random_table(0, 120, data))), X, y, w)


def value(metric, data, cls, **how):
    models = [judged(data, cls, None, **how), judged(data, cls, 2, **how)]
    return metric.compute(*(models if metric.pair else models[1:]))


def test_all_kinds_are_tried():
    assert set(MODELS) == set(ALL_KINDS)


@pytest.mark.parametrize(("metric", "kind", "data", "cls"), CASES)
def test_a_finite_number_for_every_kind(metric, kind, data, cls):
    assert judged(data, cls, None).kind == kind
    number = value(metric, data, cls)
    assert isinstance(number, float | int)
    assert np.isfinite(number)


@pytest.mark.parametrize(("metric", "kind", "data", "cls"), WITHOUT_TIME)
def test_the_order_of_rows_does_not_matter(metric, kind, data, cls):
    assert value(metric, data, cls) == pytest.approx(value(metric, data, cls, order=3), rel=1e-6)


@pytest.mark.parametrize(("metric", "kind", "data", "cls"), CASES)
def test_models_and_rows_are_untouched(metric, kind, data, cls):
    one = judged(data, cls, None)
    before = [one.X.copy(), one.y.copy(), one.weights.copy(), dict(one.model.__dict__)]
    value(metric, data, cls)
    np.testing.assert_array_equal(one.X, before[0])
    np.testing.assert_array_equal(one.y, before[1])
    np.testing.assert_array_equal(one.weights, before[2])
    assert one.model.__dict__ == before[3]


@pytest.mark.parametrize("metric", metrics().values(), ids=list(metrics()))
def test_it_says_what_it_is(metric):
    assert metric.compute.__doc__
    assert metric.kinds
    assert set(metric.kinds) <= set(ALL_KINDS)
    assert metric.structures
    assert set(metric.structures) <= set(ALL_STRUCTURES)


def test_tables_begin_with_size_and_end_with_fidelity():
    families = [m.compute.__module__.rpartition(".")[2] for m in metrics().values()]
    assert list(dict.fromkeys(families))[:4] == ["size", "prediction", "calibration", "fidelity"]
