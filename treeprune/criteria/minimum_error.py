"""Minimum-error pruning with the m-estimate."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.counts import class_counts, squared_errors
from treeprune.criteria.leaf_cost import LeafCosts
from treeprune.criteria.registry import register
from treeprune.model.ensemble import TreeEnsemble
from treeprune.model.structure import tree_of_node


@register("minimum_error", ("classification", "regression"), m=2.0)
def minimum_error(ensemble: TreeEnsemble, m: float) -> LeafCosts:
    """Expected error of a leaf whose distribution is drawn towards that of the root.

    Parameters
    ----------
    ensemble : TreeEnsemble
    m : float
        Weight of the root's distribution, in rows: the larger, the less a node's own rows are trusted.
        The size of the pruned tree need not fall with it.

    Returns
    -------
    LeafCosts

    Notes
    -----
    Classes: B. Cestnik, I. Bratko, On estimating probabilities in tree pruning, EWSL 1991. Numbers:
    the m-estimate of the variance (A. Karalic, B. Cestnik, The Bayesian approach to tree-structured
    regression, 1991).
    """
    if m < 0:
        raise ValueError(f"m must not be negative, got {m}")
    n = ensemble.cover
    at_root = ensemble.root[:-1][tree_of_node(ensemble.root)]
    if ensemble.task == "classification":
        wrong = np.zeros(ensemble.n_nodes)
        for counts in class_counts(ensemble):
            prior = counts[at_root] / n[at_root][:, None]
            share = (counts + m * prior) / np.maximum(n + m, 1e-300)[:, None]
            wrong += 1.0 - share.max(axis=1)
        return LeafCosts(leaf=n * wrong / len(ensemble.columns))
    errors = squared_errors(ensemble)
    off = ensemble.value - ensemble.value[at_root]
    share = n / np.maximum(n + m, 1e-300)
    # variance of the mixture of the node's rows and m rows of the root
    within = share * errors / np.maximum(n, 1e-300) + (1 - share) * errors[at_root] / n[at_root]
    between = share * (1 - share) * (off**2).mean(axis=1)
    return LeafCosts(leaf=n * (within + between))
