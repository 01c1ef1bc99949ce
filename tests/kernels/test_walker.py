"""The walker: every kind of kernel reaches the leaf that the rules say, whatever stands beside it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.checked import check_kernels
from tests.kernels.helpers import (
    SHAPES,
    border_rows,
    nodes_of,
    shaped_ensemble,
    slow_leaves,
    slow_output,
    walked,
    walker_of,
)
from tests.strategies import hostile_rows, random_ensemble
from treeprune.kernels.columns import missing_features
from treeprune.kernels.deep import LANES
from treeprune.kernels.groups import STEP
from treeprune.model.ensemble import LEAF
from treeprune.model.traverse import leaf_index, raw_output

KINDS = ("blend", "deep", "plain", "mixed")
kinds = pytest.mark.parametrize("kind", KINDS)
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


def most_leaves(kind, e):
    """Limit that makes about half of the trees small."""
    return int(np.median(np.add.reduceat(e.is_leaf, e.root[:-1]))) if kind == "mixed" else 10


def fitting(e, kind, limit):
    """Kernels that the trees of an ensemble should get."""
    n_leaves = np.add.reduceat(e.is_leaf.astype(int), e.root[:-1])
    found = []
    for t in range(e.n_trees):
        own = e.tree(t)
        by_set = e.category_set[own] != LEAF
        never = (e.comparison == "<") & np.isneginf(e.threshold[own]) & ~e.is_leaf[own] & ~by_set
        small = {"blend": True, "deep": False, "plain": False, "mixed": n_leaves[t] <= limit}[kind]
        if kind == "plain" or never.any():
            found.append("plain")
        elif small:
            found.append("blend")
        else:
            found.append("plain" if by_set.any() else "deep")
    return found


# --------------------------------------------------------------------------------- against the twin
@kinds
@given(
    st.integers(0, 10**6),
    st.lists(st.tuples(st.sampled_from(SHAPES), st.integers(1, 40)), min_size=1, max_size=6),
    st.sampled_from(["<", "<="]),
    st.sampled_from(["left", "right", "default"]),
    st.sampled_from(["float32", "float64"]),
    st.booleans(),
    st.booleans(),
)
def test_every_kind_agrees_with_the_rules(
    kind, seed, trees, comparison, unknown, dtype, missing, categories
):
    e = shaped_ensemble(
        seed,
        trees,
        categories=categories,
        comparison=comparison,
        unknown_category=unknown,
        input_dtype=dtype,
    )
    rows, limit = border_rows(seed, 70, dtype, missing), most_leaves(kind, e)
    expected = slow_leaves(e, rows)
    for has_missing in (np.isnan(rows).any(axis=0), np.ones(4, bool)):
        walker = walker_of(e, kind, has_missing, limit)
        assert walker.kinds == fitting(e, kind, limit)
        np.testing.assert_array_equal(nodes_of(walker, walker.encode(rows)), expected)


@kinds
@given(
    st.integers(0, 10**6),
    st.lists(st.integers(0, 40), min_size=1, max_size=6),
    st.sampled_from(["<", "<="]),
    st.sampled_from(["left", "right", "default"]),
    st.sampled_from([np.float32, np.float64]),
)
def test_trees_in_random_order_of_growth(kind, seed, n_splits, comparison, unknown, dtype):
    e = random_ensemble(
        seed,
        tuple(n_splits),
        comparison=comparison,
        unknown_category=unknown,
        input_dtype=np.dtype(dtype).name,
    )
    rows = hostile_rows(seed, 50, dtype)
    walker = walker_of(e, kind, missing_features(rows), most_leaves(kind, e))
    np.testing.assert_array_equal(nodes_of(walker, walker.encode(rows)), slow_leaves(e, rows))


@kinds
@dtypes
@pytest.mark.parametrize("categories", [True, False])
def test_no_index_is_out_of_range(monkeypatch, kind, dtype, categories):
    """The same walks by Python itself, which checks each one."""
    assert check_kernels(monkeypatch) > 20
    for seed in range(3):
        trees = [("zigzag", 20), ("left", 1), ("balanced", 30), ("right", 2), ("left", 17)]
        e = shaped_ensemble(seed, trees, categories=categories, input_dtype=dtype)
        for n_rows in (0, 1, 17, 33):
            rows = border_rows(seed, n_rows, dtype)
            walker = walker_of(e, kind, missing_features(rows), most_leaves(kind, e))
            np.testing.assert_array_equal(nodes_of(walker, walker.encode(rows)), slow_leaves(e, rows))


@pytest.mark.parametrize("threshold", [np.inf, -np.inf])
@pytest.mark.parametrize("comparison", ["<", "<="])
@pytest.mark.parametrize("missing", [0, 1, 2])
@dtypes
@kinds
def test_splits_that_only_tell_missing_values(kind, threshold, comparison, missing, dtype):
    e = shaped_ensemble(0, [("balanced", 4), ("right", 7)], categories=False, input_dtype=dtype)
    e = shaped_ensemble(
        0,
        [("balanced", 4), ("right", 7)],
        categories=False,
        input_dtype=dtype,
        comparison=comparison,
        threshold=np.where(e.is_leaf, 0.0, threshold),
        missing=np.where(e.is_leaf, 0, missing).astype(np.uint8),
    )
    rows = border_rows(0, 60, dtype)
    np.testing.assert_array_equal(walked(e, rows, kind), slow_leaves(e, rows))


@kinds
@dtypes
@pytest.mark.parametrize(
    "n_rows", [0, 1, LANES - 1, LANES, LANES + 1, STEP - 1, STEP, STEP + 1, 2 * STEP + 33]
)
def test_any_number_of_rows(kind, dtype, n_rows):
    trees = [("balanced", 50), ("left", 1), ("zigzag", 40)]
    e = shaped_ensemble(2, trees, input_dtype=dtype, categories=kind != "deep")
    rows = border_rows(5, n_rows, dtype)
    walker = walker_of(e, kind, np.ones(4, bool), 45)
    got = nodes_of(walker, walker.encode(rows))
    assert got.shape == (3, n_rows)
    for part in (slice(0, 30), slice(STEP - 20, STEP + 20), slice(max(n_rows - 40, 0), n_rows)):
        np.testing.assert_array_equal(got[:, part], slow_leaves(e, rows[part]))


# ------------------------------------------------------------------------------------ rows and calls
@kinds
@dtypes
def test_rows_in_any_memory(kind, dtype):
    e = shaped_ensemble(2, [("balanced", 50), ("zigzag", 40)], input_dtype=dtype)
    rows = border_rows(5, 100, dtype)
    expected = slow_leaves(e, rows)
    frozen = rows.copy()
    frozen.setflags(write=False)
    wide = np.full((200, 9), np.nan, dtype)
    wide[::2, 1::2] = rows
    for same in (rows, frozen, np.asfortranarray(rows), wide[::2, 1::2], rows[::-1].copy()[::-1]):
        walker = walker_of(e, kind, missing_features(same), 45)
        np.testing.assert_array_equal(nodes_of(walker, walker.encode(same)), expected)
        np.testing.assert_array_equal(leaf_index(e, same), expected)


@kinds
def test_a_read_only_ensemble(kind):
    """As a model is that came out of a memory map."""
    e = shaped_ensemble(2, [("balanced", 50), ("zigzag", 40)])
    rows = border_rows(5, 100)
    for array in vars(e).values():
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    np.testing.assert_array_equal(walked(e, rows, kind), slow_leaves(e, rows))


@kinds
@pytest.mark.parametrize("n_jobs", [1, 2, 3, -1])
def test_threads_change_nothing(kind, n_jobs):
    e = shaped_ensemble(2, [("balanced", 50), ("left", 1), ("zigzag", 40)], categories=kind != "deep")
    rows = border_rows(5, 2 * STEP + 33)
    walker = walker_of(e, kind, np.ones(4, bool), 45)
    one, many = walker.encode(rows, 1), walker.encode(rows, n_jobs)
    for name in ("rows", "by_column", "by_tile"):
        np.testing.assert_array_equal(getattr(many, name), getattr(one, name))
    np.testing.assert_array_equal(leaf_index(e, rows, n_jobs=n_jobs), nodes_of(walker, one))


@kinds
def test_rows_of_another_width_are_refused(kind):
    e = shaped_ensemble(0, [("balanced", 9)])
    walker = walker_of(e, kind, np.zeros(4, bool), 5)
    for wrong in (np.zeros((3, 3)), np.zeros((3, 5)), np.zeros(4), np.zeros((1, 3, 4))):
        with pytest.raises(ValueError, match="columns"):
            walker.encode(wrong)


# ------------------------------------------------------------------------------------------- outputs
@pytest.mark.parametrize("aggregation", ["sum", "mean"])
@dtypes
@pytest.mark.parametrize("n_rows", [1, 90])
def test_raw_output_has_the_bits_of_a_plain_sum(aggregation, dtype, n_rows):
    """Small trees, large ones and large ones on categories, which feed one column or all."""
    trees = [("balanced", 20), ("zigzag", 270), ("left", 1), ("balanced", 258), ("right", 256)]
    for seed in range(3):
        rng = np.random.default_rng(seed)
        e = shaped_ensemble(seed, trees, comparison="<=")
        by_set = e.category_set != LEAF
        by_set[e.root[3] :] = False
        e = shaped_ensemble(
            seed,
            trees,
            comparison="<=",
            category_set=np.where(by_set, e.category_set, LEAF).astype(np.int32),
            aggregation=aggregation,
            output_dtype=dtype,
            weight=rng.uniform(0.5, 2, 5),
            output=np.array([LEAF, seed, 1, LEAF, 2], np.int32),
        )
        rows = border_rows(seed, n_rows)
        for n_jobs in (1, 2):
            got = raw_output(e, rows, n_jobs=n_jobs)
            np.testing.assert_array_equal(got, slow_output(e, rows))


@dtypes
def test_raw_output_of_one_column(dtype):
    trees = [("balanced", 20), ("zigzag", 30), ("left", 1)]
    e = shaped_ensemble(0, trees)
    e = shaped_ensemble(
        0,
        trees,
        value=e.value[:, :1].copy(),
        columns=(1,),
        base_score=np.array([0.3]),
        output=np.array([LEAF, 0, LEAF], np.int32),
        output_dtype=dtype,
    )
    rows = border_rows(1, 300)
    np.testing.assert_array_equal(raw_output(e, rows), slow_output(e, rows))


def test_weighted_medians_of_all_kinds():
    """The least answer at which half of the weight is reached, as AdaBoost has it."""
    trees = [("balanced", 20), ("zigzag", 270), ("left", 1), ("balanced", 258)]
    weights = np.array([0.5, 3.0, 1.0, 2.0])
    e = shaped_ensemble(5, trees, aggregation="median", weight=weights, output=np.full(4, LEAF, np.int32))
    rows = border_rows(1, 200)
    got, leaves = raw_output(e, rows), slow_leaves(e, rows)
    for i in range(len(rows)):
        for c in range(3):
            ranked = sorted((e.value[leaf, c], w) for leaf, w in zip(leaves[:, i], weights, strict=True))
            reached = np.cumsum([w for _, w in ranked])
            assert got[i, c] == ranked[int((reached >= 3.25).argmax())][0]
