"""Training risk of each node, from what the tree itself carries: no rows are needed.

The risk that pruning minimises may be another one than the criterion that grew the tree.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import entr, xlogy

from treeprune.exceptions import PruningWarning
from treeprune.model.ensemble import Array, Task, TreeEnsemble
from treeprune.model.structure import branch_sums, tree_of_node
from treeprune.statistics.losses import ExpectedCost, check_cost_matrix

_CONTRADICTION = 1e-6
_ROUNDING = 1e-12
_NOT_FINITE = {
    "regression": (
        "the outcome is too large to be squared in float64 (or the stored impurities are damaged); "
        "divide the outcome by a constant"
    ),
    "classification": (
        "the training weights are too large or too small for float64 (or the stored impurities are "
        "damaged); multiply the weights by a constant"
    ),
}


def _root_cover(e: TreeEnsemble) -> Array:
    return e.cover[e.root[:-1]][tree_of_node(e.root)]


def _class_shares(e: TreeEnsemble, priors: Array | None) -> list[tuple[Array, Array]]:
    """Class distribution and weight of each node, target by target."""
    shares = []
    for k in range(len(e.columns)):
        p = e.value[:, e.target_columns(k)]
        counts = p * e.cover[:, None]
        if priors is not None:
            at_root = p[e.root[:-1]][tree_of_node(e.root)]
            with np.errstate(divide="ignore", invalid="ignore"):
                counts = np.where(at_root > 0, counts * priors / at_root, 0.0)
        weight = counts.sum(axis=1)
        with np.errstate(invalid="ignore"):
            shares.append((np.where(weight[:, None] > 0, counts / weight[:, None], 0.0), weight))
    return shares


def _class_risk(impurity: Callable[[Array], Array]) -> Callable[..., Array]:
    def risk(e: TreeEnsemble, priors: Array | None) -> Array:
        parts = [impurity(p) * weight for p, weight in _class_shares(e, priors)]
        return np.mean(parts, axis=0)

    return risk


def _between(e: TreeEnsemble, priors: Array | None) -> Array:
    """Squared distance of each node's answer from the answers of the leaves below it.

    For values that are means this is the risk less the risk of the full tree, which is all that
    pruning compares; it has no large numbers to cancel and never falls when a split is added.
    """
    total = np.zeros(e.n_nodes)
    zeros = np.zeros(e.n_nodes)
    for column in range(e.n_columns):
        centre = e.value[e.root[:-1], column][tree_of_node(e.root)]
        off = e.value[:, column] - centre
        with np.errstate(over="ignore", invalid="ignore"):
            mass = branch_sums(e.left, e.right, e.cover * off, zeros)
            mean = np.divide(mass, e.cover, out=off.copy(), where=e.cover > 0)
            # an internal value that is not the mean of its leaves (clipped, or a median) pays for it
            moved = np.where(e.is_leaf, 0.0, mean - off)
            moved = np.where(np.abs(moved) > 1e-9 * np.abs(off), moved, 0.0)
            # where it is, the value itself: sums over the branch may have met a wild outcome elsewhere
            mean = np.where(moved == 0.0, e.value[:, column], mean + centre)
            inner = ~e.is_leaf
            a, b = e.left[inner], e.right[inner]
            gap = np.zeros(e.n_nodes)
            smaller = np.minimum(e.cover[a], e.cover[b])
            larger = np.maximum(e.cover[a], e.cover[b])
            gap[inner] = smaller * (larger / e.cover[inner]) * (mean[a] - mean[b]) ** 2
            spread = branch_sums(e.left, e.right, zeros, gap)
            total += spread + e.cover * moved**2
    return total / e.n_columns


def _poisson(e: TreeEnsemble, priors: Array | None) -> Array:
    """Half Poisson deviance of the leaves' answers from each node's answer."""
    if (e.value < 0).any():
        raise ValueError(f"risk='poisson' is for outcomes >= 0, the model answers {e.value.min()}")
    total = np.zeros(e.n_nodes)
    zeros = np.zeros(e.n_nodes)
    for column in range(e.n_columns):
        v = e.value[:, column]
        mass = branch_sums(e.left, e.right, e.cover * v, zeros)
        own = branch_sums(e.left, e.right, e.cover * xlogy(v, v), zeros)
        deviance = own - xlogy(mass, v) + (e.cover * v - mass)
        total += np.where(e.is_leaf, 0.0, np.maximum(deviance, 0.0))
    return total / e.n_columns


RISKS: dict[str, tuple[str, Callable[..., Array]]] = {
    "gini": ("classification", _class_risk(lambda p: 1.0 - (p**2).sum(axis=1))),
    "entropy": ("classification", _class_risk(lambda p: entr(p).sum(axis=1) / np.log(2.0))),
    "misclassification": ("classification", _class_risk(lambda p: 1.0 - p.max(axis=1))),
    "squared_error": ("regression", _between),
    "poisson": ("regression", _poisson),
}
"""Risks that are computed from the values and covers of the nodes."""

_SAME_AS = {"log_loss": "entropy", "friedman_mse": "squared_error"}


def legal_risks(task: Task) -> tuple[str, ...]:
    """Names that `node_risk` knows for a kind of model.

    Parameters
    ----------
    task : {"classification", "regression"}

    Returns
    -------
    tuple of str
        Synonyms included.
    """
    named = tuple(name for name, (of, _) in RISKS.items() if of == task)
    synonyms = tuple(name for name, same in _SAME_AS.items() if same in named)
    costs = ("cost",) if task == "classification" else ()
    return ("impurity", "stored_impurity", *named, *synonyms, *costs)


def _stored(e: TreeEnsemble) -> Array:
    if e.impurity is None:
        raise ValueError(
            "the model stores no impurities; name the risk: "
            f"{', '.join(k for k, (task, _) in RISKS.items() if task == e.task)}"
        )
    # the very operations of scikit-learn, so that a path is the same to the last bit
    with np.errstate(over="ignore", invalid="ignore"):
        return e.cover * e.impurity / _root_cover(e)


def _contradicts(e: TreeEnsemble, stored: Array, computed: Array) -> bool:
    """Whether the falls of the stored risk are not those that the leaf values show."""
    inner = np.flatnonzero(~e.is_leaf)
    a, b = e.left[inner], e.right[inner]
    with np.errstate(over="ignore", invalid="ignore"):
        falls = [r[inner] - r[a] - r[b] for r in (stored, computed)]
        gap = np.abs(falls[0] - falls[1]).sum()
        # splits that gain nothing leave rounding alone: measured in what a whole tree has at risk, in
        # squared units of the outcome; class risks are near 1, and rounded there, however small they are
        unit = np.ones(e.n_trees)
        if e.task == "regression":
            unit = np.maximum(np.abs(stored[e.root[:-1]]), np.abs(computed[e.root[:-1]]))
        allowed = _CONTRADICTION * np.abs(falls[1]).sum() + (_ROUNDING * unit).sum()
    return not (np.isfinite(gap) and gap <= allowed)


def _impurity(e: TreeEnsemble, quiet: bool) -> Array:
    stored = _stored(e)
    name = _SAME_AS.get(e.criterion or "", e.criterion)
    if name not in RISKS:
        return stored
    computed = RISKS[name][1](e, None) / _root_cover(e)
    if not _contradicts(e, stored, computed):
        return stored
    if quiet:
        return computed
    warnings.warn(
        f"the {e.criterion} impurities stored in the model contradict its leaf values (outcomes far "
        "from zero and clipping by monotonic constraints do this to scikit-learn); the risk is "
        'computed from the leaf values instead; risk="stored_impurity" insists on the stored ones',
        PruningWarning,
        stacklevel=5,  # through node_risk, its options and fit, to whoever called fit
    )
    return computed


def check_priors(priors: Any, n_classes: int) -> Array:
    """Prior probabilities, scaled to sum to one.

    Parameters
    ----------
    priors : array-like of shape (n_classes,)
    n_classes : int

    Returns
    -------
    ndarray of float64, shape (n_classes,)
    """
    try:
        p = np.asarray(priors, np.float64)
    except (TypeError, ValueError):  # a dictionary, or text
        p = np.empty(0)
    if p.shape != (n_classes,) or not np.isfinite(p).all() or (p < 0).any() or p.sum() <= 0:
        raise ValueError(
            f"priors must be {n_classes} finite numbers >= 0, one for each class, got {priors!r}"
        )
    return p / p.sum()


def node_risk(
    ensemble: TreeEnsemble,
    risk: str = "impurity",
    *,
    cost_matrix: Any = None,
    priors: Any = None,
    quiet: bool = False,
) -> Array:
    """Training risk of each node as a leaf, as a share of its tree's training weight.

    Parameters
    ----------
    ensemble : TreeEnsemble
    risk : str
        ``"impurity"``: the growth criterion as scikit-learn stored it, unless the leaf values
        contradict it; ``"stored_impurity"``: without that check; ``"gini"``, ``"entropy"``
        (or ``"log_loss"``), ``"misclassification"``, ``"cost"`` for classifiers;
        ``"squared_error"`` (or ``"friedman_mse"``), ``"poisson"`` for regressors. Where values are
        not means of outcomes (``absolute_error`` trees, clipped values), ``"squared_error"`` is an
        approximation: it measures how far answers lie from the answers of the leaves below.
    cost_matrix : array-like of shape (n_classes, n_classes), optional
        For ``"cost"``; rows are true classes, columns decisions.
    priors : array-like of shape (n_classes,), optional
        Class probabilities to assume in place of those in the training weights (Breiman et al.,
        *Classification and Regression Trees*, 1984, section 4.4).
    quiet : bool
        Do not warn where stored impurities are not trusted.

    Returns
    -------
    ndarray of float64, shape (n_nodes,)
        For ``"squared_error"`` and ``"poisson"`` less the risk of the full tree: only differences
        within a tree matter.

    Raises
    ------
    ValueError
        If the risk does not fit the model, or is not finite.
    """
    e = ensemble
    legal = legal_risks(e.task)
    if risk not in legal:
        raise ValueError(f"risk={risk!r} does not fit {e.task}; use one of {', '.join(legal)}")
    name = _SAME_AS.get(risk, risk)
    if (priors is not None or name == "cost") and len(e.columns) != 1:
        raise ValueError("priors and cost_matrix are for models with one target")
    if priors is not None:
        if e.task != "classification":
            raise ValueError("priors are for classifiers")
        priors = check_priors(priors, e.columns[0])
        if name in ("impurity", "stored_impurity"):
            name = _SAME_AS.get(e.criterion or "", e.criterion or "")
            if name not in legal:
                raise ValueError(
                    f"priors need a named risk: {', '.join(legal[2:])}; "
                    "the model's own criterion has no name"
                )
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # what overflows is refused below
        if name == "cost":
            loss = ExpectedCost(matrix=check_cost_matrix(cost_matrix))
            result = _class_risk(lambda p: (p * loss.class_costs(p)).sum(axis=1))(e, priors)
            result = result / _root_cover(e)
        elif name == "impurity":
            result = _impurity(e, quiet)
        elif name == "stored_impurity":
            result = _stored(e)
        else:
            result = RISKS[name][1](e, priors) / _root_cover(e)
    if not np.isfinite(result).all():
        raise ValueError(f"the training risk is not a finite number: {_NOT_FINITE[e.task]}")
    return result
