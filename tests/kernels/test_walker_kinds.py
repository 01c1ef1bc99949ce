"""Which kernel walks which tree, and the numbers at which leaves, codes and tables need more room."""

from itertools import pairwise

import numpy as np
import pytest

from tests.kernels.helpers import SHAPES, border_rows, nodes_of, shaped_ensemble, slow_leaves
from tests.strategies import hostile_rows, random_ensemble
from treeprune.kernels import sides
from treeprune.kernels.columns import missing_features
from treeprune.kernels.walker import Walker
from treeprune.model.ensemble import LEAF
from treeprune.model.traverse import leaf_index

dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


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


def with_bounds(n, dtype="float64"):
    """Small trees that split one feature at `n` different thresholds, NaN to the right."""
    trees = [("balanced", 256)] * (n // 255) + [("balanced", n % 255 + 1)]
    e = shaped_ensemble(n, trees, categories=False, comparison="<=", input_dtype=dtype)
    split = ~e.is_leaf
    assert split.sum() == n
    e.threshold[split] = np.random.default_rng(n).permutation(n)
    e.feature[split], e.missing[split], e.default_left[split] = 1, 0, False
    return e


@pytest.mark.parametrize(
    ("n", "dtype"), [(253, np.int8), (254, np.int8), (255, np.int8), (256, np.int16), (257, np.int16)]
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


@pytest.mark.parametrize(
    ("n", "kind", "dtype"),
    [(65535, "blend", "float64"), (65536, "deep", "float64"), (65536, "deep", "float32")],
)
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
