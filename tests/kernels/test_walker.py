"""The walker: every kind of kernel reaches the leaf that the rules say, whatever stands beside it."""

from itertools import pairwise

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
from treeprune.kernels import sides
from treeprune.kernels.columns import missing_features
from treeprune.kernels.deep import LANES
from treeprune.kernels.walker import STEP, Walker
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


# ------------------------------------------------------------------------------------- which kernel
@dtypes
def test_groups_of_all_kinds_in_turn(dtype):
    """Slots and groups at the borders of kinds, and more trees in a row than one group holds."""
    by_kind = {"blend": ("balanced", 20), "deep": ("zigzag", 260), "plain": ("right", 259)}
    order = ["blend", "deep", "plain", "blend", "blend", "plain", "deep", "blend", "plain", "plain", "deep"]
    order += ["deep"] * 20 + ["blend"] * 70 + ["plain"] * 18 + ["blend"]
    e = shaped_ensemble(0, [by_kind[kind] for kind in order], input_dtype=dtype)
    # only the large trees without categories can be packed
    for t, kind in enumerate(order):
        own = np.arange(e.root[t], e.root[t + 1])
        own = own[~e.is_leaf[own]]
        if kind == "deep":
            e.feature[own], e.category_set[own] = e.feature[own] % 3, LEAF
    rows = border_rows(0, 60, dtype)
    walker = Walker(e, missing_features(rows), 10**6)
    assert walker.kinds == order
    ends = [(group.first, group.last) for group in walker.groups]
    assert ends[0][0] == 0
    assert ends[-1][1] == e.n_trees
    assert all(a[1] == b[0] and b[0] < b[1] for a, b in pairwise(ends))
    assert all({order[t] for t in range(g.first, g.last)} == {g.kind} for g in walker.groups)
    np.testing.assert_array_equal(nodes_of(walker, walker.encode(rows)), slow_leaves(e, rows))


@dtypes
@pytest.mark.parametrize(("n_leaves", "kind"), [(255, "blend"), (256, "blend"), (257, "deep")])
def test_leaf_numbers_are_bytes(dtype, n_leaves, kind):
    e = shaped_ensemble(1, [("balanced", n_leaves)], categories=False, input_dtype=dtype, comparison="<=")
    rows = border_rows(0, 400, dtype)
    assert Walker(e, missing_features(rows), 10**6).kinds == [kind]
    np.testing.assert_array_equal(leaf_index(e, rows), slow_leaves(e, rows))


def with_bounds(n, dtype="float64", n_features=4):
    """Small trees that split one feature at `n` different thresholds, NaN to the right."""
    trees = [("balanced", 257 - 1)] * (n // 255) + [("balanced", n % 255 + 1)]
    e = shaped_ensemble(n, trees, categories=False, comparison="<=", input_dtype=dtype)
    split = ~e.is_leaf
    assert split.sum() == n
    e.threshold[split] = np.random.default_rng(n).permutation(n)
    e.feature[split], e.missing[split], e.default_left[split] = 1, 0, False
    return e


@pytest.mark.parametrize(
    ("n", "dtype"), [(253, np.uint8), (254, np.uint8), (255, np.uint8), (256, np.uint16), (257, np.uint16)]
)
def test_codes_are_as_narrow_as_they_can_be(n, dtype):
    e = with_bounds(n)
    values = np.array([-1.0, 0, 1, n - 2, n - 1, n - 0.5, n, np.inf, -np.inf, np.nan])
    rows = np.column_stack([values] * 4)
    walker = Walker(e, missing_features(rows), 10**6)
    assert set(walker.kinds) == {"blend"}
    codes = walker.encode(rows)
    assert codes.by_column.dtype == dtype
    np.testing.assert_array_equal(nodes_of(walker, codes), slow_leaves(e, rows))


@pytest.mark.parametrize(("n", "kind"), [(65534, "blend"), (65535, "blend"), (65536, "deep")])
@dtypes
def test_more_bounds_than_two_bytes_can_say(n, kind, dtype):
    e = with_bounds(n, dtype)
    values = np.array([-1.0, 0, 1, 255, 256, n - 2, n - 1, n - 0.5, n, np.inf, -np.inf, np.nan])
    rows = np.column_stack([values] * 4).astype(dtype)
    walker = Walker(e, missing_features(rows), 10**6)
    assert set(walker.kinds) == {kind}
    np.testing.assert_array_equal(nodes_of(walker, walker.encode(rows)), slow_leaves(e, rows))


@pytest.mark.parametrize("unknown", ["left", "right", "default"])
@pytest.mark.parametrize(
    ("n", "kind", "width"),
    [(253, "blend", 1), (254, "blend", 1), (255, "blend", 2), (65534, "blend", 2), (65535, "plain", 1)],
)
def test_many_categories(n, kind, width, unknown):
    """One code for the unknown ones and one for NaN stand behind the known ones."""
    words = np.random.default_rng(n).integers(0, 2**32, (2, -(-n // 32)), np.uint32)
    e = shaped_ensemble(
        1,
        [("balanced", 30), ("left", 1)],
        unknown_category=unknown,
        category_word=np.concatenate([words[0], words[1], words[0, :1]]),
        category_offset=np.array([0, len(words[0]), 2 * len(words[0]), 2 * len(words[0]) + 1]),
        category_count=np.array([n, n - 3, 5]),
    )
    split = ~e.is_leaf
    e.feature[split], e.category_set[split] = 3, np.arange(split.sum()) % 3
    codes = [
        0,
        4,
        5,
        253,
        254,
        255,
        256,
        65534,
        65535,
        65536,
        -1,
        -0.5,
        np.nan,
        np.inf,
        *range(n - 5, n + 3),
    ]
    rows = np.column_stack([np.zeros((len(codes), 3)), codes])
    walker = Walker(e, missing_features(rows), 10**6)
    assert walker.kinds == [kind, "blend"]
    encoded = walker.encode(rows)
    assert encoded.by_column.dtype.itemsize == width
    np.testing.assert_array_equal(nodes_of(walker, encoded), slow_leaves(e, rows))


@pytest.mark.parametrize("n_splits", [(30, 5), (300, 4)])
@dtypes
def test_tables_of_categories_that_would_be_too_large(monkeypatch, n_splits, dtype):
    """Trees with categories are walked by their bit sets then; numeric ones keep their kernel."""
    monkeypatch.setattr(sides, "MOST_SIDES", 10)
    e, rows = (
        random_ensemble(3, (*n_splits, 0), input_dtype=dtype),
        hostile_rows(0, 700, getattr(np, dtype)),
    )
    assert Walker(e, missing_features(rows), len(rows)).kinds == ["plain", "plain", "blend"]
    np.testing.assert_array_equal(leaf_index(e, rows), slow_leaves(e, rows))


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


@pytest.mark.parametrize("shape", SHAPES)
@dtypes
def test_deep_chains(shape, dtype):
    """The deepest tree of bytes, and one that is far deeper."""
    e = shaped_ensemble(
        7, [(shape, 256), (shape, 3001)], categories=False, input_dtype=dtype, comparison="<="
    )
    rng = np.random.default_rng(0)
    split = ~e.is_leaf
    e.threshold[split], e.missing[split] = rng.normal(size=split.sum()), rng.integers(0, 2, split.sum())
    rows = (4 * rng.normal(size=(300, 4))).astype(dtype)
    rows[::7, 1] = np.nan
    walker = Walker(e, missing_features(rows), 10**6)
    assert walker.kinds == ["blend", "deep"]
    np.testing.assert_array_equal(nodes_of(walker, walker.encode(rows)), slow_leaves(e, rows))


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
