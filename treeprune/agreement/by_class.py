"""Measures of one event, class by class against the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from treeprune.agreement.checks import class_codes, probabilities, same_length

T = TypeVar("T")


def by_class(measure: Callable[..., T], y: Any, probability: Any, **options: Any) -> tuple[T, ...]:
    """A measure of each class against the rest.

    Parameters
    ----------
    measure : callable
        ``measure(y, probability, **options)`` of outcomes 0 and 1 and their probability:
        `treeprune.agreement.recalibration.recalibration`,
        `treeprune.agreement.reliability.reliability_curve`.
    y : array-like of int, shape (n_rows,)
        Column number of each row's class.
    probability : array-like, shape (n_rows, n_classes)
    **options
        For the measure.

    Returns
    -------
    tuple
        What the measure says of each class.

    Raises
    ------
    TypeError, ValueError
        If these are no classes and probabilities of one length, or the measure refuses.

    Examples
    --------
    >>> from treeprune.agreement.reliability import reliability_curve
    >>> found = by_class(reliability_curve, [0, 1, 2], [[0.5, 0.25, 0.25]] * 3)
    >>> [round(curve.ece, 3) for curve in found]
    [0.167, 0.083, 0.083]
    """
    p = probabilities("probability", probability, 2)
    codes = class_codes(y, p.shape[1])
    same_length(y=codes, probability=p)
    return tuple(measure(codes == c, p[:, c], **options) for c in range(p.shape[1]))
