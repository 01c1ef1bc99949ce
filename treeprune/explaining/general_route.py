"""Values for any model, by shap's own explainers."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import is_classifier

from treeprune.distillation.table_codes import TableCodes
from treeprune.distillation.teacher import Teacher
from treeprune.explaining.record import Attributions, Output
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.pruners.native import Native

_FEW = 8
"""Columns up to which all subsets are looked at."""


def by_asking(
    model: Any, X: Any, background: Any, output: Output, names: tuple[str, ...], random_state: int
) -> Attributions:
    """Explain rows by asking a model about rows whose columns are taken from a background.

    Parameters
    ----------
    model : object
        Fitted, with scikit-learn's methods; or a `Native` of trees, for boosters, which have none.
    X, background : tables
        Words are taken for categories; missing values stay missing.
    output : {"raw", "probability"}
        Raw is `decision_function` where there is one, and the probabilities else; for numbers it is
        `predict`.
    names : tuple of str
    random_state : int

    Returns
    -------
    Attributions
    """
    import shap

    codes = TableCodes.of(X)
    rows, known = codes.encode(X), codes.encode(background)
    trees = model.trees() if isinstance(model, Native) else None

    def ask(values: Array) -> Array:
        table = codes.decode(np.asarray(values, np.float64))
        return _answers(model, table, output) if trees is None else _of_trees(model, trees, table)

    masker = shap.maskers.Independent(known, max_samples=len(known))
    few = rows.shape[1] <= _FEW
    if few:
        found = shap.explainers.Exact(ask, masker)(rows, silent=True)
    else:
        found = shap.explainers.Permutation(ask, masker, seed=random_state)(rows, silent=True)
    phi = np.asarray(found.values, np.float64).reshape(*rows.shape, -1)
    said = ask(rows)
    base = np.asarray(ask(known).mean(axis=0))
    residual = float(np.abs(base + phi.sum(axis=1) - said).max(initial=0.0))
    one = phi.shape[2] == 1
    return Attributions(
        phi=phi[:, :, 0] if one else phi,
        base=np.asarray(base[0] if one else base),
        output=output,
        route="exact by shap" if few else "permutations by shap",
        residual=residual,
        output_range=float(np.ptp(said, axis=0).max(initial=0.0)),
        names=names,
    )


def _of_trees(native: Native, trees: TreeEnsemble, table: Any) -> Array:
    said = native.answers(table, trees)
    return said[:, 1:] if trees.task == "classification" and said.shape[1] == 2 else said


def _answers(model: Any, table: Any, output: Output) -> Array:
    """Output of a model as columns; of two classes the second one's."""
    if output == "raw" and hasattr(model, "decision_function"):
        said = np.asarray(model.decision_function(table), np.float64)
        return said.reshape(len(said), -1)
    said = Teacher(model).ask(table)
    return said[:, 1:] if is_classifier(model) and said.shape[1] == 2 else said
