"""Running an ONNX model on a table."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from treeprune.export.artefact import needed
from treeprune.model.ensemble import Array


def feed(model: Any, X: Any) -> dict[str, Array]:
    """A table as the inputs of an ONNX model.

    Parameters
    ----------
    model : onnx.ModelProto
        Whose metadata ``columns`` says how the columns of its inputs are called, if that is not the same.
    X : table, shape (n_rows, n_features)

    Returns
    -------
    dict of str to ndarray
        One matrix, or a column each.

    Raises
    ------
    ValueError
        If the model takes columns by name and `X` has none, a column is not there, or text is missing,
        which ONNX cannot say.
    """
    from onnx import TensorProto

    numbers = {TensorProto.FLOAT: np.float32, TensorProto.DOUBLE: np.float64}
    inputs = model.graph.input
    if [each.name for each in inputs] == ["X"] and "X" not in getattr(X, "columns", ()):
        dtype = numbers[inputs[0].type.tensor_type.elem_type]
        return {"X": np.asarray(X, np.float64).astype(dtype)}
    if not hasattr(X, "columns"):
        raise ValueError("the ONNX model takes columns by name; give a frame")
    notes = {note.key: note.value for note in model.metadata_props}
    names = json.loads(notes.get("columns", "{}"))
    fed = {}
    for each in inputs:
        name = names.get(each.name, each.name)
        if name not in X.columns:
            raise ValueError(f"the table has no column {name!r}, which the ONNX model takes")
        column = X[name]
        kind = numbers.get(each.type.tensor_type.elem_type)
        if kind is None and column.isna().any():
            raise ValueError(f"column {name!r} misses text, which ONNX has no word for")
        values = column.astype(str).to_numpy(object) if kind is None else column.to_numpy(kind)
        fed[each.name] = values[:, None]
    return fed


def session_of(content: bytes) -> Any:
    """A session of onnxruntime, on one thread.

    Parameters
    ----------
    content : bytes
        A serialised model.

    Returns
    -------
    onnxruntime.InferenceSession

    Raises
    ------
    ImportError
        If onnxruntime is not installed, or is too old to have the operator for trees.
    """
    runtime = needed("onnxruntime", "onnx", "running an ONNX model")
    if tuple(map(int, runtime.__version__.split(".")[:2])) < (1, 21):
        raise ImportError(f"running an ONNX model needs onnxruntime 1.21, this is {runtime.__version__}")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong is raised too
    return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
