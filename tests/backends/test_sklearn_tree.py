"""What scikit-learn itself makes of written trees, and which trees are refused."""

import copy
import pickle

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    export_graphviz,
    export_text,
    plot_tree,
)

from tests.backends.families import boundary_rows, pruned
from tests.backends.families.sklearn_trees import sklearn_state, sklearn_trees
from tests.strategies import FORESTS, SINGLE, cases, fitted, fitted_cases, random_mask, random_table
from treeprune.backends import read, sklearn_tree, write
from treeprune.exceptions import InvalidModelError, ModelMismatchError, UnsupportedModelError
from treeprune.model.edit import collapse, with_values


@given(case=fitted_cases(), seed=st.integers(0, 2**32 - 1), share=st.floats(0, 1))
def test_rows_end_at_the_first_collapsed_node_of_their_old_path(case, seed, share):
    """By the old model's decision path, tree by tree, on boundary and missing values."""
    e = read(case.model)
    mask = random_mask(seed, e.n_nodes, share)
    rows = boundary_rows(e, case.X, 10)
    new = sklearn_trees(write(case.model, collapse(e, mask), rows))
    for t, old in enumerate(sklearn_trees(case.model)):
        ends = mask[e.tree(t)] | (old.children_left == -1)
        path = old.decision_path(rows)
        nodes = [path.indices[path.indptr[i] : path.indptr[i + 1]] for i in range(len(rows))]
        stops = np.array([own[ends[own]][np.argmin(_depth(old)[own[ends[own]]])] for own in nodes])
        leaves = new[t].apply(rows)
        for name in ("value", "weighted_n_node_samples", "n_node_samples", "impurity"):
            np.testing.assert_array_equal(getattr(new[t], name)[leaves], getattr(old, name)[stops])


def _depth(tree):
    depth = np.zeros(tree.node_count, int)
    for node in range(tree.node_count):
        for child in (tree.children_left[node], tree.children_right[node]):
            if child != -1:
                depth[child] = depth[node] + 1
    return depth


@pytest.mark.parametrize("case", cases(classes=SINGLE))
def test_sizes_and_importances(case):
    for share in (0.0, 0.15, 0.5, 1.0):
        model, small = pruned(case.model, share=share)
        assert model.get_n_leaves() == small.n_leaves == (model.tree_.children_left == -1).sum()
        assert model.get_depth() == model.tree_.max_depth == _depth(model.tree_).max()
        assert model.get_depth() <= case.model.get_depth()
        importances = model.feature_importances_
        assert np.isfinite(importances).all()
        assert importances.sum() == pytest.approx(1) or not importances.any()
        assert set(np.flatnonzero(importances)) <= set(small.used_features())


@pytest.mark.parametrize("case", cases(classes=SINGLE))
def test_paths_and_leaves_agree(case):
    model, _ = pruned(case.model)
    leaves, path = model.apply(case.X), model.decision_path(case.X)
    assert path.shape == (len(case.X), model.tree_.node_count)
    np.testing.assert_array_equal(path[np.arange(len(leaves)), leaves], 1)
    assert (model.tree_.children_left[leaves] == -1).all()
    np.testing.assert_array_equal(np.diff(path.indptr), _depth(model.tree_)[leaves] + 1)


@pytest.mark.parametrize("case", cases("plain", "nan", classes=SINGLE))
def test_trees_can_be_shown(case):
    model, small = pruned(case.model)
    several_targets = len(small.columns) > 1 and small.task == "classification"
    if not several_targets:  # scikit-learn prints trees of several class targets not at all
        lines = export_text(model, max_depth=99).splitlines()
        assert sum("class:" in line or "value:" in line for line in lines) == small.n_leaves
    figure, axes = plt.subplots()
    assert len(plot_tree(model, ax=axes)) >= small.n_nodes
    plt.close(figure)
    assert export_graphviz(model).count("[label=") >= small.n_nodes


@pytest.mark.parametrize(
    "case", cases("plain", "nan", "weights", classes=(DecisionTreeClassifier, DecisionTreeRegressor))
)
def test_equals_scikit_learns_own_pruning(case):
    """Collapsing what `ccp_alpha` collapses gives scikit-learn's tree in every bit."""
    model, table = case.model, (case.X, case.y, case.weight)
    alphas = model.cost_complexity_pruning_path(*table).ccp_alphas
    own = copy.deepcopy(model).set_params(ccp_alpha=alphas[len(alphas) // 2]).fit(*table)
    assert 1 < own.tree_.node_count < model.tree_.node_count
    mask, pairs = np.zeros(model.tree_.node_count, bool), [(0, 0)]
    while pairs:  # walk both trees in step
        a, b = pairs.pop()
        if own.tree_.children_left[b] == -1:
            mask[a] = True
        else:
            children = ("children_left", "children_right")
            pairs += [(getattr(model.tree_, c)[a], getattr(own.tree_, c)[b]) for c in children]
    assert sklearn_state(write(model, collapse(read(model), mask))) == sklearn_state(own)


def test_frames_names_and_options_survive():
    X, y = random_table(0, kind="strings")
    frame = pd.DataFrame(X, columns=["age", "sex", "bmi", "smoker", "glucose [mg/dL]"])
    model = DecisionTreeClassifier(
        random_state=np.random.RandomState(3),
        class_weight="balanced",
        monotonic_cst=None,
        min_samples_leaf=2,
    ).fit(frame, y)
    small, e = pruned(model)
    np.testing.assert_array_equal(small.feature_names_in_, frame.columns)
    np.testing.assert_array_equal(small.classes_, ["alive", "dead", "lost"])
    assert e.feature_names == tuple(frame.columns)
    assert small.class_weight == "balanced"
    assert small.random_state is not model.random_state
    assert set(small.predict(frame)) <= set(small.classes_)


def test_constraints_are_read():
    X, y = random_table(0)
    model = DecisionTreeClassifier(monotonic_cst=[1, 0, -1, 0, 0], random_state=0).fit(X, y)
    np.testing.assert_array_equal(read(model).monotone, [1, 0, -1, 0, 0])
    assert pruned(model)[0].monotonic_cst == [1, 0, -1, 0, 0]


def test_new_values_are_written():
    model = fitted(DecisionTreeRegressor, kind="multi_regression")
    e = read(model)
    written = write(model, with_values(e, e.value * 2, cover=e.cover + 1, n_samples=e.n_samples + 2))
    np.testing.assert_array_equal(
        written.predict(random_table(0)[0]), 2 * model.predict(random_table(0)[0])
    )
    np.testing.assert_array_equal(
        written.tree_.weighted_n_node_samples, model.tree_.weighted_n_node_samples + 1
    )
    np.testing.assert_array_equal(written.tree_.n_node_samples, model.tree_.n_node_samples + 2)


@pytest.mark.parametrize("cls", SINGLE + FORESTS)
def test_written_arrays_are_their_own(cls):
    model = fitted(cls)
    before = pickle.dumps(model)
    for tree in sklearn_trees(write(model, read(model))):
        for array in (tree.value, tree.threshold, tree.n_node_samples):
            array[...] = 7
    assert pickle.dumps(model) == before


class StrangeTree:
    """A tree with a node field or a state entry that nobody knows."""

    def __init__(self, tree, change):
        self._state = tree.__getstate__()
        change(self._state)

    def __getstate__(self):
        return self._state


def add_field(state):
    old = state["nodes"]
    state["nodes"] = np.zeros(len(old), [*old.dtype.descr, ("split_kind", "u1")])


def drop_field(state):
    state["nodes"] = state["nodes"][[n for n in state["nodes"].dtype.names if n != "missing_go_to_left"]]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (add_field, "split_kind"),
        (drop_field, "missing_go_to_left"),
        (lambda state: state.update(n_categories=3), "n_categories"),
        (lambda state: state.pop("max_depth"), "max_depth"),
    ],
)
def test_unknown_layout(change, name):
    model = fitted(ExtraTreeClassifier)
    model.tree_ = StrangeTree(model.tree_, change)
    with pytest.raises(UnsupportedModelError, match=rf"another layout .*\b{name}\b"):
        sklearn_tree.checked_state(model.tree_)
    model.tree_.node_count = len(model.tree_.__getstate__()["nodes"])
    with pytest.raises(UnsupportedModelError, match=name):
        read(model)


TAMPERED = {
    "child past the end": ("left_child", 0, 10_000),
    "child that wraps around": ("left_child", 0, 2**32 + 1),
    "child of the next tree": ("right_child", -1, None),
    "negative child": ("left_child", 0, -7),
    "half a leaf": ("right_child", 0, -1),
    "cycle": ("left_child", 1, 0),
    "itself": ("right_child", 0, 0),
    "orphans": ("left_child", 0, -1),
    "feature past the end": ("feature", 0, 5),
    "feature that wraps around": ("feature", 0, 2**32),
    "negative feature": ("feature", 0, -2),
    "NaN threshold": ("threshold", 0, np.nan),
    "NaN cover": ("weighted_n_node_samples", 0, np.nan),
    "negative cover": ("weighted_n_node_samples", -1, -1.0),
    "negative count": ("n_node_samples", -1, -1),
    "NaN value": ("values", 0, np.nan),
    "infinite value": ("values", -1, np.inf),
}


@pytest.mark.parametrize(("name", "at", "entry"), TAMPERED.values(), ids=TAMPERED.keys())
@pytest.mark.parametrize("cls", [DecisionTreeClassifier, FORESTS[0]])
def test_tampered_trees_are_refused(cls, name, at, entry):
    """Entries on which scikit-learn would crash, hang or answer nonsense."""
    model = copy.deepcopy(fitted(cls))
    tree = sklearn_trees(model)[0]
    state = copy.deepcopy(tree.__getstate__())
    entry = tree.node_count if entry is None else entry
    if name == "values":
        state[name][at] = entry
    else:
        assert at or tree.children_left[0] != -1
        state["nodes"][name][at] = entry
        if at == -1 and name == "right_child":
            state["nodes"]["left_child"][at] = entry + 1
    tree.__setstate__(state)
    with pytest.raises(InvalidModelError):
        read(model)


def test_wrong_values_are_found_on_writing(monkeypatch):
    model = fitted(DecisionTreeRegressor, kind="regression")
    real = sklearn_tree.rebuilt_tree

    def rounded(tree, ensemble, position):
        new = real(tree, ensemble, position)
        new.value[...] = new.value.astype(np.float32)
        return new

    monkeypatch.setattr(sklearn_tree, "rebuilt_tree", rounded)
    with pytest.raises(ModelMismatchError, match="DecisionTreeRegressor differs from its plan by up to"):
        write(model, read(model))


def test_in_bag():
    model = fitted(DecisionTreeClassifier)
    np.testing.assert_array_equal(sklearn_tree._in_bag(model, 0, 7), np.ones(7))


def test_saved_bytes_are_the_same_each_time():
    """The record of a node has bytes that belong to no field; left as found, they would differ."""
    tree = fitted(DecisionTreeClassifier)
    ensemble = read(tree)
    mask = np.zeros(ensemble.n_nodes, bool)
    mask[1] = True
    saved = set()
    for fill in range(4):
        rubbish = [np.full(2000, fill, np.uint8) for _ in range(200)]  # what freed memory holds
        del rubbish
        saved.add(pickle.dumps(write(tree, collapse(ensemble, mask))))
    assert len(saved) == 1
