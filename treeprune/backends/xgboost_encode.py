"""A user's table as the trees of an XGBoost model see it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse


def encode_table(booster: Any, X: Any, missing: float) -> Any:
    """Table as single precision numbers, NaN where a value is missing.

    Parameters
    ----------
    booster : xgboost.Booster
    X : array-like, dataframe or sparse matrix
    missing : float
        What the wrapper takes for missing, besides NaN.

    Returns
    -------
    ndarray of float32 or csr matrix
        What a CSR matrix does not hold is missing, as XGBoost has it.

    Raises
    ------
    ValueError
        If XGBoost does not take the table for this model: other column names, a category that it has
        not seen (where the installed release refuses them), text.
    """
    if sparse.issparse(X):
        matrix = sparse.csr_matrix(X, dtype=np.float32)
        if not np.isnan(missing) and (matrix.data == np.float32(missing)).any():
            matrix = matrix.copy()
            matrix.data[matrix.data == np.float32(missing)] = np.nan
        return matrix
    if hasattr(X, "columns"):
        return _encode_frame(booster, X, missing)
    with np.errstate(over="ignore"):  # too large for single precision is infinite, as XGBoost has it
        rows = np.asarray(X, np.float32)
    if not np.isnan(missing) and (rows == np.float32(missing)).any():
        rows = np.where(rows == np.float32(missing), np.float32(np.nan), rows)
    return rows


def _encode_frame(booster: Any, frame: Any, missing: float) -> Any:
    """Let XGBoost itself turn the categories of a frame into those of the model."""
    import xgboost

    own = booster.get_categories() if hasattr(booster, "get_categories") else None
    reference = {} if own is None or own.empty() else {"feature_types": own}
    matrix = xgboost.DMatrix(frame, missing=missing, enable_categorical=True, **reference)
    names = booster.feature_names
    if names is not None and matrix.feature_names != names:
        raise ValueError(
            f"the columns of the table must be those the model was trained on, in their order: "
            f"{names}, got {matrix.feature_names}"
        )
    return matrix.get_data()
