"""How close the answers of two models are to each other."""

from __future__ import annotations

import numpy as np

from treeprune.faithfulness.registry import Judged, register


@register("same class", "binary", "multiclass", pair=True)
def same_class(before: Judged, after: Judged) -> float:
    """Weighted share of the rows on which both predict the same class."""
    return float(np.average(before.label == after.label, weights=after.weights))


@register("mean |change|", pair=True)
def mean_change(before: Judged, after: Judged) -> float:
    """Mean absolute change of the answer (of the probabilities, for classes)."""
    change = np.abs(before.answer - after.answer).reshape(len(after.weights), -1).mean(axis=1)
    return float(np.average(change, weights=after.weights))


@register("max |change|", pair=True)
def largest_change(before: Judged, after: Judged) -> float:
    """Largest absolute change of the answer."""
    return float(np.abs(before.answer - after.answer).max())
