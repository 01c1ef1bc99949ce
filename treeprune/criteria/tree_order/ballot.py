"""Votes in whole numbers, so that sums are exact and ties are ties."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from treeprune.kernels.compiled import borrower
from treeprune.kernels.pointers import pointer
from treeprune.model.ensemble import Array
from treeprune.statistics.votes import TreeVotes
from treeprune.statistics.weights import below_one

_BITS = 61
"""A sum over rows of weights times votes of all trees stays below two to this power."""

_VOTE_BITS = 28
"""So does the sum of the factors of all trees, to this power."""


def whole_numbers(numbers: Array, bits: int) -> Array:
    """Whole numbers in the proportions of some that are not negative.

    Parameters
    ----------
    numbers : ndarray of float64, shape (n,)
        Not all zero.
    bits : int
        The result adds up to less than two to this power.

    Returns
    -------
    ndarray of int64, shape (n,)
        Without a common divisor. Exact for whole numbers (or their multiples) that add up to less than
        half as much; others are rounded to a grid.
    """
    small = below_one(numbers)
    shift = bits - 1 - np.frexp(math.fsum(small))[1]
    whole = np.rint(np.ldexp(small, shift)).astype(np.int64)
    return whole // max(np.gcd.reduce(whole), 1)


@dataclass(frozen=True, eq=False)
class Ballot:
    """What the orders count: `TreeVotes` with weights and factors in whole numbers.

    Parameters
    ----------
    codes : ndarray of uint8 or uint16, shape (n_trees, n_rows), C-ordered
    truth : ndarray of int64, shape (n_rows,)
    weight : ndarray of int64, shape (n_rows,)
    factor : ndarray of int64, shape (n_trees,)
    n_classes : int
    """

    codes: Array
    truth: Array
    weight: Array
    factor: Array
    n_classes: int

    @classmethod
    def of(cls, votes: TreeVotes) -> Ballot:
        """Round the weights of votes; exact for equal ones and for whole ones."""
        factor = whole_numbers(votes.factors, _VOTE_BITS)
        weight = whole_numbers(votes.weight, _BITS - (3 * int(factor.sum())).bit_length())
        codes = np.ascontiguousarray(votes.codes)
        return cls(codes, votes.truth.astype(np.int64), weight, factor, votes.n_classes)

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.codes)

    def right_sums(self, numbers: Array) -> Array:
        """Sums of numbers of the rows, over the rows where each tree is right.

        Parameters
        ----------
        numbers : ndarray of int64, shape (n_rows,)

        Returns
        -------
        ndarray of int64, shape (n_trees,)
        """
        return np.array([numbers[code == self.truth].sum() for code in self.codes], np.int64)

    def tally(self, trees: Array, rows: Array, gain: Array) -> Array:
        """What some trees gain, where each row says what it pays for each class.

        Parameters
        ----------
        trees : ndarray of int64, shape (n_some_trees,)
        rows : ndarray of int64, shape (n_some_rows,)
        gain : ndarray of int64, shape (n_some_rows, n_classes)
            What a tree gains by voting for each class at each of the rows.

        Returns
        -------
        ndarray of int64, shape (n_some_trees,)
        """
        out = np.zeros(len(trees), np.int64)
        _tally(self.codes, trees, rows, np.ascontiguousarray(gain), out)
        return out


@borrower
def _tally(codes: Array, trees: Array, rows: Array, gain: Array, out: Array) -> None:
    width, table, place = np.uint64(gain.shape[1]), pointer(gain, 0), pointer(rows, 0)
    for k in range(trees.shape[0]):
        own, total = pointer(codes, trees[k] * codes.shape[1]), np.int64(0)
        for j in range(rows.shape[0]):
            total += table[np.uint64(j) * width + np.uint64(own[place[j]])]
        out[k] = total
