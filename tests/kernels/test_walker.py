"""The walker: every kind of kernel reaches the leaf that the rules say, whatever stands beside it."""

import numpy as np
import pytest

from tests.kernels.helpers import slow_leaves
from tests.strategies import hostile_rows, random_ensemble
from treeprune.kernels import sides
from treeprune.kernels.columns import missing_features
from treeprune.kernels.walker import Walker
from treeprune.model.traverse import leaf_index


@pytest.mark.parametrize("n_splits", [(30, 5), (300, 4)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tables_of_categories_that_would_be_too_large(monkeypatch, n_splits, dtype):
    """Trees with categories are walked by their bit sets then; numeric ones keep their kernel."""
    monkeypatch.setattr(sides, "MOST_SIDES", 10)
    e, rows = (
        random_ensemble(3, (*n_splits, 0), input_dtype=np.dtype(dtype).name),
        hostile_rows(0, 700, dtype),
    )
    assert Walker(e, missing_features(rows), len(rows)).kinds == ["plain", "plain", "blend"]
    np.testing.assert_array_equal(leaf_index(e, rows), slow_leaves(e, rows))
