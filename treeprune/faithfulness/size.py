"""How large a model is, and how long it takes to answer."""

from __future__ import annotations

import pickle
import time
from typing import Any

import numpy as np

from treeprune.faithfulness.registry import Judged, register
from treeprune.model.structure import depths

_REPEATS = 5


def pickled_bytes(model: Any) -> int | None:
    """Length of a pickled model, None if it cannot be pickled.

    Parameters
    ----------
    model : object

    Returns
    -------
    int or None
    """
    try:
        return len(pickle.dumps(model, protocol=pickle.HIGHEST_PROTOCOL))
    except Exception:  # an objective that is a local function, say; attributes raise what they like
        return None


@register("trees")
def trees(judged: Judged) -> float:
    """Number of trees."""
    return judged.ensemble.n_trees


@register("nodes")
def nodes(judged: Judged) -> float:
    """Number of nodes, leaves included."""
    return judged.ensemble.n_nodes


@register("leaves")
def leaves(judged: Judged) -> float:
    """Number of leaves."""
    return judged.ensemble.n_leaves


@register("depth")
def depth(judged: Judged) -> float:
    """Largest depth of a leaf."""
    return int(depths(judged.ensemble.left, judged.ensemble.right).max())


@register("features used")
def features_used(judged: Judged) -> float:
    """Number of columns that at least one split looks at."""
    return len(judged.ensemble.used_features())


@register("bytes")
def size_in_bytes(judged: Judged) -> float:
    """Length of the pickled model."""
    length = pickled_bytes(judged.model)
    return np.nan if length is None else length


@register("prediction ms")
def prediction_time(judged: Judged) -> float:
    """Milliseconds to predict all rows: the least of five runs."""
    times = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        judged.native.predict(judged.X)
        times.append(time.perf_counter() - start)
    return 1000 * min(times)
