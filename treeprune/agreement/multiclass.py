"""Areas under the ROC curves of two models with more than two classes."""

from __future__ import annotations

from itertools import permutations
from typing import Any, Literal, get_args

import numpy as np

from treeprune.agreement.checks import (
    class_codes,
    counts,
    probability_pair,
    same_length,
    share,
    take_present,
)
from treeprune.agreement.delong import AreaComparison, area, comparison
from treeprune.model.ensemble import Array

Average = Literal["rest", "pairs"]


def multiclass_areas(
    y: Any,
    before: Any,
    after: Any,
    *,
    average: Average = "rest",
    weights: Any = None,
    confidence: float = 0.95,
) -> AreaComparison:
    """Compare mean areas under the ROC curves over classes.

    ``"rest"``: the unweighted mean over classes, each against all others. ``"pairs"``: the M of D. Hand,
    R. Till, A simple generalisation of the area under the ROC curve for multiple class classification
    problems, Machine Learning 45, 2001: the mean over ordered pairs of classes, which shares of classes
    do not move. Errors come from the structural components of DeLong, summed over all areas that a row
    takes part in; with two classes both are DeLong's.

    Parameters
    ----------
    y : array-like of int, shape (n_rows,)
        Column number of each row's class.
    before, after : array-like, shape (n_rows, n_classes)
        Probabilities of the classes.
    average : {"rest", "pairs"}, default="rest"
    weights : array-like of shape (n_rows,), optional
        Numbers of rows that each row stands for.
    confidence : float, default=0.95

    Returns
    -------
    AreaComparison

    Raises
    ------
    TypeError, ValueError
        If these are no classes and probabilities of one length, a class does not have two rows, weights
        are no counts, or an option is not legal.

    Examples
    --------
    >>> import numpy as np
    >>> y, sure = np.array([0, 0, 1, 1, 2, 2]), np.repeat(np.eye(3), 2, axis=0)
    >>> found = multiclass_areas(y, (sure + 1) / 4, np.full((6, 3), 1 / 3))
    >>> found.before.estimate, found.after.estimate
    (1.0, 0.5)
    """
    a, b = probability_pair(before, after, 2)
    codes = class_codes(y, a.shape[1])
    same_length(y=codes, before=a)
    confidence = share("confidence", confidence)
    if average not in get_args(Average):
        raise ValueError(f"average must be 'rest' or 'pairs', got {average!r}")
    w, codes, a, b = take_present(weights, codes, a, b)
    counts(w, "the method of DeLong")
    sizes = np.bincount(codes, weights=w, minlength=a.shape[1])
    if sizes.min() < 2:
        raise ValueError(f"class {int(sizes.argmin())} has {sizes.min():g} rows; two of each are needed")
    mean = _against_rest if average == "rest" else _pairs
    areas, errors = zip(*(mean(p, codes, w) for p in (a, b)), strict=True)
    return comparison(areas, np.column_stack(errors), w, confidence, f"DeLong, {average}")


def _against_rest(p: Array, codes: Array, weights: Array) -> tuple[float, Array]:
    n = p.shape[1]
    found = [area(p[:, c], codes == c, codes != c, weights) for c in range(n)]
    return sum(each for each, _ in found) / n, np.asarray(sum(error for _, error in found) / n)


def _pairs(p: Array, codes: Array, weights: Array) -> tuple[float, Array]:
    n = p.shape[1]
    total, errors = 0.0, np.zeros(len(p))
    for c, other in permutations(range(n), 2):
        found, error = area(p[:, c], codes == c, codes == other, weights)
        total, errors = total + found, errors + error
    return total / (n * (n - 1)), errors / (n * (n - 1))
