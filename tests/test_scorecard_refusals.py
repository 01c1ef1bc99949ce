"""What no scorecard can be made of, and why."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.svm import LinearSVC

from tests.scorecard_cases import plain
from treeprune.exceptions import UnsupportedModelError
from treeprune.scorecard import Scorecard

BAD = {
    "points": ({"max_points": 0}, "max_points must be a whole number"),
    "half points": ({"max_points": 2.5}, "max_points must be a whole number"),
    "many points": ({"max_points": 2000}, "up to 1000"),
    "true points": ({"max_points": True}, "max_points must be a whole number"),
    "one bin": ({"bins": 1}, "bins must be a number of bins from 2 to 100"),
    "bins of text": ({"bins": "age"}, "bins must be a number of bins"),
    "one bin of one": ({"bins": {"age": 1}}, "bins must be a number of bins"),
    "no edges": ({"bins": {"age": []}}, "finite numbers, one at least"),
    "falling edges": ({"bins": {"age": [3, 2]}}, "must rise"),
    "missing edges": ({"bins": {"age": [np.nan]}}, "finite numbers"),
    "text edges": ({"bins": {"age": ["old"]}}, "finite numbers"),
    "unknown bins": ({"bins": {"agee": 3}}, "columns that are not there: agee"),
    "unknown units": ({"units": {"agee": 3}}, "columns that are not there: agee"),
    "units": ({"units": 3}, "units must be a dict"),
    "unit": ({"units": {"age": 0}}, "the unit of 'age' must be a positive number"),
    "infinite unit": ({"units": {"age": np.inf}}, "the unit of 'age' must be a positive number"),
    "both": ({"units": {"age": 5}, "bins": {"age": 3}}, "either bins or units, age both"),
    "flag": ({"non_negative": "yes"}, "non_negative must be True or False"),
    "zero-one": ({"units": {"diabetes": 2}}, "'diabetes' holds 0 and 1 only"),
    "outer edge": ({"bins": {"age": [200]}}, "no row is in the bin 'age: 200 and over'"),
    "small unit": ({"units": {"age": 1e-5}}, "is too small to count by"),
}


@pytest.mark.parametrize(("options", "words"), BAD.values(), ids=BAD)
def test_bad_parameters(options, words):
    model, X, _ = plain()
    with pytest.raises(ValueError, match=words):
        Scorecard(model, **options).fit(X)


def test_models_without_points():
    X, y = plain()[1:]
    three = np.arange(len(X)) % 3
    for model, words in [
        (LinearRegression().fit(X, y), "LinearRegression predicts numbers"),
        (LogisticRegression(max_iter=1000).fit(X, three), "this LogisticRegression has 3 classes"),
        (RandomForestClassifier(2).fit(X, y), "RandomForestClassifier has no coef_ and intercept_"),
        (LinearSVC().fit(X, y), "LinearSVC gives no probabilities"),
        (SGDClassifier(loss="modified_huber", random_state=0).fit(X, y), "not the logistic function"),
        (GridSearchCV(LogisticRegression(), {"C": [1]}, cv=2).fit(X, y), "GridSearchCV has no coef_"),
    ]:
        with pytest.raises(UnsupportedModelError, match=words):
            Scorecard(model).fit(X)
    with pytest.raises(NotFittedError):
        Scorecard(LogisticRegression()).fit(X)
    for thing in (LogisticRegression, "model", None):
        with pytest.raises(TypeError, match="a scorecard is made of a fitted logistic model"):
            Scorecard(thing).fit(X)


def test_tables_that_do_not_fit():
    model, X, y = plain()
    with pytest.raises(ValueError, match="X has 2 columns, the model weighs 3"):
        Scorecard(model).fit(X.to_numpy()[:, :2])
    with pytest.raises(ValueError, match="X must have rows and columns"):
        Scorecard(model).fit(X.to_numpy()[0])
    with pytest.raises(ValueError, match="X must hold numbers"):
        Scorecard(model).fit(X.assign(age="old"))
    with pytest.raises(ValueError, match="one class only"):
        Scorecard(model).fit(X, np.zeros(len(X)))
    with pytest.raises(ValueError, match="negative weights"):
        Scorecard(model).fit(X, y, sample_weight=-np.ones(len(X)))
    with pytest.raises(ValueError, match="'diabetes' held 0 and 1 only"):
        Scorecard(model).fit(X).total_points(X.assign(diabetes=0.5))
