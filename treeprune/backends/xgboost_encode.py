"""A user's table as the trees of an XGBoost model see it."""

from __future__ import annotations

import re
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
        return _encode_sparse(X, missing)
    if hasattr(X, "columns"):
        return _encode_frame(booster, X, missing)
    with np.errstate(over="ignore"):  # too large for single precision is infinite, as XGBoost has it
        rows = np.asarray(X, np.float32)
    coded = rows == np.float32(missing)
    return np.where(coded, np.float32(np.nan), rows) if coded.any() else rows


def _encode_sparse(X: Any, missing: float) -> Any:
    matrix = X.tocsr().astype(np.float32)
    coded = matrix.data == np.float32(missing)
    if coded.any():
        matrix = matrix.copy()
        matrix.data[coded] = np.nan
    return matrix


def _column_names(frame: Any) -> list[str]:
    """Names of a frame's columns as XGBoost makes them."""
    if hasattr(frame, "column_names"):  # an Arrow table
        return list(frame.column_names)
    if getattr(frame.columns, "nlevels", 1) > 1:
        return [" ".join(map(str, levels)) for levels in frame.columns]
    return [str(name) for name in frame.columns]


def _encode_frame(booster: Any, frame: Any, missing: float) -> Any:
    """Let XGBoost itself turn the categories of a frame into those of the model."""
    import xgboost

    given, names = _column_names(frame), booster.feature_names
    if names is not None and given != names:
        raise ValueError(
            "the columns of the table must be those the model was trained on, in their order: "
            f"{names}, got {given}"
        )
    own = booster.get_categories() if hasattr(booster, "get_categories") else None
    reference = {} if own is None or own.empty() else {"feature_types": own}
    try:
        matrix = xgboost.DMatrix(frame, missing=missing, enable_categorical=True, **reference)
    except xgboost.core.XGBoostError as error:
        # its own message starts with a time and a place in its source, and ends with a stack
        reason = re.sub(r"^\[[^]]*\] \S+ ", "", str(error).partition("\n")[0])
        raise ValueError(f"XGBoost does not take this table for the model: {reason}") from error
    except ValueError as error:
        # its own message lists categories too, and asks for an option that is set
        listed = str(error).partition("Invalid columns:")[2].split(", ")
        strange = [own.strip() for own in listed if own.strip() and not own.endswith(": category")]
        if not strange:
            raise
        raise ValueError(
            "XGBoost takes columns of numbers, booleans and categories (see DataFrame.dtypes); of another "
            f"type: {', '.join(strange)}"
        ) from error
    return matrix.get_data()
