"""ForestPrune, written from its paper, to compare with.

B. Liu, R. Mazumder, ForestPrune: compact depth-pruned tree ensembles, AISTATS 2023: each tree of a forest
is cut at a depth of its own (0 drops it), so that squared error + alpha x nodes is least; block-coordinate
descent over the trees, with warm starts along falling alpha. Leaf values stay, and trees have one weight.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_KEPT = 25
"""Trees that share the weight of the forest."""

_SWEEPS, _STRENGTHS = 10, 40


class _Tree:
    def __init__(self, tree: Any, X: Any) -> None:
        left, right, value = tree.children_left, tree.children_right, tree.value[:, 0]
        share = value[:, 1] / value.sum(axis=1)
        depth, at = np.zeros(len(left), int), []
        for node in range(len(left)):
            if left[node] >= 0:
                depth[[left[node], right[node]]] = depth[node] + 1
        n_depths = int(depth.max()) + 1
        said = np.repeat(share[:, None], n_depths, axis=1)
        for node in range(len(left)):
            for child in (left[node], right[node]):
                if child >= 0:
                    said[child, : depth[child]] = said[node, : depth[child]]
        at = np.flatnonzero(left < 0)
        number = np.zeros(len(left), int)
        number[at] = np.arange(len(at))
        self.tree, self.number, self.table = tree, number, said[at] - share[0]
        self.sizes = np.array([np.count_nonzero(depth <= d) for d in range(n_depths)])
        self.sizes[0] = 0
        self.leaf = number[tree.apply(X)]
        self.count = np.bincount(self.leaf, minlength=len(at))

    def best_depth(self, rest: Any, weight: float, alpha: float) -> int:
        """Depth of least cost, `rest` being what the other trees leave of the outcome."""
        pull = np.bincount(self.leaf, rest, minlength=len(self.count))
        v = weight * self.table
        cost = (v * (v * self.count[:, None] - 2 * pull[:, None])).sum(axis=0) / len(rest)
        return int((cost + alpha * self.sizes).argmin())


def forest_prune(forest: Any, X: Any, y: Any, X_val: Any, y_val: Any) -> list[tuple[int, float, Any]]:
    """Path of depth-pruned forests.

    Returns
    -------
    list of (nodes, Brier score on the validation rows, function that predicts)
    """
    trees = [_Tree(member.tree_, X) for member in forest.estimators_]
    weight = 1.0 / _KEPT
    base = float(np.mean([t.tree.value[0, 0, 1] / t.tree.value[0, 0].sum() for t in trees]))
    depth, rest = np.zeros(len(trees), int), y - base
    path = []
    for alpha in np.geomspace(1e-3, 1e-7, _STRENGTHS):
        for _ in range(_SWEEPS):
            changed = 0
            for k, t in enumerate(trees):
                own = weight * t.table[:, depth[k]][t.leaf]
                rest += own
                best = t.best_depth(rest, weight, alpha)
                changed += best != depth[k]
                depth[k] = best
                rest -= weight * t.table[:, best][t.leaf]
            if not changed:
                break
        kept = [(trees[k], int(depth[k])) for k in np.flatnonzero(depth)]
        nodes = int(sum(t.sizes[d] for t, d in kept))

        def predict(rows: Any, kept: Any = tuple(kept)) -> Any:
            parts = [t.table[t.number[t.tree.apply(rows)], d] for t, d in kept]
            return np.clip(base + weight * np.sum([np.zeros(len(rows)), *parts], axis=0), 0.0, 1.0)

        path.append((nodes, float(((predict(X_val) - y_val) ** 2).mean()), predict))
        if nodes > 20_000:
            break
    return path
