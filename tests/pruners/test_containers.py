"""Tables of every kind go in, the same numbers come out; fitted pruners can be stored and shown."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.pruners.helpers import (
    MODELS,
    assert_same_trees,
    each_pruner,
    make,
    names,
    node_counts,
    pruner_classes,
)
from tests.strategies import random_table
from treeprune import CostComplexityPruner
from treeprune.plan import PruningPlan

TREE = DecisionTreeClassifier(random_state=0)
PRUNERS = each_pruner(TREE)
COLUMNS = ["age", "weight", "grade", "smoker", "platelets"]
FRAMES = {"pandas": pd.DataFrame, "polars": pl.DataFrame}
ALL = [pruner for model in MODELS for pruner in each_pruner(model)]


def frame_of(library: str, X):
    return FRAMES[library](dict(zip(COLUMNS, X.T, strict=True)))


@pytest.mark.parametrize("library", FRAMES)
@pytest.mark.parametrize("pruner", PRUNERS, ids=names(PRUNERS))
def test_frames_give_the_tree_of_the_array_and_frames_back(pruner, library):
    X, y = random_table(0, 200)
    frame = frame_of(library, X)
    on_array = clone(pruner).fit(X, y)
    on_frame = clone(pruner).set_output(transform=library).fit(frame, y)
    assert_same_trees(on_array.estimator_, on_frame.estimator_)
    assert list(on_frame.feature_names_in_) == COLUMNS
    assert list(on_frame.estimator_.feature_names_in_) == COLUMNS
    np.testing.assert_array_equal(on_array.predict_proba(X), on_frame.predict_proba(frame))
    kept = on_frame.transform(frame)
    assert isinstance(kept, FRAMES[library])
    assert list(kept.columns) == [c for c, used in zip(COLUMNS, on_array.support_, strict=True) if used]
    np.testing.assert_array_equal(np.asarray(kept), on_array.transform(X))


@pytest.mark.parametrize("library", FRAMES)
def test_frozen_models_take_frames(library):
    X, y = random_table(0, 200)
    frame = frame_of(library, X)
    model = clone(TREE).fit(frame[:100], y[:100])
    for cls in pruner_classes():
        of_frame = make(cls, FrozenEstimator(model)).fit(frame[100:], y[100:])
        of_array = make(cls, FrozenEstimator(clone(TREE).fit(X[:100], y[:100]))).fit(X[100:], y[100:])
        assert_same_trees(of_frame.estimator_, of_array.estimator_)


@pytest.mark.parametrize("pruner", PRUNERS, ids=names(PRUNERS))
def test_string_labels_come_back_as_strings(pruner):
    X, y = random_table(1, 200, "strings")
    words = clone(pruner).fit(X, y)
    codes = clone(pruner).fit(X, np.unique(y, return_inverse=True)[1])
    assert list(words.classes_) == ["alive", "dead", "lost"]
    np.testing.assert_array_equal(words.predict(X), words.classes_[codes.predict(X)])
    assert words.score(X, y) == np.mean(words.predict(X) == y)


SPARSE = (sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array, sparse.csc_array)


@pytest.mark.parametrize("container", SPARSE)
@pytest.mark.parametrize("pruner", ALL, ids=names(ALL))
def test_sparse_tables_are_read_as_their_dense_twins(pruner, container):
    X, y = random_table(4, 240, "binary" if is_classifier(pruner) else "regression")
    X[np.abs(X) < 0.2] = 0.0
    thin = container(X)
    model = FrozenEstimator(clone(pruner.estimator).fit(X[:120], y[:120]))
    on_dense = clone(pruner).set_params(estimator=model).fit(X[120:], y[120:])
    on_thin = clone(pruner).set_params(estimator=model).fit(container(X[120:]), y[120:])
    assert_same_trees(on_dense.estimator_, on_thin.estimator_)
    # grown on sparse rows: scikit-learn itself adds them up in another order than dense ones
    grown = clone(pruner).fit(thin, y)
    np.testing.assert_array_equal(grown.predict(X), grown.predict(thin))
    assert sparse.issparse(grown.transform(thin))
    np.testing.assert_array_equal(grown.transform(thin).toarray(), X[:, grown.support_])


@pytest.mark.parametrize("pruner", ALL, ids=names(ALL))
def test_missing_values_travel_as_the_native_model_sends_them(pruner):
    X, y = random_table(3, 200, "binary" if is_classifier(pruner) else "regression", missing=True)
    fitted = clone(pruner).fit(X, y)
    full = clone(pruner.estimator).fit(X, y)
    assert np.isnan(X).any()
    assert np.isfinite(fitted.predict(X)).all()
    np.testing.assert_array_equal(fitted.predict(X), fitted.estimator_.predict(X))
    assert sum(node_counts(fitted.estimator_)) <= sum(node_counts(full))


@pytest.mark.parametrize("pruner", ALL, ids=names(ALL))
def test_several_targets(pruner):
    kind = "multi_output" if is_classifier(pruner) else "multi_regression"
    X, y = random_table(4, 200, kind)
    fitted = clone(pruner).fit(X, y)
    assert fitted.predict(X).shape == y.shape
    np.testing.assert_array_equal(fitted.predict(X), fitted.estimator_.predict(X))
    if kind == "multi_output":
        assert [p.shape for p in fitted.predict_proba(X)] == [(200, 3), (200, 2)]


@pytest.mark.parametrize("pruner", ALL, ids=names(ALL))
def test_a_fitted_pruner_survives_pickling(pruner):
    X, y = random_table(5, 150, "binary" if is_classifier(pruner) else "regression")
    fitted = clone(pruner).fit(X, y)
    back = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(back.predict(X), fitted.predict(X))
    pd.testing.assert_frame_equal(back.plan_.to_frame(), fitted.plan_.to_frame())
    assert_same_trees(back.estimator_, fitted.estimator_)


@pytest.mark.parametrize("pruner", PRUNERS, ids=names(PRUNERS))
def test_html_of_the_pruner_and_of_its_plan_escapes_names(pruner):
    X, y = random_table(6, 200)
    evil = "<script>alert(1)</script>"
    frame = frame_of("pandas", X).add_prefix(evil)
    fitted = clone(pruner).set_params(estimator__random_state=0).fit(frame, y)
    page = fitted._repr_html_()
    assert type(fitted).__name__ in page
    assert "DecisionTreeClassifier" in page
    table = fitted.plan_._repr_html_()
    assert "<table" in table
    if isinstance(fitted.plan_, PruningPlan) and len(fitted.plan_):  # others name no columns
        assert "&lt;script&gt;" in table
    assert evil not in page + table
    assert str(len(fitted.plan_)) in repr(fitted.plan_)


def test_html_of_a_path():
    fitted = CostComplexityPruner(TREE, cv=3).fit(*random_table(6, 200))
    assert "ccp_alpha" in fitted.path_._repr_html_()
    assert f"{len(fitted.path_)} steps" in repr(fitted.path_)


@pytest.mark.parametrize(
    "model", [TREE, DecisionTreeRegressor(random_state=0), RandomForestClassifier(3, random_state=0)]
)
def test_the_plan_says_what_went(model):
    X, y = random_table(7, 200, "binary" if is_classifier(model) else "regression")
    grown = clone(model).fit(X, y)
    fitted = CostComplexityPruner(FrozenEstimator(grown), max_leaf_nodes=4).fit(X)
    assert isinstance(fitted.plan_, PruningPlan)
    frame = fitted.plan_.to_frame()
    sizes = [
        sum(t.tree_.node_count for t in getattr(m, "estimators_", [m])) for m in (grown, fitted.estimator_)
    ]
    assert frame["nodes_removed"].sum() == sizes[0] - sizes[1] > 0
    assert frame["leaves_removed"].sum() == (sizes[0] - sizes[1]) // 2
    for row in frame.itertuples():
        tree = getattr(grown, "estimators_", [grown])[row.tree].tree_
        assert row.support_rows == tree.n_node_samples[row.node]
        assert row.support_weight == tree.weighted_n_node_samples[row.node]
        assert row.split == f"x[{tree.feature[row.node]}] <= {tree.threshold[row.node]:.6g}"
