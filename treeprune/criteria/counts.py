"""Training counts of each node, as the criteria without held-out rows read them."""

from __future__ import annotations

import numpy as np

from treeprune.model.ensemble import Array, TreeEnsemble


def class_counts(ensemble: TreeEnsemble) -> list[Array]:
    """Training weight of each class in each node, target by target.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    list of ndarray of float64, shape (n_nodes, n_classes)
    """
    counts = []
    for k in range(len(ensemble.columns)):
        p = ensemble.value[:, ensemble.target_columns(k)]
        counts.append(p / p.sum(axis=1, keepdims=True) * ensemble.cover[:, None])
    return counts


def class_errors(ensemble: TreeEnsemble) -> Array:
    """Training weight that each node misclassifies, target by target.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    ndarray of float64, shape (n_targets, n_nodes)
    """
    n = ensemble.cover
    errors = np.array([n - counts.max(axis=1) for counts in class_counts(ensemble)])
    errors[errors < 1e-9 * n] = 0.0  # shares times cover: a pure node must count as pure
    return errors


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
        If the model does not store squared errors, or they are not finite.
    """
    if ensemble.impurity is None or ensemble.criterion not in ("squared_error", "friedman_mse"):
        raise ValueError(
            "this criterion needs the squared errors of the training rows, which a model grown with "
            f"criterion={ensemble.criterion!r} does not store: use CostComplexityPruner"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        errors = np.maximum(ensemble.impurity, 0.0) * ensemble.cover
    if not np.isfinite(errors).all():
        raise ValueError(
            "the squared errors that the model stores are not finite: the outcome is too large to be "
            "squared in float64; divide it by a constant"
        )
    return errors
