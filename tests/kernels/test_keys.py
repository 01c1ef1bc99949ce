"""Keys: integers that compare as single precision numbers do, in tiles of rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.helpers import BORDERS, LIGHTGBM_ZERO, border_rows, goes_left, shaped_ensemble
from treeprune.kernels.columns import code_columns, largest_on_the_left
from treeprune.kernels.deep import LANES
from treeprune.kernels.keys import encode_keys, keys

SINGLE = st.floats(allow_nan=False, width=32)


@given(st.lists(SINGLE, min_size=1))
def test_keys_compare_as_numbers(values):
    with np.errstate(over="ignore", under="ignore"):
        x = np.concatenate([values, BORDERS]).astype(np.float32)
    key = keys(x)
    np.testing.assert_array_equal(key[:, None] < key, x[:, None] < x)
    np.testing.assert_array_equal(key[:, None] == key, x[:, None] == x)
    assert key.min() > 0  # NaN on the left is 0
    assert key.max() < 2**32 - 1  # and the largest integer on the right


def test_no_keys():
    assert keys(np.empty(0, np.float32)).shape == (0,)


def tiled(e, rows, has_missing):
    """Keys as (row, column), after a check that nothing outside of the rows was written."""
    columns = code_columns(e, has_missing)
    n_tiles = -(-len(rows) // LANES)
    out = np.full(n_tiles * LANES * len(columns) + 5, 77, np.uint32)
    encode_keys(columns, rows, out[: len(out) - 5])
    assert (out[len(out) - 5 :] == 77).all()
    own = out[: len(out) - 5].reshape(n_tiles, len(columns), LANES).swapaxes(1, 2)
    own = own.reshape(n_tiles * LANES, len(columns))
    assert (own[len(rows) :] == 77).all()
    return columns, own[: len(rows)]


@pytest.mark.parametrize("n_rows", [0, 1, LANES - 1, LANES, LANES + 1, 200])
@pytest.mark.parametrize("comparison", ["<", "<="])
@pytest.mark.parametrize("missing", [True, False])
def test_keys_decide_as_the_rules_do(comparison, missing, n_rows):
    for seed in range(3):
        e = shaped_ensemble(
            seed, [("balanced", 80)], categories=False, comparison=comparison, input_dtype="float32"
        )
        rows = border_rows(seed, n_rows, "float32", missing)
        rows.setflags(write=False)
        columns, codes = tiled(e, rows, np.isnan(rows).any(axis=0))
        bound, never = largest_on_the_left(e)
        for node in np.flatnonzero(~e.is_leaf & ~never):
            left = codes[:, columns.of_node[node]] <= keys(bound[node : node + 1])
            np.testing.assert_array_equal(left, [goes_left(e, node, row[e.feature[node]]) for row in rows])


def test_the_border_of_zero():
    """The largest single precision number that is zero to LightGBM, and the one beside it."""
    e = shaped_ensemble(0, [("left", 2)], categories=False, input_dtype="float32")
    e.missing[0], e.default_left[0] = 2, True
    limit = np.float32(LIGHTGBM_ZERO)
    above = np.nextafter(limit, np.float32(1))
    values = np.array([0, -0.0, limit, -limit, 1e-40, np.nan, above, -above], np.float32)
    _, codes = tiled(e, np.column_stack([values] * 4), np.ones(4, bool))
    assert (codes[:, 0] == 0).tolist() == [True] * 6 + [False] * 2
