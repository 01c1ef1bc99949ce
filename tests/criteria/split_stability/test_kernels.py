"""Kernels run by Python, with every index checked."""

import numpy as np
import pytest

from tests.criteria.split_stability.helpers import untidy
from tests.kernels.checked import in_python
from treeprune.criteria.split_stability import order, scan
from treeprune.criteria.split_stability.sample import make_sample
from treeprune.criteria.split_stability.scan import best_splits, gain_curve


@pytest.mark.parametrize(("n", "missing"), [(1, 0.0), (2, 0.0), (30, 0.3), (30, 1.0), (30, 0.0)])
def test_no_index_leaves_its_array(monkeypatch, n, missing):
    x, y, w = untidy(0, n=n, k=2, missing=missing)
    compiled = make_sample(x, y, w + 1)
    expected, curve = best_splits(compiled), gain_curve(compiled, 0)
    monkeypatch.setattr(order, "_sort", in_python(order._sort))
    monkeypatch.setattr(scan, "_scan", in_python(scan._scan))
    sample = make_sample(x, y, w + 1)
    assert np.array_equal(sample.order, compiled.order)
    found = best_splits(sample)
    for name in ("gain", "threshold", "missing_left"):
        assert np.array_equal(getattr(found, name), getattr(expected, name), equal_nan=True)
    assert np.array_equal(gain_curve(sample, 0), curve)
