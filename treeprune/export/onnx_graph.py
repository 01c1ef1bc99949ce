"""Writing an ONNX graph: nodes, constants and names."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from treeprune.model.ensemble import Array

OPSET, TREE_OPSET, IR_VERSION = 21, 5, 10
"""The first that have TreeEnsemble, which compares in double precision; onnxruntime 1.21 takes them."""

Dtype = Literal["float32", "float64"]


class Graph:
    """A graph under construction.

    Parameters
    ----------
    dtype : {"float32", "float64"}
        Of its numbers.
    """

    def __init__(self, dtype: Dtype) -> None:
        from onnx import TensorProto

        self.dtype = np.dtype(dtype)
        self.number = TensorProto.FLOAT if dtype == "float32" else TensorProto.DOUBLE
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.outputs: list[Any] = []

    def constant(self, value: Any) -> str:
        """Name of a constant; numbers of floating point become the graph's own."""
        from onnx import numpy_helper

        array = np.asarray(value)
        if array.dtype.kind == "f":
            array = array.astype(self.dtype)
        name = f"treeprune.c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def add(
        self, operator: str, *inputs: str, outputs: int = 1, domain: str = "", **attributes: Any
    ) -> Any:
        """Add a node.

        Parameters
        ----------
        operator : str
        *inputs : str
        outputs : int, default=1
        domain : str, default=""
        **attributes : object

        Returns
        -------
        str or list of str
            Names of its outputs.
        """
        from onnx import helper

        names = [f"treeprune.n{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def columns(self, matrix: str, chosen: list[int]) -> str:
        """Some columns of a matrix."""
        return str(self.add("Gather", matrix, self.constant(np.array(chosen, np.int64)), axis=1))

    def side_by_side(self, parts: list[str]) -> str:
        """Matrices beside each other."""
        return parts[0] if len(parts) == 1 else str(self.add("Concat", *parts, axis=1))

    def output(self, name: str, source: str, kind: int, width: int | None) -> None:
        """Hand out a result; of a width, or one number a row."""
        from onnx import helper

        self.nodes.append(helper.make_node("Identity", [source], [name]))
        shape: list[str | int | None] = ["rows"] if width is None else ["rows", width]
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def model(self, inputs: dict[str, int | None], notes: dict[str, str]) -> Any:
        """The whole, checked by ONNX itself.

        Parameters
        ----------
        inputs : dict of str to int
            Name -> number of columns.
        notes : dict of str to str
            Metadata.

        Returns
        -------
        onnx.ModelProto
        """
        import onnx
        from onnx import helper

        given = [
            helper.make_tensor_value_info(name, self.number, ["rows", n]) for name, n in inputs.items()
        ]
        graph = helper.make_graph(self.nodes, "treeprune", given, self.outputs, self.constants)
        imports = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", TREE_OPSET)]
        model = helper.make_model(
            graph, opset_imports=imports, ir_version=IR_VERSION, producer_name="treeprune"
        )
        helper.set_model_props(model, notes)
        onnx.checker.check_model(model, full_check=True)
        return model


def label_kind(labels: Array) -> int:
    """Element type of class labels."""
    from onnx import TensorProto

    kinds = {"i": TensorProto.INT64, "u": TensorProto.INT64, "b": TensorProto.BOOL, "f": TensorProto.DOUBLE}
    return int(kinds.get(labels.dtype.kind, TensorProto.STRING))
