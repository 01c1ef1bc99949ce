"""The first trees as they stand: what every other order has to beat."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.tree_order.registry import register
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.model.ensemble import Array, TreeEnsemble


def _whole_rounds(ensemble: TreeEnsemble) -> Array:
    """Numbers of trees after which each output column has been fed by as many."""
    fed = ensemble.output[:, None] == np.arange(ensemble.n_columns)
    count = np.cumsum(fed | (ensemble.output[:, None] < 0), axis=0)
    return 1 + np.flatnonzero((count == count[:, :1]).all(axis=1))


@register(
    "first",
    needs="nothing",
    tasks=("classification", "regression", "ranking", "anomaly"),
    paper="none: slicing, the baseline",
)
def first(ensemble: TreeEnsemble) -> TreeSteps:
    """Keep the first trees, in the order in which they were grown.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    TreeSteps
        One step a tree. Where each tree feeds one of several output columns, as in a booster of several
        classes, one step a round, after which all columns have as many trees; if the last round is not
        whole (trees were dropped before), one step a tree all the same.

    Notes
    -----
    Of a forest these are random trees. Of a booster it is the model that training would have handed back
    if it had stopped earlier.
    """
    sizes = _whole_rounds(ensemble)
    whole = len(sizes) > 0 and sizes[-1] == ensemble.n_trees
    return TreeSteps.of_order(np.arange(ensemble.n_trees), sizes=sizes if whole else None)
