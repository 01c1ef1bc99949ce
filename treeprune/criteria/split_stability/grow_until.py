"""Rows are drawn until each split of the tree would win again.

The sequential rule of Y. Zhou, Z. Zhou, G. Hooker, Approximation trees: statistical reproducibility in
model distillation, Data Mining and Knowledge Discovery, 2023: as long as a split could lose in another
sample, ask how many rows would settle it, and draw them, up to a limit. The paper settles one node before
it goes on to its children; here the whole tree is grown anew on all rows drawn so far, so that the result
is the tree that the grower makes of the last sample. Looking several times makes it likelier that chance
once suffices than ``alpha`` says; that is why the sample at least doubles between two looks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from treeprune.criteria.split_stability.rivals import check_tolerance
from treeprune.criteria.split_stability.sample import Sample, make_sample
from treeprune.criteria.split_stability.scan import best_splits
from treeprune.criteria.split_stability.splits import NO_FEATURE, Limits, Split
from treeprune.criteria.split_stability.tree_nodes import check_tree, split_nodes
from treeprune.criteria.split_stability.win_again import against_rivals, check_level
from treeprune.model.ensemble import Array, TreeEnsemble

_LEAST_STEP, _MOST_STEP = 2, 4
"""Factors between which the sample grows: what is needed is a guess, and the tree may yet change."""


@dataclass(frozen=True, eq=False)
class GrownTree:
    """A tree, and how sure each of its splits is.

    Parameters
    ----------
    tree : TreeEnsemble
        Grown on all rows.
    rows : ndarray, shape (n_rows, n_features)
    targets : ndarray, shape (n_rows,) or (n_rows, n_targets)
    sizes : tuple of int
        Rows at each look; the last is all of them.
    node : ndarray of int64, shape (n_splits,)
        Positions of the splits in the tree, ascending.
    n_rows : ndarray of int64, shape (n_splits,)
        Rows that reach each.
    at_least : ndarray of float64, shape (n_splits,)
        Bound from below on the probability to win again, given the ancestors, see `WinAgain.at_least`; 0
        where the targets at the node are equal but for rounding.
    stable : ndarray of bool, shape (n_splits,)
        Whether the bound reaches ``1 - alpha``. Splits that are not are not stable at the limit.
    stable_since : ndarray of int64, shape (n_splits,)
        Least size of the sample from which on the split was stable at every look, with the same features
        asked on the way to it; -1 if it is not stable.
    rows_needed : ndarray of float64, shape (n_splits,)
        Size of the whole sample at which the bound is expected to reach ``1 - alpha``; infinite if the
        split is not ahead of each rival.
    """

    tree: TreeEnsemble
    rows: Array
    targets: Array
    sizes: tuple[int, ...]
    node: Array
    n_rows: Array
    at_least: Array
    stable: Array
    stable_since: Array
    rows_needed: Array


Path = tuple[tuple[int, bool], ...]


def grow_until_stable(
    draw: Callable[[int], tuple[Any, Any]],
    grow: Callable[[Array, Array], TreeEnsemble],
    *,
    start: int,
    limit: int,
    alpha: float = 0.05,
    feature_only: bool = False,
    limits: Limits | None = None,
    tolerance: float = 0.05,
) -> GrownTree:
    """Draw rows and grow trees until every split is stable, or there are enough rows.

    Parameters
    ----------
    draw : callable
        Of a number of rows; returns about so many new rows and their targets.
    grow : callable
        Of all rows and targets; returns one tree with scikit-learn's kind of splits.
    start, limit : int
        Rows of the first sample, and of the last at most (but for what `draw` gives beyond its number).
    alpha : float, default=0.05
        A split is stable if it would win again with a probability of at least ``1 - alpha``: each for
        itself, given its ancestors.
    feature_only : bool, default=False
        Ask for the same feature only, whatever the threshold.
    limits : Limits, optional
        As the grower's.
    tolerance : float, default=0.05
        As for `win_again`.

    Returns
    -------
    GrownTree

    Raises
    ------
    ValueError
        If an argument is out of range, or `draw` returns nothing, or what is no sample.
    UnsupportedModelError
        If what was grown is no such tree.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from treeprune.backends import read
    >>> rng = np.random.default_rng(0)
    >>> def draw(n):
    ...     x = rng.normal(size=(n, 2))
    ...     return x, np.tanh(3 * x[:, 0]) + 0.95 * np.tanh(3 * x[:, 1])
    >>> def grow(rows, targets):
    ...     return read(DecisionTreeRegressor(max_depth=1).fit(rows, targets))
    >>> grown = grow_until_stable(draw, grow, start=200, limit=20_000, feature_only=True)
    >>> int(grown.tree.feature[0]), grown.stable.tolist(), grown.sizes[-1] > 200
    (0, [True], True)
    """
    check_level(alpha)
    check_tolerance(tolerance)
    _check_sizes(start, limit)
    limits = limits or Limits()
    rows, targets = _drawn(draw, start)
    since: dict[Path, int] = {}
    sizes: list[int] = []
    while True:
        n = len(rows)
        sizes.append(n)
        tree = grow(rows, targets)
        check_tree(tree)
        sample = make_sample(rows, targets)
        with threadpool_limits(1, "blas"):  # more threads add up in another order
            looks = [
                (node, len(reached), *_look(reached, split, limits, tolerance, alpha, feature_only))
                for node, split, reached in split_nodes(tree, sample)
            ]
        paths = _paths(tree)
        stable = {node: bound >= 1.0 - alpha for node, _, bound, _ in looks}
        since = {paths[node]: since.get(paths[node], n) for node, _, _, _ in looks if stable[node]}
        needed = np.array([n * rows_needed / reached for _, reached, _, rows_needed in looks])
        if all(stable.values()) or n >= limit:
            break
        wanted = max(float(x) for x, look in zip(needed, looks, strict=True) if not stable[look[0]])
        n_next = min(max(wanted, _LEAST_STEP * n), _MOST_STEP * n, limit)
        more, their = _drawn(draw, int(np.ceil(n_next)) - n)
        rows, targets = np.concatenate([rows, more]), np.concatenate([targets, their])
    node, n_rows, bound, _ = (np.array(x) for x in zip(*looks, strict=True)) if looks else np.zeros((4, 0))
    return GrownTree(
        tree,
        rows,
        targets,
        tuple(sizes),
        node.astype(np.int64),
        n_rows.astype(np.int64),
        bound.astype(np.float64),
        np.array([stable[i] for i in node.tolist()], np.bool_),
        np.array([since.get(paths[i], -1) for i in node.tolist()], np.int64),
        needed.astype(np.float64),
    )


def _check_sizes(start: int, limit: int) -> None:
    for name, number in (("start", start), ("limit", limit)):
        if not isinstance(number, Integral) or isinstance(number, bool) or number < 2:
            raise ValueError(f"{name} must be a whole number from 2, got {number!r}")
    if limit < start:
        raise ValueError(f"limit must not be less than start, got {limit} and {start}")


def _drawn(draw: Callable[[int], tuple[Any, Any]], n: int) -> tuple[Array, Array]:
    rows, targets = draw(n)
    rows, targets = np.asarray(rows), np.asarray(targets)
    if rows.ndim != 2 or len(rows) == 0 or len(rows) != len(targets):
        raise ValueError(
            f"draw({n}) must return rows and as many targets, got shapes {rows.shape} and {targets.shape}"
        )
    return rows, targets


def _look(
    reached: Sample, split: Split, limits: Limits, tolerance: float, alpha: float, feature_only: bool
) -> tuple[float, float]:
    """Bound of one split, and rows at its node that would settle it."""
    scan = best_splits(reached, limits)
    if scan.winner == NO_FEATURE:  # scikit-learn splits large equal targets that differ by rounding
        return 0.0, np.inf
    found = against_rivals(reached, split, scan, limits, tolerance)
    return found.at_least(feature_only=feature_only), found.rows_needed(alpha, feature_only=feature_only)


def _paths(tree: TreeEnsemble) -> dict[int, Path]:
    """What is asked on the way to each node, and by it."""
    asked: dict[int, Path] = {0: ()}
    paths = {}
    for node in np.flatnonzero(~tree.is_leaf).tolist():
        feature = int(tree.feature[node])
        paths[node] = (*asked[node], (feature, True))
        asked[int(tree.left[node])] = (*asked[node], (feature, True))
        asked[int(tree.right[node])] = (*asked[node], (feature, False))
    return paths
