"""Pruning a fitted forest against fitting it again with `ccp_alpha`: the same forest comes out."""

from __future__ import annotations

import numpy as np
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from tables import extra_peak_megabytes, timed, write_table

from treeprune import CostComplexityPruner


def one_row(name: str, forest, X, y, alpha: float) -> dict[str, object]:
    forest.fit(X, y)
    pruner = CostComplexityPruner(FrozenEstimator(forest), ccp_alpha=alpha)
    memory = extra_peak_megabytes(lambda: clone(pruner).fit(X, y))
    ours, pruned = timed(lambda: pruner.fit(X, y).estimator_, repeats=3)
    theirs, refitted = timed(lambda: clone(forest).set_params(ccp_alpha=alpha).fit(X, y))
    for a, b in zip(pruned.estimators_, refitted.estimators_, strict=True):
        np.testing.assert_array_equal(a.tree_.threshold, b.tree_.threshold)
        np.testing.assert_array_equal(a.tree_.value, b.tree_.value)
    return {
        "forest": name,
        "nodes before": sum(t.tree_.node_count for t in forest.estimators_),
        "nodes after": sum(t.tree_.node_count for t in pruned.estimators_),
        "refit s": theirs,
        "our prune s": ours,
        "ratio": theirs / ours,
        "our extra peak MB": memory,
        "same trees": "bit for bit",
    }


if __name__ == "__main__":
    X, y = make_classification(200, random_state=0)
    for kind in (RandomForestClassifier, RandomForestRegressor):  # compile
        CostComplexityPruner(FrozenEstimator(kind(3).fit(X, y)), ccp_alpha=0.01).fit(X, y)
    numbers = make_regression(30_000, 10, noise=50.0, random_state=0)
    classes = make_classification(30_000, 20, n_informative=8, flip_y=0.1, random_state=0)
    write_table(
        "forest_pruning",
        "Pruning a fitted forest",
        [
            one_row(
                "20 regression trees, 30,000 x 10",
                RandomForestRegressor(20, random_state=0),
                *numbers,
                alpha=1.0,
            ),
            one_row(
                "50 classification trees, 30,000 x 20",
                RandomForestClassifier(50, random_state=0),
                *classes,
                alpha=1e-4,
            ),
        ],
    )
