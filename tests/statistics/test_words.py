"""Words of rows with labels: equal rows have equal words, whatever the container makes of them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from treeprune.statistics.words import hash_rows

CITY = ["Graz", "Oslo", None, "Graz", "Lyon", "Oslo", "Graz", None]
AGE = [30.0, 41.0, np.nan, 30.0, 30.0, 41.0, 31.0, np.nan]
SMOKES = [True, False, None, True, True, False, True, None]
SAME = {(0, 3), (1, 5), (2, 7)}

FRAMES = {
    "objects": pd.DataFrame(
        {"city": np.array(CITY, object), "age": AGE, "smokes": np.array(SMOKES, object)}
    ),
    "strings": pd.DataFrame({"city": pd.array(CITY, "string"), "age": AGE, "smokes": SMOKES}),
    "categories": pd.DataFrame(
        {
            "city": pd.Categorical(CITY),
            "age": pd.array([None if np.isnan(a) else int(a) for a in AGE], "Int64"),
            "smokes": pd.array(SMOKES, "boolean"),
        }
    ),
    "other codes": pd.DataFrame(
        {
            "city": pd.Categorical(CITY, categories=["Wien", "Oslo", "Lyon", "Graz"]),
            "age": AGE,
            "smokes": pd.array(SMOKES, "boolean"),
        }
    ),
    "polars": pl.DataFrame(
        {"city": CITY, "age": [None if np.isnan(a) else a for a in AGE], "smokes": SMOKES}
    ),
    "polars categories": pl.DataFrame(
        {"city": pl.Series(CITY, dtype=pl.Categorical), "age": AGE, "smokes": SMOKES}
    ),
}
EACH = pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)


def pairs(words):
    return {(i, j) for i in range(len(words)) for j in range(i + 1, len(words)) if words[i] == words[j]}


@EACH
def test_equal_rows_and_no_others_have_equal_words(frame):
    assert pairs(hash_rows(frame)) == SAME


@EACH
def test_a_word_depends_on_its_row_alone(frame):
    words = hash_rows(frame)
    order = [5, 2, 7, 0]
    moved = frame[order] if isinstance(frame, pl.DataFrame) else frame.iloc[order]
    np.testing.assert_array_equal(hash_rows(moved), words[order])


def test_codes_of_categories_do_not_count():
    np.testing.assert_array_equal(hash_rows(FRAMES["categories"]), hash_rows(FRAMES["other codes"]))


def test_numbers_have_the_words_of_an_array():
    X = np.array([[0.0, 1.5], [np.nan, -0.0], [np.inf, 3.0]])
    for frame in (pd.DataFrame(X), pd.DataFrame(X).convert_dtypes(), pl.DataFrame(X)):
        np.testing.assert_array_equal(hash_rows(frame), hash_rows(X))
    with_label = pd.DataFrame(X).assign(c="x")
    assert len(set(hash_rows(with_label))) == 3


def test_equal_labels_in_other_columns_differ():
    frame = pd.DataFrame({"a": ["x", "y"], "b": ["y", "x"]})
    assert len(set(hash_rows(frame))) == 2
