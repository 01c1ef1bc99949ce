"""Exact values for models whose trees treeprune reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.attribution.by_background import interventional
from treeprune.attribution.by_cover import path_dependent
from treeprune.backends.registry import find_backend
from treeprune.exceptions import ModelMismatchError
from treeprune.explaining.record import Attributions, Output
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.pruners.native import Native
from treeprune.statistics.rows import dense, model_rows

MOST_RESIDUAL = 1e-6
"""Share of the output's range by which the sum of values may differ from the native model's output."""


def output_range(e: TreeEnsemble) -> float:
    """How far the raw output can range, over its widest column: the sum of what each tree can."""
    high, low = (ufunc.reduceat(np.where(e.is_leaf[:, None], e.value, fill), e.root[:-1])
                 for ufunc, fill in ((np.maximum, -np.inf), (np.minimum, np.inf)))  # fmt: skip
    spread = (high - low) * np.abs(e.weight)[:, None]
    if e.aggregation == "mean":
        spread = spread / e.weight.sum()
    return float(spread.sum(axis=0).max())


def by_trees(
    native: Native, X: Any, background: Any, output: Output, names: tuple[str, ...], n_jobs: int | None
) -> Attributions:
    """Explain rows by the trees of a model, and hold the sum against the vendor's own output.

    Parameters
    ----------
    native : Native
    X : table
    background : table or None
        None to go by the training rows that reached each node.
    output : {"raw", "probability"}
        For the record: the raw output is what is explained.
    names : tuple of str
    n_jobs : int or None

    Returns
    -------
    Attributions

    Raises
    ------
    UnsupportedModelError
        If the model answers with a median.
    ModelMismatchError
        If the values do not add up to the output of the native model.
    """
    e = native.trees()

    def rows_of(table: Any) -> Array:
        return dense(model_rows(e, native.rows(table), None), e.absent)

    rows = rows_of(X)
    if background is None:
        phi, base = path_dependent(e, rows, n_jobs=n_jobs)
    else:
        phi, base = interventional(e, rows, rows_of(background), n_jobs=n_jobs)
    said = find_backend(native.model).raw_output(native.model, rows)
    residual = float(np.abs(base + phi.sum(axis=1) - said).max(initial=0.0))
    spread = output_range(e)
    if residual > MOST_RESIDUAL * max(spread, np.abs(said).max(initial=0.0)):
        raise ModelMismatchError(
            f"SHAP values of this {type(native.model).__name__} add up to an output that is {residual:.3g} "
            f"off what it says itself (its output can range over {spread:.3g}); please report this with "
            "the versions in use"
        )
    one = phi.shape[2] == 1
    return Attributions(
        phi=phi[:, :, 0] if one else phi,
        base=base[0] if one else base,
        output=output,
        route="by cover" if background is None else "against a background",
        residual=residual,
        output_range=spread,
        names=names,
    )
