"""How often each split of a fitted tree wins again in samples that were drawn anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.criteria.split_stability.rivals import check_tolerance, same_split
from treeprune.criteria.split_stability.sample import make_sample
from treeprune.criteria.split_stability.scan import best_splits
from treeprune.criteria.split_stability.splits import NO_FEATURE, Limits
from treeprune.criteria.split_stability.tree_nodes import check_tree, split_nodes
from treeprune.kernels.threads import run
from treeprune.model.ensemble import Array, TreeEnsemble


@dataclass(frozen=True, eq=False)
class SplitStability:
    """Who wins at the splits of a tree, redraw after redraw.

    Everything is conditional on the ancestors in the fitted tree: a node is judged by the rows that its own
    ancestors send to it, also where a tree grown on the redraw would not ask their questions.

    Parameters
    ----------
    node : ndarray of int64, shape (n_splits,)
        Positions of the splits in the tree, ascending.
    feature : ndarray of int32, shape (n_splits,)
        What the tree splits on there.
    threshold : ndarray of float64, shape (n_splits,)
    n_features : int
    n_rows : ndarray of int64, shape (n_redraws, n_splits)
        Rows of positive weight that reach the node.
    winner : ndarray of int64, shape (n_redraws, n_splits)
        Feature of the best split there; -1 where the node cannot be split.
    same_split : ndarray of bool, shape (n_redraws, n_splits)
        Whether the tree's feature wins, with a threshold that sends at most the tolerated share of these
        rows to another side than the tree's.
    """

    node: Array
    feature: Array
    threshold: Array
    n_features: int
    n_rows: Array
    winner: Array
    same_split: Array

    @property
    def feature_share(self) -> Array:
        """Share of all redraws in which the tree's feature wins; shape (n_splits,)."""
        return np.asarray((self.winner == self.feature).mean(axis=0))

    @property
    def split_share(self) -> Array:
        """Share of all redraws in which the same split wins; shape (n_splits,)."""
        return np.asarray(self.same_split.mean(axis=0))

    @property
    def winner_share(self) -> Array:
        """Share of all redraws in which each feature wins; shape (n_splits, n_features).

        What a line lacks to 1 are redraws in which the node could not be split.
        """
        features = np.arange(self.n_features)
        return np.asarray((self.winner[:, :, None] == features).mean(axis=0))


def redraw_stability(
    tree: TreeEnsemble,
    redraws: Iterable[tuple[Any, ...]],
    *,
    limits: Limits | None = None,
    tolerance: float = 0.05,
    n_jobs: int | None = None,
) -> SplitStability:
    """Let the splits of a tree compete again in samples that were drawn anew.

    Parameters
    ----------
    tree : TreeEnsemble
        One tree with scikit-learn's kind of splits.
    redraws : iterable of tuples
        Of rows, targets and, if there are any, weights, see `make_sample`. Taken one after the other, so
        that a generator keeps few of them in memory.
    limits : Limits, optional
        As the tree was grown.
    tolerance : float, default=0.05
        A cut of the same feature is the same split if it sends at most this share of the weight at the node
        to another side.
    n_jobs : int, optional
        Threads over redraws, after joblib's convention. Changes nothing in the result.

    Returns
    -------
    SplitStability

    Raises
    ------
    UnsupportedModelError
        If the model is not one such tree.
    ValueError
        If there is no redraw, or one of them is not legal or has another number of columns than the tree.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from treeprune.backends import read
    >>> rng = np.random.default_rng(0)
    >>> draws = [rng.normal(size=(400, 3)) for _ in range(6)]
    >>> samples = [(x, np.tanh(2 * x[:, 1]) + 0.02 * x[:, 0]) for x in draws]
    >>> tree = read(DecisionTreeRegressor(max_depth=1).fit(*samples[0]))
    >>> redraw_stability(tree, samples[1:]).feature_share
    array([1.])
    """
    check_tree(tree)
    check_tolerance(tolerance)
    limits = limits or Limits()
    nodes = np.flatnonzero(~tree.is_leaf)

    def compete(redraw: tuple[Any, ...]) -> list[tuple[int, int, bool]]:
        found = []
        for _, split, reached in split_nodes(tree, make_sample(*redraw)):
            scan = best_splits(reached, limits)
            winner = scan.winner
            same = winner != NO_FEATURE and same_split(reached, split, scan.split(winner), tolerance)
            found.append((len(reached), winner, same))
        return found

    results = run(compete, redraws, n_jobs)
    if not results:
        raise ValueError("there is no redraw")
    table = np.array(results, np.int64).reshape(len(results), len(nodes), 3)
    return SplitStability(
        nodes,
        tree.feature[nodes],
        tree.threshold[nodes],
        tree.n_features,
        table[:, :, 0],
        table[:, :, 1],
        table[:, :, 2].astype(np.bool_),
    )
