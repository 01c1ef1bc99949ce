"""Splits whose answer is known before they are asked."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.lossless.axes import Axes
from treeprune.kernels.compiled import borrower
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import parents

NEVER, ONLY_LEFT, ONLY_RIGHT, BOTH = range(4)
"""What inputs of a domain do at a split: none comes, all go left, all go right, some go either way."""


@borrower
def _ways(
    parent: Array,
    left: Array,
    axis: Array,
    cut: Array,
    missing_left: Array,
    by_set: Array,
    n_numbers: Array,
    has_missing: Array,
    first_word: Array,
    full: Array,
    word: Array,
    way: Array,
) -> None:
    for node in range(parent.shape[0]):
        a = axis[node]
        if a == LEAF:
            continue
        goes_left = goes_right = False
        if by_set[a]:
            for w in range(first_word[a + 1] - first_word[a]):
                cells = full[first_word[a] + w]
                child, above = node, parent[node]
                while above != LEAF:
                    if axis[above] == a:
                        mask = word[cut[above] + w]
                        cells &= mask if left[above] == child else ~mask
                    child, above = above, parent[above]
                mask = word[cut[node] + w]
                goes_left |= (cells & mask) != 0
                goes_right |= (cells & ~mask) != 0
        else:
            low, high, missing = 0, n_numbers[a], has_missing[a]
            child, above = node, parent[node]
            while above != LEAF:
                if axis[above] == a:
                    if left[above] == child:
                        high = min(high, cut[above])
                        missing &= missing_left[above]
                    else:
                        low = max(low, cut[above])
                        missing &= not missing_left[above]
                child, above = above, parent[above]
            goes_left = low < min(high, cut[node]) or (missing and missing_left[node])
            goes_right = max(low, cut[node]) < high or (missing and not missing_left[node])
        way[node] = (1 if goes_left else 0) + (2 if goes_right else 0)


def ways_of_splits(ensemble: TreeEnsemble, axes: Axes) -> Array:
    """Which ways inputs of a domain go at each split, after the splits above it.

    Parameters
    ----------
    ensemble : TreeEnsemble
    axes : Axes
        Of the ensemble over the domain.

    Returns
    -------
    ndarray of uint8, shape (n_nodes,)
        `NEVER`, `ONLY_LEFT`, `ONLY_RIGHT` or `BOTH`. Exact: splits on an axis alone decide another one on
        it, since axes do not depend on each other. `BOTH` at leaves. Of splits below a decided one, to
        which no input comes, only that may be said which their own axis shows.
    """
    e, a = ensemble, axes
    way = np.full(e.n_nodes, BOTH, np.uint8)
    _ways(
        parents(e.left, e.right),
        e.left,
        a.axis,
        a.cut,
        a.missing_left,
        a.by_set,
        a.n_numbers,
        a.has_missing,
        a.first_word,
        a.full,
        a.word,
        way,
    )
    return way
