"""Rows of a user's table as blocks of the model's own input type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.utils import check_array

from treeprune.model.ensemble import Array, TreeEnsemble

BLOCK_ROWS = 65536
"""Rows densified and walked at a time, at the most: memory is bounded by the block, not by the table."""

BLOCK_NUMBERS = 2_000_000
"""Numbers in a block, at the most: wide tables have blocks of fewer rows."""


def as_matrix(X: Any, dtype: str, *, infinite: bool = False) -> Any:
    """Table as one matrix of the model's input type, NaN where a value is missing.

    Parameters
    ----------
    X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
    dtype : {"float32", "float64"}
        Type to which the native model rounds its input before it compares.
    infinite : bool
        Whether infinite values are legal.

    Returns
    -------
    ndarray or csr matrix, shape (n_rows, n_features)
        The caller's own array where nothing had to be converted.

    Raises
    ------
    ValueError
        If a value is infinite, too large for `dtype`, or not a number.
    """
    finite = False if infinite else "allow-nan"
    return check_array(X, accept_sparse="csr", dtype=dtype, ensure_all_finite=finite, ensure_min_samples=0)


def model_rows(ensemble: TreeEnsemble, X: Any, n_rows: int | None) -> Any:
    """Table as a matrix that fits a model; the kernels that walk it check no bounds.

    Parameters
    ----------
    ensemble : TreeEnsemble
    X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
    n_rows : int or None
        Number of outcomes that go with the rows, if any do.

    Returns
    -------
    ndarray or csr matrix, shape (n_rows, n_features)

    Raises
    ------
    ValueError
        If `X` has another number of rows or columns.
    """
    matrix = as_matrix(X, ensemble.input_dtype, infinite=ensemble.infinite)
    if matrix.shape[1] != ensemble.n_features:
        raise ValueError(
            f"X has {matrix.shape[1]} features, but the model is expecting {ensemble.n_features} features"
        )
    if n_rows is not None and matrix.shape[0] != n_rows:
        raise ValueError(f"X has {matrix.shape[0]} rows, but there are {n_rows} outcomes")
    return matrix


def dense(block: Any, absent: str = "zero") -> Array:
    """Rows as a C-ordered array, whatever they came in.

    Parameters
    ----------
    block : ndarray or csr matrix
    absent : {"zero", "missing"}
        What an entry is that a sparse matrix does not store.

    Returns
    -------
    ndarray
    """
    if isinstance(block, np.ndarray):
        return np.ascontiguousarray(block)
    if absent == "zero":
        return np.ascontiguousarray(block.toarray())
    full = np.full(block.shape, np.nan, block.dtype)
    triples = block.tocoo()
    full[triples.row, triples.col] = triples.data
    return full


def row_blocks(matrix: Any, absent: str = "zero") -> Iterator[tuple[slice, Array]]:
    """Dense, C-ordered blocks of a matrix, with the rows each covers.

    Parameters
    ----------
    matrix : ndarray or csr matrix
    absent : {"zero", "missing"}
        As for `dense`.

    Yields
    ------
    slice
    ndarray, shape (at most `BLOCK_ROWS`, n_features)
    """
    step = max(1, min(BLOCK_ROWS, BLOCK_NUMBERS // max(matrix.shape[1], 1)))
    for start in range(0, matrix.shape[0], step):
        rows = slice(start, min(start + step, matrix.shape[0]))
        yield rows, dense(matrix[rows], absent)


def take_rows(X: Any, rows: Array) -> Any:
    """Rows of any table, in its own container.

    Parameters
    ----------
    X : array-like, dataframe, sparse matrix or None
    rows : ndarray of int

    Returns
    -------
    object
        Of the type of `X`; None for None.
    """
    from sklearn.utils import _safe_indexing

    return None if X is None else _safe_indexing(X, rows)
