"""What a pruned LightGBM wrapper keeps around its booster, and how it counts its rounds."""

import warnings

import lightgbm as lgb
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from tests.backends.families import FAMILIES, pruned
from tests.backends.families.lightgbm import PLAIN, SMALL_BOOSTER, booster_of
from tests.strategies import random_table
from treeprune.backends import read, write
from treeprune.model.edit import keep_trees

CASES = FAMILIES["lightgbm:LGBMClassifier"].cases


def text_of(model):
    return booster_of(model).model_to_string(num_iteration=-1)


def test_the_wrapper_survives():
    X, words = random_table(0, kind="strings")
    model = lgb.LGBMClassifier(**PLAIN, importance_type="gain", subsample=0.9, my_own="kept")
    model.fit(X, words)
    small, _ = pruned(model)
    assert small.get_params() == model.get_params()
    assert vars(small).keys() == vars(model).keys()
    np.testing.assert_array_equal(small.classes_, model.classes_)
    assert set(small.predict(X)) <= set(words)
    assert small.n_features_in_ == 5
    assert small.importance_type == "gain"
    assert small.booster_ is not model.booster_
    assert small.booster_.params == model.booster_.params
    parameters = text_of(model).partition("\nparameters:\n")[2]
    assert parameters
    assert text_of(small).partition("\nparameters:\n")[2] == parameters


@pytest.mark.parametrize("how", ["n_estimators", "num_iterations", "set_params", "search"])
def test_the_number_of_rounds_follows_the_trees(how):
    """Under whatever name it was given: a clone grows as many rounds as are left."""
    X, y = random_table(0)
    params = {name: value for name, value in PLAIN.items() if name != "n_estimators"}
    model = lgb.LGBMClassifier(**params, n_estimators=5)
    if how == "num_iterations":
        model = lgb.LGBMClassifier(**params).set_params(num_iterations=5)
    elif how == "set_params":
        model = lgb.LGBMClassifier(**params).set_params(n_estimators=5)
    elif how == "search":
        model = GridSearchCV(model, {"n_estimators": [5]}, cv=2).fit(X, y).best_estimator_
    with warnings.catch_warnings(action="ignore"):  # some releases say which of two names they take
        model.fit(X, y)
    small = write(model, keep_trees(read(model), np.arange(3)), X)
    assert small.n_estimators == small.get_params()["n_estimators"] == small.n_estimators_ == 3
    assert model.n_estimators_ == 5
    with warnings.catch_warnings(action="ignore"):
        assert clone(small).fit(X, y).n_estimators_ == 3


def test_early_stopping_is_cut_to_what_predict_uses():
    X, y = random_table(0, kind="regression")
    X2, y2 = random_table(5, kind="regression")
    data = lgb.Dataset(X, y)
    model = lgb.train(
        SMALL_BOOSTER | {"learning_rate": 0.4, "early_stopping_round": 3, "num_iterations": 40},
        data,
        valid_sets=[data.create_valid(X2, y2)],
        keep_training_booster=True,
    )
    best = model.best_iteration
    assert 1 < best < model.num_trees()
    before = text_of(model)
    e = read(model)
    assert e.n_trees == best
    written = write(model, e, X)
    np.testing.assert_array_equal(written.predict(X), model.predict(X))
    np.testing.assert_array_equal(written.predict(X, num_iteration=-1), model.predict(X))
    assert written.best_iteration == written.num_trees() == best
    assert written.best_score == model.best_score
    dropped = write(model, keep_trees(e, np.arange(best - 1)), X)
    assert dropped.best_iteration == dropped.num_trees() == best - 1
    assert text_of(model) == before
    model.update()  # the model that was pruned still has its training data


def test_early_stopped_wrapper():
    case = next(case for case in CASES if "early" in case.id)
    model, e = case.model, read(case.model)
    assert 0 < model.best_iteration_ < model.n_estimators
    same = write(model, e)
    assert same.n_estimators == model.n_estimators
    assert same.best_iteration_ == model.best_iteration_
    assert same.evals_result_ == model.evals_result_
    assert same.best_score_ == model.best_score_
    small = write(model, keep_trees(e, np.arange(e.n_trees - 1)), case.X)
    assert small.best_iteration_ == small.n_estimators == e.n_trees - 1
