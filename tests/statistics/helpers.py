"""What the rows of a model case look like to the statistics, by scikit-learn's own routing."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.strategies import ModelCase
from treeprune.statistics.target import Target, encode_target


def routing(case: ModelCase, X: Any) -> np.ndarray:
    """Which rows pass which node of all trees, shape (n_rows, n_nodes)."""
    members = getattr(case.model, "estimators_", [case.model])
    return np.hstack([member.decision_path(X).toarray() for member in members]).astype(bool)


def outcomes(case: ModelCase, ensemble: Any) -> tuple[Target, np.ndarray]:
    """Encoded target, and the plain sums that each row adds to a node (classes; or y and its square)."""
    y = case.y.reshape(len(case.y), -1)
    if ensemble.task == "regression":
        return encode_target(ensemble, case.y), y
    columns = [y[:, k] == label for k, classes in enumerate(ensemble.classes) for label in classes]
    return encode_target(ensemble, case.y), np.stack(columns, axis=1).astype(float)


def equal_bits(a: Any, b: Any) -> None:
    """Two `NodeStatistics` say the same to the last bit."""
    assert np.array_equal(a.n_rows, b.n_rows)
    assert np.array_equal(a.weight, b.weight)
    assert np.array_equal(a.sums, b.sums)
    assert (a.absolute is None) == (b.absolute is None)
    if a.absolute is not None:
        assert np.array_equal(a.absolute, b.absolute)
