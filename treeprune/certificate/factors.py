"""The difference of two models as a sum of functions on boxes of cells.

A tree and what is left of it after pruning are one function: their leaves meet in few boxes, and what they
share cancels. So each tree of the model before is paired with the tree of the same number after.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from treeprune.certificate.bits import flags_of, words_of
from treeprune.certificate.cells import LEFT, RIGHT, Cells, sides_of_cells
from treeprune.kernels.box_leaves import meet_leaves
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.structure import depths

_MOST_GROWTH = 8
"""Two trees stay apart if together they make this many times the leaves that they have one by one."""


@dataclass(frozen=True, eq=False)
class Factor:
    """Where leaves of two trees meet.

    Parameters
    ----------
    columns : ndarray of int64, shape (n_pairs,)
        Columns that it looks at, ascending.
    classes : list of ndarray of int32
        Class of each cell of these columns.
    leaf : ndarray of int32, shape (n_leaves, 2)
        Nodes of the model before and the model after that answer in a box; -1 for neither.
    box : list of ndarray of bool, shape (n_leaves, n_classes)
        Classes of each column that belong to each box.
    """

    columns: Array
    classes: list[Array]
    leaf: Array
    box: list[Array]


def _meet(
    trees: list[tuple[TreeEnsemble, Array, slice]], cells: dict[int, Cells], most: int
) -> tuple[Array, list[Array], Array, Array, list[int]] | None:
    """Boxes in which leaves of one or two trees meet; None if there are too many."""
    feature = np.concatenate([e.feature[own] for e, _, own in trees])
    columns = np.unique(feature[feature != LEAF])
    start = np.cumsum([0, *(own.stop - own.start for _, _, own in trees)])
    child = np.full(
        (len(feature) + 1, 2), LEAF, np.int32
    )  # the last node stands for a tree that is not there
    for (e, _, own), at in zip(trees, start, strict=False):
        for which, name in enumerate((e.left, e.right)):
            below = name[own]
            child[at : at + len(below), which] = np.where(below == LEAF, LEAF, below - own.start + at)
    pair = np.searchsorted(columns, feature).astype(np.int32)
    word, first_word = np.zeros(len(feature), np.int64), [0]
    left, right, classes, filled = [], [], [], 0
    for j in map(int, columns):
        sides, places = [], []
        for (e, bound, own), at in zip(trees, start, strict=False):
            nodes = own.start + np.flatnonzero(e.feature[own] == j)
            sides.append(sides_of_cells(e, bound, nodes, cells[j]))
            places.append(nodes - own.start + at)
        side, place = np.vstack(sides), np.concatenate(places)
        new = np.append(True, (side[:, 1:] != side[:, :-1]).any(axis=0))
        classes.append((np.cumsum(new) - 1).astype(np.int32))
        left.append(words_of((side[:, new] & LEFT) > 0))
        right.append(words_of((side[:, new] & RIGHT) > 0))
        n_words = left[-1].shape[1]
        word[place] = filled + n_words * np.arange(len(place))
        filled += n_words * len(place)
        first_word.append(first_word[-1] + n_words)
    depth = depths(child[:, 0].copy(), child[:, 1].copy())
    high = 2 + sum(int(depth[a:b].max()) for a, b in pairwise(start))  # both on one way
    n_words = first_word[-1]
    boxes = np.zeros((high, max(n_words, 1)), np.uint64)
    for k, c in enumerate(classes):
        boxes[0, first_word[k] : first_word[k + 1]] = words_of(np.ones((1, int(c[-1]) + 1), np.uint8))[0]
    starts = np.array([0, start[1] if len(trees) > 1 else len(feature)], np.int32)
    full = boxes[0].copy()
    out_leaf, out_box = np.empty((most, 2), np.int32), np.empty((most, max(n_words, 1)), np.uint64)
    lefts, rights = (
        np.concatenate([np.zeros(0, np.uint64), *(x.ravel() for x in y)]) for y in (left, right)
    )
    n = meet_leaves(
        child, pair, word, lefts, rights, np.array(first_word, np.int64), starts,
        np.empty((high, 2), np.int32), boxes, out_leaf, out_box,
    )  # fmt: skip
    if n < 0:
        return None
    return columns.astype(np.int64), classes, out_leaf[:n], out_box[:n] & full, first_word


def tree_factor(
    before: tuple[TreeEnsemble, Array, int] | None,
    after: tuple[TreeEnsemble, Array, int] | None,
    cells: dict[int, Cells],
) -> Factor | None:
    """The boxes of a tree, or of a tree before and a tree after.

    Parameters
    ----------
    before, after : tuple of (TreeEnsemble, ndarray, int), or None
        Model, its `bounds_of_splits` and the position of the tree; None for no tree.
    cells : dict of int to Cells

    Returns
    -------
    Factor or None
        None if the two trees have so little in common that they make too many boxes.
    """
    given = [x for x in (before, after) if x is not None]
    trees = [(e, bound, e.tree(t)) for e, bound, t in given]
    leaves = sum(int(e.is_leaf[own].sum()) for e, _, own in trees)
    met = _meet(trees, cells, leaves if len(trees) == 1 else _MOST_GROWTH * leaves)
    if met is None:
        return None
    columns, classes, at, boxes, first_word = met
    n_first = trees[0][2].stop - trees[0][2].start
    leaf = np.full((len(at), 2), LEAF, np.int32)
    if before is not None:
        leaf[:, 0] = at[:, 0] + trees[0][2].start
        if after is not None:
            leaf[:, 1] = at[:, 1] - n_first + trees[1][2].start
    else:
        leaf[:, 1] = at[:, 0] + trees[0][2].start
    box = [
        flags_of(boxes[:, first_word[k] : first_word[k + 1]], int(c[-1]) + 1) for k, c in enumerate(classes)
    ]
    return Factor(columns, classes, leaf, box)
