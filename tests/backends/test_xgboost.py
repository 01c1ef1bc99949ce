"""The document of a pruned XGBoost model: what stays, what goes, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import xgboost

from tests.backends.families import case_rows, pruned
from tests.backends.families.xgboost import (
    DEEP,
    SMALL,
    used_rounds,
    xgboost_contributions,
    xgboost_output,
)
from tests.backends.xgboost_tools import (
    CASES,
    EARLY,
    EVERY_CASE,
    booster_of,
    native_trees,
    raw_bytes,
)
from tests.strategies import random_mask, random_table
from treeprune.backends import read, write
from treeprune.backends.registry import find_backend
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.edit import collapse, keep_trees, scale_trees
from treeprune.model.traverse import raw_output


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
    assert same.n_estimators == model.n_estimators == 30
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


def test_a_tree_that_is_wrong_is_named():
    """`tree_output` follows XGBoost's own leaf numbers, with factors and several columns."""
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


def test_only_dart_has_a_place_for_factors():
    e = read(CASES["XGBRegressor-numbers"].model)
    with pytest.raises(UnsupportedModelError, match="DART"):
        write(CASES["XGBRegressor-numbers"].model, replace(e, weight=2 * e.weight))
    dart = CASES["Booster-dart"].model
    twice = scale_trees(read(dart), np.full(read(dart).n_trees, 2.0))
    np.testing.assert_array_equal(read(write(dart, twice)).weight, 2 * read(dart).weight)
