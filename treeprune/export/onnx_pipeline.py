"""What stands before a model in a pipeline, as ONNX by skl2onnx, joined with the model."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline

from treeprune.exceptions import UnsupportedModelError
from treeprune.export.artefact import needed
from treeprune.export.last_step import LAST_STEP
from treeprune.export.onnx_graph import IR_VERSION, OPSET, TREE_OPSET, Dtype
from treeprune.export.onnx_run import feed, session_of
from treeprune.model.ensemble import Array


def with_steps(before: Pipeline, core: Any, X: Any, dtype: Dtype) -> Any:
    """Put the steps of a pipeline before a model.

    Parameters
    ----------
    before : Pipeline
        Fitted.
    core : onnx.ModelProto
        With the input ``X``.
    X : table
        A frame makes inputs of its columns, by name. The steps are compared on its rows.
    dtype : {"float32", "float64"}
        Of all numbers.

    Returns
    -------
    onnx.ModelProto

    Raises
    ------
    ImportError
        If skl2onnx is not installed.
    UnsupportedModelError
        If skl2onnx cannot convert a step, or what it makes of them gives other numbers on `X`.
    ValueError
        If a column is called as an output is.
    """
    skl2onnx = needed("skl2onnx", "onnx", "to_onnx of a pipeline")
    types = _types(X, dtype)
    outputs = {each.name for each in core.graph.output}
    if taken := outputs & {name for name, _ in types}:
        raise ValueError(f"columns must not be called {sorted(taken)}: outputs of the ONNX model are")
    with _refused_by_name(dtype):
        steps = skl2onnx.convert_sklearn(
            before,
            initial_types=types,
            target_opset={"": OPSET, "ai.onnx.ml": TREE_OPSET},
            custom_conversion_functions={SimpleImputer: convert_imputer},
        )
        _concatenate_exactly(steps)
    _note_columns(steps, [name for name, _ in types])
    fed = feed(steps, X)
    with _refused_by_name(dtype):
        joined = _joined(steps, core)
        (found,) = session_of(steps.SerializeToString()).run(None, fed)
    _check(found, before.transform(X), dtype)
    return joined


@contextmanager
def _refused_by_name(dtype: Dtype) -> Iterator[None]:
    """Whatever a converter, which need not exist, provokes here or in the runtime, as one error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations within the converters
            yield
    except ImportError:
        raise
    except Exception as error:
        reason = str(error).strip().splitlines()
        other = ", or try dtype='float32'" if dtype == "float64" else ""
        raise UnsupportedModelError(
            f"skl2onnx cannot convert the steps before the model in {dtype}: "
            f"{reason[0] if reason else type(error).__name__}; {LAST_STEP}{other}"
        ) from error


def convert_imputer(scope: Any, operator: Any, container: Any) -> None:
    """Missing values filled in, in double precision too: skl2onnx's own way has no such kernel."""
    from onnx import TensorProto
    from skl2onnx.common.data_types import DoubleTensorType
    from skl2onnx.operator_converters.common import concatenate_variables
    from skl2onnx.operator_converters.imputer_op import convert_sklearn_imputer

    imputer = operator.raw_operator
    double = all(isinstance(each.type, DoubleTensorType) for each in operator.inputs)
    if not double or not np.isscalar(imputer.missing_values) or not np.isnan(imputer.missing_values):
        convert_sklearn_imputer(scope, operator, container)
        return
    given, filling, gap = (scope.get_unique_variable_name(name) for name in ("given", "filling", "gap"))
    given = concatenate_variables(scope, operator.inputs, container)
    values = np.asarray(imputer.statistics_, np.float64)
    container.add_initializer(filling, TensorProto.DOUBLE, [1, len(values)], values)
    container.add_node("IsNaN", [given], [gap], op_version=20)
    container.add_node("Where", [gap, filling, given], [operator.outputs[0].full_name], op_version=16)


def _joined(steps: Any, core: Any) -> Any:
    import onnx

    steps = onnx.compose.add_prefix(steps, "steps.", rename_inputs=False)
    steps.ir_version = IR_VERSION
    _cast_output(steps, core)
    del steps.opset_import[:]
    steps.opset_import.extend(core.opset_import)
    last = steps.graph.output[0].name
    joined = onnx.compose.merge_models(steps, core, io_map=[(last, "X")], producer_name="treeprune")
    onnx.checker.check_model(joined)
    return joined


def _concatenate_exactly(steps: Any) -> None:
    """Put columns side by side as they are: the operator that skl2onnx takes rounds to single precision."""
    from onnx import helper

    for node in steps.graph.node:
        if node.op_type == "FeatureVectorizer":
            node.op_type, node.domain = "Concat", ""
            del node.attribute[:]
            node.attribute.append(helper.make_attribute("axis", 1))


def _note_columns(steps: Any, names: list[str]) -> None:
    """Write into the metadata how the columns of the inputs are called: skl2onnx changes names."""
    inputs = [each.name for each in steps.graph.input]
    columns = json.dumps(dict(zip(inputs, names, strict=True)))
    steps.metadata_props.add(key="columns", value=columns)


def _check(found: Array, expected: Any, dtype: Dtype) -> None:
    """Hold what the runtime makes of the rows against what scikit-learn makes of them."""
    wanted = np.asarray(expected.toarray() if hasattr(expected, "toarray") else expected, np.float64)
    tolerance = 1e-9 if dtype == "float64" else 1e-4
    same_shape = found.shape == wanted.shape
    size = np.abs(np.nan_to_num(wanted)).max(axis=0, initial=0.0) if same_shape else 0.0
    if not same_shape or not (np.isclose(found, wanted, 0.0, tolerance * size, equal_nan=True)).all():
        raise UnsupportedModelError(
            "what skl2onnx makes of the steps before the model gives other numbers on X than scikit-learn; "
            f"{LAST_STEP}"
        )


def _types(X: Any, dtype: Dtype) -> list[tuple[str, Any]]:
    """Names and types of the inputs."""
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType

    number = FloatTensorType if dtype == "float32" else DoubleTensorType
    if not hasattr(X, "columns"):
        return [("X", number([None, np.shape(X)[1]]))]
    if unnamed := [name for name in X.columns if not isinstance(name, str)]:
        raise ValueError(f"inputs are called as columns are, and {unnamed[0]!r} is no text")
    return [(name, (number if _is_number(X[name]) else StringTensorType)([None, 1])) for name in X.columns]


def _is_number(column: Any) -> bool:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return bool(is_numeric_dtype(column) or is_bool_dtype(column))


def _cast_output(steps: Any, core: Any) -> None:
    """Give the steps' output the type that the model takes."""
    from onnx import helper

    wanted = core.graph.input[0].type.tensor_type.elem_type
    output = steps.graph.output[0]
    if output.type.tensor_type.elem_type != wanted:
        steps.graph.node.append(helper.make_node("Cast", [output.name], ["steps.cast"], to=wanted))
        width = core.graph.input[0].type.tensor_type.shape.dim[1].dim_value
        del steps.graph.output[:]
        steps.graph.output.append(helper.make_tensor_value_info("steps.cast", wanted, [None, width]))
