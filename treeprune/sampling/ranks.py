"""Tables as ranks: what forests read of values of any size."""

from __future__ import annotations

import numpy as np

from treeprune.model.ensemble import Array


def ranks_of(*tables: Array) -> list[Array]:
    """Each value's rank among the distinct ones of its column, over all tables.

    Trees split ranks where they would split values, and ranks know no overflow.

    Parameters
    ----------
    *tables : ndarray of float64, shape (n_rows, n_columns)
        NaN is missing.

    Returns
    -------
    list of (ndarray of float32, shape (n_rows, n_columns))
        NaN where a value is missing; 0 in a column that is all missing.
    """
    stacked = np.vstack(tables)
    found = np.empty(stacked.shape, np.float32)
    for j, column in enumerate(stacked.T):
        missing = np.isnan(column)
        found[:, j] = np.nan if not missing.all() else 0.0
        found[~missing, j] = np.unique(column[~missing], return_inverse=True)[1]
    return np.split(found, np.cumsum([len(table) for table in tables])[:-1])
