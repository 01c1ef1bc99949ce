"""How alike distilled trees are that were made from different samples of the same patients.

How often two of eight trees, each from a bootstrap of 500 rows of SUPPORT2 and the same teacher, have the
same features in the root and its two children; and on how many held-out rows two of them give another
label.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from distillation import TABLES, said, teachers
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from tables import write_table

from treeprune import TreeDistiller


def _tops(tree: Any) -> tuple[int, ...]:
    t = tree.tree_
    children = [c for c in (t.children_left[0], t.children_right[0]) if c >= 0]
    return tuple(int(t.feature[node]) for node in (0, *children))


def stability_table(repeats: int = 8, seeds: int = 3) -> list[dict[str, Any]]:
    """Share of pairs of trees with the same features at the top, and of rows of another label."""
    X, y = TABLES["SUPPORT2"][0]()
    shares: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for seed in range(seeds):
        a, b, ya, _ = train_test_split(X, y, train_size=500, stratify=y, random_state=seed)
        for kind, fresh in teachers(y).items():
            teacher = clone(fresh).fit(a, ya)
            rng = np.random.default_rng(seed)
            trees: dict[str, list[Any]] = {"y": [], "soft": [], "treeprune": []}
            for _ in range(repeats):
                own = rng.integers(500, size=500)
                settings = {"max_leaf_nodes": 16, "min_samples_leaf": 5, "random_state": 0}
                trees["y"].append(DecisionTreeClassifier(**settings).fit(a[own], ya[own]))
                soft = DecisionTreeRegressor(**settings).fit(a[own], said(teacher, a[own])[:, 1])
                trees["soft"].append(soft)
                distiller = TreeDistiller(FrozenEstimator(teacher), n_redraws=0, random_state=0)
                trees["treeprune"].append(distiller.fit(a[own]).tree_)
            for way, made in trees.items():
                pairs = list(combinations(made, 2))
                labels = [(said(m, b)[:, -1] >= 0.5) for m in made]
                flips = np.mean([(p != q).mean() for p, q in combinations(labels, 2)])
                same = np.mean([_tops(p) == _tops(q) for p, q in pairs])
                shares.setdefault((kind, way), []).append((float(same), float(flips)))
    return [
        {
            "teacher": kind, "way": way,
            "same top three features": float(np.mean([s for s, _ in own])),
            "labels that flip": float(np.mean([f for _, f in own])),
        }
        for (kind, way), own in shares.items()
    ]  # fmt: skip


if __name__ == "__main__":
    write_table(
        "distillation_stability",
        "Trees from bootstraps of 500 rows of SUPPORT2: how alike pairs are",
        stability_table(),
    )
