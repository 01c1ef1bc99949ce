"""Pruners inside scikit-learn's own machinery: pipelines, searches, calibration, frozen models."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from tests.pruners.helpers import each_pruner, make, names, node_counts, pruner_classes
from treeprune import CostComplexityPruner, ReducedErrorPruner, TreeCountPruner
from treeprune.pruners.lossless import LosslessPruner
from treeprune.pruners.small_cell import SmallCellPruner

TREE = DecisionTreeClassifier(random_state=0)
PRUNERS = each_pruner(TREE)


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, pd.Series]:
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    return X.iloc[:300], y.iloc[:300]


def used_columns(tree) -> list[str]:
    """Names of the columns that a scikit-learn tree splits on, in the order of the table."""
    split = tree.tree_.children_left >= 0
    return list(tree.feature_names_in_[np.unique(tree.tree_.feature[split])])


@pytest.mark.parametrize("pruner", PRUNERS, ids=names(PRUNERS))
def test_last_step_of_a_pipeline(pruner, table):
    X, y = table
    scale = StandardScaler().set_output(transform="pandas")
    pipe = make_pipeline(scale, clone(pruner)).fit(X, y)
    scaled = clone(scale).fit_transform(X)
    alone = clone(pruner).fit(scaled, y)
    np.testing.assert_array_equal(pipe.predict_proba(X), alone.predict_proba(scaled))
    assert pipe.score(X, y) == alone.estimator_.score(scaled, y)


@pytest.mark.parametrize("pruner", PRUNERS, ids=names(PRUNERS))
def test_middle_step_keeps_the_columns_the_pruned_model_uses(pruner, table):
    X, y = table
    pipe = Pipeline([("keep", clone(pruner)), ("scale", StandardScaler()), ("model", LogisticRegression())])
    pipe.set_output(transform="pandas").fit(X, y)
    used = used_columns(pipe["keep"].estimator_)
    assert 0 < len(used) < X.shape[1]
    assert list(pipe["keep"].get_feature_names_out()) == used
    assert list(pipe["keep"].transform(X).columns) == used
    assert list(pipe["model"].feature_names_in_) == used
    np.testing.assert_array_equal(
        np.flatnonzero(pipe["keep"].support_), pipe["keep"].get_support(indices=True)
    )
    pd.testing.assert_frame_equal(pipe["keep"].transform(X), X[used])


def test_grid_search_over_the_pruner_and_the_model_inside(table):
    X, y = table
    grid = {"ccp_alpha": [0.0, 0.01, 0.5], "estimator__max_depth": [1, 5]}
    search = GridSearchCV(CostComplexityPruner(TREE), grid, cv=3).fit(X, y)
    direct = GridSearchCV(TREE, {"ccp_alpha": [0.0, 0.01, 0.5], "max_depth": [1, 5]}, cv=3).fit(X, y)
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], direct.cv_results_["mean_test_score"], rtol=0, atol=1e-12
    )
    best = search.best_estimator_
    assert best.estimator_.get_params()["max_depth"] == search.best_params_["estimator__max_depth"]
    assert search.predict(X).shape == (len(X),)


def test_grid_search_over_a_frozen_model_prunes_copies(table):
    X, y = table
    model = clone(TREE).fit(X[:150], y[:150])
    before = pickle.dumps(model)
    search = GridSearchCV(CostComplexityPruner(FrozenEstimator(model)), {"max_leaf_nodes": [2, 4]}, cv=2)
    search.fit(X[150:], y[150:])
    assert search.best_estimator_.estimator_.get_n_leaves() == search.best_params_["max_leaf_nodes"]
    for size, mean in zip([2, 4], search.cv_results_["mean_test_score"], strict=True):
        tree = CostComplexityPruner(FrozenEstimator(model), max_leaf_nodes=size).fit(X).estimator_
        folds = [search.cv_results_[f"split{k}_test_score"][[2, 4].index(size)] for k in range(2)]
        assert mean == pytest.approx(np.mean(folds))
        assert tree.get_n_leaves() == size
    assert pickle.dumps(model) == before


@pytest.mark.parametrize("cls", pruner_classes(), ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("grown", [TREE, RandomForestClassifier(3, random_state=0)], ids=["tree", "forest"])
def test_a_frozen_model_stays_as_it_was(cls, grown, table):
    X, y = table
    model = clone(grown).fit(X[:150], y[:150])
    before = pickle.dumps(model)
    pruner = make(cls, FrozenEstimator(model)).fit(X[150:], y[150:])
    assert pickle.dumps(model) == before
    assert type(pruner.estimator_) is type(model)
    assert pruner.estimator_ is not model
    if cls not in (LosslessPruner, SmallCellPruner) and (cls is not TreeCountPruner or grown is not TREE):
        assert sum(node_counts(pruner.estimator_)) < sum(node_counts(model))
    own, given = pruner.estimator_.get_params(), model.get_params()
    assert own.pop("n_estimators", 1) == len(getattr(pruner.estimator_, "estimators_", [0]))
    assert own == {name: value for name, value in given.items() if name != "n_estimators"}
    # nothing of the pruned model is shared with the one given
    before, after = ([t.tree_ for t in getattr(m, "estimators_", [m])] for m in (model, pruner.estimator_))
    assert not {id(tree) for tree in before} & {id(tree) for tree in after}


@pytest.mark.parametrize("pruner", PRUNERS, ids=names(PRUNERS))
def test_calibration_of_an_unfitted_and_of_a_fitted_pruner(pruner, table):
    X, y = table
    inside = CalibratedClassifierCV(clone(pruner), cv=3).fit(X, y)
    assert [type(m.estimator) for m in inside.calibrated_classifiers_] == [type(pruner)] * 3
    fitted = clone(pruner).fit(X[:200], y[:200])
    outside = CalibratedClassifierCV(FrozenEstimator(fitted)).fit(X[200:], y[200:])
    same = CalibratedClassifierCV(FrozenEstimator(fitted.estimator_)).fit(X[200:], y[200:])
    np.testing.assert_array_equal(outside.predict_proba(X), same.predict_proba(X))
    assert np.isfinite(inside.predict_proba(X)).all()


@pytest.mark.parametrize("pruner", PRUNERS, ids=names(PRUNERS))
def test_tuned_threshold(pruner, table):
    X, y = table
    tuned = TunedThresholdClassifierCV(clone(pruner), cv=3).fit(X, y)
    positive = tuned.estimator_.estimator_.predict_proba(X)[:, 1] >= tuned.best_threshold_
    np.testing.assert_array_equal(tuned.predict(X), positive.astype(int))


@pytest.mark.parametrize("pruner", PRUNERS, ids=names(PRUNERS))
def test_cross_val_score_is_the_score_of_clones(pruner, table):
    X, y = table
    folds = [(np.arange(150), np.arange(150, 300)), (np.arange(150, 300), np.arange(150))]
    scores = cross_val_score(pruner, X, y, cv=folds)
    for (train, test), score in zip(folds, scores, strict=True):
        alone = clone(pruner).fit(X.iloc[train], y.iloc[train])
        assert score == np.mean(alone.estimator_.predict(X.iloc[test]) == y.iloc[test])
    assert not hasattr(pruner, "estimator_")


def test_clone_copies_parameters_and_forgets_the_fit(table):
    X, y = table
    pruner = ReducedErrorPruner(TREE, loss="brier", validation_fraction=0.4, random_state=3).fit(X, y)
    fresh = clone(pruner)
    assert fresh.get_params(deep=False).keys() == pruner.get_params(deep=False).keys()
    assert (fresh.loss, fresh.validation_fraction, fresh.random_state) == ("brier", 0.4, 3)
    assert not hasattr(fresh, "estimator_")
    model = clone(TREE).fit(X, y)
    assert clone(ReducedErrorPruner(FrozenEstimator(model))).estimator.estimator is model
