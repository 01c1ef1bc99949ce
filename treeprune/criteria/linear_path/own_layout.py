"""The part of a layout that one problem works with: its own working set is smaller than that of all."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.linear_path.layout import Layout
from treeprune.model.ensemble import Array


class OwnLayout:
    """Coefficients of one problem in one row: the head, then groups as they came.

    Parameters
    ----------
    layout : Layout
        That of all problems.
    m : int
        The problem.
    groups : ndarray of int64
        Places in `layout.groups`.
    """

    def __init__(self, layout: Layout, m: int, groups: Array) -> None:
        first = layout.start[groups]
        sizes = layout.start[groups + 1] - first
        self.groups, self.head = groups, layout.head
        self.start = np.full(len(groups) + 1, layout.head)
        self.start[1:] += sizes.cumsum()
        self.places = np.arange(self.start[-1])
        self.places[layout.head :] += (first - self.start[:-1]).repeat(sizes)
        """Of the coefficients among those of all problems."""
        self.bounds = layout.low[m, self.places], layout.high[m, self.places]
        self.ratios = layout.ratios[m, self.places]
        self.bounded = layout.bounded[groups]
        self.singles = layout.n_outputs == 1 and bool((sizes == 1).all())
