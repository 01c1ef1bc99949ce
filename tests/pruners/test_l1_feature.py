"""L1 feature pruning against scikit-learn's own solvers, and everything that a user may ask of it."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.frozen import FrozenEstimator
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
    SGDRegressor,
)
from sklearn.model_selection import KFold, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from treeprune import L1FeaturePruner, PruningWarning, UnsupportedModelError


def table(seed=0, n=300, p=8, kind="binary"):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * rng.uniform(0.5, 3.0, p) + rng.normal(size=p)
    eta = (X - X.mean(axis=0))[:, :3] @ [0.8, -0.6, 0.4]
    if kind == "binary":
        return X, (rng.uniform(size=n) < 1 / (1 + np.exp(-eta))).astype(int)
    if kind == "counts":
        return X, rng.poisson(np.exp(0.3 * eta)).astype(float)
    if kind == "classes":
        return X, np.digitize(eta + rng.logistic(size=n), [-1, 1])
    return X, eta + rng.normal(size=n)


def cancer():
    return load_breast_cancer(return_X_y=True, as_frame=True)


# ------------------------------------------------------------------------------ the penalised fit
def test_a_strength_is_the_alpha_of_the_lasso():
    X, y = table(kind="numbers")
    pruner = L1FeaturePruner(LinearRegression(), strength=0.2, blend=1.0, standardize=False).fit(X, y)
    lasso = Lasso(alpha=0.2, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(pruner.coef_, lasso.coef_, atol=1e-6)
    np.testing.assert_array_equal(pruner.coef_ == 0, lasso.coef_ == 0)
    assert pruner.intercept_ == pytest.approx(lasso.intercept_, abs=1e-6)


def test_an_elastic_net_is_the_elastic_net():
    X, y = table(kind="numbers")
    options = {"strength": 0.3, "l1_ratio": 0.4, "blend": 1.0, "standardize": False}
    pruner = L1FeaturePruner(LinearRegression(), **options).fit(X, y)
    net = ElasticNet(alpha=0.3, l1_ratio=0.4, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(pruner.coef_, net.coef_, atol=1e-6)


def test_a_strength_of_classes_is_one_over_c_times_rows():
    X, y = table()
    Z = StandardScaler().fit_transform(X)
    pruner = L1FeaturePruner(LogisticRegression(), strength=0.05, blend=1.0).fit(Z, y)
    options = {"solver": "saga", "tol": 1e-10, "max_iter": 100_000}
    peer = LogisticRegression(C=1 / (0.05 * len(y)), l1_ratio=1.0, **options).fit(Z, y)
    np.testing.assert_allclose(pruner.coef_, peer.coef_, atol=1e-5)
    np.testing.assert_allclose(pruner.predict_proba(Z), peer.predict_proba(Z), atol=1e-5)


@pytest.mark.parametrize("kind", ["binary", "classes", "counts", "numbers"])
def test_a_refit_is_the_fit_without_a_penalty(kind):
    X, y = table(kind=kind)
    model = {
        "counts": PoissonRegressor(alpha=0, tol=1e-10, max_iter=1000),
        "numbers": LinearRegression(),
    }.get(kind, LogisticRegression(C=np.inf, tol=1e-10, max_iter=5000))
    pruner = L1FeaturePruner(model, max_features=4, blend=0.0).fit(X, y)
    assert 0 < pruner.n_features_ <= 4
    small = pruner.transform(X)
    peer = clone(model).fit(small, y)
    expected = (peer.predict_proba if kind in ("binary", "classes") else peer.predict)(small)
    found = (pruner.predict_proba if kind in ("binary", "classes") else pruner.predict)(X)
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_an_estimator_without_an_intercept_gets_none():
    X, y = table(kind="numbers")
    model = LinearRegression(fit_intercept=False)
    lasso = Lasso(alpha=0.2, tol=1e-10, fit_intercept=False).fit(X, y)
    pruner = L1FeaturePruner(model, strength=0.2, blend=1.0, standardize=False).fit(X, y)
    np.testing.assert_allclose(pruner.coef_, lasso.coef_, atol=1e-6)
    relaxed = L1FeaturePruner(model, max_features=3, blend=0.0).fit(X, y)
    peer = clone(model).fit(relaxed.transform(X), y)
    assert relaxed.intercept_ == 0.0
    np.testing.assert_allclose(relaxed.predict(X), peer.predict(relaxed.transform(X)), atol=1e-6)


def test_a_blend_lies_between():
    X, y = table(kind="numbers")
    ends = [L1FeaturePruner(Ridge(), strength=0.2, blend=b).fit(X, y).coef_ for b in (0.0, 1.0)]
    half = L1FeaturePruner(Ridge(), strength=0.2, blend=0.5).fit(X, y)
    np.testing.assert_allclose(half.coef_, np.mean(ends, axis=0))
    assert half.blend_ == 0.5


def test_the_rule_of_one_standard_error_takes_the_larger_strength():
    X, y = cancer()
    by_min, by_1se = (L1FeaturePruner(LogisticRegression(), rule=rule).fit(X, y) for rule in ("min", "1se"))
    assert by_1se.strength_ > by_min.strength_
    path = by_1se.path_
    assert path.chosen == path.by_one_se < path.best
    bar = path.loss[path.best] + path.loss_se[path.best]
    assert path.loss[path.chosen] <= bar < path.loss[path.chosen - 1]
    assert (path.kkt <= 1e-6).all()


def test_it_is_as_good_as_the_lasso_of_scikit_learn():
    X, y = cancer()
    peer = make_pipeline(
        StandardScaler(),
        LogisticRegressionCV(
            Cs=10, l1_ratios=(1.0,), solver="liblinear", scoring="neg_log_loss", use_legacy_attributes=False
        ),
    )
    folds = KFold(3, shuffle=True, random_state=0)
    ours = cross_val_score(L1FeaturePruner(LogisticRegression()), X, y, cv=folds, scoring="neg_log_loss")
    theirs = cross_val_score(peer, X, y, cv=folds, scoring="neg_log_loss")
    assert ours.mean() > theirs.mean() - 0.02


# ------------------------------------------------------------------------------ what is selected
def test_features_that_must_stay_stay():
    X, y = cancer()
    pruner = L1FeaturePruner(LogisticRegression(), keep=["mean symmetry", 3], max_features=4).fit(X, y)
    names = list(pruner.get_feature_names_out())
    assert {"mean symmetry", "mean area"} <= set(names)
    assert len(names) <= 4
    frame = pruner.plan_.to_frame().set_index("feature")
    assert frame.loc["mean symmetry", "why"] == "mandatory"
    assert (frame["kept"] == pruner.support_).all()


@pytest.mark.parametrize("where", ["keep", "signs", "feature_costs", "groups"])
def test_unknown_names_are_errors(where):
    X, y = cancer()
    value = {"keep": ["mass"], "groups": {"g": ["mass"]}}.get(where, {"mass": 1})
    with pytest.raises(ValueError, match="there is no column or group 'mass'"):
        L1FeaturePruner(LogisticRegression(), **{where: value}).fit(X, y)


def test_groups_come_and_go_together():
    X, y = table(p=9)
    groups = {"first": [0, 1, 2], "second": [3, 4, 5]}
    pruner = L1FeaturePruner(LogisticRegression(), groups=groups, max_features=2).fit(X, y)
    used = (pruner.path_.coef != 0).any(axis=2)
    for own in (used[:, :3], used[:, 3:6]):
        np.testing.assert_array_equal(own.any(axis=1), own.all(axis=1))
    assert pruner.plan_.groups[:2] == ("first", "second")
    assert pruner.n_features_ <= 2
    same = L1FeaturePruner(LogisticRegression(), groups=[*"aaabbbcde"], max_features=2).fit(X, y)
    np.testing.assert_array_equal(same.coef_, pruner.coef_)


def test_levels_of_one_column_come_and_go_together():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"site": rng.choice([*"abcd"], 400), "age": rng.normal(size=400)})
    y = ((frame["site"] == "a") | (rng.uniform(size=400) < 0.3)).astype(int)
    encode = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["site"]), remainder="passthrough"
    )
    X = encode.set_output(transform="pandas").fit_transform(frame)
    by_name = L1FeaturePruner(LogisticRegression(), max_features=1).fit(X, y)
    assert list(by_name.groups_) == [0, 0, 0, 0, 1]
    assert list(by_name.support_) == [True] * 4 + [False]
    by_encoder = L1FeaturePruner(LogisticRegression(), groups=encode, max_features=1).fit(X.to_numpy(), y)
    np.testing.assert_array_equal(by_encoder.groups_, by_name.groups_)
    assert by_encoder.plan_.groups == ("site", "age")


def test_a_feature_is_in_or_out_for_all_classes():
    X, y = table(kind="classes")
    pruner = L1FeaturePruner(LogisticRegression(), max_features=3).fit(X, y)
    assert pruner.coef_.shape == (3, 8)
    np.testing.assert_array_equal((pruner.coef_ != 0).all(axis=0), pruner.support_)


def test_dear_features_come_in_later():
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(400, 1))
    X = np.hstack([signal + 0.1 * rng.normal(size=(400, 1)) for _ in range(2)])
    y = signal[:, 0] + 0.3 * rng.normal(size=400)
    for costs, wanted in (([5.0, 1.0], [False, True]), ([1.0, 5.0], [True, False])):
        pruner = L1FeaturePruner(LinearRegression(), feature_costs=costs, max_features=1).fit(X, y)
        assert list(pruner.support_) == wanted


def test_signs_are_kept():
    X, y = table(kind="numbers")
    pruner = L1FeaturePruner(LinearRegression(), signs={0: -1, 2: 1}, blend=0.0, rule="min").fit(X, y)
    assert pruner.coef_[0] == 0.0 < pruner.coef_[2]
    positive = L1FeaturePruner(LinearRegression(positive=True), rule="min").fit(X, y)
    assert (positive.coef_ >= 0).all()
    assert (positive.coef_ > 0).any()


# ------------------------------------------------------------------------------ the model handed out
@pytest.mark.parametrize(
    "model",
    [
        LinearRegression(),
        Ridge(3.0),
        RidgeCV([1.0, 2.0]),
        Lasso(0.5),
        ElasticNet(0.5),
        SGDRegressor(alpha=0.5),
    ],
    ids=lambda model: type(model).__name__,
)
def test_the_class_and_its_parameters_survive(model):
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    pruner = L1FeaturePruner(model, max_features=3).fit(X, y)
    assert type(pruner.estimator_) is type(model)
    assert pruner.estimator_.get_params() == model.get_params()
    assert not hasattr(model, "coef_")
    np.testing.assert_array_equal(pruner.estimator_.feature_names_in_, X.columns)
    by_hand = X.to_numpy() @ np.ravel(pruner.coef_) + np.ravel(pruner.intercept_)
    np.testing.assert_allclose(pruner.predict(X), by_hand)
    small = pruner.compact()
    np.testing.assert_allclose(small.predict(pruner.set_output(transform="pandas").transform(X)), by_hand)


def test_labels_are_the_users():
    X, y = cancer()
    words = np.array(["benign", "malignant"])[1 - y]
    pruner = L1FeaturePruner(LogisticRegression(), max_features=3).fit(X, words)
    assert list(pruner.classes_) == ["benign", "malignant"]
    assert set(pruner.predict(X)) == {"benign", "malignant"}
    assert pruner.score(X, words) > 0.9


def test_it_selects_within_a_pipeline():
    X, y = cancer()
    pipeline = make_pipeline(
        StandardScaler(), L1FeaturePruner(LogisticRegression(), max_features=5), LogisticRegression()
    ).set_output(transform="pandas")
    pipeline.fit(X, y)
    assert set(pipeline[-1].feature_names_in_) <= set(X.columns)
    assert pipeline[-1].coef_.shape[1] <= 5


def test_sparse_tables_give_the_same():
    X, y = table()
    X[np.abs(X) < 1.0] = 0.0
    dense, sparse = (L1FeaturePruner(LogisticRegression()).fit(Z, y) for Z in (X, sp.csr_array(X)))
    np.testing.assert_allclose(sparse.coef_, dense.coef_, atol=1e-6)


def test_weights_are_repeated_rows_and_class_weights_are_weights():
    X, y = table()
    w = np.random.default_rng(0).integers(0, 4, len(y))
    fixed = {"strength": 0.03}
    weighted = L1FeaturePruner(LogisticRegression(), **fixed).fit(X, y, sample_weight=w)
    repeated = L1FeaturePruner(LogisticRegression(), **fixed).fit(np.repeat(X, w, axis=0), np.repeat(y, w))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-6)
    by_class = L1FeaturePruner(LogisticRegression(class_weight={0: 1, 1: 3}), **fixed).fit(X, y)
    by_row = L1FeaturePruner(LogisticRegression(), **fixed).fit(X, y, sample_weight=np.where(y, 3.0, 1.0))
    np.testing.assert_allclose(by_class.coef_, by_row.coef_, atol=1e-9)


def test_it_keeps_a_record():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    pruner = L1FeaturePruner(LinearRegression()).fit(X, y)
    frame = pruner.path_.to_frame()
    assert frame["chosen"].sum() == 1
    assert frame["strength"].is_monotonic_decreasing
    assert (frame["kkt"] <= 1e-6).all()
    assert frame["max_change"].iloc[-1] == 0.0
    assert "features stay" in repr(pruner.plan_)
    assert "chosen" in repr(pruner.path_)
    assert "<table" in pruner.plan_._repr_html_()
    assert "<table" in pruner.path_._repr_html_()


# ------------------------------------------------------------------------------ refusals
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"strength": -1.0}, "strength must be"),
        ({"strength": "auto"}, "strength must be"),
        ({"rule": "best"}, "rule must be"),
        ({"blend": 2.0}, "blend must be"),
        ({"l1_ratio": 0.0}, "l1_ratio must be"),
        ({"n_strengths": 1}, "n_strengths must be"),
        ({"max_features": 0}, "max_features must be"),
        ({"max_features": 1, "keep": [0, 1]}, "2 features are mandatory"),
        ({"max_features": 2, "strength": 0.1}, "not both"),
        ({"groups": "none"}, "groups='none' is unknown"),
        ({"groups": [0, 1]}, "groups has 2 labels"),
        ({"groups": {"a": [0], "b": [0]}}, "in the groups 'a' and 'b'"),
        ({"feature_costs": [1.0]}, "one entry for each"),
        ({"feature_costs": {0: 0.0}}, "must be finite and positive"),
        ({"signs": {0: 2}}, "must be 1 or -1"),
        ({"cv": TimeSeriesSplit(3)}, "train on all rows that it does not hold out"),
    ],
)
def test_illegal_parameters_are_refused(options, words):
    X, y = table()
    with pytest.raises(ValueError, match=words):
        L1FeaturePruner(LogisticRegression(), **options).fit(X, y)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (LinearSVC(), "hinge loss"),
        (SGDClassifier(), "use loss='log_loss'"),
        (SGDRegressor(loss="huber"), "use loss='squared_error'"),
        (StandardScaler(), "is not a linear model"),
        (FrozenEstimator(LogisticRegression()), "LinearModelPruner prunes a fitted"),
    ],
    ids=lambda x: x if isinstance(x, str) else type(x).__name__,
)
def test_models_it_has_no_path_for_are_refused(model, words):
    X, y = table()
    with pytest.raises(UnsupportedModelError, match=words):
        L1FeaturePruner(model).fit(X, y)


def test_missing_values_are_refused_with_the_remedy():
    X, y = table()
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN") as error:
        L1FeaturePruner(LogisticRegression()).fit(X, y)
    assert "imputer" in str(error.value)


def test_separable_classes_are_said_to_be():
    X, y = load_iris(return_X_y=True)
    X, y = X[:100], y[:100]
    with pytest.warns(PruningWarning, match="the path ended early"):
        L1FeaturePruner(LogisticRegression(), rule="min").fit(X, y)


def test_a_failed_fit_leaves_it_as_it_was():
    X, y = table()
    pruner = L1FeaturePruner(LogisticRegression()).fit(X, y)
    before = pruner.coef_.copy()
    with pytest.raises(ValueError, match="keep"):
        pruner.set_params(keep=["nobody"]).fit(X, y)
    np.testing.assert_array_equal(pruner.coef_, before)


@pytest.mark.parametrize("p", [400])
def test_more_columns_than_rows(p):
    X, y = table(n=80, p=p, kind="numbers")
    X[:, 5] = 1.0  # says nothing
    X[:, 6] = X[:, 0]  # says the same
    pruner = L1FeaturePruner(Ridge(), max_features=6).fit(X, y)
    assert 0 < pruner.n_features_ <= 6
    assert not pruner.support_[5]
