"""Tables as numbers and back."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, issparse
from sklearn.tree import DecisionTreeRegressor

from treeprune.distillation.table_codes import TableCodes, order_by_answer

FRAME = pd.DataFrame(
    {
        "age": [30, 40, 50, 60],
        "lab": [1.5, np.nan, 2.5, -1.0],
        "sex": ["f", "m", None, "f"],
        "smokes": [True, False, True, True],
        "stage": pd.Categorical(["II", "I", None, "III"], categories=["I", "II", "III"], ordered=True),
        "visits": pd.array([1, None, 3, 4], dtype="Int64"),
        "text": pd.array(["a", "b", None, "a"], dtype="string"),
    }
)


def test_pandas_frames_come_back_as_they_were():
    codes = TableCodes.of(FRAME)
    rows = codes.encode(FRAME)
    assert rows.dtype == np.float64
    assert codes.nominal.tolist() == [False, False, True, False, True, False, True]
    pd.testing.assert_frame_equal(codes.decode(rows), FRAME)


def test_polars_frames_come_back_as_they_were():
    frame = pl.DataFrame(
        {
            "age": [30, 40, 50],
            "lab": [1.5, None, 2.5],
            "sex": ["f", None, "m"],
            "smokes": [True, None, False],
            "stage": pl.Series(["I", "II", None], dtype=pl.Enum(["I", "II"])),
        }
    )
    codes = TableCodes.of(frame)
    back = codes.decode(codes.encode(frame))
    assert back.schema == frame.schema
    assert back.equals(frame)


def test_arrays_and_sparse_matrices_come_back():
    X = np.array([[1.0, 0.0], [0.0, np.nan]], np.float32)
    codes = TableCodes.of(X)
    np.testing.assert_array_equal(codes.decode(codes.encode(X)), X)
    assert codes.decode(codes.encode(X)).dtype == np.float32
    sparse = TableCodes.of(csr_matrix(np.eye(3)))
    back = sparse.decode(sparse.encode(csr_matrix(np.eye(3))))
    assert issparse(back)
    np.testing.assert_array_equal(back.toarray(), np.eye(3))
    objects = np.array([[1, "a"], [2, None]], object)
    codes = TableCodes.of(objects)
    assert codes.nominal.tolist() == [False, True]
    np.testing.assert_array_equal(codes.decode(codes.encode(objects)), objects)


def test_words_that_were_never_seen_are_missing():
    codes = TableCodes.of(FRAME)
    strange = FRAME.assign(sex=["x", "f", "m", None])
    np.testing.assert_array_equal(codes.encode(strange)[:, 2], [np.nan, 0, 1, np.nan])


@pytest.mark.parametrize("value", [pd.Timestamp("2020-01-01"), pd.Timedelta("1D")])
def test_times_are_refused(value):
    with pytest.raises(ValueError, match="holds times"):
        TableCodes.of(pd.DataFrame({"when": [value, value]}))
    with pytest.raises(TypeError, match="holds a dict"):
        TableCodes.of(np.array([[{}], ["a"]], object))


@given(st.integers(0, 10_000), st.integers(2, 6))
def test_the_order_of_categories_allows_the_best_first_split(seed, k):
    rng = np.random.default_rng(seed)
    codes, answers = rng.integers(0, k, 60).astype(float), rng.random((60, 1))
    weight = rng.integers(1, 4, 60).astype(float)
    order = order_by_answer(codes, k, answers, weight)
    place = np.argsort(order)[codes.astype(int)]
    own = DecisionTreeRegressor(max_depth=1).fit(place[:, None], answers, sample_weight=weight)
    least = np.inf
    for chosen in range(1, 2 ** (k - 1)):  # every way to part the categories in two
        left = (chosen >> codes.astype(int)) & 1 == 1
        if left.any() and not left.all():
            parts = [(answers[s, 0], weight[s]) for s in (left, ~left)]
            loss = sum((w * (a - np.average(a, weights=w)) ** 2).sum() for a, w in parts)
            least = min(least, loss)
    off = (weight * (answers[:, 0] - own.predict(place[:, None])) ** 2).sum()
    assert off <= least + 1e-9
