"""A user's table goes through `encode` and our trees as it goes through LightGBM's `predict`."""

import lightgbm as lgb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from tests.backends.families import encoded
from tests.backends.families.lightgbm import MANY_CATEGORIES, PLAIN, SMALL_BOOSTER, VERSION, with_categories
from tests.strategies import random_table
from treeprune.backends import encode, read
from treeprune.model.traverse import raw_output

ZERO = float(np.float32(1e-35))
ODD_CODES = [-0.5, -0.999, -1.0, -1.0001, -7, 0.5, 31.99, 32, 63, 64, 1e3, 2.0**31 - 1, 2.0**31, 2.0**32]
ODD_CODES += [2.0**32 + 1, -(2.0**31), -(2.0**33), 1e10, 1e300, -1e300, np.inf, -np.inf, np.nan]
ODD_NUMBERS = [
    0.0,
    -0.0,
    ZERO,
    -ZERO,
    np.nextafter(ZERO, 1),
    np.nextafter(-ZERO, -1),
    1e-36,
    -1e-36,
    5e-324,
]
ODD_NUMBERS += [5e-324, 1e-35, -1e-35, np.inf, -np.inf, 1e308, -1e308, np.nan]


def table(seed=0, missing=True):
    return random_table(seed, kind="regression", missing=missing)


def regressor(X, y, **params):
    return lgb.LGBMRegressor(**PLAIN | params).fit(X, y)


def assert_same(model, X, native_X=None):
    e = read(model)
    native = model.predict(X if native_X is None else native_X, raw_score=True)
    np.testing.assert_array_equal(raw_output(e, encoded(model, X, e))[:, 0], native)


def spread(X, column, values):
    """Each row with each of the values in a column."""
    rows = np.repeat(X, len(values), axis=0)
    rows[:, column] = np.tile(values, len(X))
    return rows


@pytest.mark.parametrize("n_codes", [5, 40, 100])
def test_odd_category_codes(n_codes):
    X, y = table()
    X[:, 2] = np.random.default_rng(0).integers(0, n_codes, len(X))
    data = lgb.Dataset(X, y + X[:, 2] % 2, categorical_feature=[2])
    model = lgb.train(SMALL_BOOSTER | MANY_CATEGORIES, data)
    assert len(read(model).category_count)
    assert_same(model, spread(X, 2, ODD_CODES))


@pytest.mark.parametrize("params", [{}, {"zero_as_missing": True}, {"use_missing": False}])
def test_numbers_around_zero_and_infinite_ones(params):
    X, y = table()
    X[np.random.default_rng(1).random(X.shape) < 0.3] = 0.0
    model = regressor(X, y, **params)
    for column in range(5):
        assert_same(model, spread(X, column, ODD_NUMBERS))


def test_missing_values_that_training_never_met():
    X, y = table(missing=False)
    model = regressor(X, y)
    for column in range(5):
        assert_same(model, spread(X, column, [np.nan]))


@pytest.mark.parametrize("container", [sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array])
def test_what_a_sparse_matrix_does_not_store_is_zero(container):
    X, y = table()
    X[:, 1] *= np.random.default_rng(0).random(len(X)) < 0.5
    model = regressor(X, y)
    assert sparse.issparse(encode(model, container(X)))
    assert_same(model, container(X), X)
    assert_same(model, sparse.csr_matrix(X))


def test_frames_with_categories():
    X, y = table()
    frame = with_categories(X)
    model = regressor(frame, y, **MANY_CATEGORIES)
    assert_same(model, frame)
    other = frame.copy()
    other["group"] = pd.Categorical(["unseen", "y", None, "x"] * 30, categories=["unseen", "x", "y"])
    other["many"] = frame["many"].cat.set_categories([*range(700, 900), 7, 14])
    assert_same(model, other)
    assert_same(lgb.Booster(model_str=model.booster_.model_to_string()), other)
    e = read(model)
    np.testing.assert_array_equal(encoded(model, other, e)[:4, 2], [np.nan, 2, np.nan, 1])
    with pytest.raises(ValueError, match=r"1 columns of categories.*trained on 2"):
        encode(model, frame.assign(group=1.0))


def test_own_codes_of_a_frame_for_a_model_that_knows_no_categories():
    X, y = table()
    X[:, 2] = np.random.default_rng(0).integers(0, 3, len(X))
    model = lgb.train(SMALL_BOOSTER | MANY_CATEGORIES, lgb.Dataset(X, y, categorical_feature=[2]))
    frame = pd.DataFrame(X)
    frame[2] = pd.Categorical(np.array(["p", "q", "r"])[X[:, 2].astype(int)])
    assert_same(model, frame)


def test_nullable_and_small_types_of_pandas():
    X, y = table()
    frame = pd.DataFrame(
        {
            "nullable": pd.array(np.where(X[:, 1] > 1, None, np.round(9 * X[:, 1])), "Int64"),
            "yes": pd.array(np.where(X[:, 0] > 1, None, X[:, 3] > 0), "boolean"),
            "single": X[:, 0].astype(np.float32),
            "bool": X[:, 3] > 0,
            "int": (2**40 * X[:, 1]).astype(np.int64),
            "sparse": pd.arrays.SparseArray(np.round(X[:, 1])),
        }
    )
    y = sum(column.fillna(0).astype(float) / column.std() for _, column in frame.astype(float).items())
    model = regressor(frame, y, n_estimators=20)
    assert len(read(model).used_features()) == 6
    assert_same(model, frame)


def test_whole_numbers_in_an_array_are_rounded_to_single_precision():
    """As LightGBM itself rounds them; a pandas column of the same numbers is not."""
    rng = np.random.default_rng(0)
    X = 2**40 + rng.integers(0, 2**18, (300, 2))
    model = regressor(X.astype(float), X[:, 0] % 2**17)
    assert_same(model, X)
    assert_same(model, X.tolist())
    assert_same(model, pd.DataFrame(X))
    e = read(model)
    assert (encoded(model, X, e) != X).any()
    assert (encoded(model, pd.DataFrame(X), e) == X).all()
    booster = model.booster_
    assert_same(booster, X)
    assert_same(booster, X.astype(object))


def test_polars():
    X, y = table()
    frame = pl.DataFrame(X, schema=list("abcde")).with_columns(
        pl.col("c").cast(pl.Int64, strict=False), pl.col("d") > 0, pl.col("a").fill_nan(None)
    )
    model = regressor(X, y)
    e = read(model)
    expected = X.copy()
    expected[:, 2] = frame["c"].to_numpy()
    np.testing.assert_array_equal(encoded(model, frame, e), expected)
    if VERSION >= (4, 7):  # older ones take no polars frames
        native = model.predict(frame, raw_score=True)
        np.testing.assert_array_equal(raw_output(e, encoded(model, frame, e))[:, 0], native)


def test_pyarrow():
    pa = pytest.importorskip("pyarrow")
    X, y = table()
    arrow = pa.table(
        {
            "a": pa.array(X[:, 0], mask=X[:, 1] > 1),
            "b": pa.array(X[:, 1].astype(np.float32)),
            "c": pa.array(np.nan_to_num(9 * X[:, 2]).astype(np.int32)),
            "d": pa.array((X[:, 4] * 2**40).astype(np.int64)),
            "e": pa.array(X[:, 3] > 0),
        }
    )
    model = regressor(arrow, y)
    assert_same(model, arrow)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_text_is_refused(make):
    X, y = table()
    model = regressor(X, y)
    columns = dict(zip("abcde", X.T, strict=True)) | {"b": np.repeat("1.5", len(X))}
    with pytest.raises(ValueError, match=r"another type: b: "):
        encode(model, make(columns))


def in_arrow(frame):
    pa = pytest.importorskip("pyarrow")
    return pa.table({name: frame[name].to_numpy() for name in frame})


@pytest.mark.parametrize(
    "make", [pd.DataFrame, pl.from_pandas, in_arrow], ids=["pandas", "polars", "arrow"]
)
@pytest.mark.parametrize("booster", [False, True])
def test_columns_in_another_order_are_refused(make, booster):
    """LightGBM itself goes by the places of columns and says nothing."""
    X, y = table(missing=False)
    frame = pd.DataFrame(X, columns=["my age", "b", "c", "d", "e"])
    model = regressor(frame, y)
    model = model.booster_ if booster else model
    np.testing.assert_array_equal(encode(model, make(frame)), X)
    np.testing.assert_array_equal(encode(model, make(frame.set_axis(list("vwxyz"), axis=1))), X)
    with pytest.raises(ValueError, match=r"column 0 is 'b', the model's is 'my_age'.*order of training"):
        encode(model, make(frame[["b", "my age", "c", "d", "e"]]))


def test_the_table_is_left_alone():
    X, y = table()
    frame = with_categories(X)
    model = regressor(frame, y)
    before = frame.copy(deep=True)
    encode(model, frame)
    pd.testing.assert_frame_equal(frame, before)
