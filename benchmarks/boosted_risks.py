"""The risk of every node of a boosted model, from leaf sums and as numpy would do it row by row.

The naive way shifts the raw output of every row that a node holds by what the node would change, and sums
the losses: once for each level of the tree. It is timed on some trees and counted up.
"""

from __future__ import annotations

import time

import lightgbm
import numpy as np
import xgboost
from sklearn.datasets import make_classification, make_regression
from tables import write_table

from treeprune.backends import read
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.structure import parents
from treeprune.model.traverse import leaf_index, raw_output
from treeprune.pruners.in_order import prune_in_order
from treeprune.statistics.additive import ensemble_loss_risk
from treeprune.statistics.losses import make_loss
from treeprune.statistics.target import encode_target

NAIVE_TREES = 10


def _losses(name: str, y: Array, raw: Array) -> Array:
    if name == "log_loss":
        return np.logaddexp(0.0, raw) - y * raw
    return (y - raw) ** 2


def naive(e: TreeEnsemble, leaves: Array, raw: Array, y: Array, name: str, trees: Array) -> Array:
    """Rise of the summed loss for each node of some trees; the other nodes have NaN."""
    rise, parent, value = np.full(e.n_nodes, np.nan), parents(e.left, e.right), e.value[:, 0]
    before = _losses(name, y, raw)
    for t in trees:
        rise[e.tree(t)] = 0.0
        rows, node = np.arange(len(y)), parent[leaves[t]]
        while True:
            on_the_way = node >= 0
            rows, node = rows[on_the_way], node[on_the_way]
            if len(rows) == 0:
                break
            shifted = raw[rows] + value[node] - value[leaves[t, rows]]
            np.add.at(rise, node, _losses(name, y[rows], shifted) - before[rows])
            node = parent[node]
    return rise


def one_row(title: str, model, X: Array, y: Array, name: str) -> dict[str, object]:
    e = read(model)
    target, weights, loss = encode_target(e, y), np.ones(len(y)), make_loss(name, e.task)
    rows = np.ascontiguousarray(X, e.input_dtype)
    raw, leaves = raw_output(e, rows)[:, 0], leaf_index(e, rows)
    some = np.linspace(0, e.n_trees - 1, NAIVE_TREES).astype(int)
    ensemble_loss_risk(e, rows[:500], target.take(slice(0, 500)), weights[:500], loss)  # compile
    prune_in_order(
        e, rows[:500], target.take(slice(0, 500)), weights[:500], loss, np.zeros(e.n_nodes, bool)
    )
    seconds = {"naive": np.inf, "ours": np.inf, "in order": np.inf}
    for _ in range(3):
        start = time.process_time()
        slow = naive(e, leaves, raw, y, name, some) / len(y)
        seconds["naive"] = min(seconds["naive"], (time.process_time() - start) * e.n_trees / NAIVE_TREES)
        start = time.process_time()
        risk = ensemble_loss_risk(e, rows, target, weights, loss)
        seconds["ours"] = min(seconds["ours"], time.process_time() - start)
        start = time.process_time()
        prune_in_order(e, rows, target, weights, loss, np.zeros(e.n_nodes, bool))
        seconds["in order"] = min(seconds["in order"], time.process_time() - start)
    own = ~np.isnan(slow)
    np.testing.assert_allclose(risk[own], slow[own], rtol=1e-6, atol=1e-9)
    return {
        "model": title,
        "loss": name,
        "nodes": e.n_nodes,
        "numpy s": seconds["naive"],
        "risk of every node s": seconds["ours"],
        "ratio": seconds["naive"] / seconds["ours"],
        "reduced error in order s": seconds["in order"],
        "same risks": "to 1e-6",
    }


if __name__ == "__main__":
    X, y = make_classification(60_000, 30, n_informative=12, flip_y=0.1, random_state=0)
    numbers, outcome = make_regression(60_000, 30, n_informative=12, noise=50.0, random_state=0)
    X, numbers = X.astype(np.float32), numbers.astype(np.float32)
    outcome = outcome / outcome.std()
    write_table(
        "boosted_risks",
        f"Risk of every node of a boosted model: 60,000 rows x 30, CPU time; numpy on {NAIVE_TREES} trees",
        [
            one_row(
                "XGBoost, 300 trees of depth 6",
                xgboost.XGBClassifier(n_estimators=300, max_depth=6, learning_rate=0.1, n_jobs=1).fit(X, y),
                X,
                y.astype(float),
                "log_loss",
            ),
            one_row(
                "LightGBM, 300 trees of 63 leaves",
                lightgbm.LGBMClassifier(n_estimators=300, num_leaves=63, n_jobs=1, verbose=-1).fit(X, y),
                X,
                y.astype(float),
                "log_loss",
            ),
            one_row(
                "XGBoost, 300 trees of depth 6",
                xgboost.XGBRegressor(n_estimators=300, max_depth=6, learning_rate=0.1, n_jobs=1).fit(
                    numbers, outcome
                ),
                numbers,
                outcome,
                "squared_error",
            ),
        ],
    )
