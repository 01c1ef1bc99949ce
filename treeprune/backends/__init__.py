"""READ and WRITE: native models in, native models out."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.backends.probe import probe_rows
from treeprune.backends.registry import find_backend
from treeprune.exceptions import WriteCheckError
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.traverse import raw_output
from treeprune.model.validate import validate

__all__ = ["read", "write"]


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
    WriteCheckError
        If the written model does not give the output of the ensemble bit for bit on the rows, on rows
        at its thresholds and one unit in the last place beside them, and on missing values.
    """
    backend = find_backend(model)
    written = backend.write(model, validate(ensemble))
    probes = probe_rows(ensemble)
    if rows is not None:
        probes = np.vstack([probes, rows])
    native, expected = backend.raw_output(written, probes), raw_output(ensemble, probes)
    if not np.array_equal(native, expected):
        worst = np.abs(native - expected).max()
        raise WriteCheckError(
            f"the written {type(model).__name__} differs from its plan by up to {worst:.3g} on "
            f"{int((native != expected).any(axis=1).sum())} of {len(probes)} probe rows; "
            "please report this with the versions in use"
        )
    return written
