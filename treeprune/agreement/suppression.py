"""Which counts of a table must not be shown: small ones, and those that would give small ones away.

Counts from 1 to ``min_count - 1`` are small (11 is the rule of the US Centers for Medicare & Medicaid
Services). A total minus all other counts is a count again, so that along each line of a table with a
known total none or several counts are hidden, and those together are not small.
"""

from __future__ import annotations

import numpy as np

from treeprune.model.ensemble import Array


def hidden_counts(counts: Array, lines: list[Array], min_count: int, hidden: Array | None = None) -> Array:
    """Cells to hide, the smallest others beside small ones.

    Parameters
    ----------
    counts : ndarray of int64, shape (n_kinds, n_cells)
        Several counts of each cell, which are shown or hidden together.
    lines : list of ndarray of int64
        Cells whose counts sum to a known total.
    min_count : int
    hidden : ndarray of bool, shape (n_cells,), optional
        Cells that are hidden already.

    Returns
    -------
    ndarray of bool, shape (n_cells,)
        Hiding against one subtraction along each line; several lines at once can, in rare tables,
        still bound a hidden count from both sides.
    """
    small = ((counts > 0) & (counts < min_count)).any(axis=0)
    found = np.array(small if hidden is None else small | hidden)
    while any(_hide_one_more(counts, line, min_count, found) for line in lines):
        pass
    return found


def _hide_one_more(counts: Array, line: Array, min_count: int, found: Array) -> bool:
    """Hide the smallest shown cell of a line whose hidden ones can be told; whether there was one."""
    gone, shown = line[found[line]], line[~found[line]]
    together = counts[:, gone].sum(axis=1)
    safe = len(gone) > 1 and not ((together > 0) & (together < min_count)).any()
    if len(gone) == 0 or safe or len(shown) == 0:
        return False
    # a count of 0 adds nothing to what is hidden
    least = np.where(counts[:, shown] > 0, counts[:, shown], counts.max() + 1).min(axis=0)
    found[shown[np.argmin(least)]] = True
    return True
