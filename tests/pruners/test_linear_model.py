"""Pruning of fitted linear models: budgets, pipelines, what is kept, what is refused."""

import copy

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    PoissonRegressor,
    Ridge,
    RidgeCV,
    SGDClassifier,
)
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler
from sklearn.svm import LinearSVC

from tests.test_demo_tables import TABLES
from treeprune import LinearModelPruner, PruningWarning, UnsupportedModelError


def cancer():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    return X, y, make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)


MODELS = [
    LinearRegression(),
    Ridge(3.0),
    RidgeCV([1.0, 2.0]),
    Lasso(0.05),
    ElasticNet(0.01),
    PoissonRegressor(alpha=0.01, max_iter=1000),
]


def diabetes():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return 20 * X, y / 100


# ------------------------------------------------------------------------------ budgets
def test_answers_move_no_more_than_allowed():
    X, _, model = cancer()
    sizes = []
    for most in (0.0, 0.01, 0.05):
        options = {"max_mean_change": most} if most else {"max_change": 1e-9}
        if most:
            pruner = LinearModelPruner(FrozenEstimator(model), **options).fit(X)
        else:
            with pytest.warns(PruningWarning, match="nothing is pruned"):
                pruner = LinearModelPruner(FrozenEstimator(model), **options).fit(X)
        off = np.abs(pruner.predict_proba(X) - model.predict_proba(X))[:, 1]
        assert off.mean() <= max(most, 1e-9)
        assert off.mean() == pytest.approx(pruner.path_.mean_change[pruner.path_.chosen], abs=1e-9)
        assert off.max() == pytest.approx(pruner.path_.max_change[pruner.path_.chosen], abs=1e-9)
        sizes.append(pruner.n_features_)
    assert sizes[0] == 30 > sizes[1] > sizes[2]


def test_both_budgets_hold_together():
    X, y, model = cancer()
    frozen = FrozenEstimator(model)
    by_loss = LinearModelPruner(frozen).fit(X, y)
    by_change = LinearModelPruner(frozen, max_mean_change=0.005).fit(X, y)
    both = LinearModelPruner(frozen, rule="1se", max_mean_change=0.005).fit(X, y)
    assert by_change.path_.loss is None
    assert both.n_features_ == max(by_loss.n_features_, by_change.n_features_)
    with pytest.warns(PruningWarning, match="but max_features is 3: answers change by"):
        few = LinearModelPruner(frozen, max_mean_change=0.005, max_features=3).fit(X, y)
    assert few.n_features_ == 3


def test_losses_are_those_of_paths_made_anew_in_each_fold():
    X, y, _ = cancer()
    X = X.iloc[:, :5]
    folds = list(KFold(3, shuffle=True, random_state=0).split(X))
    pruner = LinearModelPruner(make_pipeline(StandardScaler(), LogisticRegression()), cv=folds).fit(X, y)
    for size in (0, 2, 5):
        losses = []
        for train, test in folds:
            model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X.iloc[train], y.iloc[train])
            small = model
            if size < 5:
                pruned = LinearModelPruner(FrozenEstimator(model), max_features=max(size, 1))
                pruned.fit(X.iloc[train])
                small = pruned.estimator_
            p = small.predict_proba(X.iloc[test])[:, 1]
            if size == 0:  # the mean of the model's answers
                p = np.full(len(test), model.predict_proba(X.iloc[train])[:, 1].mean())
            losses.append(log_loss(y.iloc[test], p))
        at = np.flatnonzero(pruner.path_.n_features == size)[0]
        assert pruner.path_.loss[at] == pytest.approx(np.mean(losses), abs=1e-6)


# ------------------------------------------------------------------------------ the model handed out
@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("refit", ["project", "y", "none"])
def test_the_class_survives_and_answers_as_its_coefficients_say(model, refit):
    X, y = diabetes()
    fitted = copy.deepcopy(model).fit(X, y)
    before = fitted.coef_.copy()
    pruner = LinearModelPruner(FrozenEstimator(fitted), max_features=4, refit=refit).fit(X, y)
    small = pruner.estimator_
    assert type(small) is type(model)
    assert small.get_params() == model.get_params()
    np.testing.assert_array_equal(fitted.coef_, before)
    assert (small.coef_ != 0).sum() == pruner.support_.sum() == 4
    eta = X.to_numpy() @ small.coef_ + small.intercept_
    np.testing.assert_allclose(
        pruner.predict(X), np.exp(eta) if isinstance(model, PoissonRegressor) else eta
    )
    if refit == "none":
        np.testing.assert_allclose(small.coef_[pruner.support_], before[pruner.support_])


def test_a_projection_of_least_squares_is_least_squares():
    X, y = diabetes()
    fitted = LinearRegression().fit(X, y)
    pruner = LinearModelPruner(FrozenEstimator(fitted), max_features=3).fit(X)
    peer = LinearRegression().fit(X.loc[:, pruner.support_], fitted.predict(X))
    np.testing.assert_allclose(pruner.predict(X), peer.predict(X.loc[:, pruner.support_]), atol=1e-6)


def test_a_refit_to_the_outcome_has_the_models_own_ridge():
    X, y = diabetes()
    fitted = Ridge(50.0).fit(X, y)
    pruner = LinearModelPruner(FrozenEstimator(fitted), max_features=3, refit="y").fit(X, y)
    peer = Ridge(50.0).fit(X.loc[:, pruner.support_], y)
    np.testing.assert_allclose(pruner.coef_[pruner.support_], peer.coef_, atol=1e-6)
    X, y, _ = cancer()
    X = (X - X.mean()) / X.std()
    fitted = LogisticRegression(C=0.1, tol=1e-10, max_iter=1000).fit(X, y)
    pruner = LinearModelPruner(FrozenEstimator(fitted), max_features=3, refit="y").fit(X, y)
    peer = LogisticRegression(C=0.1, tol=1e-10, max_iter=1000).fit(X.loc[:, pruner.support_], y)
    np.testing.assert_allclose(pruner.coef_[0, pruner.support_], peer.coef_[0], atol=1e-4)


def test_several_classes():
    X, y = load_wine(return_X_y=True, as_frame=True)
    words = np.array(["low", "mid", "high"])[y]
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, words)
    pruner = LinearModelPruner(FrozenEstimator(model)).fit(X, words)
    assert pruner.n_features_ < 13
    assert pruner.coef_.shape == (3, 13)
    assert list(pruner.classes_) == ["high", "low", "mid"]
    assert pruner.score(X, words) > 0.95


@pytest.mark.parametrize("method", ["obs", "forward", "l1", "magnitude"])
def test_every_method_keeps_what_must_stay(method):
    X, _, model = cancer()
    pruner = LinearModelPruner(
        FrozenEstimator(model), method=method, max_features=3, keep="mean symmetry"
    ).fit(X)
    assert pruner.n_features_ == 3
    assert "mean symmetry" in pruner.get_feature_names_out()
    frame = pruner.plan_.to_frame().set_index("feature")
    assert frame.loc["mean symmetry", "why"] == "mandatory"
    assert (frame["why"] == method).sum() == 27
    assert (frame["kept"] == pruner.support_).all()


def test_costs_decide_between_twins():
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(300, 1))
    X = np.hstack([signal + 0.2 * rng.normal(size=(300, 1)) for _ in range(2)])
    model = LinearRegression().fit(X, signal[:, 0])
    for costs, wanted in (([5.0, 1.0], [False, True]), ([1.0, 5.0], [True, False])):
        pruner = LinearModelPruner(FrozenEstimator(model), feature_costs=costs, max_features=1).fit(X)
        assert list(pruner.support_) == wanted


def test_weights_are_repeated_rows():
    X, y = diabetes()
    model = LinearRegression().fit(X, y)
    w = np.random.default_rng(0).integers(0, 3, len(y))
    options = {"max_features": 4}
    weighted = LinearModelPruner(FrozenEstimator(model), **options).fit(X, sample_weight=w)
    rows = np.repeat(np.arange(len(y)), w)
    repeated = LinearModelPruner(FrozenEstimator(model), **options).fit(X.iloc[rows])
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-8)


def test_sparse_tables_give_the_same():
    X, y = diabetes()
    model = Ridge().fit(X.to_numpy(), y)
    dense, sparse = (
        LinearModelPruner(FrozenEstimator(model), max_features=4).fit(table, y)
        for table in (X.to_numpy(), sp.csr_array(X.to_numpy()))
    )
    np.testing.assert_allclose(sparse.coef_, dense.coef_, atol=1e-7)


# ------------------------------------------------------------------------------ pipelines
CLEVELAND = TABLES / "cleveland.data"
NAMES = "age,sex,cp,trestbps,chol,fbs,restecg,thalach,exang,oldpeak,slope,ca,thal,num"


@pytest.mark.skipif(not CLEVELAND.exists(), reason=f"no {CLEVELAND}; TREEPRUNE_DATA can name its folder")
def test_clinical_columns_go_as_wholes():
    frame = pd.read_csv(CLEVELAND, names=NAMES.split(","), na_values="?")
    X, y = frame.drop(columns="num"), frame["num"] > 0
    levels = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    prepare = make_column_transformer(
        (levels, ["cp", "restecg", "slope", "thal"]),
        (numbers, ["age", "ca", "chol", "trestbps", "oldpeak", "sex", "fbs", "exang"]),
        (SplineTransformer(n_knots=4), ["thalach"]),
    )
    pruner = LinearModelPruner(
        make_pipeline(prepare, LogisticRegression(max_iter=2000)), keep=["age", "sex"]
    )
    pruner.fit(X, y)
    assert 2 < pruner.n_features_ < 13
    assert set(pruner.plan_.groups) == set(X.columns)
    assert {"age", "sex"} <= set(pruner.get_feature_names_out())
    kept = {name for name, stays in zip(pruner.plan_.groups, pruner.plan_.kept, strict=True) if stays}
    assert set(pruner.get_feature_names_out()) == kept
    assert pruner.estimator_.predict(X).shape == (len(X),)
    nonzero = pruner.coef_[0] != 0
    for k in range(13):
        assert len(set(nonzero[pruner.groups_ == k])) == 1
    assert pruner.compact().coef_.shape == (1, nonzero.sum())


def test_steps_nobody_can_look_into_are_served_by_names():
    from sklearn.decomposition import PCA

    X, _, _ = cancer()
    y = load_breast_cancer().target
    model = make_pipeline(StandardScaler(), PCA(5), LogisticRegression()).fit(X, y)
    pruner = LinearModelPruner(FrozenEstimator(model), max_features=2).fit(X)
    assert pruner.n_features_ == 2
    assert pruner.support_.all()  # components are made of all columns
    assert pruner.plan_.groups == ("pca0", "pca1", "pca2", "pca3", "pca4")


# ------------------------------------------------------------------------------ refusals
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "best"}, "method='best' is unknown"),
        ({"target": "both"}, "target must be"),
        ({"refit": "some"}, "refit must be"),
        ({"rule": "2se"}, "rule must be"),
        ({"max_features": 0}, "max_features must be"),
        ({"max_change": -1.0}, "max_change must be"),
        ({"keep": "mass"}, "there is no column or group 'mass'"),
        ({"feature_costs": {"age": -1.0}}, "finite and positive"),
        ({"max_features": 1, "keep": ["age", "sex"]}, "2 features have to be kept"),
    ],
)
def test_illegal_parameters_are_refused(options, words):
    X, y = diabetes()
    model = FrozenEstimator(Ridge().fit(X, y))
    with pytest.raises(ValueError, match=words):
        LinearModelPruner(model, **options).fit(X, y)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "give max_features, max_mean_change or max_change"),
        ({"rule": "1se"}, "rule='1se' needs y"),
        ({"target": "y", "max_features": 2}, "target='y' needs y"),
        ({"refit": "y", "max_features": 2}, "refit='y' needs y"),
    ],
)
def test_what_needs_outcomes_says_so(options, words):
    X, y = diabetes()
    with pytest.raises(ValueError, match=words):
        LinearModelPruner(FrozenEstimator(Ridge().fit(X, y)), **options).fit(X)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (LinearSVC(), "hinge loss"),
        (SGDClassifier(loss="log_loss"), "one against all others"),
        (StandardScaler(), "is not a linear model"),
        (LinearRegression(positive=True), "refit='none'"),
    ],
    ids=lambda x: x if isinstance(x, str) else type(x).__name__,
)
def test_models_that_cannot_be_pruned_so_are_refused(model, words):
    X, y = load_wine(return_X_y=True)
    with pytest.raises(UnsupportedModelError, match=words):
        LinearModelPruner(FrozenEstimator(model.fit(X, y)), max_features=2).fit(X, y)


def test_strangers_and_unfitted_models_are_refused():
    X, y, model = cancer()
    with pytest.raises(ValueError, match="classes that the model does not know"):
        LinearModelPruner(FrozenEstimator(model)).fit(X, y + 1)
    with pytest.raises(NotFittedError):
        LinearModelPruner(FrozenEstimator(Ridge()), max_features=2).fit(X)
    with pytest.raises(ValueError, match="feature names"):
        LinearModelPruner(FrozenEstimator(model), max_features=2).fit(X[X.columns[::-1]])


def test_a_model_with_cross_validation_inside_is_read():
    X, y, _ = cancer()
    X = (X - X.mean()) / X.std()
    model = LogisticRegressionCV(
        Cs=3, l1_ratios=(0.0,), scoring="neg_log_loss", use_legacy_attributes=False, max_iter=1000
    ).fit(X, y)
    pruner = LinearModelPruner(FrozenEstimator(model), max_features=4, refit="y").fit(X, y)
    assert type(pruner.estimator_) is LogisticRegressionCV
    assert pruner.score(X, y) < 0.0  # its own scoring
