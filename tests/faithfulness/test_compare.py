"""Every number of a comparison against scikit-learn's metrics, or against the arrays of the trees."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn import metrics
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.strategies import random_table, random_weights
from treeprune import Comparison, LinearModelPruner, UnsupportedModelError, compare

CLASSIFIERS = [DecisionTreeClassifier(random_state=0), RandomForestClassifier(5, random_state=0)]
REGRESSORS = [DecisionTreeRegressor(random_state=0), RandomForestRegressor(5, random_state=0)]
NAMES = pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])


def pair(model, kind):
    """The model as it is, and a smaller one of the same rows."""
    X, y = random_table(0, 150, kind)
    small = type(model)(**model.get_params() | {"max_depth": 3})
    return type(model)(**model.get_params()).fit(X, y), small.fit(X, y)


def rows(kind, weighted, seed=1):
    X, y = random_table(seed, 120, kind)
    return X, y, random_weights(seed, 120) if weighted else None


def with_weight(w):
    return slice(None) if w is None else w > 0


@NAMES
@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("kind", ["binary", "strings"])
def test_classifiers(model, kind, weighted):
    before, after = pair(model, kind)
    X, y, w = rows(kind, weighted)
    found = compare(before, after, X, y, sample_weight=w)
    for numbers, m in ((found.before, before), (found.after, after)):
        p = m.predict_proba(X)
        score = p[:, 1] if kind == "binary" else p
        auc = metrics.roc_auc_score(y, score, sample_weight=w, multi_class="ovr", labels=m.classes_)
        assert numbers["AUC"] == pytest.approx(auc, rel=1e-12)
        assert numbers["log loss"] == pytest.approx(metrics.log_loss(y, p, sample_weight=w), rel=1e-12)
        square = ((p - (y[:, None] == m.classes_)) ** 2).sum(axis=1) / (2 if kind == "binary" else 1)
        assert numbers["Brier"] == pytest.approx(np.average(square, weights=w), rel=1e-12)
        assert ("calibration slope" in numbers) == (kind == "binary")
    same = np.average(before.predict(X) == after.predict(X), weights=w)
    change = np.abs(before.predict_proba(X) - after.predict_proba(X))
    assert found.between["same class"] == pytest.approx(same)
    assert found.between["mean |change|"] == pytest.approx(np.average(change.mean(axis=1), weights=w))
    assert found.between["max |change|"] == change[with_weight(w)].max()
    assert found.n_rows == np.ones(120)[with_weight(w)].sum()


@NAMES
@pytest.mark.parametrize("model", REGRESSORS, ids=lambda m: type(m).__name__)
def test_regressors(model, weighted):
    before, after = pair(model, "regression")
    X, y, w = rows("regression", weighted)
    found = compare(before, after, X, y, sample_weight=w)
    for numbers, m in ((found.before, before), (found.after, after)):
        a = m.predict(X)
        assert numbers["RMSE"] == pytest.approx(metrics.root_mean_squared_error(y, a, sample_weight=w))
        assert numbers["MAE"] == pytest.approx(metrics.mean_absolute_error(y, a, sample_weight=w))
        assert numbers["R2"] == pytest.approx(metrics.r2_score(y, a, sample_weight=w))
        assert "AUC" not in numbers
    change = np.abs(before.predict(X) - after.predict(X))
    assert found.between["mean |change|"] == pytest.approx(np.average(change, weights=w))
    assert found.between["max |change|"] == change[with_weight(w)].max()
    assert "same class" not in found.between


@pytest.mark.parametrize("model", CLASSIFIERS + REGRESSORS, ids=lambda m: type(m).__name__)
def test_sizes(model):
    kind = "binary" if hasattr(model, "predict_proba") else "regression"
    before, after = pair(model, kind)
    found = compare(before, after, *rows(kind, False)[:2])
    for numbers, m in ((found.before, before), (found.after, after)):
        trees = [t.tree_ for t in getattr(m, "estimators_", [m])]
        used = [t.feature[t.children_left >= 0] for t in trees]
        assert numbers["trees"] == len(trees)
        assert numbers["nodes"] == sum(t.node_count for t in trees)
        assert numbers["leaves"] == sum(t.n_leaves for t in trees)
        assert numbers["depth"] == max(t.max_depth for t in trees)
        assert numbers["features used"] == len(np.unique(np.concatenate(used)))
        assert numbers["bytes"] == len(pickle.dumps(m, protocol=pickle.HIGHEST_PROTOCOL))
        assert numbers["prediction ms"] > 0


@NAMES
@pytest.mark.parametrize("kind", ["multi_output", "multi_regression"])
def test_several_targets(kind, weighted):
    model = (CLASSIFIERS if kind == "multi_output" else REGRESSORS)[1]
    before, after = pair(model, kind)
    X, y, w = rows(kind, weighted)
    found = compare(before, after, X, y, sample_weight=w)
    answer = (
        (lambda m: np.hstack(m.predict_proba(X))) if kind == "multi_output" else (lambda m: m.predict(X))
    )
    change = np.abs(answer(before) - answer(after))
    assert found.between["mean |change|"] == pytest.approx(np.average(change.mean(axis=1), weights=w))
    assert found.between["max |change|"] == change[with_weight(w)].max()
    assert not {"AUC", "RMSE"} & set(found.before)


def newton_slope(x, happened, w):
    """Slope of a logistic fit with intercept, by Newton's method on the weighted likelihood."""
    design, beta = np.column_stack([np.ones_like(x), x]), np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-design @ beta))
        step = np.linalg.solve((design.T * (w * p * (1 - p))) @ design, design.T @ (w * (happened - p)))
        beta = beta + step
        if np.abs(step).max() < 1e-12:
            break
    return beta[1]


@NAMES
@pytest.mark.parametrize(
    "model", [*CLASSIFIERS, RandomForestClassifier(80, random_state=0, max_depth=4)], ids=str
)
def test_calibration_slope_is_that_of_an_independent_fit(model, weighted):
    X, y = random_table(0, 200)
    model = type(model)(**model.get_params()).fit(X, y)
    X_new, y_new, w = rows("binary", weighted)
    p = np.clip(model.predict_proba(X_new)[:, 1], 1e-6, 1 - 1e-6)
    expected = newton_slope(np.log(p / (1 - p)), y_new, np.ones(120) if w is None else w)
    found = compare(model, model, X_new, y_new, sample_weight=w).after["calibration slope"]
    assert found == pytest.approx(expected, rel=1e-3)


def test_what_cannot_be_known_is_nan():
    before, after = pair(CLASSIFIERS[0], "binary")
    X, y, _ = rows("binary", False)
    one_class = compare(before, after, X[y == 1], y[y == 1]).after
    assert np.isnan([one_class["AUC"], one_class["calibration slope"]]).all()
    assert np.isfinite(one_class["log loss"])
    stump = DecisionTreeClassifier(max_depth=1, min_samples_leaf=100).fit(*random_table(0, 150))
    assert stump.tree_.node_count == 1
    assert np.isnan(compare(before, stump, X, y).after["calibration slope"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("binary", "strings"),
        ("binary", "regression"),
        ("multiclass", "strings"),
        ("regression", "multi_regression"),
        ("multi_output", "multi_regression"),
        ("binary", "multi_output"),
    ],
)
def test_models_that_predict_different_things_are_refused(one, other):
    def model(kind):
        cls = DecisionTreeRegressor if "regression" in kind else DecisionTreeClassifier
        return cls(random_state=0).fit(*random_table(0, 80, kind))

    X, y = random_table(1, 80, one)
    with pytest.raises(ValueError, match="do not predict the same thing"):
        compare(model(one), model(other), X, y)


@pytest.mark.parametrize("weight", [-np.ones(120), np.zeros(120), np.full(120, np.nan), np.ones(7)])
def test_bad_weights_are_refused(weight):
    X, y, _ = rows("binary", False)
    with pytest.raises(ValueError, match="sample_weight"):
        compare(*pair(CLASSIFIERS[0], "binary"), X, y, sample_weight=weight)


def test_bad_models_are_refused():
    X, y, _ = rows("binary", False)
    tree = DecisionTreeClassifier().fit(X, y)
    with pytest.raises(NotFittedError):
        compare(tree, DecisionTreeClassifier(), X, y)
    with pytest.raises(UnsupportedModelError, match="KMeans"):
        compare(tree, KMeans(2).fit(np.nan_to_num(X)), X, y)


@pytest.mark.parametrize("container", ["pandas", "polars", "csr"])
def test_tables_of_any_kind(container):
    X, y, _ = rows("binary", False)
    names = list("abcde")
    tables = {
        "pandas": lambda X: pd.DataFrame(X, columns=names),
        "polars": lambda X: pl.DataFrame(X, schema=names),
        "csr": sparse.csr_matrix,
    }
    table = tables[container](X)
    train, target = random_table(0, 150)
    models = [
        DecisionTreeClassifier(max_depth=d, random_state=0).fit(tables[container](train), target)
        for d in (None, 2)
    ]
    plain = [DecisionTreeClassifier(max_depth=d, random_state=0).fit(train, target) for d in (None, 2)]
    one, two = compare(*models, table, y), compare(*plain, X, y)
    assert one.between == two.between
    assert one.after["log loss"] == two.after["log loss"]


def test_a_model_compared_with_itself_has_not_changed():
    before, _ = pair(CLASSIFIERS[1], "strings")
    found = compare(before, before, *rows("strings", False)[:2])
    assert found.between == {"same class": 1.0, "mean |change|": 0.0, "max |change|": 0.0}


def test_a_comparison_as_text_table_and_page():
    found = compare(*pair(CLASSIFIERS[0], "binary"), *rows("binary", False)[:2])
    assert isinstance(found, Comparison)
    frame = found.to_frame()
    assert list(frame.columns) == ["before", "after"]
    assert frame.loc["nodes", "before"] == found.before["nodes"]
    assert frame.loc["max |change|", "after"] == found.between["max |change|"]
    assert np.isnan(frame.loc["max |change|", "before"])
    assert f"{found.before['nodes']:.0f} -> {found.after['nodes']:.0f} nodes" in str(found)
    assert f"AUC {found.before['AUC']:.4f} -> {found.after['AUC']:.4f}" in str(found)
    assert "on 120 rows" in str(found)
    assert "<table" in found._repr_html_()
    assert "nan" not in found._repr_html_().lower()


def test_the_line_of_several_targets_has_no_holes():
    X, y = random_table(0, 120, "multi_output")
    large = DecisionTreeClassifier(random_state=0).fit(X[:60], y[:60])
    line = str(compare(large, large, X[60:], y[60:]))
    assert "; ;" not in line
    assert line.endswith("mean |change| 0, max |change| 0 on 60 rows")


def test_linear_models_and_their_pruners():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X[::2], y[::2])
    pruner = LinearModelPruner(FrozenEstimator(model), max_features=5).fit(X[::2])
    comparison = compare(model, pruner, X[1::2], y[1::2])
    assert comparison.before["coefficients"] == 30
    assert comparison.after["coefficients"] == comparison.after["features used"] == 5
    assert "nodes" not in comparison.before
    assert str(comparison).startswith("30 -> 5 coefficients; AUC ")
    change = np.abs(pruner.predict_proba(X[1::2]) - model.predict_proba(X[1::2])).max()
    assert comparison.between["max |change|"] == pytest.approx(change)
    tree = DecisionTreeClassifier(max_depth=2).fit(X, y)
    mixed = compare(model, tree, X[1::2], y[1::2])
    assert "coefficients" in mixed.before
    assert "nodes" in mixed.after
    assert "max |change|" in mixed.between
    with pytest.raises(ValueError, match="do not predict the same thing: regression"):
        compare(DecisionTreeRegressor(max_depth=2).fit(X, y), tree, X, y)
