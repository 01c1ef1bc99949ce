"""How large a model is, and how long it takes to answer."""

from __future__ import annotations

import pickle
import time
from typing import Any

import numpy as np

from treeprune.faithfulness.registry import Judged, register
from treeprune.latency import prediction_of
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


@register("trees", structure="trees")
def trees(judged: Judged) -> float:
    """Number of trees."""
    return judged.ensemble.n_trees


@register("nodes", structure="trees")
def nodes(judged: Judged) -> float:
    """Number of nodes, leaves included."""
    return judged.ensemble.n_nodes


@register("leaves", structure="trees")
def leaves(judged: Judged) -> float:
    """Number of leaves."""
    return judged.ensemble.n_leaves


@register("depth", structure="trees")
def depth(judged: Judged) -> float:
    """Largest depth of a leaf."""
    return int(depths(judged.ensemble.left, judged.ensemble.right).max())


@register("features used")
def features_used(judged: Judged) -> float:
    """Number of columns that at least one split, or a coefficient, looks at."""
    used = judged.used_features()
    return np.nan if used is None else len(used)


@register("coefficients", structure="linear")
def coefficients(judged: Judged) -> float:
    """Number of coefficients that are not 0, intercepts left out."""
    assert judged.linear is not None
    return int(np.count_nonzero(judged.linear.coef))


@register("bytes")
def size_in_bytes(judged: Judged) -> float:
    """Length of the pickled model."""
    length = pickled_bytes(judged.model)
    return np.nan if length is None else length


@register("prediction ms")
def prediction_time(judged: Judged) -> float:
    """Milliseconds to predict all rows: the least of five runs."""
    call = prediction_of(judged.native, judged.X)
    times = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)
