"""Trees of histogram gradient boosting as they are written, and those that are refused."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from tests.backends.families import pruned
from tests.backends.families.sklearn_hist import (
    CASES,
    SMALL,
    as_pandas,
    categorical_columns,
    categorical_model,
    classifier,
    hist_trees,
)
from tests.strategies import random_table, random_weights
from treeprune.backends import read, write
from treeprune.exceptions import InvalidModelError, UnsupportedModelError
from treeprune.model.traverse import raw_output

EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def test_splits_on_a_single_category_ask_no_other_set():
    """Both such a split and one on another column can name the set 0."""
    case = next(case for case in CASES if case.id.endswith("one-category"))
    single = 0
    for tree in hist_trees(case.model):
        asks = tree.nodes[tree.nodes["is_categorical"] != 0]
        single += (asks["num_threshold"] == np.inf).sum()
    assert single
    e = read(case.model)
    X = np.array([[0.0, x, c] for x in (0.0, np.nan) for c in (*range(5), np.nan)])
    np.testing.assert_array_equal(raw_output(e, X)[:, 0], case.model.predict(X))


@EVERY_CASE
def test_sizes_of_written_trees(case):
    for share in (0.0, 0.3, 1.0):
        model, e = pruned(case.model, share=share)
        leaves = sum(tree.get_n_leaf_nodes() for tree in hist_trees(model))
        assert leaves == e.n_leaves
        for tree, old in zip(hist_trees(model), hist_trees(case.model), strict=True):
            nodes, asks = tree.nodes, tree.nodes["is_categorical"] != 0
            assert nodes.dtype == old.nodes.dtype
            assert nodes["depth"][0] == 0
            inner = np.flatnonzero(nodes["is_leaf"] == 0)
            for child in ("left", "right"):
                np.testing.assert_array_equal(
                    nodes["depth"][nodes[child][inner]], nodes["depth"][inner] + 1
                )
            counts = nodes["count"][nodes["left"][inner]] + nodes["count"][nodes["right"][inner]]
            np.testing.assert_array_equal(nodes["count"][inner], counts)
            if len(nodes) < len(old.nodes):  # no set is kept that nobody asks
                assert len(tree.raw_left_cat_bitsets) == len(np.unique(nodes["bitset_idx"][asks]))
                assert len(tree.binned_left_cat_bitsets) == len(tree.raw_left_cat_bitsets)
            assert not asks[nodes["is_leaf"] != 0].any()


def test_binned_and_raw_rows_reach_the_same_leaves():
    """Continued training walks binned rows: thresholds and sets in both forms are those of one split."""
    columns, _ = categorical_columns(0, 200, 9)
    small, _ = pruned(categorical_model(), 2)
    seen = small._preprocess_X(as_pandas(columns), reset=False)
    binned = np.ascontiguousarray(small._bin_mapper.transform(seen))
    known, place = small._bin_mapper.make_known_categories_bitsets()
    for tree in hist_trees(small):
        np.testing.assert_array_equal(
            tree.predict(seen, known, place, 1),
            tree.predict_binned(binned, small._bin_mapper.missing_values_bin_idx_, 1),
        )


def strange_field(model):
    tree = model._predictors[1][0]
    nodes = np.zeros(len(tree.nodes), [*tree.nodes.dtype.descr, ("linear_idx", "u4")])
    for name in tree.nodes.dtype.names:
        nodes[name] = tree.nodes[name]
    tree.nodes = nodes


def missing_field(model):
    tree = model._predictors[1][0]
    tree.nodes = tree.nodes[[name for name in tree.nodes.dtype.names if name != "linear_idx"][:-1]]


def strange_attribute(model):
    model._predictors[1][0].linear_idx = 3


def other_order(model):
    model._is_categorical_remapped = model._is_categorical_remapped[::-1]


def other_codes(model):
    model._bin_mapper.bin_thresholds_[0] = model._bin_mapper.bin_thresholds_[0] + 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (strange_field, r"another layout .*linear_idx"),
        (missing_field, r"another layout .*bitset_idx"),
        (strange_attribute, r"another layout .*linear_idx"),
        (other_order, "laid out in another way"),
        (other_codes, "laid out in another way"),
    ],
)
def test_unknown_layout(change, message):
    model = copy.deepcopy(categorical_model())
    change(model)
    with pytest.raises(UnsupportedModelError, match=message):
        read(model)


TAMPERED = {
    "child past the end": ("left", 0, 10_000),
    "child that is huge": ("right", 0, 2**32 - 1),
    "cycle": ("left", 1, 0),
    "itself": ("right", 0, 0),
    "no leaf, no children": ("is_leaf", -1, 0),
    "orphans": ("is_leaf", 0, 1),
    "feature past the end": ("feature_idx", 0, 7),
    "feature that wraps around": ("feature_idx", 0, 2**32),
    "negative feature": ("feature_idx", 0, -1),
    "NaN threshold": ("num_threshold", "number", np.nan),
    "NaN value": ("value", -1, np.nan),
    "infinite value": ("value", -1, np.inf),
    "category set past the end": ("bitset_idx", "category", 99),
    "categories of a number": ("is_categorical", "number", 1),
}


@pytest.mark.parametrize(("name", "at", "entry"), TAMPERED.values(), ids=TAMPERED.keys())
def test_tampered_trees_are_refused(name, at, entry):
    """Entries on which scikit-learn would crash, hang or answer nonsense."""
    model = copy.deepcopy(categorical_model())
    nodes = model._predictors[1][0].nodes
    if isinstance(at, str):
        wanted = (nodes["is_categorical"] != 0) == (at == "category")
        at = np.flatnonzero(wanted & (nodes["is_leaf"] == 0))[0]
    nodes[name][at] = entry
    with pytest.raises(InvalidModelError):
        read(model)


@pytest.mark.parametrize(
    "bitsets", [np.zeros((9, 7), np.uint32), np.zeros((9, 8), np.int64), np.zeros(8, np.uint32)]
)
def test_tampered_category_sets_are_refused(bitsets):
    model = copy.deepcopy(categorical_model())
    model._predictors[1][0].raw_left_cat_bitsets = bitsets
    with pytest.raises(InvalidModelError, match="8 words"):
        read(model)


def test_a_round_that_lacks_a_tree_is_refused():
    model = copy.deepcopy(classifier())
    model._predictors[2].pop()
    with pytest.raises(InvalidModelError, match="3 trees"):
        read(model)


def test_counts_are_covers_whatever_the_weights():
    X, y = random_table(0, 150, "regression")
    weighted = HistGradientBoostingRegressor(max_iter=2, **SMALL).fit(X, y, random_weights(0, 150))
    e = read(weighted)
    np.testing.assert_array_equal(e.cover[e.root[:-1]], 150)
    np.testing.assert_array_equal(e.n_samples, e.cover)


def test_arrays_of_the_result_are_its_own():
    model = categorical_model()
    before = pickle.dumps(model)
    small = write(model, read(model))
    for tree in hist_trees(small):
        tree.nodes["value"] = 7
        tree.raw_left_cat_bitsets[...] = 7
    small._feature_subsample_rng.random(5)
    assert pickle.dumps(model) == before
