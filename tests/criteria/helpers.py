"""Trees by hand, every top subtree of a small tree, and trees of other programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from treeprune.model.ensemble import LEAF, TreeEnsemble
from treeprune.model.validate import validate

ORACLES = Path(__file__).parents[1] / "oracles"


@cache
def oracle(name: str) -> dict[str, Any]:
    return json.loads((ORACLES / f"{name}.json").read_text())


def cases(*names: str) -> list[Any]:
    """(table, case) of some files, as pytest parameters that carry the names of the cases."""
    import pytest

    return [
        pytest.param(
            oracle(name)["tables"][case["table"]], case, id=f"{name.split('/')[-1]}-{case['name']}"
        )
        for name in names
        for case in oracle(name)["cases"]
    ]


def make_tree(left: Any, right: Any, value: Any, cover: Any, **fields: Any) -> TreeEnsemble:
    """One tree from plain lists; a classifier if there are two value columns or more."""
    left, right = np.asarray(left, np.int32), np.asarray(right, np.int32)
    value = np.asarray(value, np.float64).reshape(len(left), -1)
    leaf = left == LEAF
    width = value.shape[1]
    classify = fields.pop("classify", width > 1)
    about: dict[str, Any] = {
        "feature": np.where(leaf, LEAF, 0).astype(np.int32),
        "threshold": np.zeros(len(left)),
        "default_left": np.zeros(len(left), bool),
        "category_set": np.full(len(left), LEAF, np.int32),
        "category_offset": np.zeros(1, np.int64),
        "category_word": np.zeros(0, np.uint32),
        "category_count": np.zeros(0, np.int64),
        "missing": np.zeros(len(left), np.uint8),
        "node_id": np.arange(len(left), dtype=np.int32),
        "root": np.array([0, len(left)]),
        "tree_id": np.zeros(1, np.int32),
        "weight": np.ones(1),
        "output": np.full(1, LEAF, np.int32),
        "base_score": np.zeros(width),
        "columns": (width,) if classify else (1,) * width,
        "classes": (np.arange(width),) if classify else (),
        "n_features": 1,
        "task": "classification" if classify else "regression",
    }
    cover = np.asarray(cover, np.float64)
    return validate(TreeEnsemble(left=left, right=right, value=value, cover=cover, **(about | fields)))


@st.composite
def shapes(draw: Any, max_leaves: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """Children of a random tree in pre-order."""
    children: list[list[int]] = [[]]
    for _ in range(draw(st.integers(0, max_leaves - 1))):
        leaves = [i for i, own in enumerate(children) if not own]
        children[draw(st.sampled_from(leaves))] += [len(children), len(children) + 1]
        children += [[], []]
    order, stack = [], [0]
    while stack:
        node = stack.pop()
        order.append(node)
        stack += children[node][::-1]
    at = {node: i for i, node in enumerate(order)}
    pairs = np.array([[at[c] for c in children[node]] or [LEAF, LEAF] for node in order])
    return pairs[:, 0], pairs[:, 1]


def numbers_of(shape: Any, elements: Any) -> Any:
    """Strategy of one number for each node."""
    n = len(shape[0])
    return st.lists(elements, min_size=n, max_size=n).map(np.array)


def top_subtrees(left: Any, right: Any, node: int = 0) -> list[frozenset[int]]:
    """Leaves of every top subtree of a branch."""
    found = [frozenset([node])]
    if left[node] != LEAF:
        below = (top_subtrees(left, right, child) for child in (left[node], right[node]))
        found += [a | b for a, b in product(*below)]
    return found


def kept_nodes(left: Any, right: Any, collapse: Any) -> tuple[set[int], frozenset[int]]:
    """Nodes and leaves that remain of the tree whose root is node 0."""
    kept, leaves, stack = set(), set(), [0]
    while stack:
        node = int(stack.pop())
        kept.add(node)
        if left[node] == LEAF or collapse[node]:
            leaves.add(node)
        else:
            stack += [left[node], right[node]]
    return kept, frozenset(leaves)


def leaves_left(e: TreeEnsemble, collapse: Any) -> frozenset[int]:
    return kept_nodes(e.left, e.right, collapse)[1]


def splits_above(left: Any, right: Any, leaves: Iterable[int]) -> list[int]:
    """Splits of a top subtree, given by its leaves."""
    stop = set(leaves)
    return [i for i in kept_nodes(left, right, [i in stop for i in range(len(left))])[0] if i not in stop]


def below_first(left: Any, right: Any) -> list[tuple[int, list[int]]]:
    """Each node with the leaves of its full branch, bottom up."""
    grown: dict[int, list[int]] = {}
    for node in range(len(left) - 1, -1, -1):
        grown[node] = [node] if left[node] == LEAF else grown[left[node]] + grown[right[node]]
    return list(grown.items())


def same_tree(a: Any, b: Any) -> None:
    """Two scikit-learn `Tree` objects hold the same bits in the same order."""
    one, two = a.__getstate__(), b.__getstate__()
    assert one["node_count"] == two["node_count"]
    assert one["max_depth"] == two["max_depth"]
    assert np.array_equal(one["values"], two["values"])
    split = one["nodes"]["left_child"] != LEAF
    for name in one["nodes"].dtype.names:
        at = split if name == "missing_go_to_left" else slice(None)
        assert np.array_equal(one["nodes"][name][at], two["nodes"][name][at]), name


def rpart_tree(table: dict[str, Any], nodes: dict[str, Any], **fields: Any) -> TreeEnsemble:
    """Tree of an rpart fixture: its nodes come in pre-order under numbers 1, 2k and 2k + 1."""
    at = {number: i for i, number in enumerate(nodes["node"])} | {LEAF: LEAF}
    classify = "counts" in nodes
    value = np.array(nodes["counts"], float) if classify else np.array(nodes["yval"], float)[:, None]
    if classify:
        value /= value.sum(axis=1, keepdims=True)
    low, high = ([at[i] for i in nodes[side]] for side in ("low", "high"))
    # the IR wants parents first, which holds although the low side may be the odd child
    about = {
        "feature": np.array(nodes["feature"], np.int32),
        "threshold": np.array([0.0 if t is None else t for t in nodes["threshold_le"]]),
        "n_features": len(table["features"]),
        "classify": classify,
    }
    return make_tree(
        low, high, fields.pop("value", value), fields.pop("cover", nodes["wt"]), **about, **fields
    )


def weka_tree(
    table: dict[str, Any], nodes: dict[str, Any], value: Any, cover: Any, **fields: Any
) -> TreeEnsemble:
    about = {
        "feature": np.array(nodes["feature"], np.int32),
        "threshold": np.array([0.0 if t is None else t for t in nodes["threshold_le"]]),
        "n_features": len(table["features"]),
    }
    return make_tree(nodes["left"], nodes["right"], value, cover, **about, **fields)
