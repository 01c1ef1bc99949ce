"""Strategies that choose trees, subtrees and leaf values together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from treeprune.criteria.joint.edit import pruned
from treeprune.criteria.joint.step import JointStep
from treeprune.joint_plan import JointPlan
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.pruners.joint_choice import LaneContest, at_sizes
from treeprune.pruners.joint_lanes import Lane, LaneLimits, LaneRows
from treeprune.pruners.joint_models import written
from treeprune.pruners.joint_recipes import lanes_by_features, lanes_for
from treeprune.pruners.native import Native
from treeprune.search.candidates import Smaller, SmallerTrees, Variant
from treeprune.search.fitted import Effort, Fitted
from treeprune.search.limits import Limits

_MOST_NODES: dict[tuple[str, Effort], int] = {("sum", "low"): 64, ("sum", "medium"): 512}
"""Largest model of a kind that is looked for without a limit: larger ones are dear."""

_MOST = 3000
"""The same for other kinds, and where it was asked for."""

_AVERAGED = 64
"""Number of averaged trees that does well where the model may be large."""

_SMALL = 512
"""Up to so many nodes every number of averaged trees is tried: fewer are better then, and it is cheap."""

_A_DOUBLING = 2
"""Sizes that are compared for each doubling of the number of nodes."""


class Joint(Variant):
    """One way to prune jointly, see `treeprune.JointPruner`."""

    strategy = "joint"

    def __init__(self, name: str, lane: Lane, limits: Limits, family: str, most: int) -> None:
        self._name, self._lane, self._family = name, lane, family
        self._limits = LaneLimits(max_trees=limits.trees)
        n = max(int(_A_DOUBLING * np.log2(max(most, 2))), 1) + 1
        self._sizes = np.unique(np.geomspace(1, most, n).round().astype(np.int64))
        super().__init__([{"max_nodes": int(size), "way": str(lane)} for size in self._sizes])

    @property
    def name(self) -> str:
        """See `Variant.name`."""
        return self._name

    def models(self, fitted: Fitted, wanted: Array) -> Sequence[Smaller | None]:
        """See `Variant.models`."""
        rows = lane_rows(fitted, self._limits, self._family)
        path = rows.path(self._lane, max_nodes=float(self._sizes[wanted].max()))
        if not path:
            return [None] * len(self._sizes)
        at = at_sizes(path, self._sizes)
        small = np.array([step.n_nodes for step in path])[at] <= self._sizes
        return [
            self._model(fitted, rows, path[k]) if ok else None
            for k, ok in zip(at, wanted & small, strict=True)
        ]

    def _model(self, fitted: Fitted, rows: LaneRows, step: JointStep) -> Smaller:
        form, native = rows.form, fitted.native
        edited = pruned(form.ensemble, step)
        record = partial(JointPlan.of, form.ensemble, edited, step.factors, str(self._lane))

        def write(X: Any) -> Native:
            return written(native, form, edited, native.probes(fitted.ensemble, X))

        return SmallerTrees(native, edited, record, fitted.n_jobs, write)


def lane_rows(fitted: Fitted, limits: LaneLimits, family: str) -> LaneRows:
    """Rows walked down a model, once for all ways."""
    contest = LaneContest((), limits, fitted.loss, family, fitted.n_jobs)
    seen = fitted.seen
    make = partial(contest.rows, fitted.native, seen.X, seen.y, seen.weights)
    return fitted.once(("lanes", family, limits), make)


def joint_variants(full: Fitted, limits: Limits, family: str = "same") -> list[Variant]:
    """Ways to prune jointly that are worth their time in a search.

    Parameters
    ----------
    full : Fitted
        The model of all rows.
    limits : Limits
    family : {"same", "boosting"}

    Returns
    -------
    list of Variant
    """
    contest = LaneContest((), LaneLimits(), full.loss, family, full.n_jobs)
    form = contest.form(full.native)
    name = "joint" if family == "same" else "boosting"
    if np.isfinite(limits.features):
        most = int(limits.features)
        lanes = lanes_by_features(form, "auto", "auto", "auto", most, None, searches=False)
        name = "features"
    else:
        lanes = list(lanes_for(form, "auto", "auto", "auto", (None,), whole=False))
    joint = [lane for lane in lanes if lane.kind == "joint"]
    size = _largest(form.ensemble, form.kind, limits, full.effort)
    return [Joint(name, lane, limits, family, size) for lane in _quick(joint, form.kind, size)]


def _largest(e: TreeEnsemble, kind: str, limits: Limits, effort: Effort) -> int:
    if np.isfinite(limits.nodes):
        return int(min(limits.nodes, e.n_nodes))
    return min(_MOST_NODES.get((kind, effort), _MOST), e.n_nodes)


def _quick(lanes: list[Lane], kind: str, size: int) -> list[Lane]:
    """Of all ways those that do well nearly everywhere; see `treeprune.pruners.joint_recipes`."""
    outcomes = [lane for lane in lanes if lane.target == 0.0] or lanes
    if kind == "sum":
        return outcomes[1:2] or outcomes
    usual = [lane for lane in outcomes if size <= _SMALL or lane.n_averaged == _AVERAGED]
    return usual or outcomes[-1:]
