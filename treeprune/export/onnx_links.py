"""Links in ONNX: from raw outputs to labels, probabilities and numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from treeprune.export.given import Answer
from treeprune.export.onnx_graph import Graph, label_kind
from treeprune.model.ensemble import Array, Link


def _log1p_exp(graph: Graph, x: str) -> str:
    small = graph.add("Exp", graph.add("Neg", graph.add("Abs", x)))
    rest = graph.add("Log", graph.add("Add", small, graph.constant(1.0)))
    return str(graph.add("Add", graph.add("Max", x, graph.constant(0.0)), rest))


_LINKS: dict[Link, Callable[[Graph, str], str]] = {
    "identity": lambda graph, x: x,
    "logit": lambda graph, x: graph.add("Sigmoid", x),
    "log": lambda graph, x: graph.add("Exp", x),
    "step": lambda graph, x: graph.add(
        "Cast", graph.add("Greater", x, graph.constant(0.0)), to=graph.number
    ),
    "log1p_exp": _log1p_exp,
    "signed_square": lambda graph, x: graph.add("Mul", x, graph.add("Abs", x)),
    "isolation": lambda graph, x: graph.add("Pow", graph.constant(2.0), graph.add("Neg", x)),
    "softmax": lambda graph, x: graph.add("Softmax", x, axis=1),
}


def add_link(graph: Graph, raw: str, answer: Answer) -> None:
    """Add the answers of a model to a graph, as its outputs.

    Parameters
    ----------
    graph : Graph
    raw : str
        Raw outputs, shape (n_rows, n_columns).
    answer : Answer
    """
    graph.output("raw", raw, graph.number, answer.n_raw)
    link = _LINKS[answer.link]
    x = raw if answer.scale == 1.0 else str(graph.add("Mul", raw, graph.constant(answer.scale)))
    if not answer.classes:
        graph.output("prediction", link(graph, x), graph.number, answer.n_raw)
        return
    several = len(answer.targets) > 1
    for k, (own, labels) in enumerate(zip(answer.targets, answer.classes, strict=True)):
        columns = list(range(own.start, own.stop))
        shares = link(graph, graph.columns(x, columns) if several else x)
        if len(labels) > len(columns):
            first = graph.add("Sub", graph.constant(1.0), shares)
            shares = graph.side_by_side([first, shares])
        end = f"_{k}" if several else ""
        place = graph.add("ArgMax", shares, axis=1, keepdims=0)  # the first of several
        label = graph.add("Gather", _labels(graph, labels), place, axis=0)
        graph.output(f"label{end}", label, label_kind(labels), None)
        graph.output(f"probabilities{end}", shares, graph.number, len(labels))


def _labels(graph: Graph, labels: Array) -> str:
    """Class labels as a constant: whole numbers, booleans and floats as they are, all else as text."""
    from onnx import numpy_helper

    kinds = {"i": np.int64, "u": np.int64, "b": np.bool_, "f": np.float64}
    kind = kinds.get(labels.dtype.kind)
    array: Array = np.array([str(x) for x in labels], object) if kind is None else labels.astype(kind)
    name = f"treeprune.labels{len(graph.constants)}"
    graph.constants.append(numpy_helper.from_array(array, name))
    return name
