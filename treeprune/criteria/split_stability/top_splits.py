"""Whether trees agree on what they ask first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import LEAF, TreeEnsemble


def top_splits(tree: TreeEnsemble) -> tuple[int, int, int]:
    """Features of the root and of its left and right child; -1 for a leaf, or for no node at all.

    Parameters
    ----------
    tree : TreeEnsemble
        One tree.

    Returns
    -------
    tuple of int

    Raises
    ------
    UnsupportedModelError
        If the model holds several trees.
    """
    if tree.n_trees != 1:
        raise UnsupportedModelError(f"the top of one tree can be told, got a model of {tree.n_trees} trees")
    if tree.left[0] == LEAF:
        return LEAF, LEAF, LEAF
    return int(tree.feature[0]), int(tree.feature[tree.left[0]]), int(tree.feature[tree.right[0]])


def top_splits_agree(trees: Iterable[TreeEnsemble]) -> float:
    """Share of pairs of trees with the same features in the root and in each of its two children.

    Unlike `redraw_stability` this asks whole trees, each grown on a sample of its own.

    Parameters
    ----------
    trees : iterable of TreeEnsemble
        One tree each, two at least.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If there are fewer than two trees.
    UnsupportedModelError
        If a model holds several trees.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from treeprune.backends import read
    >>> X, y = load_iris(return_X_y=True)
    >>> grown = [DecisionTreeClassifier(random_state=0).fit(X[i::2], y[i::2]) for i in range(2)]
    >>> top_splits_agree(map(read, grown)) in (0.0, 1.0)
    True
    """
    counts = Counter(map(top_splits, trees))
    n = counts.total()
    if n < 2:
        raise ValueError(f"pairs of trees are compared, got {n}")
    return sum(count * (count - 1) for count in counts.values()) / (n * (n - 1))
