"""What each tree brings to the raw output, told apart from where the sum starts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from treeprune.model.ensemble import TreeEnsemble


def prior_apart(ensemble: TreeEnsemble) -> TreeEnsemble:
    """Take the start of the sum out of the trees that hold it (`TreeEnsemble.prior`).

    It stays when its tree goes, so whoever asks what a tree is worth has to look at the tree without it.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    TreeEnsemble
        Of the same raw output, but for rounding; for numbers only, no format could hold it. The same object
        where there is no such tree.
    """
    e = ensemble
    if e.prior is None or not e.prior.any():
        return e
    value, base = e.value.copy(), e.base_score.copy()
    for column in map(int, np.flatnonzero(e.prior)):
        first = int(e.trees_of(column)[0])
        value[e.tree(first), column] -= e.prior[column]
        base[column] += e.prior[column] * e.weight[first]
    return replace(e, value=value, base_score=base, prior=None)
