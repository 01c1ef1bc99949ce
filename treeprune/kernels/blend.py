"""Programs of small trees, run over blocks of rows at the speed of vector instructions.

All loops here have one shape: bytes in, bytes out, no branch, no place that is read and written. The
compiler turns each into vectors of the machine it runs on: 32 rows an instruction in 256 bits, 16 on NEON.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.kernels.pointers import pointer
from treeprune.kernels.programs import A_LEAF, A_PAIR
from treeprune.model.ensemble import Array

BLOCK = 4096
"""Rows a time: the buffers of a tree stay in the first-level cache."""

# In each: d destination, x codes of the split, k rank, n leaves on the left; y, j (left) and z, m (right)
# codes and rank of a pair; p, q results of branches; all arrays of one length. A choice is made by masks:
# a branch, or a load that depends on one, would keep the loop from becoming vectors.


@kernel
def _mask(code: Any, rank: Any) -> Any:
    """All bits set where a row goes right."""
    return np.uint8(code > rank) * np.uint8(255)


@kernel
def _choose(right: Any, here: Any, there: Any) -> Any:
    return (right & here) | (np.uint8(~right) & there)


@kernel
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
    if left == A_LEAF:
        if right == A_LEAF:
            for i in range(rows):
                d[i] = np.uint8(x[i] > k)
        elif right == A_PAIR:
            for i in range(rows):
                d[i] = _mask(x[i], k) & np.uint8(n + np.uint8(z[i] > m))
        else:
            for i in range(rows):
                d[i] = _mask(x[i], k) & np.uint8(n + q[i])
    elif left == A_PAIR:
        if right == A_LEAF:
            for i in range(rows):
                d[i] = _choose(_mask(x[i], k), n, np.uint8(y[i] > j))
        elif right == A_PAIR:
            for i in range(rows):
                d[i] = _choose(_mask(x[i], k), np.uint8(n + np.uint8(z[i] > m)), np.uint8(y[i] > j))
        else:
            for i in range(rows):
                d[i] = _choose(_mask(x[i], k), np.uint8(n + q[i]), np.uint8(y[i] > j))
    elif right == A_LEAF:
        for i in range(rows):
            d[i] = _choose(_mask(x[i], k), n, p[i])
    elif right == A_PAIR:
        for i in range(rows):
            d[i] = _choose(_mask(x[i], k), np.uint8(n + np.uint8(z[i] > m)), p[i])
    else:
        for i in range(rows):
            d[i] = _choose(_mask(x[i], k), np.uint8(n + q[i]), p[i])


@kernel
def _codes(codes: Array, at: int, rank: int, side: Array, target: Any, rows: int) -> Any:
    """Where an operation reads a column: in place, or the sides of its categories (a negative rank)."""
    if rank >= 0:
        return pointer(codes, at)
    source, table = pointer(codes, at), pointer(side, -1 - rank)
    for i in range(rows):
        target[i] = table[np.uint64(source[i])]
    return target


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
    codes : ndarray of uint8 or uint16, one-dimensional
        Code of row ``i`` in column ``c`` at ``c * step + i``.
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
                    _codes(codes, split[op, 0] * step + i, k, side, pointer(sides, 0), rows),
                    codes.dtype.type(k if k > 0 else 0),
                    np.uint8(split[op, 2]),
                    branch[op, 0],
                    _codes(codes, branch[op, 1] * step + i, j, side, pointer(sides, BLOCK), rows),
                    codes.dtype.type(j if j > 0 else 0),
                    pointer(buffers, branch[op, 1] * BLOCK),
                    branch[op, 3],
                    _codes(codes, branch[op, 4] * step + i, m, side, pointer(sides, BLOCK * 2), rows),
                    codes.dtype.type(m if m > 0 else 0),
                    pointer(buffers, branch[op, 4] * BLOCK),
                    rows,
                )
