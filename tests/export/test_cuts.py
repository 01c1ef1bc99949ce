"""Thresholds in double precision and in decimals, against numpy's own rounding."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from treeprune.export.cuts import exact_cuts, shortest_decimal
from treeprune.export.sql_dialects import DIALECTS

LARGEST = float(np.finfo(np.float32).max)
DOUBLES = st.floats(allow_nan=False)
SINGLES = st.floats(allow_nan=False, width=32)
COMPARISONS = pytest.mark.parametrize("comparison", ["<=", "<"])


def goes_left(x, threshold, comparison, dtype):
    with np.errstate(over="ignore"):
        x = np.float64(np.dtype(dtype).type(x))
    return bool(x <= threshold if comparison == "<=" else x < threshold)


@COMPARISONS
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(threshold=st.one_of(DOUBLES, SINGLES), other=DOUBLES)
@example(threshold=LARGEST, other=2.0**128)
@example(threshold=-LARGEST, other=-(2.0**128))
@example(threshold=1e300, other=LARGEST)
@example(threshold=-1e300, other=-LARGEST)
@example(threshold=0.0, other=2.0**-150)
@example(threshold=-0.0, other=-(2.0**-150))
@example(threshold=1e-45, other=2.0**-149 * 1.5)
@example(threshold=-np.inf, other=-np.inf)
@example(threshold=np.inf, other=np.inf)
@example(threshold=-float(np.finfo(float).max), other=-np.inf)
@example(threshold=65.5, other=65.5)
def test_a_cut_decides_as_the_model(comparison, dtype, threshold, other):
    cut = exact_cuts(np.array([threshold]), comparison, dtype)[0]
    with np.errstate(over="ignore"):
        near = [cut, np.nextafter(cut, -np.inf), np.nextafter(cut, np.inf), threshold, other]
        single = np.float32(threshold)
        singles = [
            single,
            np.nextafter(single, np.float32(-np.inf)),
            np.nextafter(single, np.float32(np.inf)),
        ]
    for x in (*near, *map(float, singles)):
        if not np.isnan(x):
            assert bool(x <= cut) == goes_left(x, threshold, comparison, dtype)


@COMPARISONS
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(threshold=st.one_of(DOUBLES, SINGLES))
@example(threshold=0.75 + 1e-9)
@example(threshold=-0.0)
def test_a_decimal_decides_as_the_threshold(comparison, dtype, threshold):
    if np.isinf(threshold):
        return
    kind = np.dtype(dtype).type
    text = shortest_decimal(threshold, comparison, dtype)
    with np.errstate(over="ignore"):
        read = kind(text)
        here = kind(threshold)
        near = [here, np.nextafter(here, kind(-np.inf)), np.nextafter(here, kind(np.inf)), read]
    for x in near:
        said = x <= read if comparison == "<=" else x < read
        assert bool(said) == goes_left(x, threshold, comparison, dtype)


@pytest.mark.parametrize(
    ("threshold", "text"), [(65.5, "65.5"), (0.75 + 1e-9, "0.75"), (1e6, "1000000"), (-0.0, "0")]
)
def test_decimals_are_short(threshold, text):
    assert shortest_decimal(threshold, "<=", "float32") == text


def test_sqlite_reads_back_every_literal():
    """Of doubles of all sizes; some releases misread decimals of 17 digits with large exponents."""
    bits = np.random.default_rng(0).integers(0, 2**64, 6000, dtype=np.uint64).view(np.float64)
    near = np.random.default_rng(1).normal(size=6000) * 10.0 ** np.arange(-15, 15).repeat(200)
    corners = [0.0, -0.0, 5e-324, 1.7976931348623157e308, -2.2250738585072014e-308, 1e24, 1e-10, 0.1]
    numbers = [*bits[np.isfinite(bits)].tolist(), *near.tolist(), *corners]
    with closing(sqlite3.connect(":memory:")) as connection:
        read = [
            x
            for start in range(0, len(numbers), 500)
            for x in connection.execute(
                "SELECT " + ", ".join(map(DIALECTS["sqlite"].digits, numbers[start : start + 500]))
            ).fetchone()
        ]
    assert read == numbers
    assert all(isinstance(x, float) for x in read)


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_other_literals_are_numbers_of_floating_type(number):
    text = DIALECTS["postgres"].digits(number)
    assert float(text) == number
    assert "e" in text
