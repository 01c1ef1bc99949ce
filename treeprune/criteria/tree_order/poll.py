"""A vote as trees join it: who leads at each row, and which rows the next tree decides."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.tree_order.ballot import Ballot
from treeprune.kernels.compiled import borrower
from treeprune.kernels.pointers import pointer
from treeprune.model.ensemble import Array

_ALONE = -(2**30)
"""How far behind a class is that has no rival."""


class Poll:
    """Votes of the trees that were taken, at each row and for each class.

    The class with the most votes wins, of several the first, as in `numpy.argmax`.

    Parameters
    ----------
    ballot : Ballot

    Attributes
    ----------
    count : ndarray of int32, shape (n_rows, n_classes)
        Votes of each class, weighted by the factors of the trees.
    """

    def __init__(self, ballot: Ballot) -> None:
        self._ballot = ballot
        self.count = np.zeros((ballot.codes.shape[1], ballot.n_classes), np.int32)

    def add(self, tree: int, sign: int = 1) -> None:
        """Let a tree vote; with the sign -1, take its votes back."""
        _cast(self._ballot.codes[tree], sign * int(self._ballot.factor[tree]), self.count)

    def behind(self) -> Array:
        """Votes that the right class lacks at each row; 0 or less where it wins; int32, shape (n_rows,)."""
        out = np.empty(len(self.count), np.int32)
        _behind(self.count, self._ballot.truth, out)
        return out

    def leaders(self) -> Array:
        """Class that wins each row; int64, shape (n_rows,)."""
        out = np.empty(len(self.count), np.int64)
        _leaders(self.count, out)
        return out

    def gains(self, trees: Array) -> Array:
        """Weight of the rows that come out right if one more tree votes.

        Parameters
        ----------
        trees : ndarray of int64, shape (n_some_trees,)
            Trees that did not vote yet, each to be tried alone.

        Returns
        -------
        ndarray of int64, shape (n_some_trees,)
            But for a constant: rows that no vote of one tree can turn are left out. These are nearly all
            once some trees have voted, and that is what makes the search fast.
        """
        b, behind = self._ballot, self.behind()
        largest = b.factor[trees].max()
        rows = np.flatnonzero((behind > -largest) & (behind <= largest) & (b.weight > 0))
        truth, behind, count = b.truth[rows], behind[rows], self.count[rows]
        own = truth[:, None] == np.arange(b.n_classes)
        # a tree of factor f that votes for a class leaves the row right if low <= f <= high
        high = count[np.arange(len(rows)), truth][:, None] - count
        high -= np.arange(b.n_classes, dtype=np.int32) < truth[:, None]
        high[behind > 0] = -1
        low, high = np.where(own, behind[:, None], 0), np.where(own, largest, high)
        if (b.factor[trees] == largest).all():  # as in every forest: the comparison is made once
            return b.tally(trees, rows, ((low <= largest) & (largest <= high)) * b.weight[rows, None])
        limits = np.stack([low, high], axis=2).astype(np.int32)
        out = np.zeros(len(trees), np.int64)
        _gains(b.codes, trees, b.factor[trees], rows, b.weight[rows], limits, out)
        return out


@borrower
def _cast(code: Array, votes: int, count: Array) -> None:
    width, table = np.uint64(count.shape[1]), pointer(count, 0)
    for i in range(code.shape[0]):
        table[np.uint64(i) * width + np.uint64(code[i])] += np.int32(votes)


@borrower
def _behind(count: Array, truth: Array, out: Array) -> None:
    width = count.shape[1]
    for i in range(count.shape[0]):
        own, y, most = pointer(count, i * width), truth[i], np.int32(_ALONE)
        for c in range(y):
            most = max(most, own[c] + np.int32(1))  # of equal classes the first wins
        for c in range(y + 1, width):
            most = max(most, own[c])
        out[i] = most - own[y] if most != _ALONE else most


@borrower
def _leaders(count: Array, out: Array) -> None:
    width = count.shape[1]
    for i in range(count.shape[0]):
        own, best = pointer(count, i * width), 0
        for c in range(1, width):
            if own[c] > own[best]:
                best = c
        out[i] = best


@borrower
def _gains(
    codes: Array, trees: Array, factor: Array, rows: Array, weight: Array, limits: Array, out: Array
) -> None:
    width, table, place = np.uint64(limits.shape[1]), pointer(limits, 0), pointer(rows, 0)
    for k in range(trees.shape[0]):
        own, total = pointer(codes, trees[k] * codes.shape[1]), np.int64(0)
        votes = np.int32(factor[k])
        for j in range(rows.shape[0]):
            at = np.uint64(2) * (np.uint64(j) * width + np.uint64(own[place[j]]))
            if table[at] <= votes <= table[at + np.uint64(1)]:
                total += weight[j]
        out[k] = total
