"""Thresholds of a teacher's own trees."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends.registry import check_supported
from treeprune.distillation.teacher import Teacher
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import LEAF, Array
from treeprune.pruners.base import BasePruner


def check_has_cuts(model: Any) -> None:
    """Refuse a teacher, fitted or not, whose trees do not split the user's own columns.

    Raises
    ------
    UnsupportedModelError
    """
    try:
        check_supported(model.estimator if isinstance(model, BasePruner) else model)
    except UnsupportedModelError as error:
        raise UnsupportedModelError(
            'thresholds="teacher" is for teachers whose trees split the columns of X themselves; '
            f'{type(model).__name__} is none: use thresholds="any"'
        ) from error


def teacher_cuts(teacher: Teacher) -> tuple[Array, ...]:
    """Where the teacher's trees split each column.

    Parameters
    ----------
    teacher : Teacher

    Returns
    -------
    tuple of ndarray of float64
        Ascending; ``x <= cut`` says what the teacher's split does.

    Raises
    ------
    UnsupportedModelError
        If it has no trees that look at the user's columns themselves.
    """
    check_has_cuts(teacher.model)
    e = teacher.trees
    assert e is not None
    numeric = ~e.is_leaf & (e.category_set == LEAF) & np.isfinite(e.threshold)
    # below a number means up to the next smaller one
    threshold = np.nextafter(e.threshold, -np.inf) if e.comparison == "<" else e.threshold
    return tuple(np.unique(threshold[numeric & (e.feature == j)]) for j in range(e.n_features))
