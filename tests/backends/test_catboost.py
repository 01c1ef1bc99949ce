"""What only CatBoost has: two forms of trees, rules for NaN, hashes of categories, hurried digits."""

import copy
import pickle
import warnings
from importlib import import_module

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.exceptions import NotFittedError

from tests.backends.families.catboost import (
    PARAMS,
    native_document,
    native_trees,
    raw_columns,
    shap_values,
)
from tests.strategies import random_mask, random_table, random_weights
from treeprune.backends import encode, read, write
from treeprune.backends.catboost_loss import answer_fields
from treeprune.backends.catboost_trees import tree_arrays
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.model.edit import collapse, keep_trees
from treeprune.model.links import answers
from treeprune.model.structure import depths
from treeprune.model.traverse import leaf_index, raw_output

catboost = pytest.importorskip("catboost")


def regressor(seed=0, n=120, missing=False, weighted=False, **params):
    X, y = random_table(seed, n, "regression", missing)
    made = PARAMS | {"iterations": 4, "depth": 3} | params
    weight = random_weights(seed, n) * np.pi if weighted else None
    return catboost.CatBoostRegressor(**made).fit(X, y, sample_weight=weight), X


def classifier(kind="binary", y=None, seed=0, **params):
    X, own = random_table(seed, 120, kind)
    made = PARAMS | {"iterations": 4, "depth": 3} | params
    return catboost.CatBoostClassifier(**made).fit(X, own if y is None else y(own)), X


def pruned(model, seed=0, share=0.3):
    e = read(model)
    return write(model, collapse(e, random_mask(seed, e.n_nodes, share)))


@pytest.mark.parametrize("policy", ["SymmetricTree", "Depthwise"])
@pytest.mark.parametrize(
    ("mode", "trained_on_missing"),
    [("Min", True), ("Min", False), ("Max", True), ("Max", False), ("Forbidden", False)],
)
def test_rows_go_where_catboost_sends_them(mode, trained_on_missing, policy):
    """On and around each border in single and double precision, missing and infinite."""
    model, X = regressor(missing=trained_on_missing, nan_mode=mode, grow_policy=policy, iterations=5)
    e = read(model)
    assert e.infinite
    rows = []
    for node in np.flatnonzero(~e.is_leaf):
        border = np.float32(e.threshold[node])
        with np.errstate(over="ignore"):  # missing values may have the largest number as their border
            near = [np.nextafter(border, np.float32(side)) for side in (-np.inf, np.inf)]
        for x in (border, *near, np.nextafter(np.float64(border), np.inf), np.nan, np.inf, -np.inf):
            row = X[node % len(X)].copy()
            row[e.feature[node]] = x
            rows.append(row)
    rows = np.array(rows)
    with np.errstate(over="ignore"):
        leaves = leaf_index(e, rows.astype(np.float32))
    first = np.concatenate([[0], np.cumsum(model.get_tree_leaf_counts())[:-1]]).astype(int)
    native = model.get_leaf_values()[first + model.calc_leaf_indexes(rows).astype(int)]
    np.testing.assert_array_equal(e.value[leaves, 0].T, native)


def test_symmetric_trees_stay_so_while_whole_levels_go():
    model, X = regressor()
    e = read(model)
    last_level = depths(e.left, e.right) == 2
    smaller = collapse(e, last_level)
    written = write(model, smaller)
    native = native_document(written)
    assert "trees" not in native
    for new, old in zip(native["oblivious_trees"], native_trees(model), strict=True):
        assert new["splits"] == old["splits"][:2]
        weights = np.reshape(old["leaf_weights"], (2, 4))
        np.testing.assert_array_equal(new["leaf_weights"], weights.sum(axis=0))
        weights = np.where(weights.sum(axis=0) > 0, weights, 1)  # where no row comes, both count alike
        means = np.average(np.reshape(old["leaf_values"], (2, 4)), axis=0, weights=weights)
        np.testing.assert_allclose(new["leaf_values"], means, rtol=1e-14)
    np.testing.assert_allclose(raw_columns(written, X), raw_output(smaller, X.astype(np.float32)))


def test_other_trees_are_written_nested():
    model, X = regressor(weighted=True)
    e = read(model)
    chosen = np.zeros(e.n_nodes, bool)
    chosen[e.left[0]] = True
    smaller = collapse(e, chosen)
    written = write(model, smaller)
    assert "oblivious_trees" not in native_document(written)
    assert list(model.get_tree_leaf_counts() - written.get_tree_leaf_counts()) == [3, 0, 0, 0]
    np.testing.assert_allclose(raw_columns(written, X), raw_output(smaller, X.astype(np.float32)))
    phi, base = shap_values(written, X)
    np.testing.assert_allclose(phi.sum(axis=1) + base, raw_columns(written, X), rtol=1e-12)
    other_trees = write(written, keep_trees(read(written), np.array([1, 2, 3])))
    as_grown = keep_trees(e, np.array([1, 2, 3]))
    np.testing.assert_allclose(raw_columns(other_trees, X), raw_output(as_grown, X.astype(np.float32)))


@pytest.mark.parametrize("policy", ["SymmetricTree", "Lossguide"])
def test_a_model_of_leaves_alone_has_importances(policy):
    model, X = regressor(grow_policy=policy)
    e = read(model)
    written = write(model, collapse(e, np.ones(e.n_nodes, bool)))
    np.testing.assert_array_equal(written.feature_importances_, np.zeros(5))
    assert np.ptp(written.predict(X)) == 0
    assert read(written).n_nodes == e.n_trees


@pytest.mark.parametrize("policy", ["SymmetricTree", "Depthwise", "Lossguide"])
@pytest.mark.parametrize("columns", [1, 3])
def test_all_digits_survive(policy, columns):
    """CatBoost reads about one in ten of its own numbers back with another last bit."""
    X, _ = random_table(1, 400)
    rng = np.random.default_rng(0)
    loss = {} if columns == 1 else {"loss_function": "MultiRMSE"}
    made = PARAMS | {"iterations": 25, "depth": 4, "grow_policy": policy} | loss
    if columns == 3 and policy != "SymmetricTree":
        made |= {"loss_function": "MultiClass"}
        y = rng.integers(0, 3, 400)
    else:
        y = rng.normal(size=(400, columns)).squeeze()
    model = catboost.CatBoost(made).fit(X, y, sample_weight=rng.uniform(size=400))
    written = write(model, read(model))
    assert native_trees(written) == native_trees(model)
    assert dict(written.get_metadata().items()) == dict(model.get_metadata().items())
    np.testing.assert_array_equal(written.get_scale_and_bias()[1], model.get_scale_and_bias()[1])


@pytest.mark.parametrize("policy", ["SymmetricTree", "Depthwise", "Lossguide"])
def test_shap_values_of_several_classes_add_up(policy):
    model, X = classifier("multiclass", grow_policy=policy)
    for seed in range(3):
        small = pruned(model, seed)
        phi, base = shap_values(small, X)
        np.testing.assert_allclose(phi.sum(axis=1) + base, raw_columns(small, X), atol=1e-12)


def test_importances_are_those_of_the_smaller_model(tmp_path):
    model, _ = regressor()
    small = pruned(model, share=0.6)
    small.save_model(tmp_path / "small.cbm")
    loaded = catboost.CatBoostRegressor().load_model(tmp_path / "small.cbm")
    np.testing.assert_array_equal(small.feature_importances_, loaded.get_feature_importance())
    assert not np.array_equal(small.feature_importances_, model.feature_importances_)


@pytest.mark.parametrize("form", ["cbm", "json"])
def test_saved_models_answer_alike(form, tmp_path):
    model, X = classifier("strings")
    small = pruned(model)
    small.save_model(tmp_path / "small", format=form)
    loaded = catboost.CatBoostClassifier().load_model(tmp_path / "small", format=form)
    # the JSON form is read back in a hurry
    np.testing.assert_allclose(loaded.predict_proba(X), small.predict_proba(X), rtol=1e-13)
    np.testing.assert_array_equal(loaded.predict(X), small.predict(X))


def test_the_estimator_stays_what_it_was():
    model, X = classifier("strings", learning_rate=0.3, class_weights=[1, 2, 1])
    small = pruned(model)
    assert small.get_params() == model.get_params()
    assert small.get_all_params() == model.get_all_params()
    assert small.learning_rate_ == model.learning_rate_
    assert small.evals_result_ == copy.deepcopy(model).evals_result_  # a copy has other last bits
    assert (small.n_features_in_, small.tree_count_) == (5, 4)
    np.testing.assert_array_equal(small.classes_, ["alive", "dead", "lost"])
    shorter = write(model, keep_trees(read(model), np.array([1, 3])))
    assert shorter.tree_count_ == 2
    assert set(small.predict(X).ravel()) <= {"alive", "dead", "lost"}


def test_training_goes_on_from_a_pruned_model():
    model, X = regressor()
    _, y = random_table(0, 120, "regression")
    shorter = write(model, keep_trees(read(model), np.array([1, 3])))
    longer = copy.deepcopy(model).fit(X, y, init_model=shorter)
    assert longer.tree_count_ == 6
    np.testing.assert_array_equal(longer.get_leaf_values()[:16], shorter.get_leaf_values())


LABELS = [
    lambda y: y == 1,
    lambda y: np.where(y == 1, 2.5, -1.5),
    lambda y: np.where(y == 1, 7, -3),
    lambda y: np.where(y == 1, "b", "a"),
]


@pytest.mark.parametrize("labels", LABELS)
def test_probabilities_of_any_labels(labels):
    model, X = classifier(y=labels)
    e = read(model)
    np.testing.assert_array_equal(e.classes[0], np.unique(labels(random_table(0)[1])))
    np.testing.assert_allclose(
        answers(e, raw_output(e, X.astype(np.float32))), model.predict_proba(X), rtol=1e-12
    )


@pytest.mark.parametrize("loss", ["MultiClass", "MultiClassOneVsAll"])
def test_probabilities_of_several_classes(loss):
    model, X = classifier("multiclass", loss_function=loss)
    e = read(model)
    np.testing.assert_allclose(
        answers(e, raw_output(e, X.astype(np.float32))), model.predict_proba(X), rtol=1e-12
    )


@pytest.mark.parametrize(
    "loss", ["RMSE", "Quantile:alpha=0.3", "Poisson", "Tweedie:variance_power=1.5", "LogLinQuantile"]
)
def test_numbers_are_what_predict_answers(loss):
    X, y = random_table(0, 120, "regression")
    model = catboost.CatBoostRegressor(iterations=4, loss_function=loss, **PARAMS).fit(X, np.abs(y))
    e = read(model)
    raw = raw_output(e, X.astype(np.float32))
    np.testing.assert_allclose(answers(e, raw)[:, 0], model.predict(X), rtol=1e-12)


def test_a_scale_is_a_weight():
    model, X = regressor()
    model.set_scale_and_bias(-1.7, 0.3)
    e = read(model)
    np.testing.assert_array_equal(e.weight, np.full(4, -1.7))
    small = collapse(e, random_mask(0, e.n_nodes))
    np.testing.assert_allclose(raw_columns(write(model, small), X), raw_output(small, X.astype(np.float32)))


def test_monotone_constraints_are_read():
    model, _ = regressor(monotone_constraints=[1, 0, 0, 0, -1])
    np.testing.assert_array_equal(read(model).monotone, [1, 0, 0, 0, -1])
    assert read(regressor()[0]).monotone is None


def test_frames_are_taken_by_name():
    X, y = random_table(0, 120, "regression")
    names = ["age", "b c", "ü", "dose", "x=1"]
    frame = pd.DataFrame(X, columns=names)
    model = catboost.CatBoostRegressor(iterations=4, **PARAMS).fit(frame, y)
    assert read(model).feature_names == tuple(names)
    small = pruned(model)
    assert small.feature_names_ == names
    for table in (frame[names[::-1]], frame.assign(more=1.0), pl.DataFrame(X[:, ::-1], names[::-1])):
        np.testing.assert_array_equal(np.asarray(encode(model, table)), X)
        if isinstance(table, pd.DataFrame):  # CatBoost goes by name, too
            np.testing.assert_array_equal(small.predict(table), small.predict(X))
    assert encode(model, X) is X
    with pytest.raises(ValueError, match=r"no columns .*age"):
        encode(model, frame.rename(columns={"age": "years"}))


def test_frames_of_a_model_without_names_are_taken_by_position():
    model, X = regressor()
    assert read(model).feature_names is None
    frame = pd.DataFrame(X, columns=list("abcde"))
    np.testing.assert_array_equal(encode(model, frame), X)
    np.testing.assert_array_equal(model.predict(frame), model.predict(X))
    with pytest.raises(ValueError, match="was trained on"):
        encode(model, pd.DataFrame(X)[[4, 3, 2, 1, 0]])


def test_categories_are_refused():
    X, y = random_table(0, 120, "regression")
    table = X.astype(object)
    for n_categories, one_hot in ((2, 10), (30, 2)):  # one split a category, and statistics
        table[:, 3] = np.random.default_rng(0).integers(0, n_categories, 120).astype(str)
        model = catboost.CatBoostRegressor(
            iterations=4, cat_features=[3], one_hot_max_size=one_hot, **PARAMS
        ).fit(table, y)
        with pytest.raises(UnsupportedModelError, match=r"CatBoostRegressor .*encode .* before training"):
            read(model)


def test_embeddings_are_refused():
    X, y = random_table(0, 120, "regression")
    table = pd.DataFrame({"vector": [row[:2].tolist() for row in X], "number": X[:, 0]})
    model = catboost.CatBoostRegressor(iterations=2, embedding_features=[0], **PARAMS).fit(table, y)
    with pytest.raises(UnsupportedModelError, match=r"embedding features .*encode .* before training"):
        read(model)


@pytest.mark.parametrize("loss", ["MultiLogloss", "RMSEWithUncertainty"])
def test_losses_with_other_answers_are_refused(loss):
    X, y = random_table(0, 120, "regression")
    target = np.column_stack([y > 0, y < 1]).astype(int) if loss == "MultiLogloss" else y
    model = catboost.CatBoost({"iterations": 2, "loss_function": loss, **PARAMS}).fit(X, target)
    with pytest.raises(UnsupportedModelError, match=rf"CatBoost with the loss '{loss}' .*train"):
        read(model)


def test_a_loss_of_ones_own_is_refused():
    class Halved:
        def calc_ders_range(self, approxes, targets, weights):
            return [((targets[i] - approxes[i]) / 2, -0.5) for i in range(len(targets))]

    X, y = random_table(0, 60, "regression")
    made = PARAMS | {"iterations": 2, "loss_function": Halved(), "eval_metric": "RMSE"}
    with warnings.catch_warnings():  # CatBoost's about the compiler that it tries
        warnings.simplefilter("ignore")
        model = catboost.CatBoostRegressor(**made).fit(X, y)
    with pytest.raises(UnsupportedModelError, match="answers that treeprune does not know"):
        read(model)


def test_damaged_documents_are_refused():
    def change(path, value):
        native = native_document(regressor()[0])
        *way, last = path
        place = native
        for step in way:
            place = place[step]
        place[last] = value
        return native

    one_hot = {"split_type": "OneHotFeature", "cat_feature_index": 0, "value": 3}
    first = ("oblivious_trees", 0)
    for path, value, error, message in (
        ((*first, "splits", 0), one_hot, UnsupportedModelError, "OneHotFeature"),
        ((*first, "splits", 0, "news"), 1, UnsupportedModelError, "a split .*news"),
        ((*first, "news"), 1, UnsupportedModelError, "a tree .*news"),
        ((*first, "leaf_values"), [0.0] * 7, InvalidModelError, "7 leaf values"),
        ((*first, "leaf_weights"), [], UnsupportedModelError, "do not say how many rows"),
    ):
        with pytest.raises(error, match=message):
            tree_arrays(change(path, value), 1)


def test_a_classifier_without_its_labels_is_refused():
    model, _ = classifier()
    native = native_document(model)
    with pytest.raises(UnsupportedModelError, match="2 class labels for 3 output columns"):
        answer_fields(model, native, 3)


def test_plain_models_without_trees_are_not_fitted():
    with pytest.raises(NotFittedError):
        read(catboost.CatBoost(PARAMS))


def test_a_subclass_keeps_its_own_attributes():
    class Noted(catboost.CatBoostRegressor):
        pass

    X, y = random_table(0, 120, "regression")
    model = Noted(iterations=3, **PARAMS).fit(X, y)
    model.note = {"trial": 3}
    small = pruned(model)
    assert type(small) is Noted
    assert small.note == {"trial": 3}
    assert small.note is not model.note


def test_the_package_is_looked_up_late():
    assert not hasattr(import_module("treeprune.backends.catboost"), "catboost")
    assert pickle.loads(pickle.dumps(regressor()[0])).tree_count_ == 4
