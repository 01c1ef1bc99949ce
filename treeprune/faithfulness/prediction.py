"""How good a model's answers are on rows with known outcomes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn.metrics import (
    brier_score_loss,
    log_loss,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)

from treeprune.faithfulness.registry import Judged, register


@register("AUC", "binary", "multiclass")
def auc(judged: Judged) -> float:
    """Area under the ROC curve; over the classes against the rest for more than two.

    NaN where the rows lack a class, or the model has one class only.
    """
    classes = judged.classes
    if len(classes) == 1 or len(np.unique(judged.y)) < len(classes):
        return float("nan")
    columns = [1] if len(classes) == 2 else range(len(classes))
    areas = [
        roc_auc_score(judged.y == classes[c], judged.answer[:, c], sample_weight=judged.weights)
        for c in columns
    ]
    return float(np.mean(areas))


def _of_probabilities(metric: Callable[..., float], judged: Judged) -> float:
    classes = judged.classes
    one_against_all = not np.allclose(judged.answer.sum(axis=1), 1, atol=1e-4)
    if len(classes) == 1 or one_against_all:
        return float("nan")
    return float(metric(judged.y, judged.answer, sample_weight=judged.weights, labels=classes))


@register("log loss", "binary", "multiclass")
def logarithmic(judged: Judged) -> float:
    """Mean negative log-likelihood in nats.

    NaN where the model has one class only, or sets one class against all (its answers need not sum to one).
    """
    return _of_probabilities(log_loss, judged)


@register("Brier", "binary", "multiclass")
def brier(judged: Judged) -> float:
    """Brier score; halved for two classes. NaN as for the log loss."""
    return _of_probabilities(brier_score_loss, judged)


@register("RMSE", "regression")
def root_mean_square(judged: Judged) -> float:
    """Root mean squared error, in units of the outcome."""
    return float(root_mean_squared_error(judged.y, judged.answer, sample_weight=judged.weights))


@register("MAE", "regression")
def mean_absolute(judged: Judged) -> float:
    """Mean absolute error, in units of the outcome."""
    return float(mean_absolute_error(judged.y, judged.answer, sample_weight=judged.weights))


@register("R2", "regression")
def r_squared(judged: Judged) -> float:
    """Coefficient of determination."""
    return float(r2_score(judged.y, judged.answer, sample_weight=judged.weights))
