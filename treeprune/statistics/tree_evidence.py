"""What orders of trees go by: how far each weighting of the trees is from what was wanted."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.model.contributions import prior_apart
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.traverse import raw_output
from treeprune.statistics.centre import centred
from treeprune.statistics.gram import TreeGram, tree_gram
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.losses import make_loss
from treeprune.statistics.raw_losses import natural_loss
from treeprune.statistics.rows import model_rows, row_blocks
from treeprune.statistics.target import Target
from treeprune.statistics.working_response import working_response


def tree_evidence(
    ensemble: TreeEnsemble,
    X: Any,
    target: Target,
    weights: Array,
    loss: Loss | str,
    *,
    n_jobs: int | None = None,
) -> TreeGram:
    """Inner products of the trees, and with what their sum should be; additive over rows.

    Parameters
    ----------
    ensemble : TreeEnsemble
        Whose trees are summed or averaged.
    X : array-like or sparse matrix, shape (n_rows, n_features)
        Encoded as the trees know it.
    target : Target
    weights : ndarray of float64, shape (n_rows,)
    loss : Loss or "auc"
        A quadratic model of it around the whole model's output stands for it.
    n_jobs : int, optional

    Returns
    -------
    TreeGram

    Raises
    ------
    ValueError
        If the loss has no derivatives behind the model's link, nor another that could stand for it.
    """
    e = prior_apart(ensemble)
    own = loss if isinstance(loss, Loss) else make_loss(natural_loss(ensemble), ensemble.task)
    matrix = model_rows(e, X, len(target))
    parts = [raw_output(e, block, n_jobs=n_jobs) for _, block in row_blocks(matrix, e.absent)]
    raw = np.concatenate([np.empty((0, e.n_columns)), *parts])
    try:
        response = working_response(own, e, target, raw, weights)
    except ValueError as error:
        raise ValueError(f'{error}; method="first" goes by no loss') from error
    seen, outcome = centred(e, response.outcome)
    return tree_gram(seen, matrix, outcome, response.weights, n_jobs=n_jobs)
