"""Users' tables on their way into an XGBoost model: the trees must see what XGBoost itself shows them."""

import numpy as np
import pandas as pd
import pytest
import xgboost
from scipy import sparse

from tests.backends.families import FAMILIES, encoded
from tests.backends.families.xgboost import SMALL, category_frame, native_table, xgboost_output
from tests.strategies import random_table
from treeprune.backends import encode, read
from treeprune.backends.registry import find_backend
from treeprune.model.traverse import raw_output

RELEASE = tuple(map(int, xgboost.__version__.split(".")[:2]))


def assert_same_answers(model, X):
    """The ensemble on the encoded table answers as the model does on the table, bit for bit."""
    e = read(model)
    np.testing.assert_array_equal(raw_output(e, encoded(model, X, e)), xgboost_output(model, X))


@pytest.fixture(scope="module")
def numbers():
    X, y = random_table(0, kind="regression", missing=True)
    return X, y, xgboost.XGBRegressor(**SMALL).fit(X, y)


@pytest.fixture(scope="module")
def categories():
    frame, y = category_frame()
    return frame, xgboost.XGBRegressor(**SMALL, enable_categorical=True).fit(frame, y)


def as_nullable(frame):
    return frame.astype({0: "Float64", 1: "Float32", 2: "Int16", 3: "boolean", 4: "Float64"})


def as_plain(frame):
    whole = frame.assign(**{"2": frame[2].fillna(0).astype("int64")})
    return whole.drop(columns=2)[[0, 1, "2", 3, 4]].astype({3: bool, 1: np.float16})


@pytest.mark.parametrize(
    "make", [as_nullable, as_plain, lambda frame: frame], ids=["nullable", "plain", "frame"]
)
def test_frames_of_numbers(numbers, make):
    X, _, model = numbers
    assert_same_answers(model, make(pd.DataFrame(X)))


@pytest.mark.parametrize(
    "make", [np.asfortranarray, lambda X: X.astype(np.float32), lambda X: X.tolist(), lambda X: X[::2]]
)
def test_arrays(numbers, make):
    X, _, model = numbers
    e = read(model)
    table = make(X)
    expected = model.predict(table, output_margin=True)[:, None]
    np.testing.assert_array_equal(raw_output(e, encoded(model, table, e)), expected)


@pytest.mark.parametrize("missing", [np.nan, 0.0, 1.0, -1.0])
@pytest.mark.parametrize("form", ["csr_matrix", "csr_array", "csc_matrix", "coo_matrix"])
def test_what_a_sparse_matrix_does_not_hold_is_missing(numbers, form, missing):
    X, y, _ = numbers
    model = xgboost.XGBRegressor(**SMALL, missing=missing).fit(X, y)
    table = getattr(sparse, form)(np.nan_to_num(X))
    e = read(model)
    expected = model.predict(table, output_margin=True)[:, None]
    np.testing.assert_array_equal(raw_output(e, encoded(model, table, e)), expected)
    assert table.nnz == getattr(sparse, form)(np.nan_to_num(X)).nnz


@pytest.mark.parametrize("missing", [-999, 0.1, np.nan, 1e5])
def test_numbers_that_mean_missing(missing):
    X, y = random_table(1, kind="regression", missing=True)
    coded = np.where(np.isnan(X), missing, X)
    coded[::7, 1] = 0.1
    model = xgboost.XGBRegressor(**SMALL, missing=missing).fit(coded, y)
    for table in (coded, pd.DataFrame(coded), coded.astype(np.float32)):
        assert_same_answers(model, table)


def test_levels_of_another_frame_are_those_of_the_model(categories):
    """The same categories in another order, and fewer of them, mean what they meant in training."""
    frame, model = categories
    other = frame.assign(few=frame["few"].cat.reorder_categories(["maybe", "yes", "no"]))
    if RELEASE >= (3, 1):
        np.testing.assert_array_equal(model.predict(other), model.predict(frame))
    assert_same_answers(model, other)
    some = frame[frame["few"] != "no"].reset_index(drop=True)
    assert_same_answers(model, some.assign(few=some["few"].cat.remove_unused_categories()))


@pytest.mark.parametrize("level", ["absent", "mb", "zzz"])
def test_levels_that_training_has_not_seen(categories, level):
    """Taken or refused: as the installed release does."""
    frame, model = categories
    strange = frame.head(4).assign(few=pd.Categorical([level, "yes", None, "no"]))
    try:
        expected = model.predict(strange, output_margin=True)[:, None]
    except ValueError:
        with pytest.raises(ValueError, match=f"does not take this table .*category.*`{level}`$"):
            encode(model, strange)
        return
    e = read(model)
    np.testing.assert_array_equal(raw_output(e, encoded(model, strange, e)), expected)


def test_codes_that_are_no_categories(categories):
    """Arrays go past the names of categories, so that any number can stand in such a column."""
    frame, model = categories
    e = read(model)
    codes = [
        -np.inf,
        -1e9,
        -1,
        -0.5,
        0,
        0.5,
        1,
        2,
        3,
        31,
        32,
        69,
        70,
        95,
        96,
        127,
        128,
        2.0**24,
        1e30,
        np.inf,
    ]
    rows = encoded(model, frame, e)[:1].repeat(2 * len(codes), 0)
    rows[: len(codes), 1] = codes
    rows[len(codes) :, 2] = codes
    np.testing.assert_array_equal(raw_output(e, rows)[:, 0], model.predict(rows, output_margin=True))


def test_large_codes():
    """A set reaches as far as its largest category, which may be huge."""
    rng = np.random.default_rng(0)
    codes = rng.choice([0, 3, 40, 70_001, 3_000_000], 200)
    y = np.isin(codes, [3, 3_000_000]) * 2.0 + rng.normal(size=200) * 0.1
    data = xgboost.DMatrix(codes[:, None].astype(float), y, feature_types=["c"], enable_categorical=True)
    model = xgboost.train({"max_cat_to_onehot": 1, "nthread": 1, "max_depth": 3}, data, 2)
    e = read(model)
    rows = np.array([[c] for c in (0, 1, 3, 40, 70_001, 70_002, 3_000_000, 3_000_031, 4e6)], np.float32)
    np.testing.assert_array_equal(raw_output(e, rows), xgboost_output(model, rows))
    assert len(np.unique(raw_output(e, rows))) > 1


def test_wrong_columns_are_refused(categories):
    frame, model = categories
    for wrong in (frame[frame.columns[::-1]], frame.rename(columns={"other": "another"})):
        with pytest.raises(ValueError, match="feature_names"):
            model.predict(wrong)
        with pytest.raises(ValueError, match="columns of the table"):
            encode(model, wrong)


def test_text_is_refused(categories):
    frame, model = categories
    with pytest.raises(ValueError, match=r"DataFrame\.dtypes"):
        encode(model, frame.assign(number="much"))


def test_infinite_numbers(numbers):
    """Wrappers take them for numbers in an array; XGBoost's own container refuses them."""
    X, _, model = numbers
    table = X[:4].copy()
    table[0, 0], table[1, 1], table[2, 4] = np.inf, -np.inf, 1e300
    assert_same_answers(model, table)
    assert read(model).infinite
    booster = model.get_booster()
    assert not read(booster).infinite
    with pytest.raises(ValueError, match="inf"):
        native_table(booster, table)
    with pytest.raises(ValueError, match=r"does not take this table .*`inf`"):
        encode(booster, pd.DataFrame(table))


def test_the_groups_of_a_ranker_are_no_feature():
    case = FAMILIES["xgboost:XGBRanker"].cases[0]
    frame = pd.DataFrame(case.X, columns=list("abcde"))
    groups = case.fit_params["qid"]
    model = xgboost.XGBRanker(**SMALL).fit(frame.assign(qid=groups), case.y)
    assert read(model).n_features == 5
    assert_same_answers(model, frame.assign(qid=groups))


def test_polars(numbers):
    polars = pytest.importorskip("polars")
    pytest.importorskip("pyarrow")
    X, y, _ = numbers
    frame = polars.DataFrame(X, schema=list("abcde")).with_columns(polars.col("d").cast(polars.Boolean))
    model = xgboost.XGBRegressor(**SMALL).fit(frame, y)
    assert_same_answers(model, frame)


def test_encoding_leaves_the_table_alone(categories, numbers):
    frame, model = categories
    before = frame.copy()
    encode(model, frame)
    pd.testing.assert_frame_equal(frame, before)
    X, y, _ = numbers
    zeros = xgboost.XGBRegressor(**SMALL, missing=0.0).fit(X, y)
    before = X.copy()
    encode(zeros, X)
    np.testing.assert_array_equal(X, before)
    assert find_backend(zeros).in_bag(zeros, 0, len(X)) is None
