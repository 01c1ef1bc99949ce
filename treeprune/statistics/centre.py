"""Averages of trees seen from their middle."""

from __future__ import annotations

from dataclasses import replace

from treeprune.model.ensemble import Array, TreeEnsemble


def centred(ensemble: TreeEnsemble, outcome: Array) -> tuple[TreeEnsemble, Array]:
    """Move the trees of an average, and the outcome, by the mean of what the roots say.

    The error of every average stays as it is. But products of numbers that are far from zero and near each
    other lose their digits, and a penalty that draws factors to zero should draw the answer to the mean.

    Parameters
    ----------
    ensemble : TreeEnsemble
    outcome : ndarray of float64, shape (n_rows, n_columns)
        As for `treeprune.statistics.gram.tree_gram`.

    Returns
    -------
    ensemble : TreeEnsemble
        Only for `tree_gram`: its answers are moved. The same object where trees are not averaged, or feed
        one of several columns each.
    outcome : ndarray of float64, shape (n_rows, n_columns)
    """
    e = ensemble
    if e.aggregation != "mean" or (e.n_columns > 1 and (e.output >= 0).any()):
        return e, outcome
    middle = e.value[e.root[:-1]].mean(axis=0)
    return replace(e, value=e.value - middle), outcome - middle
