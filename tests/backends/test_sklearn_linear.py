"""Linear models of scikit-learn: read, written, made."""

import numpy as np
import pytest
from sklearn.base import is_classifier
from sklearn.datasets import load_diabetes, load_wine
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.utils import all_estimators

from treeprune import InvalidModelError, ModelMismatchError, UnsupportedModelError
from treeprune.backends.linear import find_linear, linear_backends, make_linear, read_linear, write_linear
from treeprune.model.linear import LinearModel

NAMES = sorted(name.partition(":")[2] for name in linear_backends() if not name.endswith("LinearSVC"))
CLASSES = dict(all_estimators())
OPTIONS = {
    "SGDClassifier": {"loss": "log_loss", "random_state": 0},
    "SGDRegressor": {"random_state": 0},
    "LogisticRegression": {"max_iter": 1000},
    "LogisticRegressionCV": {
        "Cs": 2,
        "l1_ratios": (0.0,),
        "use_legacy_attributes": False,
        "scoring": "neg_log_loss",
        "max_iter": 1000,
    },
    "PoissonRegressor": {"max_iter": 1000},
}


def fitted(name, n_classes=2):
    cls = CLASSES[name]
    if is_classifier(cls()):
        X, y = load_wine(return_X_y=True)
        X = (X - X.mean(axis=0)) / X.std(axis=0)
        X, y = X[y < n_classes], y[y < n_classes]
    else:
        X, y = load_diabetes(return_X_y=True)
        X, y = 20 * X, y / 100
    return cls(**OPTIONS.get(name, {})).fit(X, y), X, y


def answers(model, X):
    return model.predict_proba(X) if is_classifier(model) else model.predict(X)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_reading_says_what_the_model_answers(name, n_classes):
    model, X, _ = fitted(name, n_classes)
    if name == "SGDClassifier" and n_classes == 3:
        with pytest.raises(UnsupportedModelError, match="one against all others"):
            read_linear(model)
        return
    linear = read_linear(model)
    np.testing.assert_allclose(linear.mean(X).squeeze(), answers(model, X), rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_writing_what_was_read_changes_nothing(name):
    model, X, _ = fitted(name)
    before = vars(model).copy()
    again = write_linear(model, read_linear(model), X)
    assert type(again) is type(model)
    np.testing.assert_array_equal(answers(again, X), answers(model, X))
    assert again.coef_.shape == model.coef_.shape
    assert np.shape(again.intercept_) == np.shape(model.intercept_)
    assert vars(model).keys() == before.keys()


@pytest.mark.parametrize("name", NAMES)
def test_a_model_made_is_like_one_fitted(name):
    model, X, _ = fitted(name)
    linear = read_linear(model)
    made = make_linear(CLASSES[name](**OPTIONS.get(name, {})), linear, 7, X)
    np.testing.assert_array_equal(answers(made, X), answers(model, X))
    for attribute in ("coef_", "intercept_", "n_iter_"):
        if hasattr(model, attribute) and getattr(model, attribute) is not None:
            assert np.ndim(getattr(made, attribute)) == np.ndim(getattr(model, attribute)) or name.endswith(
                "CV"
            )
    assert made.n_features_in_ == X.shape[1]


# a stochastic fit is no optimum, and RidgeCV centres by rules of its own
@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith("SGD") and n != "RidgeCV"])
def test_the_ridge_read_is_the_one_it_was_fitted_with(name):
    """The gradient of the loss and of the ridge cancel at the optimum."""
    options = OPTIONS.get(name, {})
    model, X, y = fitted(name)
    linear = read_linear(model)
    if "Lasso" in name or name.startswith("Elastic"):
        assert linear.ridge_of_sum == 0.0
        assert (linear.ridge_of_mean > 0) == name.startswith("Elastic")
        return
    model = CLASSES[name](**options | ({"tol": 1e-10} if hasattr(model, "tol") else {})).fit(X, y)
    linear = read_linear(model)
    mean = linear.mean(X)[:, -1]
    slope = X.T @ (mean - y) + (linear.ridge_of_sum + len(y) * linear.ridge_of_mean) * linear.coef[:, 0]
    assert np.abs(slope).max() < 1e-3 * np.abs(X.T @ y).max()


def test_what_is_no_linear_model_is_told_the_way_out():
    with pytest.raises(UnsupportedModelError, match="it prunes ElasticNet, "):
        find_linear(RidgeClassifier())
    with pytest.raises(NotFittedError):
        read_linear(LinearRegression())


def test_arrays_that_contradict_each_other_are_refused():
    coef = np.zeros((3, 2))
    with pytest.raises(InvalidModelError, match="do not go with"):
        LinearModel("gaussian", coef, np.zeros(3))
    with pytest.raises(InvalidModelError, match="finite"):
        LinearModel("gaussian", coef + np.nan, np.zeros(2))
    with pytest.raises(InvalidModelError, match="2 outputs"):
        LinearModel("binomial", coef, np.zeros(2))
    with pytest.raises(InvalidModelError, match="2 outputs"):
        LinearModel("multinomial", coef, np.zeros(2), classes=np.arange(3))


def test_a_copy_that_answers_otherwise_is_not_handed_out(monkeypatch):
    model, X, _ = fitted("LogisticRegression")
    monkeypatch.setattr(LogisticRegression, "decision_function", lambda self, X: np.zeros(len(X)))
    with pytest.raises(ModelMismatchError, match="does not answer as its coefficients say"):
        write_linear(model, read_linear(model), X)
