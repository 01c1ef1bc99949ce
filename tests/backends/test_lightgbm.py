"""What a pruned LightGBM model can still do, and what belongs to the model around its trees."""

import copy
import pickle
import re
import subprocess
import sys
from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest
from sklearn.base import clone

from tests.backends.families import FAMILIES, pruned
from tests.backends.families.lightgbm import (
    PLAIN,
    SMALL_BOOSTER,
    VERSION,
    booster_of,
    lightgbm_state,
    rounds,
    with_codes,
)
from tests.strategies import random_mask, random_table
from treeprune.backends import find_backend, read, write
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.model.edit import collapse, keep_trees
from treeprune.model.traverse import raw_output

CASES = [case for name, family in FAMILIES.items() if name.startswith("lightgbm") for case in family.cases]
EVERY_CASE = pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])


def text_of(model):
    return booster_of(model).model_to_string(num_iteration=-1)


def trained(y=None, **params):
    X, own = random_table(0, kind="regression")
    return X, lgb.train(SMALL_BOOSTER | params, lgb.Dataset(X, own if y is None else y))


@EVERY_CASE
def test_writing_what_was_read_gives_the_same_text(case):
    same = write(case.model, read(case.model))
    assert text_of(same) == text_of(case.model)
    assert booster_of(same).params == booster_of(case.model).params
    assert booster_of(same).pandas_categorical == booster_of(case.model).pandas_categorical


@EVERY_CASE
def test_saved_and_loaded(case, tmp_path):
    """By LightGBM's own functions; the saved text is a fixed point."""
    model, _ = pruned(case.model)
    booster = booster_of(model)
    booster.save_model(tmp_path / "model.txt")
    for loaded in (
        lgb.Booster(model_file=tmp_path / "model.txt"),
        lgb.Booster(model_str=booster.model_to_string()),
        copy.deepcopy(booster),
    ):
        assert text_of(loaded) == text_of(model)
        np.testing.assert_array_equal(
            loaded.predict(case.X, raw_score=True), model.predict(case.X, raw_score=True)
        )


@EVERY_CASE
def test_importances_are_those_of_the_trees_left(case):
    model, e = pruned(case.model)
    booster = booster_of(model)
    frame = booster.trees_to_dataframe()
    splits = frame[frame["split_feature"].notna()]
    names = booster.feature_name()
    np.testing.assert_array_equal(
        booster.feature_importance("split"),
        splits["split_feature"].value_counts().reindex(names, fill_value=0),
    )
    np.testing.assert_allclose(
        booster.feature_importance("gain"),
        splits.groupby("split_feature")["split_gain"].sum().reindex(names, fill_value=0),
        rtol=1e-5,  # the frame has six digits
    )
    np.testing.assert_array_equal(np.flatnonzero(booster.feature_importance()), e.used_features())


@EVERY_CASE
def test_dumps_and_leaves_tell_one_story(case):
    """Counts of the dump: a split's rows are its children's, a leaf's value that of `predict`."""
    model, _ = pruned(case.model)

    def leaf_values(node):
        if "leaf_value" in node:
            return {node.get("leaf_index", 0): node["leaf_value"]}
        sides = [node[f"{side}_child"] for side in ("left", "right")]
        below = [side.get("internal_count", side.get("leaf_count")) for side in sides]
        assert node["internal_count"] == sum(below)
        return leaf_values(sides[0]) | leaf_values(sides[1])

    trees = booster_of(model).dump_model()["tree_info"]
    leaves = model.predict(case.X, pred_leaf=True)
    columns = booster_of(model).num_model_per_iteration()
    raw = np.zeros((len(leaves), columns))
    for t, tree in enumerate(trees):
        values = leaf_values(tree["tree_structure"])
        assert sorted(values) == list(range(tree["num_leaves"]))
        raw[:, t % columns] += [values[leaf] for leaf in leaves[:, t].tolist()]
    np.testing.assert_array_equal(model.predict(case.X, raw_score=True).reshape(raw.shape), raw)


@EVERY_CASE
def test_each_tree_by_itself(case):
    e, backend = read(case.model), find_backend(case.model)
    rows = np.random.default_rng(0).normal(size=(20, e.n_features))
    parts = [backend.tree_output(case.model, t, rows) for t in range(e.n_trees)]
    whole = case.model.predict if case.id.startswith("Booster") else booster_of(case.model).predict
    raw = whole(rows, raw_score=True).reshape(len(rows), -1)
    np.testing.assert_allclose(sum(parts), raw, rtol=1e-12, atol=1e-12)
    assert all((part[:, np.arange(e.n_columns) != e.output[t]] == 0).all() for t, part in enumerate(parts))
    assert backend.raw_output(case.model, rows[:0]).shape == (0, e.n_columns)


def test_pickled_into_a_process_that_knows_lightgbm_alone(tmp_path):
    case = CASES[4]
    model, _ = pruned(case.model)
    (tmp_path / "model.pickle").write_bytes(pickle.dumps((model, case.X)))
    code = (
        "import pickle, sys; model, X = pickle.load(open(sys.argv[1], 'rb'));"
        "assert 'treeprune' not in sys.modules; print(model.predict(X, raw_score=True).tobytes().hex())"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "model.pickle")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == model.predict(case.X, raw_score=True).tobytes().hex()


def test_training_goes_on():
    """From a pruned model as from any other: each round more comes nearer to the training outcomes."""
    X, model = trained()
    _, y = random_table(0, kind="regression")
    small = write(model, collapse(read(model), random_mask(0, read(model).n_nodes)), X)
    more = lgb.train(SMALL_BOOSTER | {"num_iterations": 3}, lgb.Dataset(X, y), init_model=small)
    assert more.num_trees() == 8
    assert lightgbm_state(more)[:5] == lightgbm_state(small)
    assert ((more.predict(X) - y) ** 2).mean() < ((small.predict(X) - y) ** 2).mean()
    assert lightgbm_state(write(more, read(more), X)) == lightgbm_state(more)
    wrapper = pruned(lgb.LGBMRegressor(**PLAIN).fit(X, y))[0]
    longer = clone(wrapper).fit(X, y, init_model=wrapper)
    assert longer.n_estimators_ == 10


def test_refit_keeps_the_pruned_shape():
    X, model = trained()
    _, y = random_table(0, kind="regression")
    small = write(model, collapse(read(model), random_mask(0, read(model).n_nodes)), X)
    moved = small.refit(X, y + 3, decay_rate=0.1)
    np.testing.assert_array_equal(moved.predict(X, pred_leaf=True), small.predict(X, pred_leaf=True))
    assert abs(moved.predict(X).mean() - (y + 3).mean()) < abs(small.predict(X).mean() - (y + 3).mean()) / 2


def test_rounds_can_be_chosen_and_shuffled():
    X, model = trained()
    e = read(model)
    small = write(model, keep_trees(e, np.array([0, 2, 3])), X)
    for k in (1, 2, 3):
        expected = raw_output(keep_trees(e, np.array([0, 2, 3][:k])), X)[:, 0]
        np.testing.assert_array_equal(small.predict(X, num_iteration=k), expected)
    before = small.predict(X)
    small.shuffle_models()
    np.testing.assert_allclose(small.predict(X), before, rtol=1e-12)


@pytest.mark.parametrize("kept", [[0, 5], [4], [1, 2, 3, 8, 11]])
def test_a_dropped_tree_of_a_kept_round_is_a_leaf_that_adds_nothing(kept):
    X, bands = random_table(0, kind="multiclass")
    model = lgb.train(SMALL_BOOSTER | {"objective": "multiclass", "num_class": 3}, lgb.Dataset(X, bands))
    small = write(model, keep_trees(read(model), np.array(kept)), X)
    assert small.num_trees() == 3 * len({tree // 3 for tree in kept})
    stubs = [state for state in lightgbm_state(small) if "num_leaves=1\n" in state]
    assert len(stubs) == small.num_trees() - len(kept)
    for stub in stubs if VERSION >= (4, 6) else ():  # older ones forget the rows of a tree of one leaf
        assert re.search(f"^leaf_count={len(X)}$", stub, re.MULTILINE)
    phi = small.predict(X, pred_contrib=True).reshape(len(X), 3, -1)
    np.testing.assert_allclose(phi.sum(axis=2), small.predict(X, raw_score=True), atol=1e-12)
    assert small.trees_to_dataframe()["tree_index"].nunique() == small.num_trees()


def test_a_forest_of_several_classes_closes_up():
    """A leaf of zero would count in the mean, so each class must keep as many trees."""
    X, bands = random_table(0, kind="multiclass")
    params = {"objective": "multiclass", "num_class": 3, "boosting": "rf", "bagging_fraction": 0.6}
    model = lgb.train(SMALL_BOOSTER | params | {"bagging_freq": 1}, lgb.Dataset(X, bands))
    e = read(model)
    small = keep_trees(e, np.array([0, 2, 4, 5, 10, 12]))
    written = write(model, small, X)
    assert rounds(written) == 2
    np.testing.assert_array_equal(written.predict(X, raw_score=True) / 2, raw_output(small, X))
    with pytest.raises(UnsupportedModelError, match="as many trees"):
        write(model, keep_trees(e, np.array([0, 1, 2, 3])))


def test_training_rows_are_known_by_their_number():
    X, model = trained()
    in_bag = find_backend(model).in_bag
    np.testing.assert_array_equal(in_bag(model, 2, len(X)), np.ones(len(X)))
    assert in_bag(model, 2, len(X) + 1) is None
    _, bagged = trained(bagging_fraction=0.5, bagging_freq=1)
    assert in_bag(bagged, 0, len(X)) is None


def test_linear_trees_are_refused_by_name():
    _, model = trained(linear_tree=True)
    with pytest.raises(UnsupportedModelError, match=r"linear_tree.*linear_tree=False"):
        read(model)


def test_other_refusals():
    X, model = trained()
    e = read(model)
    with pytest.raises(ValueError, match="order"):
        write(model, keep_trees(e, np.array([1, 0])))
    with pytest.raises(UnsupportedModelError, match="factors"):
        write(model, replace(e, weight=np.full(5, 2.0)))
    with pytest.raises(UnsupportedModelError, match="base score"):
        write(model, replace(e, base_score=np.ones(1)))
    _, y = random_table(0)
    hasty = lgb.LGBMClassifier(**PLAIN, pred_early_stop=True).fit(X, y)
    with pytest.raises(UnsupportedModelError, match="pred_early_stop"):
        read(hasty)
    empty = lgb.Booster(SMALL_BOOSTER, lgb.Dataset(X, y))
    with pytest.raises(InvalidModelError, match=r"no trees.*train it"):
        read(empty)


def test_categories_are_renumbered():
    X, y = random_table(0, kind="regression")
    X = with_codes(X, 40)
    params = {"min_data_per_group": 1, "cat_smooth": 0.1, "max_cat_to_onehot": 1, "num_leaves": 15}
    data = lgb.Dataset(X, y + 2 * (X[:, 2] % 3), categorical_feature=[2])
    model = lgb.train(SMALL_BOOSTER | params, data)
    e = read(model)
    on_categories = np.flatnonzero(e.category_set >= 0)
    assert len(on_categories) > 4
    for node in on_categories:
        small = collapse(e, np.arange(e.n_nodes) == node)
        written = write(model, small, X)
        left = sum(int(n) for n in re.findall(r"^num_cat=(\d+)$", text_of(written), re.MULTILINE))
        assert left == (small.category_set >= 0).sum() < len(on_categories)
        assert lightgbm_state(lgb.Booster(model_str=text_of(written))) == lightgbm_state(written)
