"""Small ensembles, and slow twins in plain Python."""

from itertools import product

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor

from treeprune.backends import read
from treeprune.criteria.joint import build
from treeprune.criteria.joint.problem import Prices
from treeprune.criteria.joint.shares import shares_problem
from treeprune.model.ensemble import LEAF


def table(seed, n=120, n_classes=2, kind="classes"):
    """Few features that all count, and an outcome."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4)).round(1)
    score = X[:, 0] + X[:, 1] * X[:, 2] + 0.5 * rng.normal(size=n)
    if kind == "numbers":
        return X, score
    if kind == "counts":
        return X, rng.poisson(np.exp(0.5 * score)).astype(float)
    y = np.digitize(score, np.quantile(score, np.linspace(0, 1, n_classes + 1)[1:-1]))
    return X, y


def indicators(y):
    return (y[:, None] == np.unique(y)).astype(float)


def forest_problem(seed, kind="classes", n_classes=2, n_trees=3, depth=3, weight=None, **options):
    """An additive problem of a small forest, with the loss of its kind."""
    X, y = table(seed, n_classes=n_classes, kind=kind)
    if kind == "classes":
        model = RandomForestClassifier(n_trees, max_depth=depth, random_state=seed).fit(X, y)
        outcome = indicators(y)
        outcome = outcome[:, 1:] if n_classes == 2 else outcome
        loss = "log_loss"
    else:
        model = RandomForestRegressor(n_trees, max_depth=depth, random_state=seed).fit(X, y)
        outcome, loss = y[:, None], "squared_error" if kind == "numbers" else "poisson"
    rows = build.joint_rows(read(model), X, weight)
    return build.additive_problem(rows, outcome, options.pop("loss", loss), **options)


def shares_of(seed, n_classes, size, n_trees=4, depth=3, weight=None, several=False, **options):
    """A shares problem of a small forest; of `several` outcomes the second has two classes."""
    X, y = table(seed, n_classes=n_classes)
    outcome = indicators(y)
    if several:
        y = np.column_stack([y, X[:, 3] > 0.2])
        outcome = np.hstack([outcome, indicators(y[:, 1])])
    model = RandomForestClassifier(n_trees, max_depth=depth, random_state=seed).fit(X, y)
    rows = build.joint_rows(read(model), X, weight)
    return shares_problem(rows, outcome, size, **options)


def boosted(seed, n_classes=2, n_trees=4, **options):
    X, y = table(seed, n_classes=n_classes)
    model = GradientBoostingClassifier(n_estimators=n_trees, max_depth=3, random_state=seed).fit(X, y)
    outcome = indicators(y)
    rows = build.joint_rows(read(model), X)
    return build.boosted_problem(rows, outcome[:, 1:] if n_classes == 2 else outcome, "log_loss", **options)


def all_tops(left, right, node=0):
    """Every top of a branch, each as the sets of its splits and of its leaves."""
    tops = [(frozenset(), frozenset([node]))]
    if left[node] != LEAF:
        for a, b in product(all_tops(left, right, left[node]), all_tops(left, right, right[node])):
            tops.append((a[0] | b[0] | {node}, a[1] | b[1]))
    return tops


def tree_arrays(problem, t):
    own = problem.trees.tree(t)
    return problem.trees.left[own], problem.trees.right[own], problem.trees.feature[own], problem.old[own]


def rows_below(problem, t):
    """Which rows reach each node of a tree, shape (n_nodes, n_rows)."""
    left, right, *_ = tree_arrays(problem, t)
    leaves = np.flatnonzero(left == LEAF)
    reached = np.zeros((len(left), problem.trees.places.n_rows), bool)
    reached[leaves] = np.arange(len(leaves))[:, None] == problem.trees.places.numbers[t]
    for node in reversed(range(len(left))):
        if left[node] != LEAF:
            reached[node] = reached[left[node]] | reached[right[node]]
    return reached


def nearest_legal(v, bounds):
    """Projection by bisection, where the kernel goes by thresholds."""
    found = v.copy()
    for first, last in zip(bounds.blocks[:-1], bounds.blocks[1:], strict=True):
        own, least, most = v[first:last], bounds.low[first:last], bounds.high[first:last]
        if last - first == 1:
            found[first:last] = np.clip(own, least, most)
            continue
        low, high = -1e3, 1e3
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if np.maximum(own - middle, least).sum() > 0 else (low, middle)
        found[first:last] = np.maximum(own - low, least)
    return found


PRICED = Prices(tree=2.0, feature=np.array([3.0, 0.5, 2.0, 7.0]))
