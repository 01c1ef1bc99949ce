"""Ways to a small model: each gives, for a number of nodes, what predicts and the nodes it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import lightgbm
import numpy as np
from ensemble_tables import Rows
from forest_prune import forest_prune
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator

from treeprune import JointPruner, TreeCountPruner, keep_trees
from treeprune.backends import read

BUDGETS = (100, 500, 2000, 8000)

Predict = Callable[[Any], Any]
Found = dict[int, tuple[int, Predict]]
"""By the number of nodes that are allowed: nodes, and the probability of the second class."""


def second(model: Any) -> Predict:
    """Probability of the second class by a native model."""
    return lambda X: model.predict_proba(X)[:, 1]


def _log_loss(y: Any, p: Any) -> float:
    p = np.clip(p, 1e-3, 1 - 1e-3)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def joint(model: Any, rows: Rows, **options: Any) -> Found:
    """JointPruner: fitted on the training rows, compared on the validation rows."""
    pruner = JointPruner(
        FrozenEstimator(model),
        max_nodes=max(BUDGETS),
        loss="log_loss",
        keep_models=True,
        n_jobs=2,
        **options,
    )
    found: Found = {}
    if min(BUDGETS) >= read(model).n_nodes:
        return found
    pruner.set_params(max_nodes=min(max(BUDGETS), read(model).n_nodes - 1))
    pruner.fit(rows.train, rows.y_train, X_val=rows.val, y_val=rows.y_val)
    for budget in BUDGETS:
        if budget >= read(model).n_nodes:
            continue
        small = pruner.model_at(budget)
        found[budget] = (read(small).n_nodes, second(small))
    return found


def boosted_family(model: Any, rows: Rows) -> Found:
    """JointPruner that makes a gradient boosting model out of a forest."""
    if np.isnan(rows.train).any() or np.isnan(rows.test).any():
        return {}
    return joint(model, rows, family="boosting")


def whole_trees(model: Any, rows: Rows, method: str) -> Found:
    """TreeCountPruner: as many trees as fit, by their order on the validation rows."""
    pruner = TreeCountPruner(FrozenEstimator(model), n_trees=1, method=method)
    found: Found = {}
    for budget in BUDGETS:
        if budget >= read(model).n_nodes:
            continue
        low, high = 0, read(model).n_trees + 1
        best = None
        while high - low > 1:
            middle = (low + high) // 2
            small = pruner.set_params(n_trees=middle).fit(rows.val, rows.y_val).estimator_
            nodes = read(small).n_nodes
            if nodes <= budget:
                low, best = middle, (nodes, second(small))
            else:
                high = middle
        if best is not None:
            found[budget] = best
    return found


def first_trees(model: Any, rows: Rows) -> Found:
    """As many of the first trees as fit."""
    root = read(model).root[1:]
    found: Found = {}
    for budget in BUDGETS:
        n = int(np.searchsorted(root, budget, side="right"))
        if 0 < n < len(root):
            found[budget] = (int(root[n - 1]), second(keep_trees(model, range(n))))
    return found


def depth_pruned(model: Any, rows: Rows) -> Found:
    """ForestPrune, the best of its path by the validation rows."""
    if np.isnan(rows.train).any() or not isinstance(model, RandomForestClassifier):
        return {}
    path = forest_prune(model, rows.train, rows.y_train, rows.val, rows.y_val)
    found: Found = {}
    for budget in BUDGETS:
        small = [step for step in path if 0 < step[0] <= budget]
        if small:
            best = min(small, key=lambda step: step[1])
            found[budget] = (best[0], best[2])
    return found


def _tuned(candidates: Iterator[Any], rows: Rows) -> tuple[int, Predict] | None:
    best, least = None, np.inf
    for model in candidates:
        model.fit(rows.train, rows.y_train)
        loss = _log_loss(rows.y_val, second(model)(rows.val))
        if loss < least:
            best, least = model, loss
    return None if best is None else (read(best).n_nodes, second(best))


def small_boosting(model: Any, rows: Rows) -> Found:
    """LightGBM grown at this size, tuned on the validation rows."""

    def candidates(budget: int) -> Iterator[Any]:
        for leaves, rate in product((2, 4, 8, 16, 31), (0.03, 0.1, 0.3)):
            n = budget // (2 * leaves - 1)
            if 1 <= n <= 800:
                yield lightgbm.LGBMClassifier(
                    n_estimators=n, num_leaves=leaves, learning_rate=rate, verbose=-1, random_state=0
                )

    return {b: found for b in BUDGETS if (found := _tuned(candidates(b), rows))}


def small_forest(model: Any, rows: Rows) -> Found:
    """Random forest grown at this size, tuned on the validation rows."""

    def candidates(budget: int) -> Iterator[Any]:
        for n, least in product((1, 4, 10, 25, 60), (1, 10)):
            leaves = (budget // n + 1) // 2
            if leaves >= 2:
                yield RandomForestClassifier(
                    n, max_leaf_nodes=leaves, min_samples_leaf=least, n_jobs=-1, random_state=0
                )

    return {b: found for b in BUDGETS if (found := _tuned(candidates(b), rows))}


WAYS: dict[str, Callable[[Any, Rows], Found]] = {
    "JointPruner": joint,
    "JointPruner, family=boosting": boosted_family,
    "TreeCountPruner, greedy": lambda model, rows: whole_trees(model, rows, "greedy"),
    "TreeCountPruner, lasso": lambda model, rows: whole_trees(model, rows, "lasso"),
    "the first trees": first_trees,
    "ForestPrune": depth_pruned,
    "grown small: random forest": small_forest,
    "grown small: LightGBM": small_boosting,
}

ONLY = {
    "JointPruner, family=boosting": ("RF-500",),
    "ForestPrune": ("RF-500",),
    "grown small: random forest": ("RF-500",),
}
"""Ways that are not for all models; what is grown small does not depend on the model."""
