"""Tops whose values follow the signs of their features."""

from __future__ import annotations

import numpy as np

from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import LEAF, Array


@kernel
def clip_monotone(
    left: Array,
    right: Array,
    feature: Array,
    sign: Array,
    split: Array,
    kept: Array,
    value: Array,
    lowest: Array,
    highest: Array,
) -> None:
    """Clip the values of a top so that they follow the signs of its features.

    As scikit-learn grows constrained trees: the middle of two children bounds all below them.
    """
    for node in range(left.shape[0]):
        if node == 0:
            lowest[node], highest[node] = -np.inf, np.inf
        if not kept[node]:
            continue
        value[node, 0] = min(max(value[node, 0], lowest[node]), highest[node])
        if left[node] == LEAF or not split[node]:
            continue
        a, b = left[node], right[node]
        for child in (a, b):
            lowest[child], highest[child] = lowest[node], highest[node]
        s = sign[feature[node]]
        if s != 0:
            of_a = min(max(value[a, 0], lowest[node]), highest[node])
            of_b = min(max(value[b, 0], lowest[node]), highest[node])
            middle = 0.5 * (of_a + of_b)
            if s > 0:
                highest[a], lowest[b] = middle, middle
            else:
                lowest[a], highest[b] = middle, middle
