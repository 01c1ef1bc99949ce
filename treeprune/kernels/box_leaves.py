"""Leaves of a pair of trees as boxes: which leaf of one meets which of the other, and where.

The values of a column fall into cells, and the cells into classes that no split of the pair tells apart.
A box is a bit set of classes for each column.
"""

from __future__ import annotations

from typing import Any

from treeprune.kernels.compiled import borrower, part
from treeprune.model.ensemble import LEAF, Array


@part
def _sides(box: Array, slot: int, left: Array, right: Array, at: int, n_words: int) -> Any:
    """Whether each side of a split meets a box: 1 if the left one does, 2 if the right one, 3 if both."""
    found = 0
    for w in range(n_words):
        if box[slot + w] & left[at + w]:
            found |= 1
        if box[slot + w] & right[at + w]:
            found |= 2
    return found


@borrower
def meet_leaves(
    child: Array,
    pair: Array,
    word: Array,
    left: Array,
    right: Array,
    first_word: Array,
    starts: Array,
    stack: Array,
    boxes: Array,
    out_leaf: Array,
    out_box: Array,
) -> int:
    """Write all pairs of leaves that some input reaches together.

    Parameters
    ----------
    child : ndarray of int32, shape (n_nodes, 2)
        Children of the nodes of both trees, which stand behind each other; -1 at a leaf.
    pair : ndarray of int32, shape (n_nodes,)
        Number of the column that a node splits on, among those of the pair of trees.
    word : ndarray of int64, shape (n_nodes,)
        Where the bit sets of a split begin in `left` and `right`.
    left, right : ndarray of uint64
        Classes that may go to each side.
    first_word : ndarray of int64, shape (n_pairs + 1,)
        Where the bit set of each column begins in a box.
    starts : ndarray of int32, shape (2,)
        Roots.
    stack : ndarray of int32, shape (depth, 2)
    boxes : ndarray of uint64, shape (depth, n_words)
        Room for what is still to be visited. The first box is where to start.
    out_leaf : ndarray of int32, shape (room, 2)
    out_box : ndarray of uint64, shape (room, n_words)

    Returns
    -------
    int
        Number of pairs of leaves; -1 if there was no room for all.
    """
    n_words, room, top, n = boxes.shape[1], out_leaf.shape[0], 1, 0
    stack[0, 0], stack[0, 1] = starts[0], starts[1]
    while top > 0:
        top -= 1
        box = boxes[top]
        branched = False
        for side in range(2):
            node = stack[top, side]
            while child[node, 0] != LEAF and not branched:
                p = pair[node]
                slot, size = first_word[p], first_word[p + 1] - first_word[p]
                found = _sides(box, slot, left, right, word[node], size)
                if found == 3:
                    branched = True
                else:
                    node = child[node, 0] if found == 1 else child[node, 1]
            stack[top, side] = node
            if branched:
                for w in range(n_words):
                    boxes[top + 1, w] = box[w]
                stack[top + 1, 0], stack[top + 1, 1] = stack[top, 0], stack[top, 1]
                stack[top, side], stack[top + 1, side] = child[node, 1], child[node, 0]
                for w in range(size):
                    boxes[top, slot + w] &= right[word[node] + w]
                    boxes[top + 1, slot + w] &= left[word[node] + w]
                top += 2
                break
        if not branched:
            if n == room:
                return -1
            out_leaf[n, 0], out_leaf[n, 1] = stack[top, 0], stack[top, 1]
            for w in range(n_words):
                out_box[n, w] = box[w]
            n += 1
    return n
