"""What a pruned XGBoost model is to XGBoost itself."""

import copy
import json
import subprocess
import sys

import numpy as np
import pytest
import xgboost

from tests.backends.families import FAMILIES, case_rows, pruned
from tests.backends.families.xgboost import (
    DART,
    DEEP,
    SMALL,
    native_table,
    used_rounds,
    xgboost_contributions,
    xgboost_output,
)
from tests.strategies import random_mask, random_table
from treeprune.backends import read, write
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.edit import collapse, keep_trees, scale_trees
from treeprune.model.traverse import raw_output

CASES = {
    case.id: case
    for name, family in FAMILIES.items()
    if name.startswith("xgboost")
    for case in family.cases
}
EARLY = [name for name in CASES if "early" in name]
EVERY_CASE = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def booster_of(model):
    return getattr(model, "_Booster", model)


CATEGORICAL = [name for name, case in CASES.items() if "c" in (booster_of(case.model).feature_types or ())]


def raw_bytes(model):
    return bytes(booster_of(model).save_raw("ubj"))


def document(model):
    return json.loads(bytes(booster_of(model).save_raw("json")))


def native_trees(model):
    outer = document(model)["learner"]["gradient_booster"]
    return outer.get("gbtree", outer)["model"]


def config(model):
    return json.loads(booster_of(model).save_config())


@pytest.mark.parametrize("name", [name for name in CASES if name not in EARLY])
def test_the_identity_keeps_every_byte(name):
    """Trees, attributes and training parameters: all that a pickle holds."""
    model = CASES[name].model
    same = write(model, read(model))
    assert raw_bytes(same) == raw_bytes(model)
    assert booster_of(same).__getstate__() == booster_of(model).__getstate__()


@pytest.mark.parametrize("name", [name for name in CASES if "categories" not in name])
def test_leading_rounds_are_a_slice(name):
    """XGBoost's own slice has the same bytes (it drops the mark of the best round too).

    It also loses the names of the categories, which ours must not.
    """
    case = CASES[name]
    e = read(case.model)
    starts = native_trees(case.model)["iteration_indptr"]
    n_rounds = min(2, used_rounds(case.model)) if case.id not in EARLY else used_rounds(case.model)
    small = write(case.model, keep_trees(e, np.arange(starts[n_rounds])))
    assert raw_bytes(small) == raw_bytes(booster_of(case.model)[:n_rounds])


@EVERY_CASE
def test_trees_are_laid_out_as_xgboost_needs_them(case):
    for seed in range(2):
        model, planned = pruned(case.model, seed)
        trees = native_trees(model)["trees"]
        for t, tree in enumerate(trees[: planned.n_trees]):
            left, right, parents = (
                np.array(tree[name]) for name in ("left_children", "right_children", "parents")
            )
            n, leaf = int(tree["tree_param"]["num_nodes"]), left == -1
            assert tree["id"] == t
            assert {len(tree[name]) for name in ("split_conditions", "sum_hessian", "parents")} == {n}
            np.testing.assert_array_equal(right[~leaf], left[~leaf] + 1)
            np.testing.assert_array_equal(right[leaf], -1)
            np.testing.assert_array_equal(parents[left[~leaf]], np.flatnonzero(~leaf))
            np.testing.assert_array_equal(parents[right[~leaf]], np.flatnonzero(~leaf))
            assert set(tree["categories_nodes"]) == set(np.flatnonzero(np.array(tree["split_type"]) == 1))
            assert sum(tree["categories_sizes"]) == len(tree["categories"])
            if "exact" not in case.id:  # XGBoost leaves the gains of what it pruned itself
                np.testing.assert_array_equal(np.array(tree["loss_changes"])[leaf], 0)


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


@pytest.mark.parametrize(
    "name", ["XGBClassifier-classes", "XGBClassifier-forests", "XGBRFClassifier-classes"]
)
def test_a_dropped_tree_of_a_round_leaves_a_stub(name):
    """Rounds keep their size; what is left adds up as the vendor's own trees do."""
    case = CASES[name]
    e = read(case.model)
    kept = np.delete(np.arange(e.n_trees), [1, e.n_trees - 1])
    model = write(case.model, keep_trees(e, kept))
    new, old = native_trees(model), native_trees(case.model)
    assert new["iteration_indptr"] == old["iteration_indptr"]
    assert new["tree_info"] == old["tree_info"]
    for t, tree in enumerate(new["trees"]):
        if t in kept:
            assert tree == old["trees"][t]
        else:
            assert tree["left_children"] == [-1]
            assert tree["split_conditions"] == [0]
            assert tree["sum_hessian"] == old["trees"][t]["sum_hessian"][:1]
    back = read(model)
    assert back.n_trees == e.n_trees
    phi, base = xgboost_contributions(model, case.X)
    np.testing.assert_allclose(phi.sum(axis=1) + base, xgboost_output(model, case.X), rtol=1e-4, atol=1e-5)


def test_early_stopping_keeps_the_rounds_that_predict_uses():
    case = CASES["XGBClassifier-early"]
    model, best = case.model, case.model.best_iteration
    assert best + 1 < model.get_booster().num_boosted_rounds()
    same = write(model, read(model))
    assert same.get_booster().num_boosted_rounds() == best + 1
    assert same.get_booster().attributes() == {}
    assert same.get_params() == model.get_params() or same.get_params()["n_estimators"] == 30
    assert same.evals_result() == model.evals_result()
    np.testing.assert_array_equal(same.predict_proba(case.X), model.predict_proba(case.X))
    fewer = write(same, keep_trees(read(same), np.arange(best)))
    assert fewer.n_estimators == best
    assert not hasattr(fewer, "evals_result_")
    every_round = read(model.get_booster())  # a plain booster predicts with all rounds it has
    assert every_round.n_trees == model.get_booster().num_boosted_rounds()


def test_the_last_round_being_best_changes_nothing():
    X, y = random_table(0, kind="regression")
    model = xgboost.XGBRegressor(**SMALL, early_stopping_rounds=3)
    model.fit(X, y, eval_set=[(X, y)], verbose=False)
    assert model.best_iteration == 3
    same = write(model, read(model))
    assert raw_bytes(same) == raw_bytes(model)
    assert same.best_iteration == 3
    fewer = write(model, keep_trees(read(model), np.array([0, 3])))
    assert fewer.get_booster().attributes() == {}


def test_the_number_of_estimators_is_the_number_of_rounds_that_are_left():
    X, y = random_table(0, kind="multiclass")
    model = xgboost.XGBClassifier(**SMALL).fit(X, y)
    e = read(model)
    assert write(model, collapse(e, random_mask(0, e.n_nodes))).n_estimators == 4
    assert write(model, keep_trees(e, np.array([0, 2, 4, 7]))).n_estimators == 3
    forest = CASES["XGBRFRegressor-numbers"].model
    assert write(forest, keep_trees(read(forest), np.array([1]))).n_estimators == 4


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


def test_deep_trees_keep_siblings_together():
    """Beyond depth six XGBoost looks for the right child beside the left one."""
    X, y = random_table(3, 600, "regression")
    model = xgboost.XGBRegressor(n_estimators=3, n_jobs=1, **(DEEP | {"max_leaves": 400})).fit(X, y)
    e = read(model)
    small = collapse(e, random_mask(0, e.n_nodes, 0.05))
    deepest = max(len(path.split("\t")) for path in model.get_booster().get_dump()[0].splitlines()) - 1
    assert deepest > 12
    assert e.n_nodes / 4 < small.n_nodes < e.n_nodes
    np.testing.assert_array_equal(
        write(model, small).predict(X), raw_output(small, X.astype(np.float32))[:, 0].astype(np.float32)
    )


def test_rows_that_xgboost_pruned_itself_go_with_the_first_edit():
    """``tree_method="exact"`` leaves them behind; they are no part of the ensemble."""
    case = CASES["XGBRegressor-exact"]
    old = native_trees(case.model)["trees"]
    assert sum(int(tree["tree_param"]["num_deleted"]) for tree in old) > 0
    e = read(case.model)
    assert e.n_nodes == sum(
        int(tree["tree_param"]["num_nodes"]) - int(tree["tree_param"]["num_deleted"]) for tree in old
    )
    small = collapse(e, e.node_id == 0)
    for tree in native_trees(write(case.model, small))["trees"]:
        assert tree["tree_param"]["num_nodes"] == "1"
        assert tree["tree_param"]["num_deleted"] == "0"


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
    import pickle

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


def test_a_tree_that_is_wrong_is_named():
    """`tree_output` follows XGBoost's own leaf numbers, with factors and several columns."""
    from treeprune.backends.registry import find_backend

    for name in ("XGBClassifier-dart_classes", "XGBClassifier-forests", "XGBRegressor-categories"):
        case = CASES[name]
        e = read(case.model)
        rows = case_rows(case, e, 5)
        backend = find_backend(case.model)
        each = [backend.tree_output(case.model, t, rows) for t in range(e.n_trees)]
        np.testing.assert_allclose(
            np.sum(each, axis=0) + e.base_score, backend.raw_output(case.model, rows), rtol=1e-5, atol=1e-5
        )
        alone = keep_trees(e, np.array([1]))
        np.testing.assert_allclose(each[1], raw_output(alone, rows) - e.base_score, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["XGBRegressor-monotone", "XGBRegressor-numbers"])
def test_monotone_constraints_are_read(name):
    expected = [1, 0, 1, 0, -1] if name.endswith("monotone") else None
    assert (None if (m := read(CASES[name].model).monotone) is None else m.tolist()) == expected
    loaded = xgboost.XGBRegressor(monotone_constraints="(1,0,1,0,-1)")
    loaded.load_model(bytearray(raw_bytes(CASES[name].model)))
    assert read(loaded).monotone.tolist() == [1, 0, 1, 0, -1]


def test_factors_of_dart_trees_stand_beside_them():
    case = CASES["XGBClassifier-dart"]
    e = read(case.model)
    assert e.reweight == "weight"
    assert not np.array_equal(e.weight, np.ones(e.n_trees))
    scaled = write(case.model, scale_trees(e, np.linspace(0.5, 2, e.n_trees)))
    assert native_trees(scaled)["trees"] == native_trees(case.model)["trees"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"booster": "gblinear"}, "gblinear"),
        ({"multi_strategy": "multi_output_tree", "tree_method": "hist"}, "multi_output_tree"),
    ],
)
def test_what_cannot_be_pruned_is_refused_by_name(parameters, message):
    X, y = random_table(0, kind="multi_regression")
    model = xgboost.train({"nthread": 1, "verbosity": 0, **parameters}, xgboost.DMatrix(X, y), 2)
    with pytest.raises(UnsupportedModelError, match=message):
        read(model)


def test_no_rounds_and_strange_objectives_are_refused():
    X, y = random_table(0)
    with pytest.raises(UnsupportedModelError, match="no trees yet"):
        read(xgboost.train({"nthread": 1}, xgboost.DMatrix(X, y), 0))
    classifier = xgboost.XGBClassifier(n_estimators=2, objective="count:poisson", n_jobs=1).fit(X, y)
    with pytest.raises(UnsupportedModelError, match="count:poisson"):
        read(classifier)


def test_trees_out_of_order_are_refused():
    model = CASES["XGBRegressor-numbers"].model
    with pytest.raises(ValueError, match="keep their order"):
        write(model, keep_trees(read(model), np.array([1, 0])))


@pytest.mark.parametrize("parameters", [{}, DART])
def test_factors_and_order_of_trees_are_checked(parameters):
    X, y = random_table(0, kind="regression")
    model = xgboost.train({"nthread": 1, **parameters}, xgboost.DMatrix(X, y), 3)
    e = read(model)
    heavier = scale_trees(
        e if parameters else read(CASES["Booster-dart"].model), np.full(e.n_trees if parameters else 4, 2.0)
    )
    if parameters:
        np.testing.assert_array_equal(read(write(model, heavier)).weight, 2 * e.weight)
    else:
        with pytest.raises(UnsupportedModelError, match="DART"):
            write(model, keep_trees(heavier, np.arange(3)))
