"""Thresholds that decide exactly as the model does, in double precision and in decimals.

A model that rounds its input to single precision asks ``float32(x) <= t``. Rounding never turns an order
around, so there is one double ``c`` with ``x <= c`` exactly where ``float32(x) <= t``: the middle between
the last single on the left and the next one, or the double below it where the middle rounds upwards (to
the neighbour whose last bit is 0, IEEE 754).
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from treeprune.model.ensemble import Array, TreeEnsemble

NEVER = float("nan")
"""A cut that no number is at or below."""


def _last_singles(threshold: Array, *, strict: bool) -> Array:
    """Largest single precision number on the left of each threshold; float32."""
    with np.errstate(over="ignore"):  # infinity is the right neighbour of the largest
        last = threshold.astype(np.float32)
        beyond = last.astype(np.float64) >= threshold if strict else last.astype(np.float64) > threshold
        return np.where(beyond, np.nextafter(last, np.float32(-np.inf)), last)


def _last_rounded_down(last: Array) -> Array:
    """Largest double that rounds to each single or to a lesser one."""
    step = 2.0**104  # from the largest single to where the next one would be
    wide = last.astype(np.float64)
    with np.errstate(over="ignore"):
        above = np.nextafter(last, np.float32(np.inf)).astype(np.float64)
    largest = float(np.finfo(np.float32).max)
    above = np.where(wide == largest, largest + step, above)
    below = np.where(np.isneginf(wide), -largest - step, wide)
    finite = np.where(np.isposinf(wide), 0.0, below)  # all numbers round to infinity or less
    middle = finite + (np.where(np.isposinf(wide), 0.0, above) - finite) / 2
    even = last.view(np.uint32) & 1 == 0
    cut = np.where(even, middle, np.nextafter(middle, -np.inf))
    return np.where(np.isposinf(wide), np.inf, cut)


def exact_cuts(threshold: Array, comparison: str, input_dtype: str) -> Array:
    """Double precision cuts that decide exactly as a model compares.

    Parameters
    ----------
    threshold : ndarray of float64, shape (n,)
    comparison : {"<=", "<"}
    input_dtype : {"float32", "float64"}
        What the model rounds its input to first.

    Returns
    -------
    ndarray of float64, shape (n,)
        For each double ``x`` but NaN, ``x <= cut`` is what the model decides about ``x``; infinite where
        all go left, `NEVER` where none does.
    """
    strict = comparison == "<"
    if input_dtype == "float32":
        cut = _last_rounded_down(_last_singles(threshold, strict=strict))
    else:
        with np.errstate(over="ignore"):
            cut = np.nextafter(threshold, -np.inf) if strict else threshold.copy()
    return np.where(np.isneginf(threshold), NEVER, cut) if strict else cut


def model_cuts(ensemble: TreeEnsemble) -> Array:
    """`exact_cuts` of each node; meaningless at leaves and at splits on categories."""
    return exact_cuts(ensemble.threshold, ensemble.comparison, ensemble.input_dtype)


def plain_decimal(number: Decimal) -> str:
    """A decimal without an exponent where that is readable.

    Parameters
    ----------
    number : Decimal

    Returns
    -------
    str
    """
    number = number.normalize()
    number = abs(number) if number == 0 else number
    return f"{number:f}" if -6 <= number.adjusted() < 16 else f"{number:e}"


def shortest_decimal(threshold: float, comparison: str, input_dtype: str) -> str:
    """Shortest decimal that stands for a threshold.

    Parameters
    ----------
    threshold : float
        Finite.
    comparison : {"<=", "<"}
    input_dtype : {"float32", "float64"}

    Returns
    -------
    str
        Read in the model's input type, as the input is, it decides exactly as the threshold does: of a
        model in single precision, ``float32(x) <= float32(decimal)``.
    """
    if input_dtype == "float64":
        return plain_decimal(Decimal(repr(float(threshold))))
    strict = comparison == "<"
    value = _last_singles(np.array([threshold]), strict=strict)[0]
    if strict:  # the first on the right
        with np.errstate(over="ignore"):
            value = np.nextafter(value, np.float32(np.inf))
    if np.isinf(value):
        return "-infinity" if value < 0 else "infinity"
    return plain_decimal(Decimal(np.format_float_scientific(value)))
