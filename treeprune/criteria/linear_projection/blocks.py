"""Where the parameters of a group stand in a Hessian."""

from __future__ import annotations

import numpy as np

from treeprune.model.ensemble import Array


def blocks_by_size(group: Array, n_parameters: int, n_outputs: int) -> list[tuple[Array, Array]]:
    """Positions of the parameters of each group.

    Parameters
    ----------
    group : ndarray of int64, shape (n_columns,)
        Group of each column; the first of the parameters of each output.
    n_parameters, n_outputs : int

    Returns
    -------
    list of (groups, places)
        Groups of one size together: ndarray of int64 of shapes (n,) and (n, size).
    """
    order = np.argsort(group, kind="stable")
    groups, first, size = np.unique(group[order], return_index=True, return_counts=True)
    outputs = n_parameters * np.arange(n_outputs)
    out = []
    for s in np.unique(size):
        alike = size == s
        columns = order[first[alike][:, None] + np.arange(s)]
        places = (columns[:, None, :] + outputs[:, None]).reshape(len(columns), -1)
        out.append((groups[alike], places))
    return out
