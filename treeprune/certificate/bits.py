"""Rows of flags as 64-bit words, and back."""

from __future__ import annotations

import numpy as np

from treeprune.model.ensemble import Array


def words_of(flags: Array) -> Array:
    """Bit ``k % 64`` of word ``k // 64`` is flag ``k``; ndarray of uint64, shape (n_rows, n_words)."""
    n_words = (flags.shape[1] + 63) // 64
    padded = np.zeros((len(flags), 64 * n_words), np.uint8)
    padded[:, : flags.shape[1]] = flags
    return np.packbits(padded, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def flags_of(words: Array, n: int) -> Array:
    """The first `n` flags of each row; ndarray of bool, shape (n_rows, n)."""
    flat = np.ascontiguousarray(words.astype("<u8")).view(np.uint8)
    return np.unpackbits(flat, axis=1, bitorder="little")[:, :n].astype(bool)
