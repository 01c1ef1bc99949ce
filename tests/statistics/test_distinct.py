"""Equal rows taken together, whatever their order."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from treeprune.statistics.distinct import distinct_rows

rows = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=30)


@given(rows, st.randoms(use_true_random=False))
def test_weights_of_equal_rows_are_summed(table, random):
    table = np.array(table, float)
    X, y = table[:, :2], table[:, 2:]
    weights = np.array([random.randint(0, 3) for _ in table], float)
    weights[0] = 1.0
    found = distinct_rows(X, y, weights)
    frame = pd.DataFrame(np.hstack([table, weights[:, None]]))[weights > 0]
    expected = frame.groupby([0, 1, 2])[3].sum()
    assert len(found.first) == len(expected)
    for row, weight in zip(found.first, found.weight, strict=True):
        assert expected[tuple(table[row])] == weight
    assert sorted(found.rows) == list(np.flatnonzero(weights > 0))
    assert found.alone == (len(expected) == len(frame))
    numbers = np.arange(len(table), dtype=float)[:, None]
    means = found.means(numbers, weights)
    for row, mean in zip(found.first, means[:, 0], strict=True):
        same = (table == table[row]).all(axis=1)
        assert mean == np.average(np.arange(len(table))[same], weights=weights[same])


@given(rows, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(table, random):
    table = np.array(table, float)
    weights = np.array([random.randint(1, 3) for _ in table])
    order = np.array(random.sample(range(len(table)), len(table)))
    one = distinct_rows(table[:, :2], table[:, 2:], weights.astype(float))
    two = distinct_rows(table[order][:, :2], table[order][:, 2:], weights[order].astype(float))
    more = np.repeat(table, weights, axis=0)
    three = distinct_rows(more[:, :2], more[:, 2:], np.ones(len(more)))
    for other, rows in ((two, table[order]), (three, more)):
        np.testing.assert_array_equal(one.weight, other.weight)
        np.testing.assert_array_equal(table[one.first], rows[other.first])


def test_missing_values_are_equal_and_a_table_may_be_a_frame():
    X = np.array([[np.nan, 1.0], [np.nan, 1.0], [0.0, 1.0]])
    y = np.zeros((3, 1))
    assert len(distinct_rows(X, y, np.ones(3)).first) == 2
    frame = pd.DataFrame({"a": ["x", "x", "y"], "b": [1, 1, 1]})
    assert sorted(distinct_rows(frame, y, np.ones(3)).weight) == [1.0, 2.0]
