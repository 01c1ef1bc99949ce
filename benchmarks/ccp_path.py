"""Weakest-link path of a fitted regression tree: ours against scikit-learn's.

scikit-learn's public method fits the tree again before it prunes, so its fit is measured apart and
taken off: the ratio is path against path.
"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import make_regression
from sklearn.tree import DecisionTreeRegressor
from tables import extra_peak_megabytes, timed, write_table

from treeprune.backends import read
from treeprune.criteria.weakest_link import distinct_alphas, weakest_link_alphas
from treeprune.statistics.risk import node_risk


def our_path(tree: DecisionTreeRegressor) -> np.ndarray:
    ensemble = read(tree)
    return weakest_link_alphas(ensemble, node_risk(ensemble))


def one_row(n_rows: int) -> dict[str, object]:
    X, y = make_regression(n_rows, 10, noise=20.0, random_state=0)
    tree = DecisionTreeRegressor(random_state=0)
    fit, _ = timed(lambda: tree.fit(X, y), repeats=2)
    ours, alpha = timed(lambda: our_path(tree), repeats=3)
    memory = extra_peak_megabytes(lambda: our_path(tree))
    both, path = timed(lambda: tree.cost_complexity_pruning_path(X, y))
    theirs = both - fit
    steps = np.unique(np.maximum.accumulate(path.ccp_alphas[1:]))
    np.testing.assert_array_equal(np.unique(alpha[np.isfinite(alpha)]), steps)
    return {
        "rows": n_rows,
        "nodes": tree.tree_.node_count,
        "distinct alphas": len(distinct_alphas(alpha)) - 1,
        "fit s": fit,
        "scikit-learn path s": theirs,
        "our path s": ours,
        "ratio": theirs / ours,
        "our extra peak MB": memory,
        "same alphas": "bit for bit",
    }


if __name__ == "__main__":
    our_path(DecisionTreeRegressor().fit([[0.0], [1.0]], [0.0, 1.0]))  # compile
    write_table(
        "ccp_path",
        "Cost-complexity path of a fitted regression tree",
        [one_row(n) for n in (10_000, 30_000, 60_000)],
    )
