"""The splits of a fitted tree, and the rows of a sample that reach each of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from treeprune.criteria.split_stability.sample import Sample
from treeprune.criteria.split_stability.splits import Split
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import LEAF, MISSING_DEFAULT, TreeEnsemble


def check_tree(tree: TreeEnsemble) -> None:
    """Refuse what is not one tree with scikit-learn's kind of splits.

    Parameters
    ----------
    tree : TreeEnsemble

    Raises
    ------
    UnsupportedModelError
        If there are several trees, splits on categories, or other rules of comparison.
    """
    splits = ~tree.is_leaf
    if tree.n_trees != 1:
        raise UnsupportedModelError(f"the splits of one tree can be judged, got a model of {tree.n_trees}")
    if (tree.category_set != LEAF).any():
        raise UnsupportedModelError("splits on categories have no threshold to be compared; encode them")
    if (
        tree.comparison != "<="
        or tree.input_dtype != "float32"
        or (tree.missing[splits] != MISSING_DEFAULT).any()
    ):
        raise UnsupportedModelError(
            "the tree compares rows otherwise than scikit-learn's trees do (x <= threshold in single "
            "precision), so that its splits cannot be searched for in the same way"
        )


def split_nodes(tree: TreeEnsemble, sample: Sample) -> Iterator[tuple[int, Split, Sample]]:
    """Visit each split of a tree.

    Parameters
    ----------
    tree : TreeEnsemble
        As `check_tree` wants it.
    sample : Sample

    Yields
    ------
    node : int
        Ascending.
    split : Split
    reached : Sample
        Rows that reach the node; perhaps none.

    Raises
    ------
    ValueError
        If the rows have another number of columns than the tree was grown on.
    """
    if sample.n_features != tree.n_features:
        raise ValueError(f"rows must have {tree.n_features} columns, got {sample.n_features}")
    waiting = {0: sample}
    for node in np.flatnonzero(~tree.is_leaf).tolist():
        split = Split(int(tree.feature[node]), float(tree.threshold[node]), bool(tree.default_left[node]))
        reached = waiting.pop(node)
        yield node, split, reached
        left = split.goes_left(reached)
        for child, inside in ((int(tree.left[node]), left), (int(tree.right[node]), ~left)):
            if tree.left[child] != LEAF:
                waiting[child] = reached.at(inside)
