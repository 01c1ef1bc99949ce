"""Programs of small trees, run over blocks of rows at the speed of vector instructions.

All loops here have one shape: bytes in, bytes out, no branch, no place that is read and written. The
compiler turns each into vectors of the machine it runs on: 32 rows an instruction in 256 bits, 16 on NEON.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.kernels.compiled import kernel, part
from treeprune.kernels.pointers import pointer
from treeprune.kernels.programs import A_LEAF, A_PAIR
from treeprune.model.ensemble import Array

BLOCK = 4096
"""Rows a time: the buffers of a tree stay in the first-level cache."""

# In each: d destination, x codes of the split, k rank, n leaves on the left; y, j (left) and z, m (right)
# codes and rank of a pair; p, q results of branches; all arrays of one length. What a choice is made
# between is read before: a load that depends on it would keep the loop from becoming vectors.


@part
def _operate(  # noqa: C901, PLR0912 (nine loops, one for each pair of branches)
    d: Any,
    x: Any,
    k: Any,
    n: Any,
    left: Any,
    y: Any,
    j: Any,
    p: Any,
    right: Any,
    z: Any,
    m: Any,
    q: Any,
    rows: int,
) -> None:
    """One operation on a block of rows."""
    none, one = np.uint8(0), np.uint8(1)
    if left == A_LEAF:
        if right == A_LEAF:
            for i in range(rows):
                d[i] = one if x[i] > k else none
        elif right == A_PAIR:
            for i in range(rows):
                there = np.uint8(n + (one if z[i] > m else none))
                d[i] = there if x[i] > k else none
        else:
            for i in range(rows):
                there = np.uint8(n + q[i])
                d[i] = there if x[i] > k else none
    elif left == A_PAIR:
        if right == A_LEAF:
            for i in range(rows):
                here = one if y[i] > j else none
                d[i] = n if x[i] > k else here
        elif right == A_PAIR:
            for i in range(rows):
                here = one if y[i] > j else none
                there = np.uint8(n + (one if z[i] > m else none))
                d[i] = there if x[i] > k else here
        else:
            for i in range(rows):
                here = one if y[i] > j else none
                there = np.uint8(n + q[i])
                d[i] = there if x[i] > k else here
    elif right == A_LEAF:
        for i in range(rows):
            here = p[i]
            d[i] = n if x[i] > k else here
    elif right == A_PAIR:
        for i in range(rows):
            here = p[i]
            there = np.uint8(n + (one if z[i] > m else none))
            d[i] = there if x[i] > k else here
    else:
        for i in range(rows):
            here = p[i]
            there = np.uint8(n + q[i])
            d[i] = there if x[i] > k else here


@part
def _codes(codes: Array, at: int, rank: int, least: int, side: Array, target: Any, rows: int) -> Any:
    """Where an operation reads a column: in place, or the sides of its categories (a negative rank)."""
    if rank >= 0:
        return pointer(codes, at)
    source, table = pointer(codes, at), pointer(side, -1 - rank)
    for i in range(rows):
        target[i] = table[np.uint64(source[i] - least)]
    return target


@part
def _bound(rank: int, least: int) -> int:
    """What the codes of a split are compared with; a side is 0 or 1."""
    return least + rank if rank >= 0 else 0


@kernel
def blend(
    codes: Array,
    step: int,
    start: int,
    stop: int,
    split: Array,
    branch: Array,
    first: Array,
    n_buffers: int,
    side: Array,
    out: Array,
    out_step: int,
) -> None:
    """Write the leaf number of row ``start + i`` in tree ``t`` to ``out[t * out_step + i]``.

    Parameters
    ----------
    codes : ndarray of int8 or int16, one-dimensional
        Code of row ``i`` in column ``c`` at ``c * step + i``; that of rank 0 is the least number of the
        type. Signed, since vector instructions compare signed bytes alone in one step.
    step, start, stop : int
    split, branch, first, n_buffers
        Of `treeprune.kernels.programs.Programs`.
    side : ndarray of uint8
        From `treeprune.kernels.sides.category_sides`.
    out : ndarray of uint8, one-dimensional
        Flat, since a loop over an array of unknown strides is not made into vectors.
    out_step : int
    """
    buffers = np.empty(n_buffers * BLOCK, np.uint8)
    sides = np.empty(3 * BLOCK, codes.dtype)
    least = -(1 << (8 * codes.itemsize - 1))
    for i in range(start, stop, BLOCK):
        rows = min(BLOCK, stop - i)
        for t in range(first.shape[0] - 1):
            result = t * out_step + i - start
            last = first[t + 1] - 1
            if last < first[t]:
                for row in range(result, result + rows):
                    out[row] = 0
            for op in range(first[t], last + 1):
                here = pointer(out, result) if op == last else pointer(buffers, split[op, 3] * BLOCK)
                # of a branch, only what its kind names is read
                k, j, m = split[op, 1], branch[op, 2], branch[op, 5]
                _operate(
                    here,
                    _codes(codes, split[op, 0] * step + i, k, least, side, pointer(sides, 0), rows),
                    codes.dtype.type(_bound(k, least)),
                    np.uint8(split[op, 2]),
                    branch[op, 0],
                    _codes(codes, branch[op, 1] * step + i, j, least, side, pointer(sides, BLOCK), rows),
                    codes.dtype.type(_bound(j, least)),
                    pointer(buffers, branch[op, 1] * BLOCK),
                    branch[op, 3],
                    _codes(
                        codes, branch[op, 4] * step + i, m, least, side, pointer(sides, BLOCK * 2), rows
                    ),
                    codes.dtype.type(_bound(m, least)),
                    pointer(buffers, branch[op, 4] * BLOCK),
                    rows,
                )
