"""Steps as native models: what they answer is what the step says; bad input is refused."""

from dataclasses import replace

import lightgbm
import numpy as np
import pytest
import xgboost
from scipy.special import expit, softmax
from sklearn.ensemble import (
    AdaBoostRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)

from tests.criteria.joint.helpers import indicators, table
from tests.kernels.helpers import slow_leaf
from treeprune.backends import encode, read, write
from treeprune.criteria.joint import build
from treeprune.criteria.joint.edit import pruned
from treeprune.criteria.joint.path import solve_path
from treeprune.criteria.joint.shares import shares_problem
from treeprune.exceptions import UnsupportedModelError

BOOSTED = [
    (GradientBoostingClassifier(n_estimators=6, random_state=0), 2),
    (GradientBoostingClassifier(n_estimators=4, random_state=0), 3),
    (HistGradientBoostingClassifier(max_iter=6, random_state=0), 2),
    (xgboost.XGBClassifier(n_estimators=6, max_depth=3, random_state=0, n_jobs=1), 2),
    (xgboost.XGBClassifier(n_estimators=4, max_depth=3, random_state=0, n_jobs=1), 3),
    (lightgbm.LGBMClassifier(n_estimators=6, num_leaves=6, verbose=-1, n_jobs=1), 2),
]


def step_raw(e, step, rows):
    """Raw output of a step by a plain walk that ends at its kept leaves."""
    position = {int(n): k for k, n in enumerate(step.nodes)}
    stop = set(step.nodes[step.is_leaf].tolist())
    raw = np.tile(step.base, (len(rows), 1))
    for i, row in enumerate(rows):
        for t in step.trees:
            raw[i] += step.values[position[slow_leaf(e, int(t), row, stop)]]
    return raw


@pytest.mark.parametrize(
    ("model", "n_classes"), BOOSTED, ids=lambda x: getattr(x, "__module__", str(x))[:8]
)
@pytest.mark.parametrize("values", ["fixed", "anchored", "refit"])
def test_pruned_boosted_classifiers_answer_what_the_step_says(model, n_classes, values):
    X, y = table(0, 300, n_classes=n_classes)
    model.fit(X, y)
    e = read(model)
    matrix = encode(model, X)
    outcome = indicators(y)
    outcome = outcome[:, 1:] if n_classes == 2 else outcome
    rows = build.joint_rows(e, matrix)
    path = solve_path(build.boosted_problem(rows, outcome, "log_loss", values=values))
    step = next(s for s in path if len(set(e.output[s.trees])) == e.n_columns)
    native = write(model, pruned(e, step))
    assert type(native) is type(model)
    raw = step_raw(e, step, np.asarray(matrix, e.input_dtype)[:50])
    p = softmax(raw, axis=1) if n_classes > 2 else np.hstack([1 - expit(raw), expit(raw)])
    assert native.predict_proba(X[:50]) == pytest.approx(p, abs=1e-5)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_pruned_forests_answer_what_the_step_says(n_classes):
    X, y = table(0, 300, n_classes=n_classes)
    model = RandomForestClassifier(8, max_depth=5, random_state=0).fit(X, y)
    e = read(model)
    rows = build.joint_rows(e, X)
    path = solve_path(shares_problem(rows, indicators(y), 4))
    step = path[len(path) // 2]
    native = write(model, pruned(e, step))
    assert isinstance(native, RandomForestClassifier)
    assert len(native.estimators_) == step.n_trees
    assert sum(t.tree_.node_count for t in native.estimators_) == step.n_nodes
    raw = step_raw(e, step, X[:50].astype(np.float32))
    p = np.hstack([1 - raw, raw]) if n_classes == 2 else raw
    assert native.predict_proba(X[:50]) == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize(
    "model",
    [
        RandomForestRegressor(8, max_depth=5, random_state=0),
        GradientBoostingRegressor(n_estimators=6, random_state=0),
    ],
    ids=["forest", "boosted"],
)
def test_pruned_regressors_answer_what_the_step_says(model):
    X, y = table(0, 300, kind="numbers")
    e = read(model.fit(X, y))
    rows = build.joint_rows(e, X)
    make = build.additive_problem if e.aggregation == "mean" else build.boosted_problem
    path = solve_path(make(rows, y[:, None], "squared_error"))
    step = path[len(path) // 2]
    native = write(model, pruned(e, step))
    raw = step_raw(e, step, X[:50].astype(np.float32))[:, 0]
    assert native.predict(X[:50]) == pytest.approx(raw, abs=1e-6)
    error = ((native.predict(X) - y) ** 2).mean()
    assert error == pytest.approx(2 * step.loss, rel=1e-5)


def test_models_without_a_fit_are_refused():
    X, y = table(0, kind="numbers")
    median = read(AdaBoostRegressor(n_estimators=3, random_state=0).fit(X, y))
    with pytest.raises(UnsupportedModelError, match="median"):
        build.joint_rows(median, X)
    with pytest.raises(UnsupportedModelError, match="anomaly"):
        build.joint_rows(read(IsolationForest(n_estimators=3, random_state=0).fit(X)), X)
    numbers = build.joint_rows(read(RandomForestRegressor(3, random_state=0).fit(X, y)), X)
    with pytest.raises(UnsupportedModelError, match="classes"):
        shares_problem(numbers, np.ones((len(X), 2)), 2)
    with pytest.raises(ValueError, match="averaged"):
        build.boosted_problem(numbers, y[:, None], "squared_error")
    sums = build.joint_rows(read(GradientBoostingRegressor(n_estimators=2).fit(X, y)), X)
    with pytest.raises(ValueError, match="added"):
        build.additive_problem(sums, y[:, None], "squared_error")
    with pytest.raises(ValueError, match="one row for each"):
        build.boosted_problem(sums, y[:5, None], "squared_error")


def test_bad_shares_are_refused():
    X, y = table(0)
    e = read(RandomForestClassifier(3, random_state=0).fit(X, y))
    rows = build.joint_rows(e, X)
    with pytest.raises(ValueError, match="sum to one"):
        shares_problem(rows, indicators(y) / 2, 2)
    with pytest.raises(ValueError, match="at least 1"):
        shares_problem(rows, indicators(y), 0)
    wrong = np.column_stack([np.full(len(y), -0.5), np.full(len(y), 1.5)])
    with pytest.raises(ValueError, match="not be negative"):
        shares_problem(rows, wrong, 2)
    uneven = replace(e, weight=np.array([1.0, 2.0, 1.0]))
    with pytest.raises(UnsupportedModelError, match="weights of their own"):
        shares_problem(replace(rows, ensemble=uneven), indicators(y), 2)


def test_no_tree_is_no_model():
    X, y = table(0, kind="numbers")
    e = read(GradientBoostingRegressor(n_estimators=3, random_state=0).fit(X, y))
    step = solve_path(build.boosted_problem(build.joint_rows(e, X), y[:, None], "squared_error"))[0]
    with pytest.raises(ValueError, match="no tree"):
        pruned(e, replace(step, trees=step.trees[:0]))
