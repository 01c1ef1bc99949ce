"""Attributions of models of all kinds, and what is said of them."""

import numpy as np
import pandas as pd
import pytest
import shap
from lightgbm import LGBMClassifier
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import AdaBoostRegressor, RandomForestClassifier, StackingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from treeprune import CostComplexityPruner, attributions, explain

X, Y = load_breast_cancer(return_X_y=True, as_frame=True)


def adds_up(found, said):
    np.testing.assert_allclose(found.base + found.phi.sum(axis=1), said, atol=1e-5)


def test_linear_models_are_shaps():
    model = LogisticRegression(max_iter=5000).fit(X, Y)
    found = explain(model, X[:20], X[100:])
    known = shap.LinearExplainer(model, shap.maskers.Independent(X[100:], max_samples=1000))(X[:20])
    np.testing.assert_allclose(found.phi, known.values, atol=1e-10)
    np.testing.assert_allclose(found.base, known.base_values[0])
    assert found.route == "linear"
    adds_up(found, model.decision_function(X[:20]))


def test_columns_of_a_pipeline_are_added_to_those_they_come_from():
    frame = pd.DataFrame({"sex": ["f", "m", "f", "m"] * 10, "age": np.arange(40.0)})
    y = np.arange(40) % 3 == 0
    prep = make_column_transformer((OneHotEncoder(), ["sex"]), (StandardScaler(), ["age"]))
    model = make_pipeline(prep, LogisticRegression()).fit(frame, y)
    found = explain(model, frame[:6], frame)
    assert found.phi.shape == (6, 2)
    assert found.route == "linear"
    adds_up(found, model.decision_function(frame[:6]))
    general = shap.explainers.Exact(
        lambda z: model.decision_function(
            pd.DataFrame({"sex": np.where(z[:, 0] == 0, "f", "m"), "age": z[:, 1]})
        ),
        shap.maskers.Independent(
            np.column_stack([(frame["sex"] == "m").astype(float), frame["age"]]), max_samples=100
        ),
    )(np.column_stack([(frame["sex"] == "m").astype(float), frame["age"]])[:6])
    np.testing.assert_allclose(found.phi, general.values, atol=1e-10)


def test_pipelines_that_mix_columns_are_asked():
    A, b = load_diabetes(return_X_y=True, as_frame=True)
    A = A[["age", "bmi", "bp"]]
    model = make_pipeline(PolynomialFeatures(2), Ridge()).fit(A, b)
    found = explain(model, A[:4], A[50:70])
    assert found.route == "exact by shap"
    adds_up(found, model.predict(A[:4]))


def test_words_and_missing_values_go_to_any_model():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"ward": rng.choice(["a", "b"], 80), "age": rng.normal(size=80), "lab": rng.random(80)}
    )
    frame.loc[::7, "lab"] = np.nan
    y = (frame["ward"] == "a") ^ (frame["age"] > 0)
    prep = make_column_transformer((OneHotEncoder(), ["ward"]), remainder="passthrough")
    model = make_pipeline(prep, RandomForestClassifier(10, random_state=0)).fit(frame, y)
    found = explain(model, frame[:5], frame[20:40])
    adds_up(found, model.predict_proba(frame[:5])[:, 1])


def test_a_median_is_asked():
    A, b = load_diabetes(return_X_y=True)
    model = AdaBoostRegressor(n_estimators=5, random_state=0).fit(A[:, :4], b)
    found = explain(model, A[:3, :4], A[50:60, :4])
    assert found.route == "exact by shap"
    adds_up(found, model.predict(A[:3, :4]))


def test_many_columns_are_estimated_and_said_so():
    model = StackingClassifier([("tree", DecisionTreeClassifier(max_depth=3))], LogisticRegression()).fit(
        X, Y
    )
    found = explain(model, X[:2], X[100:110], random_state=1)
    assert not found.exact
    adds_up(found, model.decision_function(X[:2]))
    again = explain(model, X[:2], X[100:110], random_state=1)
    np.testing.assert_array_equal(found.phi, again.phi)


def test_probabilities_of_a_boosted_model():
    few = X.iloc[:, :5]
    model = XGBClassifier(n_estimators=10, max_depth=2).fit(few, Y)
    found = explain(model, few[:3], few[100:120], output="probability")
    adds_up(found, model.predict_proba(few[:3])[:, 1])
    forest = RandomForestClassifier(5, random_state=0).fit(few, Y)
    assert explain(forest, few[:3], few[100:120], output="probability").route == "against a background"


def test_freezers_and_pruners_stand_for_what_is_in_them():
    forest = RandomForestClassifier(5, random_state=0).fit(X, Y)
    known = explain(forest, X[:5])
    np.testing.assert_array_equal(explain(FrozenEstimator(forest), X[:5]).phi, known.phi)
    pruner = CostComplexityPruner(FrozenEstimator(forest), ccp_alpha=0.01).fit(X, Y)
    np.testing.assert_array_equal(explain(pruner, X[:5]).phi, explain(pruner.estimator_, X[:5]).phi)


def test_shap_draws_it():
    forest = RandomForestClassifier(5, random_state=0).fit(X, Y)
    found = explain(forest, X[:5], X[50:60])
    explanation = found.to_shap(X[:5])
    assert explanation.values.shape == (5, 30, 2)
    assert explanation.feature_names == list(X.columns)
    one = explanation[..., 1]
    np.testing.assert_array_equal(one.values, found.phi[..., 1])
    phi, base = attributions(forest, X[:5], X[50:60])
    np.testing.assert_array_equal(phi, found.phi)
    np.testing.assert_array_equal(base, found.base)


@pytest.mark.parametrize("model", [PoissonRegressor(), Ridge()])
def test_numbers_by_coefficients(model):
    A, b = load_diabetes(return_X_y=True)
    model.fit(A, b)
    found = explain(model, A[:5], A)
    said = np.log(model.predict(A[:5])) if isinstance(model, PoissonRegressor) else model.predict(A[:5])
    adds_up(found, said)


def test_bad_input():
    forest = RandomForestClassifier(5, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match="background has no rows"):
        explain(forest, X[:5], X[:0])
    with pytest.raises(ValueError, match='"raw" or "probability"'):
        explain(forest, X[:5], output="logit")
    with pytest.raises(ValueError, match="feature names should match"):
        explain(forest, X.iloc[:5, ::-1])


def test_a_booster_is_explained_on_the_scale_of_probabilities_as_its_wrapper_is():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 4))
    label = (rows[:, 0] + rows[:, 1] * rows[:, 2] > 0).astype(int)
    wrapper = LGBMClassifier(n_estimators=8, num_leaves=4, verbose=-1).fit(rows, label)
    own = explain(wrapper.booster_, rows[:6], rows[100:120], output="probability")
    other = explain(wrapper, rows[:6], rows[100:120], output="probability")
    assert own.route == other.route == "exact by shap"
    np.testing.assert_allclose(own.phi, other.phi, atol=1e-12)
    np.testing.assert_allclose(
        own.base + own.phi.sum(axis=1), wrapper.booster_.predict(rows[:6]), atol=1e-12
    )
