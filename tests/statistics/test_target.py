"""Outcomes in the terms of a model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.strategies import fitted, random_table
from treeprune.backends import read
from treeprune.statistics.target import Target, encode_target

STRINGS = read(fitted(DecisionTreeClassifier, kind="strings"))
NUMBERS = read(fitted(DecisionTreeRegressor, kind="regression"))
TWO_CLASS_TARGETS = read(fitted(DecisionTreeClassifier, kind="multi_output"))
TWO_NUMBERS = read(fitted(DecisionTreeRegressor, kind="multi_regression"))


@pytest.mark.parametrize("container", [list, np.array, pd.Series, lambda y: np.array(y, object)[:, None]])
def test_labels_become_columns(container):
    target = encode_target(STRINGS, container(["lost", "alive", "dead", "alive"]))
    assert target.codes.tolist() == [[2], [0], [1], [0]]
    assert target.numbers is None
    assert len(target) == 4


def test_labels_of_the_second_target_follow_those_of_the_first():
    _, y = random_table(0, 120, "multi_output")
    assert TWO_CLASS_TARGETS.columns == (3, 2)
    assert np.array_equal(encode_target(TWO_CLASS_TARGETS, y).codes, y + np.array([0, 3]))


def test_numbers_stay_as_they_are():
    target = encode_target(NUMBERS, [1, 2.5, -3])
    assert target.codes is None
    assert np.array_equal(target.numbers, [[1.0], [2.5], [-3.0]])
    pairs = np.arange(6.0).reshape(3, 2)
    assert np.array_equal(encode_target(TWO_NUMBERS, pairs).numbers, pairs)


def test_some_rows_can_be_taken():
    for whole in (
        encode_target(STRINGS, ["lost", "alive", "dead"]),
        Target(numbers=np.arange(3.0)[:, None]),
    ):
        assert np.array_equal(whole.take(np.array([2, 0])).known, whole.known[[2, 0]])
        assert np.array_equal(whole.take(slice(1, 3)).known, whole.known[1:])


@pytest.mark.parametrize(
    ("ensemble", "y", "message"),
    [
        (
            STRINGS,
            ["alive", "gone", "away"],
            "classes that the model was not trained on: away, gone; it knows alive",
        ),
        (STRINGS, [["alive", "dead"]], "y_val has 2 targets, but the model has 1"),
        (TWO_CLASS_TARGETS, [0, 1], "y_val has 1 targets, but the model has 2"),
        (TWO_CLASS_TARGETS, [[0, 2]], "not trained on: 2; it knows 0, 1"),
        (NUMBERS, [[1.0, 2.0]], "y_val has 2 targets, but the model has 1"),
        (NUMBERS, [1.0, np.nan], "Input y_val contains NaN"),
        (NUMBERS, [1.0, np.inf], "Input y_val contains infinity"),
        (NUMBERS, ["a", "b"], "could not convert string to float"),
        (NUMBERS, None, "requires y_val to be passed, but the target y_val is None"),
    ],
)
def test_outcomes_that_do_not_fit_are_refused_in_plain_words(ensemble, y, message):
    with pytest.raises(ValueError, match=message):
        encode_target(ensemble, y, "y_val")


def test_a_missing_label_is_an_unknown_class():
    binary = read(fitted(DecisionTreeClassifier))
    with pytest.raises(ValueError, match="not trained on: nan; it knows 0, 1"):
        encode_target(binary, [0.0, np.nan, 1.0])


def test_a_number_that_is_no_label_is_an_unknown_class():
    binary = read(fitted(DecisionTreeClassifier))
    for stranger in (-1, 0.5, 7):
        with pytest.raises(ValueError, match="not trained on"):
            encode_target(binary, [0, stranger])


@pytest.mark.parametrize(
    ("y", "strangers"),
    [(["dead", None, "lost"], "None"), ([0, 1], "0, 1"), ([1.5], "1.5"), ([b"dead"], "b?.*dead")],
)
def test_labels_of_another_type_are_unknown_classes(y, strangers):
    with pytest.raises(ValueError, match=f"not trained on: {strangers}; it knows alive, dead, lost"):
        encode_target(STRINGS, y)


def test_strings_are_not_the_numbers_that_they_spell():
    binary = read(fitted(DecisionTreeClassifier))
    with pytest.raises(ValueError, match="not trained on: 0, 1; it knows 0, 1"):
        encode_target(binary, ["0", "1"])
