"""The life of a pruned XGBoost model among XGBoost's own functions."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
import xgboost

from tests.backends.families import pruned
from tests.backends.families.xgboost import (
    SMALL,
    native_table,
    used_rounds,
    xgboost_output,
)
from tests.backends.xgboost_tools import (
    CASES,
    CATEGORICAL,
    EARLY,
    EVERY_CASE,
    booster_of,
    config,
    document,
    native_trees,
    raw_bytes,
)
from tests.strategies import random_table
from treeprune.backends import read, write
from treeprune.model.traverse import raw_output


@EVERY_CASE
def test_training_parameters_survive(case):
    model, _ = pruned(case.model)
    if case.id in EARLY:
        sizes = config(model)["learner"]["gradient_booster"]["gbtree_model_param"]
        assert int(sizes["num_trees"]) == len(native_trees(model)["trees"])
        return
    assert config(model) == config(case.model)


@pytest.mark.parametrize("name", [n for n in CASES if not n.startswith("XGBRF") and "survival" not in n])
def test_training_goes_on(name):
    """The next rounds correct what the pruned trees answer, and leave those as they are."""
    case = CASES[name]
    model, planned = pruned(case.model)
    before = native_trees(model)["trees"]
    if isinstance(model, xgboost.Booster):
        data = native_table(model, case.X)
        data.set_label(case.y)
        parameters = {"objective": document(model)["learner"]["objective"]["name"], "nthread": 1}
        classes = {"num_class": 3} if "multi" in parameters["objective"] else {}
        longer = xgboost.train(parameters | classes, data, 2, xgb_model=model)
    else:
        longer = copy.deepcopy(model).set_params(n_estimators=2, early_stopping_rounds=None)
        extra = {key: value for key, value in case.fit_params.items() if key == "qid"}
        longer.fit(case.X, case.y, xgb_model=model, **extra)
    assert booster_of(longer).num_boosted_rounds() == used_rounds(model) + 2
    assert native_trees(longer)["trees"][: len(before)] == before
    assert read(longer).n_trees > planned.n_trees


@EVERY_CASE
def test_slices_of_the_result_are_its_first_rounds(case):
    model, _ = pruned(case.model)
    booster, table = booster_of(model), native_table(model, case.X)
    for end in (1, used_rounds(model)):
        np.testing.assert_array_equal(
            booster[:end].predict(table, output_margin=True),
            booster.predict(table, output_margin=True, iteration_range=(0, end)),
        )


@pytest.mark.parametrize("suffix", ["json", "ubj"])
@EVERY_CASE
def test_files_of_the_result(case, suffix, tmp_path):
    model, _ = pruned(case.model)
    path = tmp_path / f"model.{suffix}"
    model.save_model(path)
    again = type(model)() if isinstance(model, xgboost.Booster) else copy.deepcopy(model)
    again.load_model(path)
    np.testing.assert_array_equal(xgboost_output(again, case.X), xgboost_output(model, case.X))


@pytest.mark.parametrize("importance", ["weight", "total_gain", "total_cover"])
@pytest.mark.parametrize("name", ["XGBClassifier-classes", "XGBRegressor-categories", "XGBRegressor-exact"])
def test_importances_count_the_splits_that_are_left(name, importance):
    model, planned = pruned(CASES[name].model)
    names = booster_of(model).feature_names or [f"f{i}" for i in range(planned.n_features)]
    figure = {
        "weight": lambda tree: 1,
        "total_gain": lambda tree: tree["loss_changes"],
        "total_cover": lambda tree: tree["sum_hessian"],
    }
    total = dict.fromkeys(names, 0.0)
    old = native_trees(CASES[name].model)["trees"]
    for t in range(planned.n_trees):
        own = planned.tree(t)
        for feature, row in zip(planned.feature[own], planned.node_id[own], strict=True):
            if feature >= 0:
                column = figure[importance](old[planned.tree_id[t]])
                total[names[feature]] += column if importance == "weight" else column[row]
    score = booster_of(model).get_score(importance_type=importance)
    assert set(score) == {key for key, value in total.items() if value}
    np.testing.assert_allclose([score[key] for key in score], [total[key] for key in score], rtol=1e-5)
    assert model.feature_importances_.shape == (planned.n_features,)


@pytest.mark.parametrize("name", [name for name in CASES if name not in CATEGORICAL])
def test_the_frame_of_trees_holds_every_node(name):
    """XGBoost has no such frame of trees with categories."""
    model, _ = pruned(CASES[name].model)
    frame = booster_of(model).trees_to_dataframe()
    assert len(frame) == sum(int(t["tree_param"]["num_nodes"]) for t in native_trees(model)["trees"])


def test_callbacks_and_saved_best_rounds_survive():
    X, y = random_table(2, kind="regression")
    keeper = xgboost.callback.EarlyStopping(rounds=2, save_best=True)
    model = xgboost.XGBRegressor(**(SMALL | {"n_estimators": 40}), callbacks=[keeper])
    model.fit(X, y, eval_set=[random_table(3, kind="regression")], verbose=False)
    assert model.get_booster().num_boosted_rounds() == model.best_iteration + 1 < 40
    small, planned = pruned(model)
    assert planned.n_trees == model.best_iteration + 1
    assert [type(callback) for callback in small.callbacks] == [xgboost.callback.EarlyStopping]
    assert small.callbacks[0] is not keeper
    assert small.best_iteration == model.best_iteration
    assert small.evals_result() == model.evals_result()


class OwnBooster(xgboost.Booster):
    """A user's subclass, with a note of theirs."""


def test_a_subclass_of_the_booster_stays_one():
    model = copy.copy(CASES["Booster-numbers"].model)
    model.__class__, model.note = OwnBooster, {"trained": ["today"]}
    same = write(model, read(model))
    assert type(same) is OwnBooster
    assert same.note == model.note
    assert same.note["trained"] is not model.note["trained"]


def test_the_result_can_be_refreshed():
    """XGBoost's own update of leaf values on other rows goes through the pruned trees."""
    X, y = random_table(5, kind="regression")
    data = xgboost.DMatrix(X, y)
    model = xgboost.train({"max_depth": 4, "nthread": 1}, data, 3)
    small, planned = pruned(model)
    other = xgboost.DMatrix(X, y + X[:, 0])
    refresh = {"process_type": "update", "refresh_leaf": True, "updater": "refresh", "verbosity": 0}
    refreshed = xgboost.train({"nthread": 1, **refresh}, other, 3, xgb_model=small)
    again = read(refreshed)
    np.testing.assert_array_equal(again.left, planned.left)
    np.testing.assert_array_equal(again.threshold, planned.threshold)
    assert not np.array_equal(again.value, planned.value)
    np.testing.assert_array_equal(
        refreshed.predict(data), raw_output(again, X.astype(np.float32))[:, 0].astype(np.float32)
    )


def test_a_process_that_knows_xgboost_alone_can_use_the_result(tmp_path):
    case = CASES["XGBClassifier-dart"]
    model, _ = pruned(case.model)
    np.save(tmp_path / "rows.npy", case.X)
    (tmp_path / "model.pickle").write_bytes(pickle.dumps(model))
    code = (
        "import pickle, sys, numpy as np\n"
        "model = pickle.load(open('model.pickle', 'rb'))\n"
        "np.save('answers.npy', model.predict_proba(np.load('rows.npy')))\n"
        "assert not any(name.startswith('treeprune') for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, check=True)
    np.testing.assert_array_equal(np.load(tmp_path / "answers.npy"), model.predict_proba(case.X))


def test_names_of_columns_may_hold_any_character():
    X, y = random_table(0, kind="regression")
    names = ["age (years) = x", 'said "so"', "größe, ärztlich", "a\\b\n\t", "{x}:;'"]
    model = xgboost.train({"max_depth": 3, "nthread": 1}, xgboost.DMatrix(X, y, feature_names=names), 3)
    small, planned = pruned(model)
    assert small.feature_names == names
    assert planned.feature_names == tuple(names)
    assert set(small.get_score()) <= set(names)


@pytest.mark.parametrize("name", ["XGBRegressor-monotone", "XGBRegressor-numbers"])
def test_monotone_constraints_are_read(name):
    expected = [1, 0, 1, 0, -1] if name.endswith("monotone") else None
    assert (None if (m := read(CASES[name].model).monotone) is None else m.tolist()) == expected
    loaded = xgboost.XGBRegressor(monotone_constraints="(1,0,1,0,-1)")
    loaded.load_model(bytearray(raw_bytes(CASES[name].model)))
    assert read(loaded).monotone.tolist() == [1, 0, 1, 0, -1]
