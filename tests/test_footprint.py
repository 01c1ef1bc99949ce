"""Footprints: sizes against scikit-learn's and the vendors' own figures."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Lasso
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from tests.strategies import random_table
from treeprune import CostComplexityPruner, UnsupportedModelError
from treeprune.footprint import footprint, footprint_table
from treeprune.latency import prediction_of
from treeprune.pruners.native import Native


@pytest.fixture(scope="module")
def rows():
    return random_table(0, 120, "binary")


def test_sizes_of_a_forest_are_scikit_learns(rows):
    X, y = rows
    forest = RandomForestClassifier(5, random_state=0).fit(X, y)
    f = footprint(forest, X, n_repeats=2)
    trees = [tree.tree_ for tree in forest.estimators_]
    assert f.trees == 5
    assert f.nodes == sum(t.node_count for t in trees)
    assert f.leaves == sum(t.n_leaves for t in trees)
    assert f.depth == max(t.max_depth for t in trees)
    assert f.bytes_in_memory == len(pickle.dumps(forest, protocol=pickle.HIGHEST_PROTOCOL))
    met = sum(tree.decision_path(X).nnz for tree in forest.estimators_)
    assert f.measured_visits == pytest.approx(met / len(X), rel=1e-12)


def test_a_tree_expects_what_its_training_rows_meet(rows):
    X, y = rows
    tree = DecisionTreeClassifier(random_state=0).fit(X, y)
    f = footprint(tree, X, n_repeats=1)
    assert f.expected_visits == pytest.approx(tree.decision_path(X).nnz / len(X), rel=1e-12)
    assert f.expected_visits == pytest.approx(f.measured_visits, rel=1e-12)


def test_bytes_on_disk_are_those_of_the_vendors_file(rows, tmp_path):
    lightgbm = pytest.importorskip("lightgbm")
    X, y = rows
    model = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(X, y)
    model.booster_.save_model(tmp_path / "model.txt")
    f = footprint(model, X, n_repeats=1)
    assert f.bytes_on_disk == (tmp_path / "model.txt").stat().st_size
    assert f.leaves == sum(t["num_leaves"] for t in model.booster_.dump_model()["tree_info"])


def test_a_linear_model_at_the_end_of_a_pipeline(rows):
    X, y = rows
    model = make_pipeline(StandardScaler(), Lasso(0.1)).fit(X, y)
    f = footprint(model, X, n_repeats=1)
    assert (f.name, f.trees, f.coefficients) == ("Lasso", 0, np.count_nonzero(model[-1].coef_))
    skops_io = pytest.importorskip("skops.io")
    assert f.bytes_on_disk == pytest.approx(len(skops_io.dumps(model)), rel=0.01)
    assert "coefficients" in str(f)


def test_a_fitted_pruner_stands_for_its_model(rows):
    X, y = rows
    pruner = CostComplexityPruner(DecisionTreeClassifier(random_state=0), max_leaf_nodes=3).fit(X, y)
    f = footprint(pruner, X, n_repeats=1)
    assert (f.nodes, f.leaves, f.name) == (5, 3, "DecisionTreeClassifier")


def test_frames_and_words(rows):
    X, y = rows
    frame = pd.DataFrame(X).add_prefix("v")
    f = footprint(DecisionTreeClassifier(max_depth=2).fit(frame, y), frame, n_repeats=3)
    assert f.batch.low <= f.batch.median <= f.batch.high
    assert min(f.one_row.low, f.batch.low) > 0
    lines = str(f).splitlines()
    assert lines[0].split() == ["model", "DecisionTreeClassifier"]
    assert any(line.startswith("120 rows") for line in lines)
    assert json.loads(json.dumps(f.to_dict()))["batch"]["median"] == f.batch.median


def test_side_by_side(rows):
    X, y = rows
    large, small = (
        footprint(DecisionTreeClassifier(max_depth=d, random_state=0).fit(X, y), X, n_repeats=1)
        for d in (None, 1)
    )
    table = footprint_table([large, small], ["before", "after"])
    assert list(table.columns) == ["before", "after", "last / first"]
    assert table.loc["nodes", "last / first"] == pytest.approx(3 / large.nodes)
    assert list(footprint_table([small]).columns) == ["DecisionTreeClassifier"]
    with pytest.raises(ValueError, match="1 footprints and 2 names"):
        footprint_table([small], ["a", "b"])
    with pytest.raises(ValueError, match="no footprints"):
        footprint_table([])


def test_what_is_not_legal_is_refused(rows):
    X, y = rows
    tree = DecisionTreeClassifier(max_depth=2).fit(X, y)
    with pytest.raises(ValueError, match="n_repeats"):
        footprint(tree, X, n_repeats=0)
    with pytest.raises(ValueError, match="at least one row"):
        footprint(tree, X[:0])
    with pytest.raises(ValueError, match="features"):
        footprint(tree, X[:, :2])
    with pytest.raises(NotFittedError):
        footprint(DecisionTreeClassifier(), X)
    with pytest.raises(UnsupportedModelError, match="KNeighborsClassifier"):
        footprint(KNeighborsClassifier().fit(X, y), X)


def test_the_time_of_a_bare_booster_is_its_vendors(rows, monkeypatch):
    """Reading its trees is no part of it, however often it is asked."""
    lightgbm = pytest.importorskip("lightgbm")
    X, y = rows
    booster = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(X, y).booster_
    call = prediction_of(Native(booster), X)
    monkeypatch.setattr("treeprune.pruners.native.read", None)
    np.testing.assert_array_equal(np.ravel(call()), booster.predict(X, raw_score=True))
