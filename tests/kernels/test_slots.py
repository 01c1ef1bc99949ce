"""What is done with leaf numbers, against loops over numpy arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.checked import in_python
from treeprune.kernels.slots import add_columns, add_outputs, count_rows, take_nodes, take_values
from treeprune.model.ensemble import LEAF

SIZES = (7, 1, 256, 30)
FIRST = np.cumsum([0, *SIZES])
STEP, ROWS, START = 64, 50, 5
"""Numbers are `STEP` apart, `ROWS` of them count, and they belong to the rows from `START` on."""


def drawn(seed, dtype):
    """Leaf numbers, those beyond `ROWS` far out of range."""
    rng = np.random.default_rng(seed)
    numbers = np.full((len(SIZES), STEP), 255 if dtype is np.uint8 else 1 << 30, dtype)
    for t, size in enumerate(SIZES):
        numbers[t, :ROWS] = rng.integers(0, size, ROWS)
    numbers[2, 0] = 255
    return rng, numbers


both = pytest.mark.parametrize("run", [lambda k: k, in_python], ids=["compiled", "in Python"])
dtypes = pytest.mark.parametrize("dtype", [np.uint8, np.int32])


@both
@dtypes
def test_take_nodes(run, dtype):
    rng, numbers = drawn(0, dtype)
    slot = rng.permutation(FIRST[-1]).astype(np.int32)
    out = np.full((len(SIZES), START + ROWS + 2), -5, np.int32)
    run(take_nodes)(numbers.reshape(-1), STEP, ROWS, slot, FIRST[:-1], out, START)
    assert (out[:, :START] == -5).all()
    assert (out[:, START + ROWS :] == -5).all()
    for t in range(len(SIZES)):
        np.testing.assert_array_equal(out[t, START:][:ROWS], slot[FIRST[t] + numbers[t, :ROWS].astype(int)])


@both
@dtypes
@pytest.mark.parametrize("n_positions", [1, 2])
@pytest.mark.parametrize("n_columns", [1, 2, 3, 4])
@pytest.mark.parametrize("spare", [0, 3])
def test_add_columns(run, dtype, n_positions, n_columns, spare):
    """All widths, one or two places a row, sums that hold something already."""
    rng, numbers = drawn(n_columns, dtype)
    width = n_columns + spare
    position = rng.integers(0, spare + 1, (START + ROWS, n_positions))
    columns = rng.normal(size=(START + ROWS, n_columns))
    sums = rng.normal(size=(FIRST[-1], width))
    expected = sums.copy()
    for t in range(len(SIZES)):
        for i in range(ROWS):
            for k in range(n_positions):
                at = position[START + i, k]
                expected[FIRST[t] + int(numbers[t, i]), at : at + n_columns] += columns[START + i]
    run(add_columns)(numbers.reshape(-1), STEP, ROWS, START, FIRST[:-1], position, columns, sums)
    np.testing.assert_array_equal(sums, expected)


@both
@dtypes
@pytest.mark.parametrize("n_targets", [1, 2])
def test_count_rows(run, dtype, n_targets):
    rng, numbers = drawn(3, dtype)
    code = rng.integers(0, 5, (START + ROWS, n_targets)).astype(np.uint16)
    counts = rng.integers(0, 1000, (FIRST[-1], 5)).astype(np.uint16)
    expected = counts.copy()
    for t in range(len(SIZES)):
        for i in range(ROWS):
            for c in code[START + i]:
                expected[FIRST[t] + int(numbers[t, i]), c] += 1
    run(count_rows)(numbers.reshape(-1), STEP, ROWS, START, FIRST[:-1], code, 5, counts)
    np.testing.assert_array_equal(counts, expected)


@both
@dtypes
@pytest.mark.parametrize("precision", [np.float32, np.float64])
@pytest.mark.parametrize("column", [[LEAF] * 4, [0, LEAF, 2, 1], [0] * 4])
@pytest.mark.parametrize("width", [1, 3])
def test_add_outputs(run, dtype, precision, column, width):
    rng, numbers = drawn(1, dtype)
    column = np.minimum(column, width - 1).astype(np.int32)
    value = rng.normal(size=(FIRST[-1], width)).astype(precision)
    raw = rng.normal(size=(START + ROWS + 2, width)).astype(precision)
    expected = raw.copy()
    for i in range(ROWS):
        for t in range(len(SIZES)):
            fed = slice(None) if column[t] == LEAF else column[t]
            expected[START + i, fed] += value[FIRST[t] + int(numbers[t, i]), fed]
    run(add_outputs)(numbers.reshape(-1), STEP, ROWS, START, FIRST[:-1], value, column, raw)
    np.testing.assert_array_equal(raw, expected)


@both
@dtypes
def test_take_values(run, dtype):
    rng, numbers = drawn(2, dtype)
    value = rng.normal(size=(FIRST[-1], 3))
    out = np.full((len(SIZES), START + ROWS + 2, 3), -5.0)
    run(take_values)(numbers.reshape(-1), STEP, ROWS, START, FIRST[:-1], value, out)
    assert (out[:, :START] == -5).all()
    assert (out[:, START + ROWS :] == -5).all()
    for t in range(len(SIZES)):
        np.testing.assert_array_equal(
            out[t, START:][:ROWS], value[FIRST[t] + numbers[t, :ROWS].astype(int)]
        )


@given(st.integers(0, 12), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))
def test_add_columns_of_any_shape(rows, n_trees, n_positions, n_columns):
    """The last part of a block, to the last element of every array."""
    rng = np.random.default_rng(rows)
    numbers = rng.integers(0, 5, (n_trees, rows)).astype(np.uint8)
    first, sums = 5 * np.arange(n_trees), np.zeros((5 * n_trees, n_columns + 1))
    position = rng.integers(0, 2, (rows, n_positions))
    columns = rng.normal(size=(rows, n_columns))
    expected = sums.copy()
    for t in range(n_trees):
        for i in range(rows):
            for at in position[i]:
                expected[first[t] + numbers[t, i], at : at + n_columns] += columns[i]
    in_python(add_columns)(numbers.reshape(-1), rows, rows, 0, first, position, columns, sums)
    np.testing.assert_array_equal(sums, expected)
