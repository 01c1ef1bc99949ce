"""Single precision rows as integers in the same order: no threshold has to be looked up.

The bits of a positive float, read as an integer, grow with the float; those of a negative one shrink. Once
these are turned around, integers compare as the floats do. NaN is put below or above all numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.kernels.columns import (
    NAN_IS_ZERO,
    NAN_LEFT,
    ZERO_LEFT,
    ZERO_RIGHT,
    Columns,
)
from treeprune.kernels.compiled import borrower, part
from treeprune.kernels.deep import LANES
from treeprune.model.ensemble import ZERO_LIMIT, Array

_LOWEST, _HIGHEST = np.uint32(0), np.uint32(0xFFFFFFFF)
_SIGN, _MAGNITUDE, _INFINITE = np.uint32(0x80000000), np.uint32(0x7FFFFFFF), np.uint32(0x7F800000)


@part
def _key(bits: Any) -> Any:
    if bits == _SIGN:  # minus zero is zero
        return _SIGN
    return np.uint32(~bits) if bits & _SIGN else np.uint32(bits | _SIGN)


@borrower
def _encode(bits: Array, feature: Array, rule: Array, tiny: Any, out: Array) -> None:
    for i in range(bits.shape[0]):
        tile = i // LANES * LANES * feature.shape[0] + i % LANES
        for c in range(feature.shape[0]):
            b, how = bits[i, feature[c]], rule[c]
            size = b & _MAGNITUDE
            code = _key(b)
            if size > _INFINITE or (how >= ZERO_RIGHT and size <= tiny):
                code = _LOWEST if how in (NAN_LEFT, ZERO_LEFT) else _HIGHEST
                code = _SIGN if how == NAN_IS_ZERO else code
            out[tile + c * LANES] = code


@borrower
def _keys(bits: Array, out: Array) -> None:
    for i in range(bits.shape[0]):
        out[i] = _key(bits[i])


def keys(values: Array) -> Array:
    """Integers in the order of some numbers.

    Parameters
    ----------
    values : ndarray of float32, one-dimensional
        Without NaN.

    Returns
    -------
    ndarray of uint32
    """
    out = np.empty(values.shape, np.uint32)
    _keys(values.view(np.uint32), out)
    return out


def encode_keys(columns: Columns, rows: Array, out: Array) -> None:
    """Write the key of each row in each column, in the tiles of `treeprune.kernels.deep`.

    Parameters
    ----------
    columns : Columns
        Without categories.
    rows : ndarray of float32, shape (n_rows, n_features)
        C-ordered.
    out : ndarray of uint32, one-dimensional
        With room for whole tiles.
    """
    # the largest single precision number that counts as zero
    tiny = np.float32(ZERO_LIMIT)
    if np.float64(tiny) > ZERO_LIMIT:
        tiny = np.nextafter(tiny, np.float32(0))
    _encode(rows.view(np.uint32), columns.feature, columns.rule, tiny.view(np.uint32), out)
