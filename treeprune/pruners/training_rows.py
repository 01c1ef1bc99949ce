"""Whether a model was trained on the rows that are to judge it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from treeprune.backends.registry import find_backend
from treeprune.exceptions import PruningWarning
from treeprune.model.edit import keep_trees
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.statistics.collect import collect
from treeprune.statistics.target import Target


def looks_trained_on(model: Any, ensemble: TreeEnsemble, X: Any, weights: Array) -> bool:
    """Whether rows meet the first tree of a model exactly as its training rows did.

    Parameters
    ----------
    model : object
    ensemble : TreeEnsemble
    X : array-like or sparse matrix, shape (n_rows, n_features)
        Encoded as the trees know it.
    weights : ndarray of float64, shape (n_rows,)

    Returns
    -------
    bool
    """
    first = keep_trees(ensemble, np.zeros(1, np.int64))
    if first.n_samples is None or first.n_nodes < 3:
        return False
    drawn = find_backend(model).in_bag(model, int(first.tree_id[0]), X.shape[0])
    if drawn is None:
        return False
    rows = collect(first, X, Target.unknown(X.shape[0]), (drawn > 0) & (weights > 0)).n_rows
    return bool(np.array_equal(rows, first.n_samples))


def warn_if_trained_on(
    model: Any, ensemble: TreeEnsemble, X: Any, weights: Array, *, stacklevel: int
) -> None:
    """Warn if rows that are to judge a model are those it was trained on.

    Parameters
    ----------
    model, ensemble, X, weights
        As for `looks_trained_on`.
    stacklevel : int
        Of the warning, seen from here.

    Warns
    -----
    PruningWarning
    """
    if looks_trained_on(model, ensemble, X, weights):
        warnings.warn(
            "the held-out rows are the rows the model was trained on: they find little to prune; give "
            "rows the model has not seen",
            PruningWarning,
            stacklevel=stacklevel,
        )
