"""Columns of codes, rounded thresholds, and which features hold NaN."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.helpers import BORDERS, shaped_ensemble
from treeprune.kernels.columns import (
    CATEGORY,
    NAN_IS_ZERO,
    NAN_LEFT,
    NAN_RIGHT,
    ZERO_LEFT,
    ZERO_RIGHT,
    code_columns,
    largest_on_the_left,
    missing_features,
)
from treeprune.model.ensemble import LEAF, MISSING_DEFAULT, MISSING_IS_ZERO

DTYPES = ("float32", "float64")


def expected_rule(e, node, has_missing):
    if e.category_set[node] != LEAF:
        return CATEGORY
    if e.missing[node] == MISSING_DEFAULT and has_missing:
        return NAN_LEFT if e.default_left[node] else NAN_RIGHT
    if e.missing[node] == MISSING_IS_ZERO and has_missing:
        return NAN_IS_ZERO
    if e.missing[node] in (MISSING_DEFAULT, MISSING_IS_ZERO):
        return NAN_RIGHT  # nothing is missing: one column serves all
    return ZERO_LEFT if e.default_left[node] else ZERO_RIGHT


@pytest.mark.parametrize("has_missing", [[True] * 4, [False] * 4, [True, False, True, False]])
def test_splits_share_a_column_if_they_ask_the_same(has_missing):
    e = shaped_ensemble(0, [("balanced", 150), ("left", 1), ("zigzag", 40)])
    columns = code_columns(e, np.array(has_missing))
    asked = [(int(f), expected_rule(e, i, has_missing[f])) for i, f in enumerate(e.feature) if f != LEAF]
    assert len({rule for _, rule in asked}) >= (6 if all(has_missing) else 4)
    assert [*zip(columns.feature, columns.rule, strict=True)] == sorted(set(asked))
    splits = np.flatnonzero(~e.is_leaf)
    got = columns.of_node[splits]
    assert [*zip(columns.feature[got], columns.rule[got], strict=True)] == asked
    assert (columns.of_node[e.is_leaf] == LEAF).all()


def test_no_split_needs_no_column():
    e = shaped_ensemble(0, [("left", 1)] * 3)
    assert len(code_columns(e, np.ones(4, bool))) == 0


def with_thresholds(thresholds, dtype, comparison):
    e = shaped_ensemble(0, [("left", len(thresholds) + 1)], categories=False)
    threshold = np.zeros(e.n_nodes)
    threshold[~e.is_leaf] = thresholds
    return shaped_ensemble(
        0,
        [("left", len(thresholds) + 1)],
        categories=False,
        threshold=threshold,
        input_dtype=dtype,
        comparison=comparison,
    )


def neighbours(values, dtype):
    """Numbers of a type on and around some others, and both ends."""
    with np.errstate(over="ignore", under="ignore"):
        at = np.concatenate([values, [np.inf, -np.inf, 0.0, -0.0]]).astype(dtype)
        up, down = at.dtype.type(np.inf), at.dtype.type(-np.inf)
        return np.concatenate([at, np.nextafter(at, up), np.nextafter(at, down)])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("comparison", ["<", "<="])
@given(st.lists(st.floats(allow_nan=False) | st.floats(allow_nan=False, width=32), min_size=1, max_size=8))
def test_largest_on_the_left(dtype, comparison, drawn):
    """One comparison with the bound says what the threshold says, of every number of the type."""
    thresholds = np.concatenate([drawn, BORDERS])
    e = with_thresholds(thresholds, dtype, comparison)
    bound, never = largest_on_the_left(e)
    assert bound.dtype == dtype
    assert not np.signbit(bound[bound == 0]).any()
    x = neighbours(thresholds, dtype)
    for node in np.flatnonzero(~e.is_leaf):
        wide, t = x.astype(float), e.threshold[node]
        left = wide < t if comparison == "<" else wide <= t
        np.testing.assert_array_equal((x <= bound[node]) & ~never[node], left)
    assert never.any() == (comparison == "<")


def with_nan(dtype):
    matrix = np.random.default_rng(0).normal(size=(50, 5)).astype(dtype)
    matrix[7, 1] = matrix[49, 4] = matrix[0, 4] = np.nan
    matrix[3, 2] = np.inf
    return matrix


@pytest.mark.parametrize("dtype", DTYPES)
def test_missing_features_of_dense_rows(dtype):
    expected = [False, True, False, False, True]
    rows = with_nan(dtype)
    frozen = rows.copy()
    frozen.setflags(write=False)
    for same in (rows, frozen, np.asfortranarray(rows), np.repeat(rows, 2, axis=0)[::2]):
        np.testing.assert_array_equal(missing_features(same), expected)
    np.testing.assert_array_equal(missing_features(rows[:0]), [False] * 5)


def test_missing_features_of_sparse_rows():
    rows = np.nan_to_num(with_nan(float), nan=0.0, posinf=0.0)
    rows[rows < 0.5] = 0.0
    rows[9, 3] = np.nan
    matrix = scipy.sparse.csr_matrix(rows)
    np.testing.assert_array_equal(missing_features(matrix), [False, False, False, True, False])
    np.testing.assert_array_equal(missing_features(matrix, "missing"), [True] * 5)
