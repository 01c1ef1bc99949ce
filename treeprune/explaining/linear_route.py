"""Exact values for linear models, alone or behind steps that make each column of one of the user's."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.explaining.record import Attributions
from treeprune.model.ensemble import Array
from treeprune.pruners.column_sources import column_sources
from treeprune.pruners.linear_given import GivenLinear
from treeprune.statistics.rows import dense


def by_coefficients(model: Any, X: Any, background: Any, names: tuple[str, ...]) -> Attributions:
    """Explain the linear predictor: coefficients times the difference from the mean of the background.

    A column that steps of a pipeline make of one column of the user's is counted as that; their sum is
    exact, since each of the user's columns then adds to the predictor by itself.

    Parameters
    ----------
    model : linear model, or pipeline that ends in one
        Fitted.
    X, background : tables
    names : tuple of str

    Returns
    -------
    Attributions

    Raises
    ------
    UnsupportedModelError
        If a step cannot be looked into, or makes a column of several.
    """
    given = GivenLinear.of(model)
    source = _source(given, len(names))
    values, known = (np.asarray(dense(given.values(table)), np.float64) for table in (X, background))
    coef = given.linear.coef
    middle = known.mean(axis=0)
    phi = np.zeros((len(values), len(names), coef.shape[1]))
    for column, own in enumerate(source):
        phi[:, own] += (values[:, [column]] - middle[column]) * coef[column]
    base = middle @ coef + given.linear.intercept
    said = given.linear.raw(values)
    residual = float(np.abs(base + phi.sum(axis=1) - said).max(initial=0.0))
    one = coef.shape[1] == 1
    return Attributions(
        phi=phi[:, :, 0] if one else phi,
        base=np.asarray(base[0] if one else base),
        output="raw",
        route="linear",
        residual=residual,
        output_range=float(np.ptp(said, axis=0).max(initial=0.0)),
        names=names,
    )


def _source(given: GivenLinear, n_columns: int) -> Array:
    """The user's column that each column of the model comes from."""
    if given.model is given.last:
        return np.arange(n_columns)
    sources = column_sources(given.before, n_columns)
    if any(len(own) != 1 for own in sources):
        raise UnsupportedModelError("a step of the pipeline makes a column of several of the user's")
    return np.array([next(iter(own)) for own in sources], np.int64)
