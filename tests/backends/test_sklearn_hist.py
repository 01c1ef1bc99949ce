"""Histogram gradient boosting: columns in another order, categories, rounds, and refused models."""

import copy
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn._loss.loss import HalfTweedieLoss
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.inspection import partial_dependence

from tests.backends.families import case_rows, pruned
from tests.backends.families.sklearn_hist import (
    CASES,
    CATEGORICAL,
    NAMES,
    SMALL,
    as_pandas,
    categorical_columns,
    categorical_model,
    classifier,
    decoded,
    hist_state,
    regressor,
)
from tests.strategies import random_table
from treeprune.backends import encode, read, registry, write
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.edit import collapse, keep_trees, with_values
from treeprune.model.links import answers
from treeprune.model.traverse import raw_output

EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def keep(model, trees):
    return write(model, keep_trees(read(model), np.array(trees)))


@EVERY_CASE
def test_answers_are_those_of_the_model(case):
    e = read(case.model)
    rows = case_rows(case, e)
    ask = getattr(case.model, "predict_proba", case.model.predict)
    np.testing.assert_allclose(
        answers(e, raw_output(e, rows)),
        ask(decoded(case, rows)).reshape(len(rows), -1),
        rtol=1e-12,
        atol=1e-15,
    )


def test_a_loss_of_its_own():
    X, y = random_table(0, 150, "regression")
    model = HistGradientBoostingRegressor(loss=HalfTweedieLoss(power=1.5), **SMALL).fit(X, np.exp(y))
    e = read(model)
    assert e.link == "log"
    np.testing.assert_allclose(answers(e, raw_output(e, X))[:, 0], model.predict(X), rtol=1e-12)


def test_columns_are_encoded_in_the_users_order():
    """By the sorted categories of the table itself; the model puts these columns first."""
    columns, y = categorical_columns(3, 200, 9)
    frame = as_pandas(columns)
    model = HistGradientBoostingRegressor(max_iter=3, **SMALL).fit(frame, y)
    assert list(model._is_categorical_remapped) == [True] * 2 + [False] * 5
    table = encode(model, frame)
    for k, name in enumerate(NAMES):
        known = frame[name].notna().to_numpy()
        assert np.isnan(table[~known, k]).all()
        column = frame[name].to_numpy()[known]
        if name in CATEGORICAL:
            column = np.searchsorted(np.unique(column.astype(type(column[0]))), column)
        np.testing.assert_array_equal(table[known, k], column.astype(float))
    e = read(model)
    assert e.feature_names == tuple(NAMES)
    asked = set(e.feature[e.category_set >= 0])
    assert asked
    assert asked <= set(CATEGORICAL.values())
    np.testing.assert_array_equal(e.category_count[e.category_set[e.feature == 4]], 6)
    np.testing.assert_array_equal(e.category_count[e.category_set[e.feature == 1]], 9)


def test_unknown_categories_go_the_way_of_missing_ones():
    columns, _ = categorical_columns(0, 200, 9)
    model = categorical_model()
    strange, missing = (as_pandas(columns | {"city": np.full(200, x, object)}) for x in ("Rome", np.nan))
    assert np.isnan(encode(model, strange)[:, 4]).all()
    small, e = pruned(model, 1)
    np.testing.assert_array_equal(small.predict(strange), small.predict(missing))
    np.testing.assert_array_equal(raw_output(e, encode(model, strange))[:, 0], small.predict(missing))


@EVERY_CASE
def test_first_rounds_are_the_stages_of_the_model(case):
    model = case.model
    n_rounds, n_columns = model.n_iter_, model.n_trees_per_iteration_
    stages = list(getattr(model, "staged_decision_function", model.staged_predict)(case.X))
    for kept in {1, n_rounds // 2, n_rounds} - {0}:
        few = keep(model, range(kept * n_columns))
        own = list(getattr(few, "staged_decision_function", few.staged_predict)(case.X))
        np.testing.assert_array_equal(own, stages[:kept])
        assert few.n_iter_ == kept
        assert few.max_iter == (model.max_iter if kept == n_rounds else kept)
        for name in ("train_score_", "validation_score_"):  # still true to the last digit
            scores = getattr(model, name)
            np.testing.assert_array_equal(getattr(few, name), scores[: kept + 1])
            assert len(getattr(few, name)) in (0, kept + 1)


def test_scores_that_are_no_longer_true_are_unknown():
    model = regressor(early_stopping=True, n_iter_no_change=99)
    e = read(model)
    for small, n_true in (
        (keep(model, [0, 1, 3, 4]), 2),
        (keep(model, [1, 2]), 0),
        (write(model, collapse(e, np.arange(e.n_nodes) == e.root[4])), 4),
        (write(model, with_values(e, 2 * e.value)), 0),
        (write(model, e), 6),
    ):
        for name in ("train_score_", "validation_score_"):
            scores = getattr(small, name)
            assert len(scores) == small.n_iter_ + 1
            np.testing.assert_array_equal(scores[: n_true + 1], getattr(model, name)[: n_true + 1])
            assert np.isneginf(scores[n_true + 1 :]).all()


def test_scores_that_began_late_are_dropped():
    X, y = random_table(0, 150, "regression", True)
    model = regressor(warm_start=True, max_iter=3)
    model.set_params(early_stopping=True, max_iter=5).fit(X, y)
    assert 0 < len(model.train_score_) < model.n_iter_ + 1
    np.testing.assert_array_equal(write(model, read(model)).train_score_, model.train_score_)
    assert len(keep(model, [0, 1, 4]).train_score_) == 0


def test_a_model_scored_by_name_does_not_answer_for_the_old_one():
    """Such a model holds a method of its own as an attribute; the copy must hold one of the copy."""
    model = classifier("binary", early_stopping=True, scoring="accuracy")
    assert vars(model)["_raw_predict"].__self__ is model
    e = read(model)
    stumps = write(model, collapse(e, np.ones(e.n_nodes, bool)))
    assert vars(stumps)["_raw_predict"].__self__ is stumps
    X = random_table(0)[0]
    np.testing.assert_array_equal(
        stumps.decision_function(X), np.full(len(X), stumps.decision_function(X)[0])
    )
    assert len(np.unique(model.decision_function(X))) > 1


def test_a_missing_tree_of_a_round_is_a_leaf_of_value_zero():
    model = classifier()
    small = keep(model, [1, 3, 4, 5, 9])
    assert [[tree.get_n_leaf_nodes() for tree in members] for members in small._predictors] == [
        [1, 7, 1],
        [7, 7, 7],
        [7, 1, 1],
    ]
    X = random_table(0)[0]
    known, place = model._bin_mapper.make_known_categories_bitsets()
    expected = np.tile(model._baseline_prediction, (len(X), 1))
    for number, column in ((0, 1), (1, 0), (1, 1), (1, 2), (3, 0)):
        expected[:, column] += model._predictors[number][column].predict(X, known, place, 1)
    np.testing.assert_array_equal(small.decision_function(X), expected)
    assert small.max_iter == small.n_iter_ == 3


def test_nothing_but_order_is_refused():
    with pytest.raises(ValueError, match="order"):
        keep(regressor(), [3, 1])
    assert keep(regressor(), [5]).n_iter_ == 1


def test_warm_start_grows_on_as_the_model_would():
    """Unpruned, the copy grows the very trees that the model would: the random state goes along."""
    X, y = random_table(0, 150, "regression", True)
    model = regressor(warm_start=True, max_features=0.5, early_stopping=True, n_iter_no_change=99)
    same = write(model, read(model)).set_params(max_iter=9).fit(X, y)
    longer = copy.deepcopy(model).set_params(max_iter=9).fit(X, y)
    assert hist_state(same) == hist_state(longer)
    np.testing.assert_array_equal(same.validation_score_, longer.validation_score_)


def test_warm_start_after_a_drop_learns_from_what_is_left():
    X, y = random_table(0, 150, "regression", True)
    model = regressor(
        warm_start=True, early_stopping=True, scoring="loss", validation_fraction=None, n_iter_no_change=2
    )
    small = keep_trees(read(model), np.array([0, 3, 4]))
    few = write(model, collapse(small, np.arange(small.n_nodes) == 1))
    left, before = y - few.predict(X), hist_state(few)
    few.set_params(max_iter=8).fit(X, y)
    assert hist_state(few)[:3] == before
    assert few.n_iter_ > 4  # unknown scores do not end it
    # a model that answers 0, so that its next tree learns nothing but what is left
    own = clone(few).set_params(max_iter=1, early_stopping=False).fit(X, left)
    own._baseline_prediction[...] = 0
    own._predictors[0][0].nodes["value"] = 0
    own.set_params(max_iter=2).fit(X, left)
    stages = list(few.staged_predict(X))
    np.testing.assert_allclose(stages[3] - stages[2], own.predict(X), rtol=1e-5, atol=1e-6)
    assert own.predict(X).any()
    for stage, score in zip(stages[3:], few.train_score_[4:], strict=True):
        assert score == pytest.approx(-np.mean((y - stage) ** 2) / 2, rel=1e-9)


@pytest.mark.parametrize("kind", ["regression", "classification"])
def test_a_collapsed_tree_answers_the_mean_of_its_leaves(kind):
    model = regressor() if kind == "regression" else classifier("binary")
    X, _ = random_table(0, 150, "regression" if kind == "regression" else "binary", True)
    e = read(model)
    stumps = write(model, collapse(e, np.ones(e.n_nodes, bool)))
    assert model._raw_predict(X).mean() == pytest.approx(stumps._raw_predict(X).mean(), rel=1e-9)


def test_partial_dependence_by_recursion_is_that_of_the_leaves():
    """Which walks the counts of the nodes; of a model without splits it is flat."""
    X, _ = random_table(0, 150, "regression", False)
    model = regressor()
    shares = [pruned(model, share=share)[0] for share in (0.3, 1.0)]
    flat = partial_dependence(shares[1], X, [0], method="recursion")["average"]
    assert np.ptp(flat) == 0
    part = partial_dependence(shares[0], X, [0], method="recursion")["average"]
    assert np.isfinite(part).all()


def test_constraints_are_read():
    X, y = random_table(0, 150, "regression")
    frame = pd.DataFrame(X, columns=list("abcde"))
    for given, table in (([1, 0, -1, 0, 0], X), ({"a": 1, "c": -1}, frame)):
        model = HistGradientBoostingRegressor(monotonic_cst=given, max_iter=3, **SMALL).fit(table, y)
        np.testing.assert_array_equal(read(model).monotone, [1, 0, -1, 0, 0])
        grid = np.tile(X[0], (50, 1))
        grid[:, 0] = np.linspace(-4, 4, 50)
        small = pruned(model)[0]
        asked = grid if table is X else pd.DataFrame(grid, columns=frame.columns)
        assert (np.diff(small.predict(asked)) >= 0).all()
    assert read(regressor()).monotone is None


@pytest.mark.parametrize(("label", "shown"), [(7, "7"), ("ill", "'ill'")])
def test_one_class_is_refused(label, shown):
    X, _ = random_table(0, 150)
    model = HistGradientBoostingClassifier(max_iter=2).fit(X, np.full(len(X), label))
    with pytest.raises(UnsupportedModelError, match=rf"has seen the class {shown} alone"):
        read(model)


def test_in_bag():
    asked = registry.find_backend(regressor()).in_bag
    np.testing.assert_array_equal(asked(regressor(), 0, 150), np.ones(150))
    assert asked(regressor(), 0, 149) is None
    assert asked(regressor(early_stopping=True), 0, 150) is None


def test_arrays_without_names_are_warned_of_by_scikit_learn_alone():
    """Pruning itself brings no warning for a model that knows names."""
    frame = pd.DataFrame(random_table(0, 150)[0], columns=list("abcde"))
    model = HistGradientBoostingClassifier(max_iter=2, **SMALL).fit(frame, random_table(0, 150)[1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small, e = pruned(model)
        np.testing.assert_array_equal(encode(small, frame), frame)
    assert e.feature_names == tuple("abcde")
