"""Walks down large trees, sixteen rows side by side.

A row that walks alone waits for each node before it knows which one is next. Here sixteen rows take each
step together: while one waits, the others go on. No step branches, so nothing is ever mispredicted. Rows
of a deep tree arrive at very different depths: after the first steps those still on their way are
gathered again and again, so that few steps are taken in vain.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.kernels.compiled import kernel, part
from treeprune.kernels.pointers import pointer
from treeprune.model.ensemble import Array

LANES = 16
"""Rows that walk side by side. Codes lie in tiles of so many rows, column after column."""

_ONE = np.uint64(1)

_ARRIVED = np.uint32(0xFFFFFFFF)
"""Bound of a leaf: no code is above it."""

_LINE = 16
"""Halves of nodes in a line of the cache: 64 bytes."""

_STEPS = 4
"""Steps between two looks at who has arrived."""


@part
def _step(node: Any, codes: Any, lane: Any, mask: Any, shift: Any, place: Any) -> Any:
    """Child that a row goes to. All numbers are unsigned: numba looks for negative indices else."""
    two = place + place
    high = node[two + _ONE]
    code = codes[np.uint64(high >> shift) + lane]
    return np.uint64(high & mask) + np.uint64(code > node[two])


@part
def _first_steps(node: Any, codes: Any, steps: int, mask: Any, shift: Any, place: Any) -> None:
    """Steps of one tile of rows from wherever they are."""
    a0, a1, a2, a3 = np.uint64(place[0]), np.uint64(place[1]), np.uint64(place[2]), np.uint64(place[3])
    a4, a5, a6, a7 = np.uint64(place[4]), np.uint64(place[5]), np.uint64(place[6]), np.uint64(place[7])
    a8, a9, a10, a11 = np.uint64(place[8]), np.uint64(place[9]), np.uint64(place[10]), np.uint64(place[11])
    a12, a13, a14, a15 = (
        np.uint64(place[12]),
        np.uint64(place[13]),
        np.uint64(place[14]),
        np.uint64(place[15]),
    )
    for _ in range(steps):
        a0 = _step(node, codes, np.uint64(0), mask, shift, a0)
        a1 = _step(node, codes, np.uint64(1), mask, shift, a1)
        a2 = _step(node, codes, np.uint64(2), mask, shift, a2)
        a3 = _step(node, codes, np.uint64(3), mask, shift, a3)
        a4 = _step(node, codes, np.uint64(4), mask, shift, a4)
        a5 = _step(node, codes, np.uint64(5), mask, shift, a5)
        a6 = _step(node, codes, np.uint64(6), mask, shift, a6)
        a7 = _step(node, codes, np.uint64(7), mask, shift, a7)
        a8 = _step(node, codes, np.uint64(8), mask, shift, a8)
        a9 = _step(node, codes, np.uint64(9), mask, shift, a9)
        a10 = _step(node, codes, np.uint64(10), mask, shift, a10)
        a11 = _step(node, codes, np.uint64(11), mask, shift, a11)
        a12 = _step(node, codes, np.uint64(12), mask, shift, a12)
        a13 = _step(node, codes, np.uint64(13), mask, shift, a13)
        a14 = _step(node, codes, np.uint64(14), mask, shift, a14)
        a15 = _step(node, codes, np.uint64(15), mask, shift, a15)
    place[0], place[1], place[2], place[3] = a0, a1, a2, a3
    place[4], place[5], place[6], place[7] = a4, a5, a6, a7
    place[8], place[9], place[10], place[11] = a8, a9, a10, a11
    place[12], place[13], place[14], place[15] = a12, a13, a14, a15


@part
def _more_steps(node: Any, codes: Any, lane: Any, rows: Any, mask: Any, shift: Any, place: Any) -> None:
    """Steps of `LANES` rows from wherever they are; `lane` says where the codes of each begin."""
    a0, a1, a2, a3 = (
        np.uint64(place[rows[0]]),
        np.uint64(place[rows[1]]),
        np.uint64(place[rows[2]]),
        np.uint64(place[rows[3]]),
    )
    a4, a5, a6, a7 = (
        np.uint64(place[rows[4]]),
        np.uint64(place[rows[5]]),
        np.uint64(place[rows[6]]),
        np.uint64(place[rows[7]]),
    )
    a8, a9, a10, a11 = (
        np.uint64(place[rows[8]]),
        np.uint64(place[rows[9]]),
        np.uint64(place[rows[10]]),
        np.uint64(place[rows[11]]),
    )
    a12, a13, a14, a15 = (
        np.uint64(place[rows[12]]),
        np.uint64(place[rows[13]]),
        np.uint64(place[rows[14]]),
        np.uint64(place[rows[15]]),
    )
    for _ in range(_STEPS):
        a0 = _step(node, codes, lane[0], mask, shift, a0)
        a1 = _step(node, codes, lane[1], mask, shift, a1)
        a2 = _step(node, codes, lane[2], mask, shift, a2)
        a3 = _step(node, codes, lane[3], mask, shift, a3)
        a4 = _step(node, codes, lane[4], mask, shift, a4)
        a5 = _step(node, codes, lane[5], mask, shift, a5)
        a6 = _step(node, codes, lane[6], mask, shift, a6)
        a7 = _step(node, codes, lane[7], mask, shift, a7)
        a8 = _step(node, codes, lane[8], mask, shift, a8)
        a9 = _step(node, codes, lane[9], mask, shift, a9)
        a10 = _step(node, codes, lane[10], mask, shift, a10)
        a11 = _step(node, codes, lane[11], mask, shift, a11)
        a12 = _step(node, codes, lane[12], mask, shift, a12)
        a13 = _step(node, codes, lane[13], mask, shift, a13)
        a14 = _step(node, codes, lane[14], mask, shift, a14)
        a15 = _step(node, codes, lane[15], mask, shift, a15)
    place[rows[0]], place[rows[1]], place[rows[2]], place[rows[3]] = a0, a1, a2, a3
    place[rows[4]], place[rows[5]], place[rows[6]], place[rows[7]] = a4, a5, a6, a7
    place[rows[8]], place[rows[9]], place[rows[10]], place[rows[11]] = a8, a9, a10, a11
    place[rows[12]], place[rows[13]], place[rows[14]], place[rows[15]] = a12, a13, a14, a15


@part
def _read_through(node: Any, size: int) -> Any:
    """Bring a tree into the cache: read in order it is there sooner than read here and there."""
    touched = np.uint32(0)
    for i in range(0, size, _LINE):
        touched ^= node[np.uint64(i)]
    return touched


@kernel
def walk_deep(
    codes: Array,
    n_columns: int,
    start: int,
    stop: int,
    node: Array,
    child_bits: int,
    root: Array,
    first_steps: Array,
    depth: Array,
    entrances: Array,
    entries: Array,
    out: Array,
    out_step: int,
) -> Any:
    """Write the place of row ``start + i`` in tree ``t`` to ``out[t * out_step + i]``.

    Parameters
    ----------
    codes : ndarray of uint32, one-dimensional
        Tiles of `LANES` rows, in each the codes of column after column; the last one may be partly idle.
    n_columns, start, stop : int
        `start` is a multiple of `LANES`.
    node, child_bits, root, first_steps, depth
        Of `treeprune.kernels.packed.Packed`; steps are counted from the entrances.
    entrances : ndarray of int32, shape (n_trees, n_entrances)
        Places where rows may begin.
    entries : ndarray of uint8, one-dimensional
        By which entrance row ``start + i`` enters tree ``t``, at ``t * out_step + i``.
    out : ndarray of int32, one-dimensional
        With room for whole tiles: idle rows are walked too.
    out_step : int

    Returns
    -------
    uint32
        Of no use, but without it the compiler would see no use in reading the trees first.
    """
    tile, shift = n_columns * LANES, np.uint32(child_bits)
    mask = np.uint32((np.uint64(1) << np.uint64(child_bits)) - np.uint64(1))
    n_tiles = (stop - start + LANES - 1) // LANES
    x, flat = pointer(codes, start // LANES * tile), entrances.reshape(entrances.size)
    halves = node.reshape(node.size)
    rows = np.empty((n_tiles + 1) * LANES, np.int64)
    lane = np.empty((n_tiles + 1) * LANES, np.uint64)
    touched = np.uint32(0)
    for t in range(root.shape[0] - 1):
        tree, place = pointer(halves, 2 * root[t]), pointer(out, t * out_step)
        touched ^= _read_through(tree, 2 * (root[t + 1] - root[t]))
        entrance, entry = pointer(flat, t * entrances.shape[1]), pointer(entries, t * out_step)
        for i in range(stop - start):
            place[i] = entrance[np.uint64(entry[i])]
        for i in range(stop - start, n_tiles * LANES):
            place[i] = 0
        for k in range(n_tiles):
            own = pointer(codes, (start // LANES + k) * tile)
            here = pointer(out, t * out_step + k * LANES)
            _first_steps(tree, own, max(first_steps[t], 0), mask, shift, here)
        if first_steps[t] >= depth[t]:
            continue
        n: Any = 0
        for i in range(stop - start):
            rows[n] = i
            n += np.int64(tree[2 * place[i]] != _ARRIVED)
        while n > 0:
            for k in range(n):
                lane[k] = rows[k] // LANES * tile + rows[k] % LANES
            for k in range(n, (n + LANES - 1) // LANES * LANES):  # the last group is filled up
                rows[k], lane[k] = rows[0], lane[0]
            for k in range(0, n, LANES):
                _more_steps(tree, x, pointer(lane, k), pointer(rows, k), mask, shift, place)
            alive: Any = 0
            for k in range(n):
                rows[alive] = rows[k]
                alive += np.int64(tree[2 * place[rows[k]]] != _ARRIVED)
            n = alive
    return touched
