"""Rows in the order of their values, for each column.

A radix sort (D. Knuth, The Art of Computer Programming, volume 3, section 5.2.5): single precision numbers
are 32 bits that ascend like integers once those of negative numbers are turned, and three passes by eleven
bits sort them. It is stable, so that equal values stay in the order of the rows on every machine.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from treeprune.kernels.compiled import borrower
from treeprune.kernels.threads import interruptible
from treeprune.model.ensemble import Array

_BITS = 11
_DIGITS = 1 << _BITS

_NAN_KEY = np.uint32(0xFFFFFFFF)
"""Above the key of any number."""

_LONG = 2_000_000
"""Values whose pass is worth a thread that hears Ctrl-C."""


def pass_over(work: Callable[[], None], n_values: int) -> None:
    """Call a kernel so that Ctrl-C is heard if it may take long.

    Parameters
    ----------
    work : callable
    n_values : int
        Values that it goes through.
    """
    if n_values < _LONG:
        work()
    else:
        interruptible(work)


@borrower
def _sort(key: Array, count: Array, keys: Array, places: Array, order: Array) -> None:
    n_columns, n = key.shape
    for f in range(n_columns):
        count[:] = 0
        for i in range(n):
            k = key[f, i]
            count[0, k & (_DIGITS - 1)] += 1
            count[1, (k >> _BITS) & (_DIGITS - 1)] += 1
            count[2, k >> (2 * _BITS)] += 1
        for digit in range(3):
            below = 0
            for value in range(_DIGITS):
                own = count[digit, value]
                count[digit, value] = below
                below += own
        for i in range(n):
            k = key[f, i]
            value = k & (_DIGITS - 1)
            at = count[0, value]
            count[0, value] = at + 1
            keys[0, at], places[0, at] = k, i
        for i in range(n):
            k = keys[0, i]
            value = (k >> _BITS) & (_DIGITS - 1)
            at = count[1, value]
            count[1, value] = at + 1
            keys[1, at], places[1, at] = k, places[0, i]
        for i in range(n):
            value = keys[1, i] >> (2 * _BITS)
            at = count[2, value]
            count[2, value] = at + 1
            order[f, at] = places[1, i]


def ascending(values: Array) -> Array:
    """Order of each line, equal values as they stand, NaN last.

    Parameters
    ----------
    values : ndarray of float32, shape (n_columns, n_rows)

    Returns
    -------
    ndarray of int32, shape (n_columns, n_rows)
    """
    n = values.shape[1]
    bits = (values + np.float32(0.0)).view(np.uint32)  # -0 becomes 0
    turned = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    key = np.where(np.isnan(values), _NAN_KEY, turned)
    order, count = np.empty(values.shape, np.int32), np.empty((3, _DIGITS), np.int32)
    keys, places = np.empty((2, n), np.uint32), np.empty((2, n), np.int32)
    pass_over(lambda: _sort(key, count, keys, places, order), values.size)
    return order
