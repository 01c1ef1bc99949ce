"""Models of whole trees, as steps of a joint path: what joint models are compared with."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.joint.build import sum_start
from treeprune.criteria.joint.forms import Form
from treeprune.criteria.joint.shares import fitted_columns
from treeprune.criteria.joint.step import JointStep
from treeprune.model.ensemble import Array

_SLICES_A_DOUBLING = 4


def first_trees(form: Form) -> Array:
    """Ones for the first trees, in whole rounds; some sizes, evenly spread on a logarithmic scale.

    Parameters
    ----------
    form : Form

    Returns
    -------
    ndarray of float64, shape (n_sizes, n_trees)
    """
    e = form.ensemble
    a_round = e.n_columns if e.n_columns > 1 and (e.output >= 0).all() else 1
    rounds = e.n_trees // a_round
    n = max(int(_SLICES_A_DOUBLING * np.log2(max(rounds, 2))), 2)
    sizes = np.unique(np.geomspace(1, rounds, n).round().astype(int)) * a_round
    slices: Array = (np.arange(e.n_trees) < sizes[:, None]).astype(np.float64)
    return slices


def whole_tree_steps(form: Form, factors: Array) -> list[JointStep]:
    """Whole trees with their old values, times factors, and the base as it was.

    Parameters
    ----------
    form : Form
    factors : ndarray of float64, shape (n_steps, n_trees)
        Of the trees of each step; trees of factor zero are dropped.

    Returns
    -------
    list of JointStep
    """
    e = form.ensemble
    base, value = sum_start(e)
    feeds = (e.output[:, None] < 0) | (e.output[:, None] == np.arange(e.n_columns))
    if form.kind == "shares":
        fitted = fitted_columns(e.columns)
        base, value, feeds = base[fitted], value[:, fitted], feeds[:, fitted]
    total = np.ones(len(base))
    sizes = np.diff(e.root)
    steps = []
    for own in factors:
        kept = own > 0
        nodes = np.flatnonzero(np.repeat(kept, sizes))
        leaf = e.is_leaf[nodes]
        if form.kind in ("mean", "shares"):
            total = (e.weight * own) @ feeds
        values = value[nodes] * np.repeat(own[kept], sizes[kept])[:, None] / total
        steps.append(
            JointStep(
                alpha=0.0,
                base=base.copy(),
                trees=np.flatnonzero(kept),
                factors=own[kept],
                nodes=nodes,
                is_leaf=leaf,
                values=np.where(leaf[:, None], values, 0.0),
                loss=np.nan,
                ridge=0.0,
                price=float(len(nodes)),
            )
        )
    return steps
