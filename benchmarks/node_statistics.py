"""Class weights in every node of a forest: one pass of ours against the naive ways in NumPy.

The naive way asks scikit-learn for the decision path of every row as a sparse matrix and multiplies.
The second peer asks for the leaves (`apply`) alone, which is less than ours does: the sums are missing.
"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from tables import extra_peak_megabytes, timed, write_table

from treeprune.backends import read
from treeprune.statistics.collect import collect
from treeprune.statistics.target import encode_target


def naive(forest: RandomForestClassifier, X: np.ndarray, codes: np.ndarray) -> np.ndarray:
    one_hot = np.eye(forest.n_classes_)[codes]
    return np.vstack([tree.decision_path(X).T @ one_hot for tree in forest.estimators_])


def one_row(n_trees: int, max_depth: int | None) -> dict[str, object]:
    X, y = make_classification(50_000, 20, n_informative=8, flip_y=0.1, random_state=0)
    X = X.astype(np.float32)
    forest = RandomForestClassifier(n_trees, max_depth=max_depth, random_state=0, n_jobs=2)
    forest.fit(X[:20_000], y[:20_000]).set_params(n_jobs=1)
    ensemble = read(forest)
    target = encode_target(ensemble, y)
    ours, statistics = timed(lambda: collect(ensemble, X, target), repeats=3)
    apply, _ = timed(lambda: forest.apply(X))
    theirs, expected = timed(lambda: naive(forest, X, y))
    np.testing.assert_array_equal(statistics.sums, expected)
    return {
        "forest": f"{n_trees} trees, depth {max_depth or 'free'}",
        "nodes": ensemble.n_nodes,
        "decision paths s": theirs,
        "apply only s": apply,
        "ours s": ours,
        "ratio to decision paths": theirs / ours,
        "ratio to apply": apply / ours,
        "our extra peak MB": extra_peak_megabytes(lambda: collect(ensemble, X, target)),
        "naive extra peak MB": extra_peak_megabytes(lambda: naive(forest, X, y)),
        "same sums": "bit for bit",
    }


if __name__ == "__main__":
    X, y = make_classification(200, random_state=0)
    small = read(RandomForestClassifier(2).fit(X, y))
    collect(small, X, encode_target(small, y))  # compile
    write_table(
        "node_statistics",
        "Class weights in every node of a forest, 50,000 rows x 20, one thread",
        [one_row(100, 8), one_row(100, None)],
    )
