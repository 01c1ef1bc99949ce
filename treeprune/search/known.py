"""By which loss candidates are judged, and in whose classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from treeprune.backends import read
from treeprune.backends.linear import is_linear, read_linear
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.pruners.estimator_checks import fitting_loss
from treeprune.pruners.linear_base import last_step
from treeprune.pruners.native import Native, predicted_task
from treeprune.search.registry import has_trees
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.losses import make_loss


def judged_by(name: str, native: Native) -> Loss:
    """The loss that goes with a fitted model, if none was named.

    Parameters
    ----------
    name : str
        ``"auto"``, or a key of `treeprune.statistics.losses.LOSSES`.
    native : Native

    Returns
    -------
    Loss
    """
    if name == "auto" and has_trees(native.model):
        return fitting_loss(native.read())
    task = predicted_task(native.model)
    last = last_step(native.model)
    if name == "auto" and is_linear(last) and read_linear(last).family == "poisson":
        name = "poisson"
    return make_loss(name if name != "auto" or task == "regression" else "log_loss", task)


def classes_known(native: Native, y: Any, *, fitted_on: bool) -> TreeEnsemble:
    """What outcomes are encoded by: trees that know all classes.

    Parameters
    ----------
    native : Native
    y : ndarray, shape (n_rows,) or (n_rows, n_targets)
    fitted_on : bool
        Whether the model was fitted on these outcomes.

    Returns
    -------
    TreeEnsemble
        The model's own trees; of a model without trees those of a stump.
    """
    if has_trees(native.model):
        return native.read()
    outcomes: Array = np.asarray(y)
    tree: Any = DecisionTreeRegressor(max_depth=1)
    if predicted_task(native.model) == "classification":
        tree = DecisionTreeClassifier(max_depth=1)
        outcomes = outcomes if fitted_on else np.asarray(native.classes)
    return read(tree.fit(np.zeros((len(outcomes), 1)), outcomes))
