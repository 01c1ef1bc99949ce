"""One word for each row of a table, the same for rows with equal columns.

Folds and held-out parts are made from these words, so that they depend on what the rows say.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np

from treeprune.model.ensemble import Array
from treeprune.statistics.rows import as_matrix, row_blocks

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mix(bits: Array) -> Array:
    """SplitMix64 finaliser (Steele, Lea, Flood 2014, OOPSLA): one well-stirred word for each word."""
    z = bits + _GOLDEN
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def bits_of(numbers: Array) -> Array:
    """Numbers as words: one NaN, and no -0.0."""
    canonical = np.where(np.isnan(numbers), np.nan, numbers) + 0.0
    return np.ascontiguousarray(canonical, np.float64).view(np.uint64)


def _salts(n_columns: int) -> Array:
    return mix(np.arange(n_columns, dtype=np.uint64))  # a value counts by its column


def _column(X: Any, j: int) -> Any:
    return X.iloc[:, j] if hasattr(X, "iloc") else X[X.columns[j]]


def _numbers(column: Any) -> Array | None:
    """A column as float64, NaN where a value is missing; None if it holds anything but numbers."""
    try:
        if hasattr(column, "isna"):  # pandas: its nullable types know a missing value that is no NaN
            return np.asarray(column.to_numpy(np.float64, na_value=np.nan))
        return np.asarray(column.to_numpy(), np.float64)
    except (TypeError, ValueError):
        return None


def _labels(column: Any) -> Array:
    """Words of a column of labels: of what they say, not of the codes they happen to have."""
    values = np.asarray(column.to_numpy(), object)
    different, place = np.unique([_text(value) for value in values], return_inverse=True)
    digests = [
        int.from_bytes(blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest(), "little")
        for text in different
    ]
    return np.array(digests, np.uint64)[place.ravel()]


def _text(value: Any) -> str:
    missing = value is None or type(value).__name__ in ("NAType", "NaTType") or str(value) == "nan"
    return "" if missing else f"{type(value).__name__[:3]} {value}"


def _hash_frame(X: Any) -> Array:
    words = np.zeros(X.shape[0], np.uint64)
    for j, salt in enumerate(_salts(X.shape[1])):
        numbers = _numbers(_column(X, j))
        if numbers is None:
            words += mix(_labels(_column(X, j)) ^ salt)
        else:
            words += np.where(numbers == 0.0, np.uint64(0), mix(bits_of(numbers) ^ salt))
    return mix(words)


def hash_rows(X: Any) -> Array:
    """One 64-bit word for each row, the same for rows with equal columns.

    Zeros add nothing, so a sparse table hashes as its dense twin does. Labels count by what they say,
    whatever their type makes of them.

    Parameters
    ----------
    X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)

    Returns
    -------
    ndarray of uint64, shape (n_rows,)
    """
    if hasattr(X, "columns") and any(_numbers(_column(X, j)) is None for j in range(X.shape[1])):
        return _hash_frame(X)
    matrix = as_matrix(X, "float64", infinite=True)  # whether infinity is legal is the model's business
    salts = _salts(matrix.shape[1])
    if not isinstance(matrix, np.ndarray):  # CSR: entries alone are looked at
        stirred = np.where(
            matrix.data == 0.0, np.uint64(0), mix(bits_of(matrix.data) ^ salts[matrix.indices])
        )
        running = np.concatenate([np.zeros(1, np.uint64), np.cumsum(stirred, dtype=np.uint64)])
        return mix(running[matrix.indptr[1:]] - running[matrix.indptr[:-1]])
    words = np.empty(matrix.shape[0], np.uint64)
    for rows, block in row_blocks(matrix):
        stirred = np.where(block == 0.0, np.uint64(0), mix(bits_of(block) ^ salts))
        words[rows] = stirred.sum(axis=1, dtype=np.uint64)
    return mix(words)


def hash_groups(groups: Any) -> Array:
    """One 64-bit word for each row, the same for rows of one group.

    Parameters
    ----------
    groups : array-like, shape (n_rows,)

    Returns
    -------
    ndarray of uint64, shape (n_rows,)
    """
    return mix(np.unique(np.asarray(groups), return_inverse=True)[1].ravel().astype(np.uint64))
