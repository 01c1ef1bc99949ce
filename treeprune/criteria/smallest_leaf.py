"""Pruning until every leaf rests on enough rows."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.leaf_cost import LeafCosts
from treeprune.criteria.registry import register
from treeprune.model.ensemble import LEAF, TreeEnsemble


@register("smallest_leaf", ("classification", "regression"), min_samples_leaf=11.0)
def smallest_leaf(ensemble: TreeEnsemble, min_samples_leaf: float) -> LeafCosts:
    """A cost for every leaf with too few rows, and none for any other.

    Rows are counted, not weights: a patient who counts twice is still one. The largest top subtree
    whose leaves all have enough rows is kept; a tree whose root has too few becomes its root.

    Parameters
    ----------
    ensemble : TreeEnsemble
    min_samples_leaf : float
        Rows that a leaf needs at least. The default, 11, is the smallest cell that health statistics
        usually show.

    Returns
    -------
    LeafCosts
    """
    if not min_samples_leaf >= 1:
        raise ValueError(f"min_samples_leaf must be at least 1, got {min_samples_leaf}")
    if ensemble.n_samples is None:
        raise ValueError("the model does not say how many rows support its leaves")
    small = (ensemble.n_samples < min_samples_leaf).astype(float)
    # a hair for each leaf in favour of splitting, since equal costs prune
    size = 1.0 / (2.0 * ensemble.n_nodes)
    split = np.where(ensemble.left == LEAF, 0.0, -size)
    return LeafCosts(leaf=small, split=split)
