"""Trees as ONNX: rows to raw outputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from treeprune.export.cuts import model_cuts
from treeprune.export.narrow import narrow_cuts
from treeprune.export.onnx_graph import Graph
from treeprune.export.onnx_nodes import Trees
from treeprune.export.questions import Question, leaf_terms, questions
from treeprune.export.slots import Slots
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.traverse import total_weights


def add_raw(graph: Graph, e: TreeEnsemble, rows: str, missing: tuple[float, float] | None) -> str:
    """Add an ensemble to a graph.

    Parameters
    ----------
    graph : Graph
    e : TreeEnsemble
    rows : str
        Matrix of the model's columns.
    missing : (float, float) or None
        Numbers that mean missing, see `treeprune.export.inputs.missing_between`.

    Returns
    -------
    str
        Raw outputs, shape (n_rows, n_columns).
    """
    asked = questions(e)
    slots = Slots.of(asked, missing, e.n_features)
    dtype = graph.dtype.name
    trees = Trees(e, asked, slots, narrow_cuts(model_cuts(e), dtype).tolist(), leaf_terms(e), dtype)
    seen = rows if slots.plain else _seen(graph, e, asked, slots, rows)
    if e.aggregation == "median":
        return _median(graph, e, trees, seen)
    kept, constant = _own_columns(e, trees.terms)
    sums = _sum(graph, trees, seen, [(t, c) for c in kept for t in e.trees_of(c)], kept)
    sums = str(graph.add("Add", sums, graph.constant(e.base_score[kept])))
    raw = _all_columns(graph, e, sums, kept, constant)
    if e.aggregation == "mean":
        raw = graph.add("Div", raw, graph.constant(total_weights(e)))
    return raw


def _seen(graph: Graph, e: TreeEnsemble, asked: Sequence[Question | None], slots: Slots, rows: str) -> str:
    """Rows as the trees look at them."""
    nan = graph.constant(np.nan)
    if slots.missing is not None:
        low, high = narrow_cuts(np.array(slots.missing), graph.dtype.name)
        above = graph.add("Greater", rows, graph.constant(low))
        coded = graph.add("And", above, graph.add("LessOrEqual", rows, graph.constant(high)))
        rows = graph.add("Where", coded, nan, rows)
    parts = []
    for kind in ("number", "nonzero", "category"):
        own = [slot.feature for slot in slots.slots if slot.kind == kind]
        if not own:
            continue
        part = graph.columns(rows, own)
        if kind == "nonzero":
            limit = next(q.zero for q in asked if q is not None and q.zero is not None)
            limit = narrow_cuts(np.array([limit]), graph.dtype.name)[0]
            near = graph.add("LessOrEqual", graph.add("Abs", part), graph.constant(limit))
            part = graph.add("Where", near, nan, part)
        if kind == "category":
            part = _codes(graph, e, part)
        parts.append(part)
    # a model that asks nothing still has to know how many rows there are
    return graph.side_by_side(parts) if parts else rows


def _codes(graph: Graph, e: TreeEnsemble, part: str) -> str:
    """Numbers cut to codes; -1 for negative ones."""
    from onnx import TensorProto

    if e.input_dtype == "float32" and graph.dtype == np.float64:
        part = graph.add("Cast", graph.add("Cast", part, to=TensorProto.FLOAT), to=graph.number)
    zero, below = graph.constant(0.0), graph.constant(-1.0)
    if e.unknown_category == "right":
        negative = graph.add("LessOrEqual", part, below)
    else:
        negative = graph.add("Less", part, zero)
    # one between -1 and 0 that is not negative is cut to 0; a maximum would not hand NaN through
    whole = graph.add("Where", graph.add("Less", part, zero), zero, graph.add("Floor", part))
    return str(graph.add("Where", negative, below, whole))


def _own_columns(e: TreeEnsemble, terms: Array) -> tuple[list[int], dict[int, float]]:
    """Columns that are summed, and those that follow from what all columns of their target sum to."""
    kept: list[int] = []
    constant: dict[int, float] = {}
    for k in range(len(e.columns)):
        own = range(e.n_columns)[e.target_columns(k)]
        leaves = [terms[e.tree(t)][e.is_leaf[e.tree(t)]][:, own.start : own.stop] for t in range(e.n_trees)]
        each = [leaf.sum(axis=1) for leaf in leaves]
        start = e.base_score[own.start : own.stop]
        shares = len(own) > 1 and bool((e.output < 0).all() and (start >= 0).all())
        shares = shares and all(map(_are_shares, leaves, each))
        if shares:
            constant[own[0]] = float(sum(sums[0] for sums in each) + start.sum())
        kept += own[1:] if shares else own
    return kept, constant


def _are_shares(leaves: Array, sums: Array) -> bool:
    return bool(leaves.min() >= 0.0 and np.ptp(sums) <= 1e-14 * sums.max())


def _all_columns(
    graph: Graph, e: TreeEnsemble, sums: str, kept: list[int], constant: dict[int, float]
) -> str:
    if not constant:
        return sums
    parts = []
    for k in range(len(e.columns)):
        own = range(e.n_columns)[e.target_columns(k)]
        rest = graph.columns(sums, [kept.index(c) for c in own if c not in constant])
        if own[0] in constant:
            others = graph.add("ReduceSum", rest, graph.constant(np.array([1])), keepdims=1)
            first = graph.add("Sub", graph.constant(constant[own[0]]), others)
            parts.append(graph.add("Max", first, graph.constant(0.0)))  # where rounding fell below
        parts.append(rest)
    return graph.side_by_side(parts)


def _sum(graph: Graph, trees: Trees, seen: str, fed: list[tuple[int, int]], kept: list[int]) -> str:
    """Sums of some columns of some trees."""
    target = {c: i for i, c in enumerate(kept)}
    attributes = trees.attributes([(t, c, target[c]) for t, c in fed], len(kept))
    return str(graph.add("TreeEnsemble", seen, domain="ai.onnx.ml", **attributes))


def _median(graph: Graph, e: TreeEnsemble, trees: Trees, seen: str) -> str:
    """Weighted medians: the least answer at which half of the weight is reached."""
    from onnx import TensorProto

    parts = []
    for c in range(e.n_columns):
        attributes = trees.attributes([(t, c, t) for t in range(e.n_trees)], e.n_trees)
        said = graph.add("TreeEnsemble", seen, domain="ai.onnx.ml", **attributes)
        count = graph.constant(np.array([e.n_trees]))
        values, order = graph.add("TopK", said, count, outputs=2, axis=1, largest=0, sorted=1)
        reached = graph.add(
            "CumSum", graph.add("Gather", graph.constant(e.weight), order), graph.constant(np.int64(1))
        )
        half = graph.add("Mul", graph.columns(reached, [e.n_trees - 1]), graph.constant(0.5))
        enough = graph.add("Cast", graph.add("GreaterOrEqual", reached, half), to=TensorProto.INT32)
        first = graph.add("ArgMax", enough, axis=1, keepdims=1)
        parts.append(graph.add("GatherElements", values, first, axis=1))
    return graph.side_by_side(parts)
