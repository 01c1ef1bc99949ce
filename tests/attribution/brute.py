"""Shapley values by their definition: all subsets of features, in plain Python and numpy."""

from collections.abc import Callable
from itertools import combinations
from math import factorial

import numpy as np

from tests.kernels.helpers import goes_left, slow_output
from treeprune.model.ensemble import LEAF, TreeEnsemble


def shapley(n_features: int, worth: Callable[[frozenset[int]], np.ndarray]) -> np.ndarray:
    """Shapley value of each feature in a game, shape (n_features, n_columns)."""
    value = {
        s: worth(s)
        for size in range(n_features + 1)
        for s in map(frozenset, combinations(range(n_features), size))
    }
    phi = []
    for j in range(n_features):
        others = [s for s in value if j not in s]
        weight = [
            factorial(len(s)) * factorial(n_features - len(s) - 1) / factorial(n_features) for s in others
        ]
        phi.append(sum(w * (value[s | {j}] - value[s]) for w, s in zip(weight, others, strict=True)))
    return np.array(phi)


def total(e: TreeEnsemble) -> np.ndarray:
    """What the sum of the trees is divided by."""
    feeds = (e.output[:, None] == LEAF) | (e.output[:, None] == np.arange(e.n_columns))
    return (feeds * e.weight[:, None]).sum(axis=0) if e.aggregation == "mean" else np.ones(e.n_columns)


def tree_expectation(e: TreeEnsemble, t: int, row: np.ndarray, known: frozenset[int]) -> np.ndarray:
    """Mean of a tree's leaves by the covers of the splits on unknown features."""

    def below(node: int) -> np.ndarray:
        a, b = e.left[node], e.right[node]
        if a == LEAF:
            return e.value[node]
        if e.feature[node] in known:
            return below(a if goes_left(e, node, float(row[e.feature[node]])) else b)
        covers = float(e.cover[a]), float(e.cover[b])
        share = covers[0] / sum(covers) if sum(covers) > 0 else 0.5
        return below(a) * share + below(b) * (1 - share)

    return below(int(e.root[t]))


def expectation(e: TreeEnsemble, row: np.ndarray, known: frozenset[int]) -> np.ndarray:
    """Path-dependent worth of some known features: the raw output that covers let expect."""
    raw = e.base_score.copy()
    for t in range(e.n_trees):
        fed = np.ones(e.n_columns) if e.output[t] == LEAF else np.eye(e.n_columns)[e.output[t]]
        raw += fed * e.weight[t] * tree_expectation(e, t, row, known)
    return raw / total(e)


def path_dependent(e: TreeEnsemble, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values and base by their definition."""
    phi = [shapley(e.n_features, lambda known, row=row: expectation(e, row, known)) for row in rows]
    return np.array(phi), expectation(e, rows[0], frozenset())


def interventional(
    e: TreeEnsemble, rows: np.ndarray, background: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Values and base by their definition."""

    def worth(row: np.ndarray, known: frozenset[int]) -> np.ndarray:
        mixed = background.copy()
        mixed[:, list(known)] = row[list(known)]
        return weight @ slow_output(e, mixed) / weight.sum()

    phi = [shapley(e.n_features, lambda known, row=row: worth(row, known)) for row in rows]
    return np.array(phi), worth(rows[0], frozenset())
