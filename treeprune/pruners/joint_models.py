"""Models of other sizes than the one that was taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from treeprune.backends.sklearn_family import as_gradient_boosting
from treeprune.criteria.joint.edit import pruned
from treeprune.criteria.joint.forms import Form
from treeprune.criteria.joint.step import JointStep
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.pruners.joint_choice import at_sizes
from treeprune.pruners.joint_front import Front
from treeprune.pruners.native import Native


def written(native: Native, form: Form, edited: TreeEnsemble, rows: Array) -> Native:
    """The model of an edited ensemble, of its own family or of the one it is to become.

    Parameters
    ----------
    native : Native
        The model before pruning.
    form : Form
    edited : TreeEnsemble
        Of `form.ensemble`.
    rows : ndarray, shape (n_rows, n_features)
        Rows to check it on, see `Native.probes`.

    Returns
    -------
    Native
    """
    if form.origin is None:
        return native.checked(replace(edited, aggregation=native.trees().aggregation), rows)
    present = rows[~np.isnan(rows).any(axis=1)]
    return replace(native, model=as_gradient_boosting(native.model, edited, present))


@dataclass(frozen=True, eq=False)
class JointModels:
    """Everything that models of a front are made of.

    Parameters
    ----------
    native : Native
        The model before pruning.
    form : Form
    front : Front
    paths : mapping of int to list of JointStep
        Path of each lane that the front has.
    rows : ndarray, shape (n_rows, n_features)
        Rows to check models on: thresholds of the model, no row of a table.
    """

    native: Native
    form: Form
    front: Front
    paths: Mapping[int, list[JointStep]]
    rows: Array

    def step(self, max_nodes: int) -> JointStep:
        """Of steps with no more nodes the one truest to the model, see `Front.truest`.

        Raises
        ------
        ValueError
            If there is none.
        """
        sizes = self.front.size.copy()
        last = int(np.searchsorted(sizes, max_nodes, side="right")) - 1
        if last >= 0:
            sizes[last] = max_nodes  # what lies between two sizes of the front is of the smaller one's way
        steps = [self._step_at(k, size) for k, size in enumerate(sizes)]
        small = [k for k, step in enumerate(steps) if step is not None and step.n_nodes <= max_nodes]
        if not small:
            least = min(step.n_nodes for step in steps if step is not None)
            raise ValueError(f"max_nodes={max_nodes} is too few: the smallest model has {least} nodes")
        step = steps[self.front.truest(np.array(small))]
        assert step is not None
        return step

    def _step_at(self, k: int, size: int) -> JointStep | None:
        path = self.paths[int(self.front.lane[k])]
        return path[int(at_sizes(path, np.array([size]))[0])] if path else None

    def model(self, max_nodes: int) -> Any:
        """The best native model with no more nodes."""
        edited = pruned(self.form.ensemble, self.step(max_nodes))
        return written(self.native, self.form, edited, self.rows).model
