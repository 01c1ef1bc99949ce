"""Rows at which a wrongly written model would show: on thresholds, beside them, and missing."""

from __future__ import annotations

import numpy as np

from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import parents

_N_SPLITS = 48


def _row_that_reaches(e: TreeEnsemble, parent: Array, node: int) -> Array:
    """A row whose way leads to `node` (where the thresholds on that way leave room)."""
    low = np.full(e.n_features, -np.inf)
    high = np.full(e.n_features, np.inf)
    child = node
    while parent[child] != LEAF:
        split = parent[child]
        f, t = e.feature[split], e.threshold[split]
        if e.category_set[split] == LEAF:
            if e.left[split] == child:
                high[f] = min(high[f], t)
            else:
                low[f] = max(low[f], t)
        child = split
    only_missing = np.isposinf(low) | np.isneginf(high)  # beyond an infinite threshold
    open_low, open_high = np.isinf(low), np.isinf(high)
    low = np.where(open_low, np.where(open_high, 0.0, high - 1.0), low)
    high = np.where(open_high, low + 1.0, high)
    return np.where(only_missing, np.nan, low + (high - low) / 2)


def probe_rows(ensemble: TreeEnsemble) -> Array:
    """Rows around the splits of an ensemble.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    ndarray of the model's `input_dtype`, shape (n_rows, n_features)
        For some splits spread evenly over all trees, a row that reaches the split with its feature on
        the threshold, one unit in the last place to either side, and missing; and one row of zeros.
    """
    dtype = np.dtype(ensemble.input_dtype).type
    splits = np.flatnonzero(~ensemble.is_leaf)
    chosen = (
        splits[np.unique(np.linspace(0, len(splits) - 1, _N_SPLITS).astype(int))] if len(splits) else []
    )
    parent = parents(ensemble.left, ensemble.right)
    largest = np.finfo(dtype).max
    rows = [np.zeros(ensemble.n_features, dtype)]
    for node in chosen:
        base = np.clip(_row_that_reaches(ensemble, parent, node), -largest, largest).astype(dtype)
        f = ensemble.feature[node]
        at = dtype(np.clip(ensemble.threshold[node], -largest, largest))
        for x in (at, np.nextafter(at, -largest), np.nextafter(at, largest), dtype(np.nan)):
            row = base.copy()
            row[f] = x
            rows.append(row)
    return np.vstack(rows)
