"""Training counts of each node, as the criteria without held-out rows read them."""

from __future__ import annotations

import numpy as np

from treeprune.model.ensemble import Array, TreeEnsemble


def class_counts(ensemble: TreeEnsemble) -> Array:
    """Training weight of each class in each node of a classifier with one target.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    ndarray of float64, shape (n_nodes, n_classes)

    Raises
    ------
    ValueError
        For a classifier with several targets: a leaf has then no one error count.
    """
    if len(ensemble.columns) != 1:
        raise ValueError(
            "this criterion counts errors of one target; the model has "
            f"{len(ensemble.columns)}: use CostComplexityPruner or ReducedErrorPruner"
        )
    shares = ensemble.value / ensemble.value.sum(axis=1, keepdims=True)
    return shares * ensemble.cover[:, None]


def squared_errors(ensemble: TreeEnsemble) -> Array:
    """Training sum of squared errors of each node of a regressor, averaged over targets.

    Parameters
    ----------
    ensemble : TreeEnsemble
        Grown by squared error: only then does the model know it.

    Returns
    -------
    ndarray of float64, shape (n_nodes,)

    Raises
    ------
    ValueError
        If the model does not store squared errors.
    """
    if ensemble.impurity is None or ensemble.criterion not in ("squared_error", "friedman_mse"):
        raise ValueError(
            "this criterion needs the squared errors of the training rows, which a model grown with "
            f"criterion={ensemble.criterion!r} does not store: use CostComplexityPruner"
        )
    return np.maximum(ensemble.impurity, 0.0) * ensemble.cover
