"""What is fitted for which family: outcomes, the model's own answers, forests as sums."""

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from tests.criteria.joint.helpers import table
from tests.kernels.helpers import slow_leaf
from treeprune.backends import encode, read
from treeprune.backends.registry import find_backend
from treeprune.criteria.joint import build
from treeprune.criteria.joint.forms import form_of
from treeprune.criteria.joint.outputs import step_outputs
from treeprune.criteria.joint.path import solve_path
from treeprune.criteria.joint.problem import Prices
from treeprune.exceptions import UnsupportedModelError
from treeprune.statistics.leaf_places import leaf_places
from treeprune.statistics.target import encode_target

RF = {"boosting_type": "rf", "n_estimators": 5, "num_leaves": 6, "bagging_freq": 1, "bagging_fraction": 0.7,
      "verbose": -1, "n_jobs": 1}  # fmt: skip

MODELS = {
    "forest": (RandomForestClassifier(8, max_depth=4, random_state=0), 2),
    "forest of three classes": (RandomForestClassifier(8, max_depth=4, random_state=0), 3),
    "bagging": (BaggingClassifier(DecisionTreeClassifier(max_depth=3), 5, random_state=0), 3),
    "tree": (DecisionTreeClassifier(max_depth=4, random_state=0), 3),
    "boosted": (GradientBoostingClassifier(n_estimators=5, random_state=0), 2),
    "boosted, three classes": (XGBClassifier(n_estimators=4, max_depth=3, n_jobs=1), 3),
    "forest by lightgbm": (LGBMClassifier(**RF), 2),
    "forest by lightgbm, three classes": (LGBMClassifier(**RF), 3),
    "one against all": (
        LGBMClassifier(n_estimators=5, num_leaves=6, objective="multiclassova", verbose=-1, n_jobs=1),
        3,
    ),
    "votes": (AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=5, random_state=0), 2),
    "votes, three classes": (AdaBoostClassifier(n_estimators=8, random_state=0), 3),
    "lightgbm": (LGBMClassifier(n_estimators=5, num_leaves=6, verbose=-1, n_jobs=1), 2),
}
EACH = pytest.mark.parametrize("name", MODELS)


def fitted(name):
    model, n_classes = MODELS[name]
    X, y = table(0, 200, n_classes)
    return model.fit(X, y), X, y


@EACH
def test_own_answers_are_those_of_the_model(name):
    model, X, y = fitted(name)
    form = form_of(read(model), "same", "model")
    said = form.own_answers(leaf_places(form.ensemble, encode(model, X)))
    p = model.predict_proba(X)
    one = p.shape[1] == 2 and form.kind in ("sum", "mean")
    expected = p[:, 1:] if one else p
    assert said == pytest.approx(expected, abs=1e-6)
    outcome = form.outcome(encode_target(form.ensemble, y))
    assert outcome.shape == said.shape
    hit = (y[:, None] == np.unique(y)).astype(float)
    np.testing.assert_array_equal(outcome, hit[:, 1:] if expected is not p else hit)


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_trees_speak_of_rows_they_have_not_drawn(kind):
    X, y = table(0, 150, kind=kind)
    make = RandomForestClassifier if kind == "classes" else RandomForestRegressor
    model = make(40, oob_score=True, random_state=0).fit(X, y)
    form = form_of(read(model), "same", "model")
    in_bag = find_backend(model).in_bag
    said = form.own_answers(leaf_places(form.ensemble, X), lambda t: in_bag(model, t, len(X)))
    expected = model.oob_decision_function_ if kind == "classes" else model.oob_prediction_[:, None]
    assert said == pytest.approx(expected, abs=1e-12)


@EACH
def test_the_raw_output_of_the_whole_is_the_models(name):
    model, X, _ = fitted(name)
    form = form_of(read(model), "same", "model")
    places = leaf_places(form.ensemble, encode(model, X))
    native = find_backend(model).raw_output(model, np.asarray(encode(model, X), form.ensemble.input_dtype))
    assert form.whole_raw(places) == pytest.approx(native, abs=1e-5)


@EACH
def test_outputs_of_steps_are_sums_along_plain_walks(name):
    model, X, y = fitted(name)
    form = form_of(read(model), "same", "model")
    e, matrix = form.ensemble, encode(model, X)
    rows = build.joint_rows(e, matrix)
    outcome = form.outcome(encode_target(e, y))
    values = "fixed" if form.kind == "votes" else "refit"
    problem = form.problem(rows, outcome, n_averaged=4, values=values, ridge=1.0, prices=Prices())
    steps = solve_path(problem)[:6]
    assert steps
    others, _ = table(1, 60)
    seen = np.asarray(others, e.input_dtype)
    found = step_outputs(e, leaf_places(e, seen), steps)
    for step, output in zip(steps, found, strict=True):
        position = {int(n): k for k, n in enumerate(step.nodes)}
        stop = set(step.nodes[step.is_leaf].tolist())
        for i, row in enumerate(seen[:20]):
            said = [step.values[position[slow_leaf(e, int(t), row, stop)]] for t in step.trees]
            assert output[:, i] == pytest.approx(step.base + np.sum(said, axis=0))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_forest_as_a_sum_tells_the_same_rows_apart(n_classes):
    X, y = table(0, 200, n_classes)
    model = RandomForestClassifier(6, max_depth=4, random_state=0).fit(X, y)
    form = form_of(read(model), "boosting", "RandomForestClassifier")
    e, origin = form.ensemble, form.origin.ensemble
    assert (e.aggregation, e.boosted) == ("sum", True)
    assert e.n_trees == 6 * (n_classes if n_classes > 2 else 1)
    places = leaf_places(e, X)
    p = model.predict_proba(X)
    assert form.own_answers(places) == pytest.approx(p[:, 1:] if n_classes == 2 else p)
    assert form.whole_raw(places) == pytest.approx(p)
    mean = origin.value[origin.root[:-1]].mean(axis=0)
    for t in range(e.n_trees):
        column = int(e.output[t])
        share = column if n_classes > 2 else 1
        own, first = e.tree(t), origin.tree(t // max(e.n_columns, 1))
        expected = (origin.value[first, share] - mean[share]) / (mean[share] * (1 - mean[share]))
        assert e.value[own, column] == pytest.approx(expected)
        split = origin.left[first] >= 0
        for side in ("left", "right"):
            a, b = (getattr(x, side)[nodes] for x, nodes in ((e, own), (origin, first)))
            np.testing.assert_array_equal((a - own.start)[split], (b - first.start)[split])
            assert (a[~split] == b[~split]).all()


def test_what_cannot_be_fitted_is_refused_by_name():
    X, y = table(0, kind="numbers")
    median = read(AdaBoostRegressor(n_estimators=3, random_state=0).fit(X, y))
    with pytest.raises(UnsupportedModelError, match="AdaBoostRegressor answers with the weighted median"):
        form_of(median, "same", "AdaBoostRegressor")
    X, y = table(0)
    two = read(RandomForestClassifier(3, random_state=0).fit(X, np.column_stack([y, 1 - y])))
    with pytest.raises(UnsupportedModelError, match="this Forest predicts 2"):
        form_of(two, "boosting", "Forest")
    many = read(ExtraTreesRegressor(3, random_state=0).fit(X, np.column_stack([y, y, y]).astype(float)))
    with pytest.raises(UnsupportedModelError, match="this Forest predicts 3"):
        form_of(many, "boosting", "Forest")
    votes = read(AdaBoostClassifier(n_estimators=3, random_state=0).fit(X, y))
    with pytest.raises(UnsupportedModelError, match="averages what stands before its link"):
        form_of(votes, "boosting", "AdaBoostClassifier")
    boosted = read(GradientBoostingRegressor(n_estimators=2).fit(*table(0, kind="numbers")))
    assert form_of(boosted, "boosting", "boosted").origin is None  # it is one already
