"""Kinds of columns, and which rows count."""

import numpy as np
import pytest

from treeprune.sampling.columns import infer_columns, rows_that_count

NAN = np.nan


def test_kinds():
    rows = np.array([[0.5, 3, 0.25, 1, NAN, 7], [0.7, NAN, 0.75, 0, NAN, 7], [0.1, -4, 0.25, NAN, NAN, 7]])
    columns = infer_columns(rows, np.array([False, False, False, True, False, False]))
    assert columns.kinds == ("continuous", "integer", "continuous", "nominal", "continuous", "integer")
    assert columns.discrete.tolist() == [False, True, True, True, True, True]
    assert columns.nominal.tolist() == [False, False, False, True, False, False]
    np.testing.assert_array_equal(columns.low, [0.1, -4, 0.25, 0, NAN, 7])
    np.testing.assert_array_equal(columns.high, [0.7, 3, 0.75, 1, NAN, 7])
    assert columns.observed[0] is None
    assert [o.tolist() for o in columns.observed[1:]] == [[-4, 3], [0.25, 0.75], [0, 1], [], [7]]
    assert len(columns) == 6


def test_rows_of_weight_0_are_not_looked_at():
    rows = np.array([[1.0, 0.0], [2.0, 1.0], [5.5, -3.0]])
    columns = infer_columns(rows, [False, True], [1.0, 2.0, 0.0])
    assert columns.kinds == ("integer", "nominal")
    assert columns.high.tolist() == [2.0, 1.0]
    counting = rows_that_count(rows, columns, [1.0, 2.0, 0.0])
    np.testing.assert_array_equal(counting.values, rows[:2])
    np.testing.assert_allclose(counting.weight, [1.0, 2.0])


@pytest.mark.parametrize("unit", [1e-300, 1e-3, 1.0, 1e307])
def test_weights_add_up_to_rows(unit):
    rows = np.arange(6.0).reshape(3, 2)
    columns = infer_columns(rows, np.zeros(2, bool))
    weight = rows_that_count(rows, columns, np.array([1.0, 2.0, 3.0]) * unit).weight
    np.testing.assert_allclose(weight / weight.sum(), [1 / 6, 1 / 3, 1 / 2])
    assert weight.sum() == pytest.approx({1e-300: 3, 1e-3: 3, 1.0: 6, 1e307: 1e9}[unit])


@pytest.mark.parametrize(
    ("rows", "nominal", "weight", "words"),
    [
        (np.zeros(3), [False], None, "table"),
        (np.zeros((0, 2)), [False, False], None, "table"),
        (np.zeros((2, 0)), [], None, "table"),
        ([[1.0, np.inf]], [False, False], None, "infinite values in columns 1"),
        ([[1.0, 2.0]], [False], None, "2 booleans"),
        ([[1.0, 2.0]], [0, 1], None, "2 booleans"),
        ([[1.0, 0.5]], [False, True], None, "column 1 is nominal.*0.5"),
        ([[-1.0], [2.0]], [True], None, "column 0 is nominal.*-1.0"),
        ([[1.0], [2.0]], [False], [1.0], "there are 2 rows"),
        ([[1.0], [2.0]], [False], [0.0, 0.0], "zero"),
        ([[1.0], [2.0]], [False], [1.0, -1.0], "negative"),
    ],
)
def test_what_is_no_table_is_refused(rows, nominal, weight, words):
    with pytest.raises(ValueError, match=words):
        infer_columns(rows, nominal, weight)


def test_other_rows_must_fit_the_columns():
    columns = infer_columns([[1.0, 2.0], [0.0, 0.5]], [True, False])
    with pytest.raises(ValueError, match="rows have 3 columns, but 2 are described"):
        rows_that_count(np.zeros((4, 3)), columns)
    with pytest.raises(ValueError, match=r"column 0 is nominal, so given rows must hold codes.*1\.5"):
        rows_that_count([[1.5, 2.0]], columns, name="given rows")
