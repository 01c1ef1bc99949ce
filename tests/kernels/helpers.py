"""A slow twin of the walk in plain Python, and trees and rows made to tell the kernels apart."""

from collections.abc import Sequence
from dataclasses import fields
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np

from tests.strategies import random_ensemble
from treeprune.kernels import choice
from treeprune.kernels.columns import missing_features
from treeprune.kernels.groups import STEP, Codes
from treeprune.kernels.walker import Walker
from treeprune.model.ensemble import LEAF, MISSING_IS_ZERO, ZERO_IS_MISSING, TreeEnsemble

LIGHTGBM_ZERO = 1.0000000180025095e-35


# ------------------------------------------------------------------------------------ slow twin
def knows(e: Any, chosen: int, code: int) -> bool:
    """Whether a category is in a set, by plain Python integers."""
    return bool(int(e.category_word[e.category_offset[chosen] + code // 32]) >> code % 32 & 1)


def goes_left(e: Any, node: int, x: float) -> bool:
    """Every rule of an ensemble for one number at one split."""
    chosen, missing = e.category_set[node], np.isnan(x)
    if missing and (chosen != LEAF or e.missing[node] != MISSING_IS_ZERO):
        return bool(e.default_left[node])
    x = 0.0 if missing else x
    if chosen != LEAF:
        negative = x <= -1 if e.unknown_category == "right" else x < 0
        if negative or x >= e.category_count[chosen]:
            return bool({"left": True, "right": False, "default": e.default_left[node]}[e.unknown_category])
        return knows(e, chosen, int(x))
    if e.missing[node] == ZERO_IS_MISSING and abs(x) <= LIGHTGBM_ZERO:
        return bool(e.default_left[node])
    return bool(x < e.threshold[node] if e.comparison == "<" else x <= e.threshold[node])


def slow_leaf(e: Any, t: int, row: np.ndarray, stop: Any = ()) -> int:
    """Node that a row ends in, in tree `t`, or the first one in `stop`."""
    node = e.root[t]
    while e.left[node] != LEAF and node not in stop:
        node = (e.left if goes_left(e, node, float(row[e.feature[node]])) else e.right)[node]
    return int(node)


def slow_leaves(e: TreeEnsemble, rows: np.ndarray) -> np.ndarray:
    """Leaf of each row in each tree, shape (n_trees, n_rows)."""
    pure = {f.name: getattr(e, f.name) for f in fields(e)}
    lists = SimpleNamespace(**{k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in pure.items()})
    found = [[slow_leaf(lists, t, row) for row in rows] for t in range(e.n_trees)]
    return np.array(found, np.int32).reshape(e.n_trees, len(rows))


def slow_output(e: TreeEnsemble, rows: np.ndarray, stop: Any = ()) -> np.ndarray:
    """Raw output of a sum or a mean, added tree after tree."""
    raw = np.array([e.base_score] * len(rows), e.output_dtype).reshape(len(rows), e.n_columns)
    value, weight = e.value.astype(e.output_dtype), e.weight.astype(e.output_dtype)
    for t in range(e.n_trees):
        fed = slice(None) if e.output[t] == LEAF else e.output[t]
        for i, row in enumerate(rows):
            raw[i, fed] += (weight[t] * value[slow_leaf(e, t, row, stop)])[fed]
    if e.aggregation == "mean":
        feeds = [(e.output == LEAF) | (e.output == c) for c in range(e.n_columns)]
        return raw / np.array([e.weight[own].sum() for own in feeds], e.output_dtype)
    return raw


# ------------------------------------------------------------------------------- trees and rows
SHAPES = ("left", "right", "zigzag", "balanced")

BORDERS = np.array(
    [-np.inf, -1e300, -1e39, -float(np.finfo(np.float32).max), -1.5, -1e-30, -LIGHTGBM_ZERO, -1e-40,
     -5e-324, -0.0, 0.0, 5e-324, 1e-50, 1e-40, 1e-35, LIGHTGBM_ZERO, 0.1, 0.5, 1.0, 16777217.0,
     float(np.finfo(np.float32).max), 1e39, 1e300, np.finfo(np.float64).max, np.inf],
)  # fmt: skip
"""Thresholds that rounding, one zero, denormals and infinities could go wrong at."""


def children(shape: str, n_leaves: int) -> tuple[np.ndarray, np.ndarray]:
    """Left and right children of a tree: a chain to the left, to the right or in turns, or a heap."""
    n = 2 * n_leaves - 1
    left, right = np.full(n, LEAF, np.int32), np.full(n, LEAF, np.int32)
    for k in range(n_leaves - 1):
        split = k if shape == "balanced" else max(2 * k - 1, 0)
        pair = (2 * k + 1, 2 * k + 2)  # the first one is split next
        swap = shape == "right" or (shape == "zigzag" and k % 2)
        left[split], right[split] = pair[::-1] if swap else pair
    return left, right


def shaped_ensemble(
    seed: int,
    trees: Sequence[tuple[str, int]],
    *,
    borders: np.ndarray = BORDERS,
    categories: bool = True,
    **replaced: Any,
) -> TreeEnsemble:
    """Ensemble of trees of given shapes and numbers of leaves, with hostile thresholds and random rules."""
    rng = np.random.default_rng(seed)
    parts = [children(shape, n) for shape, n in trees]
    root = np.cumsum([0, *(len(left) for left, _ in parts)])
    left, right = (
        np.concatenate(
            [np.where(p[k] == LEAF, LEAF, p[k] + r) for p, r in zip(parts, root[:-1], strict=True)]
        )
        for k in (0, 1)
    )
    leaf = left == LEAF
    feature = np.where(leaf, LEAF, rng.integers(0, 4 if categories else 3, len(left))).astype(np.int32)
    by_set = feature == 3
    made = {
        "left": left.astype(np.int32),
        "right": right.astype(np.int32),
        "feature": feature,
        "threshold": np.where(leaf | by_set, 0.0, rng.choice(borders, len(left))),
        "category_set": np.where(by_set, rng.integers(0, 3, len(left)), LEAF).astype(np.int32),
        "default_left": ~leaf & (rng.random(len(left)) < 0.5),
        "missing": np.where(leaf, 0, rng.integers(0, 3, len(left))).astype(np.uint8),
    }
    return random_ensemble(seed, tuple(n - 1 for _, n in trees), **(made | replaced))


def border_rows(
    seed: int, n: int, dtype: str = "float64", missing: bool = True, borders: np.ndarray = BORDERS
) -> np.ndarray:
    """Rows for `shaped_ensemble`: on thresholds and next to them; category codes of every kind."""
    rng = np.random.default_rng(seed)
    with np.errstate(over="ignore", under="ignore"):
        at = borders.astype(dtype)
        infinity = at.dtype.type(np.inf)
        numbers = np.concatenate([at, np.nextafter(at, infinity), np.nextafter(at, -infinity)])
    codes = np.array(
        [*range(100), 0.5, 31.9, 32, 89.5, 90, -0.0, -0.5, -1, -7, 2.0**31, 2.0**63, 1e30], dtype
    )
    rows = np.column_stack([*rng.choice(numbers, (3, n)), rng.choice([*codes, *(infinity, -infinity)], n)])
    if missing:
        rows[rng.random((n, 4)) < 0.1] = np.nan
    return rows.astype(dtype)


# ----------------------------------------------------------------------------------- one kernel
def walker_of(e: TreeEnsemble, kind: str, has_missing: np.ndarray, most_leaves: int = 10) -> Walker:
    """Walker that is steered to one kind of kernel wherever the trees allow it."""
    limit = {"blend": 256, "deep": 0, "plain": 256, "mixed": most_leaves}[kind]
    with mock.patch.object(choice, "MOST_LEAVES", limit):
        return Walker(e, has_missing, 0 if kind == "plain" else 1 << 40)


def nodes_of(walker: Walker, codes: Codes) -> np.ndarray:
    """Node of each row in each tree, looked up by numpy."""
    nodes = np.full((walker.ensemble.n_trees, len(codes)), -9)
    for group in walker.groups:
        for start, stop, numbers in walker.steps(group, codes):
            for k in range(len(group)):
                t = group.first + k
                own = numbers[k * STEP :][: stop - start].astype(np.int64)
                assert (own >= 0).all()
                assert (own < walker.slot_first[t + 1] - walker.slot_first[t]).all()
                nodes[t, start:stop] = walker.slot_node[walker.slot_first[t] + own]
    return nodes


def walked(
    e: TreeEnsemble, rows: np.ndarray, kind: str, has_missing: np.ndarray | None = None
) -> np.ndarray:
    """Node of each row in each tree by one kind of kernel."""
    found = missing_features(rows) if has_missing is None else has_missing
    walker = walker_of(e, kind, found)
    return nodes_of(walker, walker.encode(rows))
