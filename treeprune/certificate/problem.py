"""A sum of functions on boxes as flat arrays, as the kernels take them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.certificate.bits import words_of
from treeprune.certificate.merging import Piece
from treeprune.model.ensemble import Array


@dataclass(frozen=True, eq=False)
class Problem:
    """Functions on boxes in flat arrays, but for the values in the boxes, which are called leaves here.

    Parameters
    ----------
    pair_factor, pair_column : ndarray of int64, shape (n_pairs,)
        Which factor looks at which column; those of one factor stand together.
    pair_first : ndarray of int64, shape (n_factors + 1,)
    column_first : ndarray of int64, shape (n_columns + 1,)
    column_pair : ndarray of int64, shape (n_pairs,)
        Pairs of each column.
    cell_first : ndarray of int64, shape (n_columns + 1,)
        Where the cells of each column begin among all cells.
    lam_first : ndarray of int64, shape (n_pairs + 1,)
        Where the cells of each pair begin in `cls` and in the messages.
    cls : ndarray of int32
        Class of each cell.
    class_first : ndarray of int64, shape (n_pairs + 1,)
    class_low, class_high : ndarray of int64
        First cell of each class, and the one behind its last: classes are runs of cells.
    leaf_first : ndarray of int64, shape (n_factors + 1,)
    entry_first : ndarray of int64, shape (n_leaves + 1,)
    entry_pair, entry_word, entry_leaf : ndarray of int64
        Columns that the box of a leaf narrows, where its bits begin, and the leaf.
    own_first : ndarray of int64, shape (n_pairs + 1,)
    own_entry : ndarray of int64
        For each pair and each leaf of its factor, the entry by which the box is narrowed; -1 for none.
    word : ndarray of uint64
    pair_entry_first : ndarray of int64, shape (n_pairs + 1,)
    pair_entry : ndarray of int64
        Entries of each pair.
    """

    pair_factor: Array
    pair_column: Array
    pair_first: Array
    column_first: Array
    column_pair: Array
    cell_first: Array
    lam_first: Array
    cls: Array
    class_first: Array
    class_low: Array
    class_high: Array
    leaf_first: Array
    entry_first: Array
    entry_pair: Array
    entry_word: Array
    entry_leaf: Array
    own_first: Array
    own_entry: Array
    word: Array
    pair_entry_first: Array
    pair_entry: Array

    @property
    def n_factors(self) -> int:
        """Number of functions."""
        return len(self.leaf_first) - 1


def _ends(sizes: list[int] | Array) -> Array:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def pack(pieces: list[Piece], n_cells: Array) -> Problem:
    """Lay functions out in flat arrays.

    Parameters
    ----------
    pieces : list of Piece
        Each looks at one column at least.
    n_cells : ndarray of int64, shape (n_columns,)

    Returns
    -------
    Problem
    """
    none = np.zeros(0, np.int64)
    pair_column = np.array([j for piece in pieces for j in piece.columns], np.int64)
    pair_first = _ends([len(piece.columns) for piece in pieces])
    leaf_first = _ends([len(piece.value) for piece in pieces])
    classes = [c for piece in pieces for c in piece.classes]
    entry_leaf, entry_pair, entry_words = [none], [none], []
    for piece, first, shift in zip(pieces, pair_first, leaf_first, strict=False):
        for k, flags in enumerate(piece.box):
            narrowed = np.flatnonzero(~flags.all(axis=1))
            entry_leaf.append(narrowed + shift)
            entry_pair.append(np.full(len(narrowed), first + k))
            entry_words.append(words_of(flags[narrowed]))
    width = np.repeat([w.shape[1] for w in entry_words], [len(w) for w in entry_words])
    leaf = np.concatenate(entry_leaf)
    order = np.argsort(leaf, kind="stable")
    leaf, pair = leaf[order], np.concatenate(entry_pair)[order]
    pair_factor = np.repeat(np.arange(len(pieces)), np.diff(pair_first))
    own_first = _ends(np.diff(leaf_first)[pair_factor])
    own_entry = np.full(own_first[-1], -1, np.int64)
    own_entry[own_first[pair] + leaf - leaf_first[pair_factor[pair]]] = np.arange(len(pair))
    lows = [np.flatnonzero(np.diff(c, prepend=-1)) for c in classes]
    highs = [np.append(low[1:], len(c)) for low, c in zip(lows, classes, strict=True)]
    return Problem(
        pair_factor=pair_factor,
        pair_column=pair_column,
        pair_first=pair_first,
        column_first=_ends(np.bincount(pair_column, minlength=len(n_cells))),
        column_pair=np.argsort(pair_column, kind="stable"),
        cell_first=_ends(n_cells),
        lam_first=_ends([len(c) for c in classes]),
        cls=np.concatenate([np.zeros(0, np.int32), *classes]),
        class_first=_ends([int(c[-1]) + 1 for c in classes]),
        class_low=np.concatenate([none, *lows]),
        class_high=np.concatenate([none, *highs]),
        leaf_first=leaf_first,
        entry_first=_ends(np.bincount(leaf, minlength=leaf_first[-1])),
        entry_pair=pair,
        entry_word=_ends(width)[:-1][order],
        entry_leaf=leaf,
        own_first=own_first,
        own_entry=own_entry,
        word=np.concatenate([np.zeros(0, np.uint64), *(w.ravel() for w in entry_words)]),
        pair_entry_first=_ends(np.bincount(pair, minlength=len(pair_column))),
        pair_entry=np.argsort(pair, kind="stable"),
    )
