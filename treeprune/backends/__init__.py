"""READ and WRITE: native models in, native models out."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends.probe import probe_rows
from treeprune.backends.registry import Backend, find_backend
from treeprune.exceptions import ModelMismatchError
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.traverse import leaf_index, raw_output
from treeprune.model.validate import validate

__all__ = ["check_answers", "encode", "read", "write"]


def read(model: Any) -> TreeEnsemble:
    """Read a fitted native model.

    Parameters
    ----------
    model : object
        A fitted model of a registered family; it is left untouched.

    Returns
    -------
    TreeEnsemble

    Raises
    ------
    UnsupportedModelError
        If the family, or something in the model, cannot be held exactly.
    InvalidModelError
        If the model's arrays contradict themselves.
    """
    return validate(find_backend(model).read(model))


def write(model: Any, ensemble: TreeEnsemble, rows: Array | None = None) -> Any:
    """Copy a native model and give the copy the trees of an edited ensemble.

    Parameters
    ----------
    model : object
        The model that `ensemble` was read from; it is left untouched.
    ensemble : TreeEnsemble
        Edited by the functions of `treeprune.model.edit`.
    rows : ndarray, shape (n_rows, n_features), optional
        Rows of the user's data to check on, of the model's `input_dtype`.

    Returns
    -------
    object
        Of the class of `model`.

    Raises
    ------
    InvalidModelError
        If the edited ensemble contradicts itself.
    ModelMismatchError
        If the written model does not give the output of the ensemble bit for bit on the rows, on rows
        at its thresholds and one unit in the last place beside them, and on missing values.
    """
    written = find_backend(model).write(model, validate(ensemble))
    check_answers(written, ensemble, rows, "written")
    return written


def check_answers(model: Any, ensemble: TreeEnsemble, rows: Array | None, made: str) -> None:
    """Compare a model, by its vendor's own code, with the ensemble that it must equal.

    Parameters
    ----------
    model : object
    ensemble : TreeEnsemble
    rows : ndarray, shape (n_rows, n_features), optional
        Rows to compare on beside those around the thresholds.
    made : str
        How the model came about, for the message: "written" or "loaded".

    Raises
    ------
    ModelMismatchError
        Names the first row that differs, and the tree.
    """
    backend = find_backend(model)
    probes = probe_rows(ensemble)
    if rows is not None:
        probes = np.vstack([probes, rows])
    native, expected = backend.raw_output(model, probes), raw_output(ensemble, probes)
    wrong = np.flatnonzero((native != expected).any(axis=1))
    if len(wrong):
        row = int(wrong[0])
        tree = _first_wrong_tree(backend, model, ensemble, probes[[row]])
        raise ModelMismatchError(
            f"the {made} {type(model).__name__} differs from its plan by up to "
            f"{np.abs(native - expected).max():.3g} on {len(wrong)} of {len(probes)} probe rows, first on "
            f"row {row} {probes[row].tolist()}{tree}; "
            "please report this with the versions in use"
        )


def _first_wrong_tree(backend: Backend, model: Any, ensemble: TreeEnsemble, row: Array) -> str:
    """Which tree of the model gives another output than planned, in words."""
    if backend.tree_output is None:
        return ""
    n_native = int(read(model).tree_id.max()) + 1
    native = (backend.tree_output(model, n, row)[0] for n in range(n_native))
    if n_native != ensemble.n_trees:  # some stand there to keep rounds whole, and add nothing
        native = (x for x in native if x.any())
    leaves = leaf_index(ensemble, row)[:, 0]
    for t, (leaf, output) in enumerate(zip(leaves, native, strict=False)):
        fed = slice(None) if ensemble.output[t] < 0 else ensemble.output[t]
        planned = np.zeros(ensemble.n_columns)
        planned[fed] = ensemble.weight[t] * ensemble.value[leaf, fed]
        if not np.allclose(output, planned, rtol=1e-5, atol=1e-6):  # vendors may sum in single precision
            return (
                f", where tree {ensemble.tree_id[t]} of the model before gives {output.tolist()} "
                f"instead of {planned.tolist()}"
            )
    return ", where each tree alone agrees"


def encode(model: Any, X: Any) -> Any:
    """A user's table as the trees of a model see it.

    Parameters
    ----------
    model : object
        A fitted model of a registered family.
    X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)

    Returns
    -------
    object
        The table itself where the family takes numbers alone; else an array or a CSR matrix in which
        categories are the codes that the trees know and missing values NaN.

    Raises
    ------
    ValueError
        If the family looks at names or types of columns and these are not the model's.
    """
    return find_backend(model).encode(model, X)
