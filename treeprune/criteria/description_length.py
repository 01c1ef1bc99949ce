"""Pruning by minimum description length: the tree that says the classes in the fewest bits."""

from __future__ import annotations

import numpy as np
from scipy.special import entr, gammaln

from treeprune.criteria.counts import class_counts
from treeprune.criteria.leaf_cost import LeafCosts
from treeprune.criteria.registry import register
from treeprune.model.ensemble import TreeEnsemble


@register("description_length", ("classification",))
def description_length(ensemble: TreeEnsemble) -> LeafCosts:
    """Bits for the tree and for the classes of its training rows.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    LeafCosts

    Notes
    -----
    Classes of a leaf cost their stochastic complexity, ``n H + (k - 1) / 2 log2(n / 2) +
    log2(pi ** (k / 2) / Gamma(k / 2))``; each node costs one bit for "leaf or split", and a split
    ``log2`` of the number of features and of the places its threshold can have (M. Mehta,
    J. Rissanen, R. Agrawal, MDL-based decision tree pruning, KDD 1995).
    """
    n = ensemble.cover
    leaf = np.ones(ensemble.n_nodes)
    for counts in class_counts(ensemble):
        k = counts.shape[1]
        entropy = entr(counts / np.maximum(n, 1e-300)[:, None]).sum(axis=1) / np.log(2.0)
        volume = k / 2 * np.log2(np.pi) - gammaln(k / 2) / np.log(2.0)
        complexity = (k - 1) / 2 * np.log2(np.maximum(n, 2.0) / 2) + volume
        leaf += n * entropy + np.maximum(complexity, 0.0)
    split = 1.0 + np.log2(max(ensemble.n_features, 2)) + np.log2(np.maximum(n - 1.0, 1.0))
    return LeafCosts(leaf=leaf, split=split)
