"""Running exports that are files beside their model."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from treeprune.backends.linear import find_linear
from treeprune.backends.registry import find_backend
from treeprune.export.artefact import needed
from treeprune.export.c_compile import CompiledModels
from treeprune.export.c_source import CSource
from treeprune.export.given import Given
from treeprune.export.onnx_model import OnnxModel
from treeprune.export.treelite_model import columns_of, scale_in_terms
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.linear import LinearModel
from treeprune.model.links import answers
from treeprune.model.traverse import raw_output
from treeprune.statistics.rows import dense, model_rows


@dataclass(frozen=True, eq=False)
class BothSides:
    """What an export and its model say of the same rows.

    Parameters
    ----------
    language : str
    raw, native : ndarray, shape (n_rows, n_columns)
        Raw outputs of the export, and of the model.
    answer, native_answer : ndarray, shape (n_rows, n_answers)
    bound : float
        How far rounding alone may move a raw output.
    """

    language: str
    raw: Array
    native: Array
    answer: Array
    native_answer: Array
    bound: float


def both_sides(export: Any, model: Any, X: Any) -> BothSides:
    """Run an export and its model on a table.

    The model is asked about the rows in the export's own precision, which is what a device or a service
    would have.

    Parameters
    ----------
    export : OnnxModel, CSource or treelite.Model
    model : object
        That it was made of.
    X : table, shape (n_rows, n_features)

    Returns
    -------
    BothSides

    Raises
    ------
    ImportError
        If what runs it is not installed.
    FileNotFoundError
        If there is no C compiler.
    """
    given = Given.of(model)
    dtype = getattr(export, "dtype", "float64")
    rounded = X if given.before is None else _rounded(X, dtype)
    made = rounded if given.before is None else given.before.transform(rounded)
    table = _table(given, made).astype(dtype)
    if len(table) == 0:
        raise ValueError("X has no rows to compare on")
    native, native_answer = _native(given, table)
    if isinstance(export, OnnxModel):
        language = "ONNX"
        raw, answer = _run_onnx(export, table if given.before is None else rounded)
    elif isinstance(export, CSource):
        language = "C"
        with CompiledModels([export], "-O1") as compiled:
            rows = table if given.before is None else np.asarray(rounded, export.dtype)
            raw, answer, _ = compiled.run(export, rows)
    else:
        language = "treelite"
        raw, answer = _run_treelite(export, given.trees("a treelite model"), table)
    where = language if dtype == "float64" else f"{language} in single precision"
    bound = _bound(given, table, export) * (1 if given.before is None else 16)  # steps before it round too
    return BothSides(where, raw.astype(np.float64), native, answer, native_answer, bound)


def _rounded(X: Any, dtype: str) -> Any:
    """A user's table with its numbers in some precision."""
    if dtype == "float64":
        return X
    if not hasattr(X, "columns"):
        return np.asarray(X, np.float64).astype(dtype).astype(np.float64)
    kinds = {name: dtype for name in X.columns if getattr(X[name].dtype, "kind", "O") == "f"}
    return X.astype(kinds).astype(dict.fromkeys(kinds, "float64"))


def _table(given: Given, X: Any) -> Array:
    """Rows as the export takes them, in double precision."""
    encoded = given.table(X)
    if isinstance(given.read, LinearModel):
        return np.asarray(encoded.toarray() if hasattr(encoded, "toarray") else encoded, np.float64)
    if isinstance(encoded, np.ndarray) or hasattr(encoded, "columns"):
        return np.asarray(encoded, np.float64)
    return dense(model_rows(given.read, encoded, None), given.read.absent).astype(np.float64)


def _native(given: Given, table: Array) -> tuple[Array, Array]:
    """Raw outputs and answers of the model itself, by its vendor's own code."""
    if isinstance(given.read, LinearModel):
        return _of_linear(given.model, given.read, table.astype(np.float64))
    rows = dense(model_rows(given.read, table, None))
    if isinstance(given.model, TreeEnsemble):
        native = raw_output(given.read, rows)
    else:
        native = find_backend(given.model).raw_output(given.model, rows)
    return native, answers(given.read, native)


def _of_linear(model: Any, linear: LinearModel, table: Array) -> tuple[Array, Array]:
    bare = copy.copy(model)
    vars(bare).pop("feature_names_in_", None)  # rows are bare numbers
    answer = bare.predict(table) if linear.classes is None else bare.predict_proba(table)
    return find_linear(model).raw(bare, table), np.reshape(answer, (len(table), -1))


def _run_onnx(export: OnnxModel, X: Any) -> tuple[Array, Array]:
    said = export.run(X)
    parts = [own for name, own in said.items() if name.startswith(("probabilities", "prediction"))]
    return said["raw"], np.hstack(parts)


def _run_treelite(export: Any, e: TreeEnsemble, table: Array) -> tuple[Array, Array]:
    gtil = needed("treelite", "treelite", "running a treelite model").gtil
    raw = columns_of(e, gtil.predict(export, table, nthread=1, pred_margin=True))
    said = columns_of(e, gtil.predict(export, table, nthread=1))
    # treelite has been through the link; what is left is the first share of two
    return raw / scale_in_terms(e), answers(replace(e, link="identity", link_scale=1.0), said)


def _bound(given: Given, table: Array, export: Any) -> float:
    """Rounding of all terms and their sums; the largest bound all rows."""
    dtype = getattr(export, "dtype", "float64")
    read = given.read
    if isinstance(read, LinearModel):
        used = read.used_features()
        size = float((np.abs(table[:, used].astype(np.float64)) @ np.abs(read.coef[used])).max(initial=0.0))
        size, terms = size + float(np.abs(read.intercept).max()), len(used)
        single = dtype == "float32"
    else:
        per_tree = [
            float(np.abs(read.value[read.tree(t)] * read.weight[t]).max()) for t in range(read.n_trees)
        ]
        size, terms = float(np.abs(read.base_score).max()) + sum(per_tree), read.n_trees
        if read.aggregation == "mean":
            size /= max(float(read.weight.sum()) / read.n_columns, np.finfo(float).tiny)
        # C adds up as the model does
        single = dtype == "float32" or (read.output_dtype == "float32" and not isinstance(export, CSource))
    return (terms + 3) * 2.0**-24 * size if single else 1e-13 * size
