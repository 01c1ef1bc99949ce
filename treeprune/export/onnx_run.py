"""Running an ONNX model on a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.export.artefact import needed
from treeprune.model.ensemble import Array


def feed(inputs: Any, X: Any) -> dict[str, Array]:
    """A table as the inputs of an ONNX model.

    Parameters
    ----------
    inputs : sequence of onnx.ValueInfoProto
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
    if [each.name for each in inputs] == ["X"] and "X" not in getattr(X, "columns", ()):
        dtype = numbers[inputs[0].type.tensor_type.elem_type]
        return {"X": np.asarray(X, np.float64).astype(dtype)}
    if not hasattr(X, "columns"):
        raise ValueError("the ONNX model takes columns by name; give a frame")
    fed = {}
    for each in inputs:
        if each.name not in X.columns:
            raise ValueError(f"the table has no column {each.name!r}, which the ONNX model takes")
        column = X[each.name]
        kind = numbers.get(each.type.tensor_type.elem_type)
        if kind is None and column.isna().any():
            raise ValueError(f"column {each.name!r} misses text, which ONNX has no word for")
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
    """
    runtime = needed("onnxruntime", "onnx", "running an ONNX model")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong is raised too
    return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
