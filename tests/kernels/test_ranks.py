"""Ranks: comparing them is comparing the numbers, and codes for what is missing lie on the right side."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.helpers import BORDERS, border_rows, goes_left, shaped_ensemble
from treeprune.kernels.columns import CATEGORY, code_columns, largest_on_the_left
from treeprune.kernels.ranks import rank_bounds
from treeprune.model.ensemble import LEAF

UNKNOWN = {"left": 0, "right": 1, "default": 2}


def coded(e, rows, has_missing, dtype=np.uint16):
    """Ranks of the numeric splits and the codes of some rows, between two rows that nobody may touch."""
    columns = code_columns(e, has_missing)
    bound, never = largest_on_the_left(e)
    numeric = ~e.is_leaf & (e.category_set == LEAF)
    ranks = rank_bounds(columns, bound, numeric, 90, UNKNOWN[e.unknown_category])
    out = np.full((len(columns) + 2, len(rows) + 6), 77, dtype)
    ranks.encode(rows, out[1:-1, 3:-3])
    inside = out[1:-1, 3:-3].copy()
    out[1:-1, 3:-3] = 77
    assert (out == 77).all()  # nothing beside the rows was touched
    return ranks, inside, np.flatnonzero(numeric & ~never)


@pytest.mark.parametrize("comparison", ["<", "<="])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("missing", [True, False])
def test_ranks_decide_as_the_rules_do(comparison, dtype, missing):
    for seed in range(4):
        e = shaped_ensemble(seed, [("balanced", 60)], comparison=comparison, input_dtype=dtype)
        rows = border_rows(seed, 150, dtype, missing)
        ranks, codes, numeric = coded(e, rows, np.isnan(rows).any(axis=0))
        assert codes.max() <= ranks.largest
        for node in numeric:
            left = codes[ranks.columns.of_node[node]] <= ranks.of_node[node]
            np.testing.assert_array_equal(left, [goes_left(e, node, row[e.feature[node]]) for row in rows])


@given(st.lists(st.floats(allow_nan=False), max_size=40), st.lists(st.floats(allow_nan=False), min_size=1))
def test_a_rank_is_the_number_of_bounds_below(bounds, values):
    e = shaped_ensemble(
        0, [("left", len(bounds) + 1)], categories=False, input_dtype="float64", comparison="<="
    )
    split = ~e.is_leaf
    e.threshold[split], e.feature[split], e.missing[split] = bounds, 0, 0
    values = np.array([*values, *bounds, np.inf, -np.inf])
    rows = np.column_stack([values, *[np.full(len(values), np.nan)] * 3])
    ranks, codes, _ = coded(e, rows, np.zeros(4, bool))
    distinct = {b + 0.0 for b in bounds}
    assert ranks.count.tolist() == [len(distinct)] * (len(bounds) > 0)
    if bounds:
        np.testing.assert_array_equal(codes[0], [sum(b < v for b in distinct) for v in values])


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 8, 9, 127, 128, 254, 255, 256, 511, 512, 513])
def test_every_number_of_bounds(n):
    """Searches take a number of steps that jumps at powers of two; codes of NaN are the last of all."""
    e = shaped_ensemble(0, [("left", n + 1)], categories=False)
    split = ~e.is_leaf
    e.threshold[split], e.feature[split] = np.random.default_rng(n).permutation(n), 1
    e.missing[split], e.default_left[split] = 0, False
    values = np.array([-1.0, *(np.arange(2 * n) / 2), n + 5.0, np.inf, -np.inf, np.nan])
    rows = np.column_stack([values] * 4)
    ranks, codes, _ = coded(e, rows, np.ones(4, bool))
    assert ranks.largest == n
    known = values[:-1]
    np.testing.assert_array_equal(codes[0], [*((np.arange(n) < v).sum() for v in known), n])
    np.testing.assert_array_equal(ranks.of_node[split], e.threshold[split])
    if n <= 255:
        np.testing.assert_array_equal(coded(e, rows, np.ones(4, bool), np.int8)[1], codes.astype(int) - 128)


@pytest.mark.parametrize("n_rows", [0, 1, 127, 128, 129, 513])
def test_any_number_of_rows(n_rows):
    e, rows = shaped_ensemble(3, [("balanced", 30)]), border_rows(0, n_rows)
    has_missing = np.ones(4, bool)
    whole = coded(e, rows, has_missing)[1]
    single = [coded(e, rows[i : i + 1], has_missing)[1] for i in range(n_rows)]
    np.testing.assert_array_equal(whole, np.hstack([whole[:, :0], *single]))


@pytest.mark.parametrize("unknown", UNKNOWN)
def test_codes_of_categories(unknown):
    e = shaped_ensemble(3, [("balanced", 30)], unknown_category=unknown)
    whole = [0, 1, 31, 32, 89, 89.9, -0.0]
    none = [90, 90.5, 2.0**31, 2.0**32 + 3, 2.0**63, 1e300, np.inf, -1, -1.5, -(2.0**63), -1e300, -np.inf]
    values = np.array([*whole, *none, -0.5, np.nan])
    ranks, codes, _ = coded(e, np.column_stack([np.zeros((len(values), 3)), values]), np.ones(4, bool))
    expected = [*map(int, whole), *[90] * len(none), 0 if unknown == "right" else 90, 91]
    (at,) = np.flatnonzero(ranks.columns.rule == CATEGORY)
    assert codes[at].tolist() == expected
    assert ranks.largest == 91


def test_bounds_are_sorted_and_padded_by_infinity():
    e = shaped_ensemble(5, [("balanced", 200)], borders=BORDERS)
    ranks, _, _ = coded(e, border_rows(0, 1), np.ones(4, bool))
    for c, n in enumerate(np.where(ranks.columns.rule == CATEGORY, 0, ranks.count)):
        own = ranks.bound[ranks.first[c] : ranks.first[c + 1]]
        assert (np.diff(own[:n]) > 0).all()
        assert np.isinf(own[n:]).all()
        assert len(own) == n + 2 * ranks.guide.step[c]


CROWDS = {
    "even": np.arange(300.0),
    "one far away": np.array([*np.arange(300.0), 1e9]),
    "growing": 2.0 ** np.arange(-1074, 1024, 9),
    "all floats": np.array([-np.inf, -1.7e308, -1e308, -5e-324, 0, 5e-324, 1e308, 1.7e308, np.inf]),
    "neighbours": 1.0 + np.arange(40) * 2.0**-52,
    "tiny": np.arange(30) * 5e-324,
}


@pytest.mark.parametrize("name", CROWDS)
def test_bounds_that_crowd_in_a_few_cells(name):
    """However the bounds lie, a search finds its place; codes may be signed."""
    bounds = CROWDS[name]
    e = shaped_ensemble(
        0, [("left", len(bounds) + 1)], categories=False, input_dtype="float64", comparison="<="
    )
    split = ~e.is_leaf
    e.threshold[split], e.feature[split], e.missing[split] = bounds, 0, 0
    values = np.concatenate([bounds, np.nextafter(bounds, -np.inf), np.nextafter(bounds, np.inf)])
    rows = np.column_stack([values, *[np.full(len(values), np.nan)] * 3])
    expected = (bounds[:, None] < values).sum(axis=0)
    _, codes, _ = coded(e, rows, np.zeros(4, bool))
    np.testing.assert_array_equal(codes[0], expected)
    _, codes, _ = coded(e, rows, np.zeros(4, bool), np.int16)
    np.testing.assert_array_equal(codes[0], expected - 2**15)
