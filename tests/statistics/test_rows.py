"""Tables as blocks of the model's own input type."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from treeprune.statistics import rows as module
from treeprune.statistics.rows import as_matrix, dense, row_blocks, take_rows

TABLE = np.array([[0.0, 1.5], [np.nan, -2.0], [3.0, 0.0], [4.0, 5.0], [0.0, 7.0]])


@pytest.mark.parametrize("block", [1, 2, 5, 100])
@pytest.mark.parametrize("form", [np.array, np.asfortranarray, sparse.csr_matrix, sparse.csr_array])
def test_blocks_are_the_rows_in_order(form, block, monkeypatch):
    monkeypatch.setattr(module, "BLOCK_ROWS", block)
    parts = list(row_blocks(as_matrix(form(TABLE), "float64")))
    assert np.array_equal(np.vstack([part for _, part in parts]), TABLE, equal_nan=True)
    assert [r.stop for r, _ in parts] == [*range(block, 5, block), 5]
    for rows, part in parts:
        assert len(part) == rows.stop - rows.start <= block
        assert part.flags.c_contiguous


@pytest.mark.parametrize(
    "form",
    [
        list,
        pd.DataFrame,
        lambda t: pd.DataFrame(t).convert_dtypes(),
        pl.DataFrame,
        sparse.csr_matrix,
        sparse.csc_matrix,
        sparse.coo_array,
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_container_becomes_the_same_matrix(form, dtype):
    matrix = as_matrix(form(TABLE), dtype)
    assert matrix.dtype == dtype
    assert np.array_equal(dense(matrix), TABLE.astype(dtype), equal_nan=True)


def test_an_array_of_the_right_type_is_not_copied():
    assert np.shares_memory(as_matrix(TABLE, "float64"), TABLE)


def test_no_rows_are_no_blocks():
    assert list(row_blocks(as_matrix(np.empty((0, 3)), "float32"))) == []


@pytest.mark.parametrize(
    ("value", "dtype", "message"),
    [
        (np.inf, "float64", "contains infinity"),
        (1e39, "float32", "too large for"),
        ("x", "float64", "could not convert"),
    ],
)
def test_what_is_no_number_of_the_type_is_refused(value, dtype, message):
    table = TABLE.astype(object)
    table[3, 1] = value
    with pytest.raises(ValueError, match=message), np.errstate(over="ignore"):
        as_matrix(table, dtype)


@pytest.mark.parametrize("form", [np.array, pd.DataFrame, sparse.csr_matrix, pl.DataFrame])
def test_rows_are_taken_in_their_own_container(form):
    table = form(TABLE)
    taken = take_rows(table, np.array([3, 0]))
    assert type(taken) is type(table)
    assert np.array_equal(dense(as_matrix(taken, "float64")), TABLE[[3, 0]])


def test_nothing_stays_nothing():
    assert take_rows(None, np.array([0])) is None
