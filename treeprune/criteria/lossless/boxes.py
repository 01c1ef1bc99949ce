"""Search for an input that a model and another weighing of its trees put into different classes.

Branch and bound over boxes of cells. In a box each tree reaches some of its leaves; the greatest sums that
these allow bound the scores of all inputs in it. The search goes depth first and can be taken up where it
stopped.
"""

from __future__ import annotations

import numpy as np

from treeprune.criteria.lossless.axes import Axes
from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble

DONE, FOUND, PAUSED = range(3)
"""How a part of a search ended: nothing is left, an input was found, or it has done enough boxes."""


@kernel
def _sides(
    node: int,
    ints: Array,
    words: Array,
    axis: Array,
    cut: Array,
    missing_left: Array,
    by_set: Array,
    first_word: Array,
    word: Array,
) -> int:
    """1 if inputs of a box go left at a split, plus 2 if some go right."""
    a = axis[node]
    goes_left = goes_right = False
    if by_set[a]:
        for w in range(first_word[a], first_word[a + 1]):
            mask = word[cut[node] + w - first_word[a]]
            goes_left |= (words[w] & mask) != 0
            goes_right |= (words[w] & ~mask) != 0
    else:
        low, high, missing = ints[3 * a], ints[3 * a + 1], ints[3 * a + 2] != 0
        goes_left = low < min(high, cut[node]) or (missing and missing_left[node])
        goes_right = max(low, cut[node]) < high or (missing and not missing_left[node])
    return (1 if goes_left else 0) + (2 if goes_right else 0)


@kernel
def _narrow(
    node: int,
    left: bool,
    ints: Array,
    words: Array,
    axis: Array,
    cut: Array,
    missing_left: Array,
    by_set: Array,
    first_word: Array,
    word: Array,
) -> None:
    """Cut a box down to one side of a split."""
    a = axis[node]
    if by_set[a]:
        for w in range(first_word[a], first_word[a + 1]):
            mask = word[cut[node] + w - first_word[a]]
            words[w] &= mask if left else ~mask
    elif left:
        ints[3 * a + 1] = min(ints[3 * a + 1], cut[node])
        ints[3 * a + 2] &= 1 if missing_left[node] else 0
    else:
        ints[3 * a] = max(ints[3 * a], cut[node])
        ints[3 * a + 2] &= 0 if missing_left[node] else 1


@kernel
def _reach(
    first: int,
    left: Array,
    right: Array,
    axis: Array,
    cut: Array,
    missing_left: Array,
    by_set: Array,
    first_word: Array,
    word: Array,
    old: Array,
    new: Array,
    ints: Array,
    words: Array,
    stack: Array,
) -> tuple[float, float, float, int]:
    """What a tree adds at most in a box, how unsure that is, and the first split that is open there."""
    most_old = most_new = -np.inf
    least_old = least_new = np.inf
    open_at = LEAF
    stack[0] = first
    depth = 1
    while depth > 0:
        depth -= 1
        node = stack[depth]
        if left[node] == LEAF:
            most_old, least_old = max(most_old, old[node]), min(least_old, old[node])
            most_new, least_new = max(most_new, new[node]), min(least_new, new[node])
            continue
        side = _sides(node, ints, words, axis, cut, missing_left, by_set, first_word, word)
        if side == 3 and open_at == LEAF:
            open_at = node
        if side & 2:
            stack[depth] = right[node]
            depth += 1
        if side & 1:
            stack[depth] = left[node]
            depth += 1
    # the new sum's doubts count first
    return most_old, most_new, (most_new - least_new) + 0.25 * (most_old - least_old), open_at


@kernel
def _search(
    left: Array,
    right: Array,
    root: Array,
    axis: Array,
    cut: Array,
    missing_left: Array,
    by_set: Array,
    first_word: Array,
    word: Array,
    old: Array,
    new: Array,
    old_gap: float,
    new_gap: float,
    ints: Array,
    words: Array,
    top: int,
    stack: Array,
    most: int,
) -> tuple[int, int]:
    """Go on until an input is found whose sums reach both gaps, or `most` boxes are done.

    The box of the input is left behind the last one of the stack.
    """
    for _ in range(most):
        if top == 0:
            return DONE, top
        top -= 1
        box, bits = ints[top], words[top]
        sum_old = sum_new = 0.0
        widest, branch = -1.0, LEAF
        for t in range(root.shape[0] - 1):
            most_old, most_new, spread, open_at = _reach(
                root[t], left, right, axis, cut, missing_left, by_set, first_word, word,
                old, new, box, bits, stack,
            )  # fmt: skip
            sum_old += most_old
            sum_new += most_new
            if open_at != LEAF and spread > widest:
                widest, branch = spread, open_at
        if sum_old < old_gap or sum_new < new_gap:
            continue
        if branch == LEAF:
            return FOUND, top
        ints[top + 1, :] = box
        words[top + 1, :] = bits
        _narrow(branch, False, box, bits, axis, cut, missing_left, by_set, first_word, word)
        _narrow(
            branch, True, ints[top + 1], words[top + 1], axis, cut, missing_left, by_set, first_word, word
        )
        top += 2
    return PAUSED, top


class BoxSearch:
    """A search that can be taken up again.

    Parameters
    ----------
    ensemble : TreeEnsemble
    axes : Axes
        Of the ensemble; each of its splits asks one.
    old, new : ndarray of float64, shape (n_nodes,)
        What leaves add to two sums.
    old_gap, new_gap : float
        What the sums have to reach at an input.
    """

    def __init__(
        self, ensemble: TreeEnsemble, axes: Axes, old: Array, new: Array, old_gap: float, new_gap: float
    ) -> None:
        self._e, self._axes = ensemble, axes
        self._sums = np.ascontiguousarray(old), np.ascontiguousarray(new), old_gap, new_gap
        # each box on the way down has lost a cell at least
        room = sum(len(cells) for cells in axes.cells) + 3
        self._ints = np.zeros((room, 3 * len(axes)), np.int64)
        self._words = np.zeros((room, len(axes.full)), np.uint64)
        self._ints[0, 1::3], self._ints[0, 2::3] = axes.n_numbers, axes.has_missing
        self._words[0] = axes.full
        self._top = 1
        self._stack = np.empty(int(np.diff(ensemble.root).max()) + 2, np.int64)

    def next(self, most: int) -> int:
        """Do some boxes; returns how it ended."""
        e, a = self._e, self._axes
        ended, self._top = _search(
            e.left, e.right, e.root, a.axis, a.cut, a.missing_left, a.by_set, a.first_word, a.word,
            *self._sums, self._ints, self._words, self._top, self._stack, most,
        )  # fmt: skip
        return int(ended)

    def row(self, n_features: int) -> Array:
        """An input in the box that was found; shape (n_features,)."""
        row, a = np.empty(n_features), self._axes
        for k, (columns, cells) in enumerate(zip(a.columns, a.cells, strict=True)):
            if a.by_set[k]:
                words = self._words[self._top, a.first_word[k] : a.first_word[k + 1]]
                bits = np.unpackbits(np.ascontiguousarray(words, "<u8").view(np.uint8), bitorder="little")
                cell = int(bits.argmax())
            else:
                low, high, _ = self._ints[self._top, 3 * k : 3 * k + 3]
                cell = int(low) if low < high else len(cells) - 1
            row[columns] = cells[cell]
        return row
