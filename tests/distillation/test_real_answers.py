"""What a teacher says of rows as if it had not been trained on them."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from treeprune.distillation.real_answers import cross_fitted, fit_teacher, out_of_bag
from treeprune.distillation.teacher import Teacher


@pytest.mark.parametrize("piped", [False, True])
def test_out_of_bag_answers_are_scikit_learns(piped):
    X, y = load_breast_cancer(return_X_y=True)
    forest = RandomForestClassifier(60, oob_score=True, random_state=0)
    model = make_pipeline(StandardScaler(), forest) if piped else forest
    model.fit(X, y)
    known = (model[-1] if piped else model).oob_decision_function_
    found = out_of_bag(Teacher(model), X, np.ones(len(y)))
    np.testing.assert_allclose(found, known, atol=1e-12)


def test_out_of_bag_numbers_are_scikit_learns():
    X, y = load_diabetes(return_X_y=True)
    forest = RandomForestRegressor(60, oob_score=True, random_state=0).fit(X, y)
    found = out_of_bag(Teacher(forest), X, np.ones(len(y)))
    np.testing.assert_allclose(found[:, 0], forest.oob_prediction_, rtol=1e-12)


def test_there_is_no_bag_on_other_rows_or_for_other_models():
    X, y = load_breast_cancer(return_X_y=True)
    forest = RandomForestClassifier(5, random_state=0).fit(X[:300], y[:300])
    assert out_of_bag(Teacher(forest), X[200:500], np.ones(300)) is None
    assert out_of_bag(Teacher(forest), X, np.ones(len(y))) is None
    whole = RandomForestClassifier(5, bootstrap=False).fit(X, y)
    assert out_of_bag(Teacher(whole), X, np.ones(len(y))) is None
    boosted = GradientBoostingClassifier(n_estimators=3).fit(X, y)
    assert out_of_bag(Teacher(boosted), X, np.ones(len(y))) is None
    bagged = BaggingClassifier(n_estimators=5, random_state=0).fit(X, y)
    assert out_of_bag(Teacher(bagged), X, np.ones(len(y))) is not None


def test_cross_fitted_answers_are_scikit_learns():
    X, y = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    folds = [(np.arange(569) % 3 != k, np.arange(569) % 3 == k) for k in range(3)]
    folds = [(np.flatnonzero(a), np.flatnonzero(b)) for a, b in folds]
    teacher = fit_teacher(model, X, y, None)
    found = cross_fitted(model, teacher, X, y, None, folds)
    np.testing.assert_allclose(found, cross_val_predict(model, X, y, cv=folds, method="predict_proba"))


def test_a_class_that_a_fold_has_not_gets_nothing():
    X = np.arange(30.0)[:, None]
    y = np.repeat(["a", "b", "c"], 10)
    teacher = fit_teacher(LogisticRegression(max_iter=2000), X, y, None)
    folds = [(np.arange(20), np.arange(20, 30)), (np.arange(10, 30), np.arange(10))]
    found = cross_fitted(LogisticRegression(max_iter=2000), teacher, X, y, None, folds)
    assert (found[20:, 2] == 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    np.testing.assert_allclose(found[10:20], teacher.ask(X)[10:20])  # in no fold
