"""Outcomes that users give as a column."""

from __future__ import annotations

import warnings

from sklearn.exceptions import DataConversionWarning

from treeprune.model.ensemble import Array


def one_outcome(y: Array, *, stacklevel: int) -> Array:
    """One outcome as scikit-learn wants it: a single column becomes one dimension, with its warning."""
    if y.ndim != 2 or y.shape[1] != 1:
        return y
    warnings.warn(
        "A column-vector y was passed when a 1d array was expected: its column is taken",
        DataConversionWarning,
        stacklevel=stacklevel + 1,
    )
    return y[:, 0]
