"""Bounds on a sum of functions over all inputs: dual decomposition by messages between trees and columns.

The maximum of a sum of trees is no more than the sum of their maxima. Add to each tree a function of one
column, such that these messages of all trees to a column sum to nothing: the sum of the trees is what it
was, but the sum of their maxima may be smaller. One step settles a column: all trees get the same greatest
value at each of its cells, which lowers the bound or leaves it. That is block coordinate descent on the
dual of the linear program of V. Misic, "Optimization of tree ensembles" (Operations Research 68, 2020), of
the kind of A. Globerson and T. Jaakkola, "Fixing max-product" (NIPS 2007).

A message is (sum of what all trees said of the cell) / (number of trees) - (what this tree said), so only
what trees said of their classes of cells is kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.kernels.compiled import borrower, part
from treeprune.model.ensemble import Array


@part
def _best_of_mask(word: Array, at: int, n_classes: int, score: Array, first: int) -> Any:
    """Greatest score of the classes in a bit set."""
    best = -np.inf
    for w in range((n_classes + 63) >> 6):
        bits, k = word[at + w], first + 64 * w
        while bits:
            if bits & np.uint64(1):
                best = max(best, score[k])
            bits >>= np.uint64(1)
            k += 1
    return best


@part
def _send(
    column: int, column_first: Array, column_pair: Array, cell_first: Array, class_first: Array,
    class_low: Array, class_high: Array, pair_entry_first: Array, pair_entry: Array, entry_leaf: Array,
    entry_first: Array, entry_word: Array, word: Array, said: Array, total: Array, value: Array,
    score: Array, top: Array, loss: Array, inside: Array,
) -> None:  # fmt: skip
    """Messages of a column to its trees: the best in each class, and what each leaf's box loses by it."""
    first, last, start = column_first[column], column_first[column + 1], cell_first[column]
    share = 1.0 / (last - first)
    for i in range(first, last):
        p = column_pair[i]
        k0, k1, best = class_first[p], class_first[p + 1], -np.inf
        for k in range(k0, k1):
            most = -np.inf
            for c in range(start + class_low[k], start + class_high[k]):
                most = max(most, total[c])
            score[k] = most * share - said[k]
            best = max(best, score[k])
        top[p] = best
        for at in range(pair_entry_first[p], pair_entry_first[p + 1]):
            e = pair_entry[at]
            loss[e] = _best_of_mask(word, entry_word[e], k1 - k0, score, k0) - best
            leaf = entry_leaf[e]
            inside[leaf] = value[leaf]
            for other in range(entry_first[leaf], entry_first[leaf + 1]):
                inside[leaf] += loss[other]


@part
def _without(leaf: int, entry: int, value: Array, entry_first: Array, loss: Array) -> Any:
    """Value of a leaf with all messages but one."""
    s = value[leaf]
    for other in range(entry_first[leaf], entry_first[leaf + 1]):
        if other != entry:
            s += loss[other]
    return s


@part
def _raise_classes(word: Array, at: int, n_classes: int, s: float, out: Array, first: int) -> None:
    """Make the classes in a bit set worth at least something."""
    for w in range((n_classes + 63) >> 6):
        bits, k = word[at + w], first + 64 * w
        while bits:
            if bits & np.uint64(1):
                out[k] = max(out[k], s)
            bits >>= np.uint64(1)
            k += 1


@part
def _ask(
    factor: int, pair: int, pair_first: Array, class_first: Array, leaf_first: Array, own_first: Array,
    own_entry: Array, entry_first: Array, entry_word: Array, word: Array, value: Array, top: Array,
    loss: Array, inside: Array, out: Array,
) -> None:  # fmt: skip
    """Greatest value of a tree at each class of one of its columns, without that column's message."""
    start, first = 0.0, class_first[pair]
    n = class_first[pair + 1] - first
    for p in range(pair_first[factor], pair_first[factor + 1]):
        if p != pair:
            start += top[p]
    anywhere = -np.inf
    for k in range(first, first + n):
        out[k] = -np.inf
    at = own_first[pair]
    for leaf in range(leaf_first[factor], leaf_first[factor + 1]):
        e, s = own_entry[at], start + inside[leaf]
        at += 1
        if e < 0:
            anywhere = max(anywhere, s)
            continue
        if loss[e] > -np.inf:
            s -= loss[e]
        else:  # nothing can be taken off infinity
            s = start + _without(leaf, e, value, entry_first, loss)
        if s > -np.inf:
            _raise_classes(word, entry_word[e], n, s, out, first)
    for k in range(first, first + n):
        out[k] = max(out[k], anywhere)


@part
def _add_up(
    column: int, column_first: Array, column_pair: Array, cell_first: Array, class_first: Array,
    class_low: Array, class_high: Array, allowed: Array, said: Array, total: Array,
) -> None:  # fmt: skip
    """Sum of what all trees say of each cell of a column; minus infinity outside the box."""
    start, stop = cell_first[column], cell_first[column + 1]
    for c in range(start, stop):
        total[c] = 0.0 if allowed[c] else -np.inf
    for i in range(column_first[column], column_first[column + 1]):
        p = column_pair[i]
        for k in range(class_first[p], class_first[p + 1]):
            for c in range(start + class_low[k], start + class_high[k]):
                total[c] += said[k]


@part
def _settle(
    column: int, column_first: Array, column_pair: Array, cell_first: Array, pair_factor: Array,
    allowed: Array, total: Array, most: Array, reached: float, point: Array,
) -> Any:  # fmt: skip
    """Drop cells that cannot better a value; give each tree its share of the best of the others."""
    first, last, start = column_first[column], column_first[column + 1], cell_first[column]
    others, best = 0.0, -np.inf
    for i in range(first, last):
        most[pair_factor[column_pair[i]]] = 0.0
    for t in range(most.shape[0]):
        others += most[t]
    for c in range(start, cell_first[column + 1]):
        if total[c] == -np.inf or others + total[c] <= reached:
            allowed[c] = False
            total[c] = -np.inf
        elif total[c] > best:
            best = total[c]
            point[column] = c - start
    for i in range(first, last):
        most[pair_factor[column_pair[i]]] = best / (last - first)
    return best


@part
def _ask_column(
    column: int, pair_factor: Array, pair_first: Array, column_first: Array, column_pair: Array,
    class_first: Array, leaf_first: Array, own_first: Array, own_entry: Array, entry_first: Array,
    entry_word: Array, word: Array, value: Array, top: Array, loss: Array, inside: Array, said: Array,
) -> None:  # fmt: skip
    """Let all trees of a column say what they are worth at each class."""
    for i in range(column_first[column], column_first[column + 1]):
        p = column_pair[i]
        _ask(
            pair_factor[p], p, pair_first, class_first, leaf_first, own_first, own_entry, entry_first,
            entry_word, word, value, top, loss, inside, said,
        )  # fmt: skip


@part
def _forget(column: int, column_first: Array, column_pair: Array, class_first: Array, said: Array) -> None:
    """Replace the infinities of classes of which no cell is left."""
    for i in range(column_first[column], column_first[column + 1]):
        p = column_pair[i]
        for k in range(class_first[p], class_first[p + 1]):
            if said[k] == -np.inf:
                said[k] = 0.0


@part
def _begin(value: Array, loss: Array, inside: Array, most: Array) -> None:
    """All trees as they are before any message; what they are worth is not known yet."""
    for e in range(loss.shape[0]):
        loss[e] = 0.0
    for leaf in range(value.shape[0]):
        inside[leaf] = value[leaf]
    for t in range(most.shape[0]):
        most[t] = np.inf


@borrower
def pass_messages(
    n_passes: int, reached: float, enough: float, pair_factor: Array, pair_first: Array,
    column_first: Array, column_pair: Array, cell_first: Array, class_first: Array, class_low: Array,
    class_high: Array, leaf_first: Array, own_first: Array, own_entry: Array, entry_first: Array,
    entry_leaf: Array, entry_word: Array, word: Array, pair_entry_first: Array, pair_entry: Array,
    value: Array, allowed: Array, said: Array, total: Array, score: Array, top: Array, loss: Array,
    inside: Array, most: Array, point: Array,
) -> float:  # fmt: skip
    """Settle column after column, up to `n_passes` times.

    Parameters
    ----------
    n_passes : int
    reached : float
        Cells at which the sum cannot be above this leave the box.
    enough : float
        Another pass follows only if the last one lowered the bound by this much.
    value : ndarray of float64, shape (n_leaves,)
    allowed : ndarray of bool, shape (n_cells,)
        The box, made smaller in place.
    said : ndarray of float64
        What each tree says of each class of cells of its columns, in place. Any start is right.
    total, score, top, loss, inside
        Room: for each cell, class, pair, entry, leaf.
    most : ndarray of float64, shape (n_factors,)
        Room: greatest value of each tree with its messages.
    point : ndarray of int64, shape (n_columns,)
        Best cell of each column, written.

    Returns
    -------
    float
        Bound of the sum of all trees in the box, but for rounding; minus infinity if nothing in the box
        is above `reached`. The other arrays are those of `treeprune.certificate.problem.Problem`.
    """
    n_columns, before = column_first.shape[0] - 1, np.inf
    _begin(value, loss, inside, most)
    for sweep in range(-1, n_passes):  # the first one only sends what was said before
        for step in range(n_columns):
            j = step if sweep % 2 == 0 else n_columns - 1 - step
            if column_first[j] == column_first[j + 1]:
                continue
            if sweep >= 0:
                _ask_column(
                    j, pair_factor, pair_first, column_first, column_pair, class_first, leaf_first,
                    own_first, own_entry, entry_first, entry_word, word, value, top, loss, inside, said,
                )  # fmt: skip
            _add_up(
                j, column_first, column_pair, cell_first, class_first, class_low, class_high, allowed, said,
                total,
            )  # fmt: skip
            if sweep >= 0:
                best = _settle(
                    j, column_first, column_pair, cell_first, pair_factor, allowed, total, most, reached,
                    point,
                )  # fmt: skip
                if best == -np.inf:
                    return -np.inf
                _forget(j, column_first, column_pair, class_first, said)
            _send(
                j, column_first, column_pair, cell_first, class_first, class_low, class_high,
                pair_entry_first, pair_entry, entry_leaf, entry_first, entry_word, word, said, total, value,
                score, top, loss, inside,
            )  # fmt: skip
        bound = most.sum()
        if sweep >= 0 and before - bound < enough:
            break
        before = bound
    return bound


@borrower
def ask_all(
    pair_factor: Array, pair_first: Array, class_first: Array, leaf_first: Array, own_first: Array,
    own_entry: Array, entry_first: Array, entry_word: Array, word: Array, value: Array, top: Array,
    loss: Array, inside: Array, score: Array, out: Array,
) -> None:  # fmt: skip
    """Greatest value of each tree, messages included, at each class of each of its columns."""
    for p in range(pair_factor.shape[0]):
        _ask(
            pair_factor[p], p, pair_first, class_first, leaf_first, own_first, own_entry, entry_first,
            entry_word, word, value, top, loss, inside, out,
        )  # fmt: skip
        for k in range(class_first[p], class_first[p + 1]):
            out[k] += score[k]
