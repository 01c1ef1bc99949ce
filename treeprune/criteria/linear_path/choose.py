"""Which strength of a path is taken, by cross-validation."""

from __future__ import annotations

from typing import Literal

import numpy as np

from treeprune.criteria.linear_path.curve import by_rule
from treeprune.criteria.linear_path.path import LinearPath
from treeprune.model.ensemble import Array

_NEAR = 1e-9


def choose_lambda(path: LinearPath, rule: Literal["min", "1se"] | float = "1se") -> int:
    """Place of a strength on the path.

    Parameters
    ----------
    path : LinearPath
    rule : {"min", "1se"} or float
        ``"min"`` takes the strength of the least mean deviance of held-out rows (of equal ones the
        largest strength); ``"1se"`` the largest strength whose mean is not above the least one plus its
        standard error; a number the nearest strength of the path, in ratio.

    Returns
    -------
    int
        Into ``path.lambdas``.

    Raises
    ------
    ValueError
        If the rule is unknown, needs folds that the path has not, or asks for a strength beyond the path.
    """
    if isinstance(rule, str):
        if rule not in ("min", "1se"):
            raise ValueError(f'rule={rule!r} is unknown; use "min", "1se" or a number')
        if path.held_out is None or path.fold_weights is None:
            raise ValueError(f"rule={rule!r} needs a path with folds")
        return by_rule(path.held_out, path.fold_weights, rule)
    return _nearest(path.lambdas, float(rule))


def _nearest(lambdas: Array, wanted: float) -> int:
    if not lambdas[-1] * (1 - _NEAR) <= wanted <= lambdas[0] * (1 + _NEAR):
        raise ValueError(
            f"strength {wanted} is not between {lambdas[-1]} and {lambdas[0]}, those of the path"
        )
    tiny = np.finfo(np.float64).tiny
    return int(np.argmin(np.abs(np.log(np.maximum(lambdas, tiny)) - np.log(max(wanted, tiny)))))
