"""Pessimistic pruning: Quinlan's continuity correction for classes, the error factor of M5 for numbers."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.counts import class_errors, squared_errors
from treeprune.criteria.leaf_cost import LeafCosts
from treeprune.criteria.registry import register
from treeprune.model.ensemble import TreeEnsemble
from treeprune.model.structure import branch_sums


@register("pessimistic", ("classification", "regression"), standard_errors=1.0)
def pessimistic(ensemble: TreeEnsemble, standard_errors: float) -> LeafCosts:
    """Training errors, corrected for having been minimised.

    Parameters
    ----------
    ensemble : TreeEnsemble
    standard_errors : float
        For classes: by how many standard errors of the branch's corrected error count a leaf may be
        worse and still be taken. Not used for numbers.

    Returns
    -------
    LeafCosts

    Notes
    -----
    Classes: half an error is added for each leaf, and a node is compared with its branch as it was
    grown (J. R. Quinlan, Simplifying decision trees, Int. J. Man-Machine Studies 27, 1987). Numbers:
    the squared error of a leaf of n rows is multiplied by ``(n + 1) / (n - 1)`` (J. R. Quinlan,
    Learning with continuous classes, 1992). A leaf of one row has no error to correct, so a fully grown
    tree stays as it is; n is the weight of the rows.
    """
    if standard_errors < 0:
        raise ValueError(f"standard_errors must not be negative, got {standard_errors}")
    n = ensemble.cover
    if ensemble.task == "regression":
        return LeafCosts(leaf=squared_errors(ensemble) * (n + 1.0) / np.maximum(n - 1.0, 1.0))
    leaf = class_errors(ensemble).mean(axis=0) + 0.5
    branch = branch_sums(ensemble.left, ensemble.right, leaf, np.zeros(len(leaf)))
    spread = np.sqrt(np.maximum(branch * (n - branch), 0.0) / np.maximum(n, 1e-300))
    return LeafCosts(leaf=leaf, slack=standard_errors * spread, against_full=True)
