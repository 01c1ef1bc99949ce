"""Models of few or cheap features."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from tests.pruners.test_joint import splits
from treeprune import FeaturePruner, PruningWarning
from treeprune.backends import read

QUICK = {"values": "anchored", "target": "y", "cv": 3}


@pytest.fixture(scope="module")
def cancer():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    a, ya, v, yv, t, yt = splits(X, y)
    return RandomForestClassifier(20, random_state=0).fit(a, ya), a, ya, v, yv, t, yt


def dear_and_cheap(seed=0, n=400):
    """Two columns that say the same, one dear and one cheap, one that counts besides, and noise."""
    rng = np.random.default_rng(seed)
    signal, other = rng.normal(size=(2, n))
    near = signal + 0.05 * rng.normal(size=n)
    noise, more = rng.normal(size=(2, n))
    X = pd.DataFrame({"scan": signal, "pulse": near, "age": other, "noise": noise, "more": more})
    return X, (signal + other + 0.3 * rng.normal(size=n) > 0).astype(int)


@pytest.mark.parametrize("most", [1, 2, 5])
def test_no_more_features_than_asked_for(cancer, most):
    model, a, ya, v, yv, t, yt = cancer
    pruner = FeaturePruner(FrozenEstimator(model), max_features=most, **QUICK)
    pruner.fit(a, ya, X_val=v, y_val=yv)
    assert pruner.n_features_ == len(read(pruner.estimator_).used_features()) <= most
    assert list(pruner.get_feature_names_out()) == list(a.columns[pruner.support_])
    assert pruner.transform(t).shape == (len(t), pruner.n_features_)
    assert roc_auc_score(yt, pruner.predict_proba(t)[:, 1]) > (0.85 if most == 1 else 0.9)


def test_numbers_of_features_are_compared(cancer):
    model, a, ya, v, yv, *_ = cancer
    pruner = FeaturePruner(FrozenEstimator(model), **QUICK).fit(a, ya, X_val=v, y_val=yv)
    path = pruner.path_
    assert path.n_features[0] == 1
    assert path.n_features[-1] == len(read(model).used_features())
    bar = path.loss[path.best] + path.loss_se[path.best]
    assert path.chosen == np.flatnonzero(path.loss <= bar)[0]
    assert pruner.n_features_ <= path.n_features[path.chosen]
    assert "max_features" in path.to_frame()


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(20, random_state=0),
        GradientBoostingClassifier(n_estimators=20, random_state=0),
        DecisionTreeClassifier(max_depth=6, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_of_two_features_that_say_the_same_the_cheap_one_stays(model):
    X, y = dear_and_cheap()
    model.fit(X[:200], y[:200])
    costs = {"scan": 100.0, "pulse": 1.0, "age": 1.0, "noise": 1.0, "more": 1.0}
    pruner = FeaturePruner(FrozenEstimator(model), max_features=2, feature_costs=costs, ridge=10.0, **QUICK)
    pruner.fit(X[:200], y[:200], X_val=X[200:], y_val=y[200:])
    assert set(pruner.get_feature_names_out()) == {"pulse", "age"}


def test_costs_are_limited_together():
    X, y = dear_and_cheap()
    model = RandomForestClassifier(20, random_state=0).fit(X[:200], y[:200])
    costs = np.array([3.0, 2.5, 2.0, 1.0, 1.0])
    for most in (2.0, 3.0, 4.5):
        pruner = FeaturePruner(FrozenEstimator(model), max_cost=most, feature_costs=costs, **QUICK)
        pruner.fit(X[:200], y[:200], X_val=X[200:], y_val=y[200:])
        assert costs[pruner.support_].sum() <= most
        assert pruner.n_features_ >= 1


def test_it_is_a_step_of_a_pipeline():
    X, y = dear_and_cheap()
    model = RandomForestRegressor(10, max_depth=4, random_state=0)
    second = RandomForestRegressor(5, random_state=0)
    pipe = make_pipeline(FeaturePruner(model, max_features=2, **QUICK), second)
    assert pipe.fit(X, y.astype(float)).predict(X).shape == (400,)
    assert pipe[1].n_features_in_ <= 2


def test_as_many_features_as_it_has_change_nothing():
    X, y = dear_and_cheap()
    model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y)
    with pytest.warns(PruningWarning, match="nothing is pruned"):
        pruner = FeaturePruner(FrozenEstimator(model), max_features=5, **QUICK).fit(X[:50], y[:50])
    np.testing.assert_array_equal(pruner.predict_proba(X), model.predict_proba(X))
