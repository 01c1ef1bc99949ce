"""Leaf values from more rows than the model was grown on, monotone where it must be."""

from __future__ import annotations

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.model.edit import with_values
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.statistics.additive import is_additive
from treeprune.statistics.collect import NodeStatistics
from treeprune.statistics.risk import RISKS

_MEAN_CRITERIA = ("squared_error", "friedman_mse")
_CLASS_CRITERIA = {"gini": "gini", "entropy": "entropy", "log_loss": "entropy"}


@kernel
def _clip_to_bounds(left: Array, right: Array, feature: Array, sign: Array, score: Array) -> None:
    """Clip one score a node so that it follows the monotonic constraints.

    As scikit-learn grows constrained trees: the middle of the two children bounds everything below
    them, from above on one side and from below on the other.
    """
    low = np.full(left.shape[0], -np.inf)
    high = np.full(left.shape[0], np.inf)
    for node in range(left.shape[0]):
        score[node] = min(max(score[node], low[node]), high[node])
        if left[node] == LEAF:
            continue
        a, b = left[node], right[node]
        for child in (a, b):
            low[child], high[child] = low[node], high[node]
        s = sign[feature[node]]
        if s != 0:
            of_a = min(max(score[a], low[node]), high[node])
            of_b = min(max(score[b], low[node]), high[node])
            middle = 0.5 * (of_a + of_b)
            if s > 0:
                high[a], low[b] = middle, middle
            else:
                low[a], high[b] = middle, middle


def project_monotone(ensemble: TreeEnsemble, value: Array) -> Array:
    """Values clipped so that every monotonic constraint of the model holds.

    Parameters
    ----------
    ensemble : TreeEnsemble
    value : ndarray of float64, shape (n_nodes, n_columns)
        Numbers, or probabilities of two classes.

    Returns
    -------
    ndarray of float64, shape (n_nodes, n_columns)
    """
    if ensemble.monotone is None or not ensemble.monotone.any():
        return value
    score = value[:, -1].copy()
    _clip_to_bounds(ensemble.left, ensemble.right, ensemble.feature, ensemble.monotone, score)
    if ensemble.task == "regression":
        return score[:, None]
    return np.column_stack([1.0 - score, score])


def check_means(ensemble: TreeEnsemble) -> None:
    """Refuse models whose leaves hold no means of the outcome.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Raises
    ------
    ValueError
    """
    if is_additive(ensemble) or ensemble.aggregation == "median":
        raise ValueError(
            "backfit=True does not fit boosted models: their leaves are steps of a sum, or means under "
            "the weights of a round, not means of the outcome; use backfit=False"
        )


def check_backfit(ensemble: TreeEnsemble, class_weight: object) -> None:
    """Refuse models whose leaf values are not means of equally weighted rows.

    Parameters
    ----------
    ensemble : TreeEnsemble
    class_weight : object
        The estimator's parameter of that name, None if it has none.

    Raises
    ------
    ValueError
    """
    if ensemble.criterion not in (*_MEAN_CRITERIA, *_CLASS_CRITERIA):
        raise ValueError(
            f"backfit=True cannot re-estimate leaves grown with criterion={ensemble.criterion!r}; "
            "use backfit=False"
        )
    if class_weight is not None:
        raise ValueError(
            "backfit=True cannot weigh held-out rows as class_weight weighed the training rows; use "
            "backfit=False, or sample weights in place of class_weight"
        )


def backfit(ensemble: TreeEnsemble, statistics: NodeStatistics) -> TreeEnsemble:
    """Re-estimate every node from the training rows and the given rows together.

    Parameters
    ----------
    ensemble : TreeEnsemble
    statistics : NodeStatistics
        Of rows that the model was not trained on.

    Returns
    -------
    TreeEnsemble
        With new values, covers, numbers of rows and impurities; the latter three agree with what
        growing on all rows would have stored.
    """
    e, more = ensemble, statistics.weight
    cover = e.cover + more
    safe = np.where(cover > 0, cover, 1.0)[:, None]
    n_samples = None if e.n_samples is None else e.n_samples + statistics.n_rows
    if e.task == "classification":
        value = np.where(cover[:, None] > 0, (e.value * e.cover[:, None] + statistics.sums) / safe, e.value)
        fresh = with_values(e, project_monotone(e, value), cover=cover, n_samples=n_samples)
        per_row = RISKS[_CLASS_CRITERIA[str(e.criterion)]][1](fresh, None) / safe[:, 0]
        return with_values(fresh, fresh.value, impurity=per_row)
    first, second = np.split(statistics.sums, [len(e.columns)], axis=1)
    shift = first / safe
    assert e.impurity is not None
    spread = (e.cover * e.impurity + second.mean(axis=1)) / safe[:, 0] - (shift**2).mean(axis=1)
    value = project_monotone(e, e.value + shift)
    return with_values(e, value, cover=cover, n_samples=n_samples, impurity=np.maximum(spread, 0.0))
