"""The record of a path and of the step that was taken."""

from __future__ import annotations

import numpy as np

from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.path import path_sizes
from treeprune.plan import PruningPath
from treeprune.statistics.loss_base import Loss

Choice = tuple[int, int, Array, Array]
"""What `treeprune.criteria.path_choice.choose_step` returns."""


def searched_path(
    ensemble: TreeEnsemble,
    alpha: Array,
    alphas: Array,
    risks: Array,
    taken: float,
    n_leaves: int,
    choice: Choice | None,
    loss: Loss | str,
    rule: str | float,
) -> PruningPath:
    """Put together what is known of a path.

    Parameters
    ----------
    ensemble : TreeEnsemble
        The model before pruning.
    alpha, alphas : ndarray of float64
        The path, as for `treeprune.model.path.lifetimes`.
    risks : ndarray of float64, shape (n_steps,)
    taken : float
        Risk of the model that was taken.
    n_leaves : int
        Its leaves.
    choice : tuple or None
        What the search said; None if nothing was searched.
    loss : Loss or "auc"
    rule : str or float

    Returns
    -------
    PruningPath
    """
    sizes = path_sizes(ensemble, alpha, alphas)
    step, best, mean, spread = choice or (None, None, None, None)
    if step is None:  # nothing was searched: the model may be a step of the path all the same
        near = np.isclose(risks, taken, rtol=1e-9, atol=1e-12 * np.abs(risks).max())
        same = np.flatnonzero((sizes == n_leaves) & near)
        step = int(same[0]) if len(same) else None
    return PruningPath(
        ccp_alpha=alphas,
        n_leaves=sizes,
        risk=risks,
        loss=mean,
        loss_se=spread,
        best=best,
        loss_name=None if choice is None else getattr(loss, "name", str(loss)),
        rule=None if choice is None else rule,
        chosen=step,
        chosen_leaves=n_leaves,
        chosen_risk=taken,
    )
