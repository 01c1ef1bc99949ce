"""Weight of the rows at which two trees differ, for all pairs of trees."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.tree_order.ballot import Ballot
from treeprune.kernels.compiled import borrower, part
from treeprune.kernels.pointers import pointer
from treeprune.model.ensemble import Array

_BLOCK_ROWS = 16384
_TREES = 16
"""Trees whose bits lie near while all others pass by."""

_WORDS = 32
"""Words of bits that are looked up in one call."""


def disagreements(ballot: Ballot, *, signatures: bool) -> Array:
    """Weight of the rows at which two trees differ.

    Parameters
    ----------
    ballot : Ballot
    signatures : bool
        Whether trees differ if one is right and one is wrong, else if they vote for different classes.

    Returns
    -------
    ndarray of int64, shape (n_trees, n_trees)
        Symmetric.

    Notes
    -----
    Classes are written in bits, of which 64 rows are compared at a time. Rows of equal weight are counted;
    for others there are tables of the sums of the weights of eight rows.
    """
    b = ballot
    present = np.unique(b.weight[b.weight > 0])
    out = np.zeros((b.n_trees, b.n_trees), np.int64)
    for start in range(0, len(b.truth), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        small = b.codes[:, rows]
        if signatures:
            small = (small == b.truth[rows]).astype(np.uint8)
        planes = _planes(small, 1 if signatures else max((b.n_classes - 1).bit_length(), 1))
        if len(present) == 1:
            planes &= np.packbits(_padded(b.weight[rows] > 0), bitorder="little")
            words = planes.view(np.uint64)
            differ = np.empty(words.shape[2], np.uint64)
            for first in range(0, b.n_trees, _TREES):  # short calls, so that Ctrl-C is heard
                _count(words, first, min(first + _TREES, b.n_trees), differ, out)
        else:
            # byte by byte from the lowest, whatever the machine does
            words = np.ascontiguousarray(planes.view("<u8").transpose(2, 0, 1), np.uint64)
            weight = _padded(b.weight[rows]).reshape(len(words), 64)
            for first in range(0, len(words), _WORDS):
                some = slice(first, first + _WORDS)
                _add(words[some], _sums_of_eight(weight[some]), out)
    out = out * present[0] if len(present) == 1 else out
    return out + out.T


def _padded(numbers: Array) -> Array:
    """Numbers of rows, with zeros up to whole words of 64."""
    return np.pad(numbers, (0, -len(numbers) % 64))


def _planes(codes: Array, n_bits: int) -> Array:
    """Bits of small numbers, eight rows a byte; uint8, shape (n_bits, n_trees, n_bytes)."""
    n_rows = codes.shape[1]
    planes = np.zeros((n_bits, len(codes), -(-n_rows // 64) * 8), np.uint8)
    for bit in range(n_bits):
        packed = np.packbits(codes & codes.dtype.type(1 << bit), axis=1, bitorder="little")
        planes[bit, :, : packed.shape[1]] = packed
    return planes


def _sums_of_eight(weight: Array) -> Array:
    """Sum of the weights that the bits of each byte stand for; int64, shape (n_bytes, 256)."""
    eight = weight.reshape(-1, 8)
    table = np.zeros((len(eight), 256), np.int64)
    for bit in range(8):
        table[:, 1 << bit : 2 << bit] = table[:, : 1 << bit] + eight[:, bit, None]
    return table


_ODD, _PAIRS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_NIBBLES, _ONES = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)
_1, _2, _4, _8, _16, _24, _32, _40, _48, _56 = np.array([1, 2, 4, 8, 16, 24, 32, 40, 48, 56], np.uint64)
_BYTE, _256, _512, _768, _1024, _1280, _1536, _1792 = np.append(255, 256 * np.arange(1, 8)).astype(
    np.uint64
)


@part
def _bit_count(x: np.uint64) -> np.uint64:
    x = x - ((x >> _1) & _ODD)
    x = (x & _PAIRS) + ((x >> _2) & _PAIRS)
    x = (x + (x >> _4)) & _NIBBLES
    return (x * _ONES) >> _56


@part
def _differences(planes: Array, t: int, u: int, out: Array) -> None:
    """Write where two trees differ in any bit; loops so simple that they are done many words at a time."""
    for i in range(out.shape[0]):
        out[i] = planes[0, t, i] ^ planes[0, u, i]
    for p in range(1, planes.shape[0]):
        for i in range(out.shape[0]):
            out[i] |= planes[p, t, i] ^ planes[p, u, i]


@borrower
def _count(words: Array, first: int, last: int, differ: Array, out: Array) -> None:
    """Add the rows at which trees from `first` to below `last` differ from those before them."""
    for u in range(last):
        for t in range(max(first, u + 1), last):
            _differences(words, t, u, differ)
            total = np.uint64(0)
            for i in range(differ.shape[0]):
                total += _bit_count(differ[i])
            out[t, u] += np.int64(total)


@borrower
def _add(words: Array, table: Array, out: Array) -> None:
    """Add the weights of the rows at which each tree differs from those before it."""
    n_bits, n_trees = words.shape[1], words.shape[2]
    for k in range(words.shape[0]):
        sums = pointer(table, k * 8 * 256)
        for t in range(n_trees):
            own = pointer(words, k * n_bits * n_trees + t)
            others, pair = pointer(words, k * n_bits * n_trees), pointer(out, t * n_trees)
            for u in range(t):
                x = own[0] ^ others[u]
                for p in range(1, n_bits):
                    x |= own[p * n_trees] ^ others[p * n_trees + u]
                pair[u] += (
                    sums[x & _BYTE]
                    + sums[_256 | (x >> _8) & _BYTE]
                    + sums[_512 | (x >> _16) & _BYTE]
                    + sums[_768 | (x >> _24) & _BYTE]
                    + sums[_1024 | (x >> _32) & _BYTE]
                    + sums[_1280 | (x >> _40) & _BYTE]
                    + sums[_1536 | (x >> _48) & _BYTE]
                    + sums[_1792 | x >> _56]
                )
