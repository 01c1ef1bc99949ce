"""Functions on boxes made simpler, and several made one: fewer and larger ones have lower bounds.

Verifying groups of trees together is the idea of the cliques of H. Chen et al., "Robustness verification of
tree-based models" (NeurIPS 2019).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.model.ensemble import Array

_MOST_SWEEPS, _MOST_PAIRS = 4, 1 << 17


@dataclass(frozen=True, eq=False)
class Piece:
    """A function that has a value in each of some boxes.

    Parameters
    ----------
    columns : tuple of int
        Columns that it looks at, ascending.
    classes : tuple of ndarray of int32
        Class of each cell of these columns; classes are runs of cells.
    box : tuple of ndarray of bool, each of shape (n_boxes, n_classes)
        Classes of each column that belong to each box.
    value : ndarray of float64, shape (n_boxes, 2)
        What it adds to the model before, and to the model after.
    """

    columns: tuple[int, ...]
    classes: tuple[Array, ...]
    box: tuple[Array, ...]
    value: Array


def _grouped(rows: Array) -> tuple[Array, Array]:
    """An order in which equal rows stand together, and where each group begins."""
    flat = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.shape[1] * rows.itemsize))).ravel()
    _, inverse = np.unique(flat, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    return order, np.flatnonzero(np.diff(inverse[order], prepend=-1))


def simplified(piece: Piece, *, apart: bool) -> Piece:
    """Unite boxes of one value, and forget what then is not asked for.

    Parameters
    ----------
    piece : Piece
    apart : bool
        Whether what is added to each model has to be the same in boxes that are united; else only the
        difference is, and it alone is right afterwards.

    Returns
    -------
    Piece
    """
    box, value = list(piece.box), piece.value
    told = value if apart else value[:, 1:] - value[:, :1]
    told = np.ascontiguousarray(told + 0.0).view(np.uint8)  # there is one zero only
    for _ in range(_MOST_SWEEPS):
        before = len(value)
        for k in range(len(box)):
            others = [np.packbits(b, axis=1) for i, b in enumerate(box) if i != k]
            order, first = _grouped(np.hstack([told, *others]))
            if len(first) == len(order):
                continue
            kept = order[first]
            united = np.logical_or.reduceat(box[k][order], first, axis=0)
            box = [united if i == k else b[kept] for i, b in enumerate(box)]
            value, told = value[kept], told[kept]
        if len(value) == before:
            break
    columns, classes, boxes = [], [], []
    for column, cls, own in zip(piece.columns, piece.classes, box, strict=True):
        if own.all():
            continue
        new = np.append(True, (own[:, 1:] != own[:, :-1]).any(axis=0))
        columns.append(column)
        classes.append((np.cumsum(new) - 1).astype(np.int32)[cls])
        boxes.append(own[:, new])
    return Piece(tuple(columns), tuple(classes), tuple(boxes), value)


def _common(column: int, p: Piece, q: Piece) -> tuple[Array, Array, Array]:
    """Classes of a column that two functions tell apart together, and the boxes of both in them."""
    own = [x.classes[x.columns.index(column)] if column in x.columns else None for x in (p, q)]
    known = [c for c in own if c is not None]
    new = np.append(True, np.any([np.diff(c) != 0 for c in known], axis=0))
    boxes = [
        np.ones((len(x.value), int(new.sum())), bool)
        if c is None
        else x.box[x.columns.index(column)][:, c[new]]
        for x, c in zip((p, q), own, strict=True)
    ]
    return (np.cumsum(new) - 1).astype(np.int32), boxes[0], boxes[1]


def merged(p: Piece, q: Piece, most: int) -> Piece | None:
    """The sum of two functions; None if it has more boxes than `most`."""
    if len(p.value) * len(q.value) > _MOST_PAIRS:
        return None
    columns = tuple(sorted({*p.columns, *q.columns}))
    parts = [_common(column, p, q) for column in columns]
    meet = np.ones((len(p.value), len(q.value)), bool)
    for _, a, b in parts:
        meet &= (a.astype(np.float32) @ b.astype(np.float32).T) > 0
    i, j = np.nonzero(meet)
    if len(i) > most:
        return None
    return Piece(
        columns,
        tuple(c for c, _, _ in parts),
        tuple(a[i] & b[j] for _, a, b in parts),
        p.value[i] + q.value[j],
    )


def merge_alike(pieces: list[Piece], n_columns: int, most: int) -> list[Piece]:
    """Make pairs of functions that look at the same columns one.

    Parameters
    ----------
    pieces : list of Piece
    n_columns : int
    most : int
        Boxes of a pair, at the most.

    Returns
    -------
    list of Piece
    """
    told = np.zeros((len(pieces), n_columns))
    for k, piece in enumerate(pieces):
        told[k, list(piece.columns)] = [c[-1] for c in piece.classes]
    left, found = list(range(len(pieces))), []
    while left:
        first = left.pop(0)
        alike = np.minimum(told[first], told[left]).sum(axis=1) if left else np.zeros(0)
        alike = alike / np.maximum(told[first], told[left]).sum(axis=1)
        pair = None
        if len(alike) and alike.max() > 0:
            best = int(alike.argmax())
            pair = merged(pieces[first], pieces[left[best]], most)
        if pair is None:
            found.append(pieces[first])
        else:
            found.append(pair)
            left.pop(best)
    return found
