"""Training counts read back from fitted trees, against the rows themselves."""

from __future__ import annotations

import numpy as np
import pytest

from tests.criteria.helpers import make_tree
from tests.strategies import CLASSIFICATION, SINGLE, cases
from treeprune.backends import read
from treeprune.criteria.counts import class_counts, class_errors, squared_errors

TREES = cases(classes=SINGLE)


def reached(case):
    """Which rows reach which node, by scikit-learn's own routing; and their weights."""
    weight = np.ones(len(case.X)) if case.weight is None else case.weight
    return case.model.decision_path(case.X).toarray().astype(bool), weight


@pytest.mark.parametrize("case", [p for p in TREES if "Classifier" in p.id])
def test_class_counts_and_errors_are_those_of_the_training_rows(case):
    assert any(kind in case.id for kind in CLASSIFICATION)
    e = read(case.model)
    path, weight = reached(case)
    y = case.y.reshape(len(case.y), -1)
    for k, (counts, errors) in enumerate(zip(class_counts(e), class_errors(e), strict=True)):
        expected = np.stack([((y[:, k] == c) * weight) @ path for c in e.classes[k]], axis=1)
        np.testing.assert_allclose(counts, expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(
            errors, (expected.sum(axis=1) - expected.max(axis=1)), rtol=1e-9, atol=1e-9
        )
        assert (errors[np.count_nonzero(expected, axis=1) == 1] == 0).all()


@pytest.mark.parametrize("case", [p for p in TREES if "Regressor" in p.id])
def test_squared_errors_are_those_of_the_training_rows(case):
    path, weight = reached(case)
    y = case.y.reshape(len(case.y), -1)
    expected = np.zeros(path.shape[1])
    for node in range(path.shape[1]):
        rows = path[:, node] & (weight > 0)
        mean = np.average(y[rows], axis=0, weights=weight[rows])
        expected[node] = (weight[rows] @ (y[rows] - mean) ** 2).mean()
    np.testing.assert_allclose(squared_errors(read(case.model)), expected, rtol=1e-9, atol=1e-9)


def test_shares_that_miss_one_by_rounding_make_no_error():
    e = make_tree([-1], [-1], [[1 - 2**-53, 2**-53]], [1e6])
    assert class_errors(e).tolist() == [[0.0]]


def test_a_model_without_squared_errors_is_refused():
    for fields in ({}, {"impurity": np.zeros(1), "criterion": "poisson"}):
        with pytest.raises(ValueError, match="needs the squared errors"):
            squared_errors(make_tree([-1], [-1], [1.0], [1.0], **fields))


def test_rounding_below_zero_is_no_error():
    e = make_tree([-1], [-1], [1.0], [4.0], impurity=np.array([-1e-17]), criterion="squared_error")
    assert squared_errors(e).tolist() == [0.0]
