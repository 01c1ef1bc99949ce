"""The rows on which every written model is checked."""

import copy

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.strategies import SINGLE, cases, fitted, random_ensemble
from treeprune.backends import read, registry, write
from treeprune.backends.probe import probe_rows
from treeprune.exceptions import ModelMismatchError


@pytest.mark.parametrize("case", cases(classes=SINGLE))
def test_rows_reach_every_split_from_both_sides(case):
    """By scikit-learn's own walk, up to the number of splits that are probed."""
    tree = case.model.tree_
    rows = probe_rows(read(case.model))
    n_splits = tree.node_count - tree.n_leaves
    assert rows.dtype == np.float32
    assert len(rows) == 1 + 4 * min(n_splits, 48)
    if n_splits <= 48:
        assert np.isnan(rows[1:]).any(axis=1).sum() >= n_splits
        assert (tree.decision_path(rows).sum(axis=0) > 0).all()


def test_a_large_forest_is_probed_in_every_part():
    model = fitted(RandomForestRegressor, kind="regression", n_estimators=20)
    e = read(model)
    rows = probe_rows(e)
    assert len(rows) == 1 + 4 * 48
    assert not np.array_equal(e.threshold, np.zeros(e.n_nodes))
    on_threshold = [t for t in range(20) if np.isin(rows, e.threshold[e.tree(t)].astype(np.float32)).any()]
    assert on_threshold == list(range(20))


def test_stump():
    model = DecisionTreeRegressor(max_depth=1).fit([[1.0], [2.0]], [3.0, 3.0])
    np.testing.assert_array_equal(probe_rows(read(model)), [[0.0]])


def test_extreme_thresholds():
    largest = float(np.finfo(np.float32).max)
    X = np.array([[-largest], [-largest / 2], [0.0], [largest / 2], [largest]])
    model = DecisionTreeRegressor().fit(X, np.arange(5))
    rows = probe_rows(read(model))
    assert np.isnan(rows).sum() == 4
    assert not np.isinf(rows).any()
    assert (model.tree_.decision_path(rows).sum(axis=0) > 0).all()
    model.tree_.threshold[0] = 1e300  # beyond what the input can hold
    assert not np.isinf(probe_rows(read(model))).any()


def test_thresholds_that_only_tell_missing_values():
    X = np.array([[0.0], [1.0], [2.0], [np.nan], [np.nan]])
    model = DecisionTreeClassifier().fit(X, [0, 0, 0, 1, 1])
    assert np.isposinf(model.tree_.threshold[0])
    assert set(model.tree_.apply(probe_rows(read(model)))) == {1, 2}


def test_category_splits_do_not_disturb():
    e = random_ensemble(0, input_dtype="float64")
    rows = probe_rows(e)
    assert rows.dtype == np.float64
    assert len(rows) == 1 + 4 * (~e.is_leaf).sum()


def moved(name, change):
    def corrupt(nodes, split):
        nodes[name][split] = change(nodes[name][split])

    return corrupt


def swapped(nodes, split):
    left, right = nodes[split][["left_child", "right_child"]]
    nodes["left_child"][split], nodes["right_child"][split] = right, left


def beside(side):
    return lambda t: np.nextafter(np.float32(t), np.float32(side))


CORRUPTIONS = {
    "threshold up": moved("threshold", beside(np.inf)),
    "threshold down": moved("threshold", beside(-np.inf)),
    "missing": moved("missing_go_to_left", lambda left: 1 - left),
    "children": swapped,
}


@pytest.mark.parametrize("corrupt", CORRUPTIONS.values(), ids=CORRUPTIONS.keys())
def test_a_wrong_entry_at_any_split_is_found(corrupt, monkeypatch):
    """Wherever some row would be answered differently, and without any row of the user's."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 40, (60, 3)).astype(float)
    model = DecisionTreeRegressor(max_depth=4, random_state=0).fit(X, rng.normal(size=60))
    e, backend = read(model), registry.find_backend(model)
    at = e.threshold[~e.is_leaf].astype(np.float32)
    rows = rng.choice(
        [*at, *np.nextafter(at, np.inf), *np.nextafter(at, -np.inf), *[np.nan] * 9], (20_000, 3)
    )
    n_found = 0

    for split in np.flatnonzero(~e.is_leaf):

        def wrong(model, _, split=split):
            state = (new := copy.deepcopy(model)).tree_.__getstate__()
            corrupt(state["nodes"], split)
            new.tree_.__setstate__(state)
            return new

        if np.array_equal(wrong(model, e).predict(rows), model.predict(rows)):
            continue  # no row with that entry missing can come this far
        flawed = registry.Backend(backend.read, wrong, backend.raw_output, backend.in_bag)
        monkeypatch.setitem(registry._BACKENDS, "sklearn:DecisionTreeRegressor", flawed)
        with pytest.raises(ModelMismatchError):
            write(model, e)
        n_found += 1
    assert n_found >= 7
