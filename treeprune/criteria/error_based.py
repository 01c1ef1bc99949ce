"""Error-based pruning, the method of C4.5 and Weka's J48 (subtree replacement)."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from treeprune.criteria.counts import class_errors
from treeprune.criteria.leaf_cost import LeafCosts
from treeprune.criteria.registry import register
from treeprune.kernels.compiled import kernel
from treeprune.model.ensemble import Array, TreeEnsemble

_MARGIN = 0.1  # C4.5 takes the leaf unless the branch is better by a tenth of an error


@kernel
def _added_errors(n: float, e: float, confidence: float, z: float) -> float:
    at_zero = n * (1.0 - confidence ** (1.0 / n))
    if e < 1.0:
        if e == 0.0:
            return at_zero
        # C4.5 draws a straight line between no error and one error
        return at_zero + e * (_added_errors(n, 1.0, confidence, z) - at_zero)
    if e + 0.5 >= n:
        return max(n - e, 0.0)
    f = (e + 0.5) / n
    spread = z * np.sqrt(f / n - f * f / n + z * z / (4.0 * n * n))
    return (f + z * z / (2.0 * n) + spread) / (1.0 + z * z / n) * n - e


def added_errors(n: Array, e: Array, confidence: float) -> Array:
    """Errors to add to those seen, so that the true rate is exceeded with chance `confidence`.

    Upper limit of the binomial proportion with continuity correction (normal approximation), exact
    for no error; J. R. Quinlan, *C4.5: Programs for Machine Learning*, 1993, chapter 4.

    Parameters
    ----------
    n : ndarray of float64
        Weight of the rows in each node.
    e : ndarray of float64
        Weight of the misclassified rows among them.
    confidence : float
        Between 0 and 0.5.

    Returns
    -------
    ndarray of float64

    Examples
    --------
    >>> import numpy as np
    >>> added_errors(np.array([6.0, 9.0, 1.0]), np.zeros(3), 0.25).round(3)
    array([1.238, 1.285, 0.75 ])
    """
    z = float(ndtri(1.0 - confidence))
    flat = [
        _added_errors(a, b, confidence, z) if a > 0 else 0.0
        for a, b in zip(n.tolist(), e.tolist(), strict=True)
    ]
    return np.array(flat)


@register("error_based", ("classification",), confidence=0.25)
def error_based(ensemble: TreeEnsemble, confidence: float) -> LeafCosts:
    """Seen errors and the errors added for a leaf of that size; the mean over several targets.

    Parameters
    ----------
    ensemble : TreeEnsemble
    confidence : float
        C4.5's confidence factor, in (0, 0.5]; smaller prunes more.

    Returns
    -------
    LeafCosts
    """
    if not 0.0 < confidence <= 0.5:
        raise ValueError(f"confidence must lie in (0, 0.5], got {confidence}")
    n = ensemble.cover
    cost = np.mean([e + added_errors(n, e, confidence) for e in class_errors(ensemble)], axis=0)
    return LeafCosts(leaf=cost, slack=np.full(len(cost), _MARGIN))
