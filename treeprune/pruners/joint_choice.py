"""Which lane, and which size of it: every lane scored at every size on rows that it was not fitted on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from treeprune.criteria.joint.forms import Form, form_of
from treeprune.criteria.joint.outputs import step_outputs
from treeprune.criteria.joint.step import JointStep
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.links import answers
from treeprune.pruners.cross_validation import FoldRows
from treeprune.pruners.joint_lanes import Lane, LaneLimits, LaneRows
from treeprune.pruners.native import Native
from treeprune.statistics.leaf_places import LeafPlaces, leaf_places
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.ranking import rows_auc
from treeprune.statistics.rows import take_rows
from treeprune.statistics.step_losses import judge
from treeprune.statistics.target import Target, encode_target
from treeprune.statistics.weights import below_one

_SIZES_A_DOUBLING = 3
_PATIENCE = 10
"""Steps of a path that may pass without a better score."""

_WORTH = 1e-4
"""Share of the best loss by which a better score is better."""


@dataclass(frozen=True, eq=False)
class Jury:
    """Rows that models are judged on, walked down one model's whole trees.

    Parameters
    ----------
    form : Form
        Of the model whose steps are judged.
    places : LeafPlaces
    target : Target
        In the classes of `known`.
    weights : ndarray of float64, shape (n_rows,)
    loss : Loss or "auc"
    known : TreeEnsemble
        The model in whose classes outcomes are encoded, where a fold has seen fewer of them.
    parts : list of ndarray of int
        Rows that give a loss each.
    """

    form: Form
    places: LeafPlaces
    target: Target
    weights: Array
    loss: Loss | str
    known: TreeEnsemble
    parts: list[Array]

    def losses(self, step: JointStep) -> Array:
        """Mean loss of each part; shape (n_parts,)."""
        return self.verdict(step)[0]

    def verdict(self, step: JointStep) -> tuple[Array, Array]:
        """Mean loss of each part, and mean squared distance from the model's own answers."""
        (output,) = step_outputs(self.form.ensemble, self.places, [step])
        raw = self.form.raw(step, output)
        judged = judge(self.form.ensemble, self.known, self.loss, self.target, raw)
        off = ((answers(self.form.ensemble, raw) - self._own) ** 2).mean(axis=1)
        distance = [np.average(off[rows], weights=self.weights[rows]) for rows in self.parts]
        return np.array([self._of_part(judged, rows) for rows in self.parts]), np.array(distance)

    @cached_property
    def _own(self) -> Array:
        """What the model before pruning answers."""
        return answers(self.form.given, self._whole_raw)

    @cached_property
    def _whole_raw(self) -> Array:
        return self.form.whole_raw(self.places)

    def whole_losses(self) -> Array:
        """Mean loss of each part under the whole model; shape (n_parts,)."""
        judged = judge(self.form.given, self.known, self.loss, self.target, self._whole_raw)
        return np.array([self._of_part(judged, rows) for rows in self.parts])

    def _of_part(self, judged: Array, rows: Array) -> float:
        w = below_one(self.weights[rows])
        if isinstance(self.loss, Loss):
            return math.fsum(w * judged[rows]) / math.fsum(w)
        assert self.target.codes is not None
        return 1.0 - rows_auc(self.known, self.target.codes[rows], judged[rows], w)


class Watch:
    """Asks after each step of a path whether later ones can be better."""

    def __init__(self, jury: Jury) -> None:
        self._jury, self._best, self._since = jury, math.inf, 0

    def __call__(self, step: JointStep) -> bool:
        """Whether the path may end: some steps have passed without a better one."""
        losses = self._jury.losses(step)
        mean = float(losses.mean())
        better = mean < self._best - _WORTH * abs(self._best) if math.isfinite(self._best) else True
        self._best = min(self._best, mean)
        self._since = 0 if better else self._since + 1
        return self._since >= _PATIENCE


class LaneScores(NamedTuple):
    """Losses of all lanes at all sizes.

    Parameters
    ----------
    sizes : ndarray of int64, shape (n_sizes,)
        Most nodes of a model, ascending.
    losses : ndarray of float64, shape (n_folds, n_lanes, n_sizes)
        Of each lane's largest model that has no more nodes.
    distances : ndarray of float64, shape (n_folds, n_lanes, n_sizes)
        Mean squared distance of its answers from those of the model before pruning.
    whole : ndarray of float64, shape (n_folds,)
        Of the model as it was given, or grown.
    """

    sizes: Array
    losses: Array
    distances: Array
    whole: Array

    def up_to(self, n_sizes: int) -> LaneScores:
        """Of the smallest sizes alone."""
        losses, distances = self.losses[..., :n_sizes], self.distances[..., :n_sizes]
        return LaneScores(self.sizes[:n_sizes], losses, distances, self.whole)


def size_grid(most: int) -> Array:
    """Sizes in nodes, evenly spread on a logarithmic scale."""
    n = max(int(_SIZES_A_DOUBLING * np.log2(max(most, 2))) + 1, 2)
    sizes: Array = np.unique(np.geomspace(1, max(most, 2), n).round().astype(np.int64))
    return sizes


@dataclass(frozen=True, eq=False)
class LaneContest:
    """All lanes against each other.

    Parameters
    ----------
    lanes : sequence of Lane
    limits : LaneLimits
    loss : Loss or "auc"
    family : {"same", "boosting"}
    n_jobs : int or None
    """

    lanes: Sequence[Lane]
    limits: LaneLimits
    loss: Loss | str
    family: str
    n_jobs: int | None

    def form(self, native: Native) -> Form:
        """How a model is pruned."""
        judged = self.loss.name if isinstance(self.loss, Loss) else None
        return form_of(native.read(), self.family, type(native.model).__name__, judged)

    def rows(self, native: Native, X: Any, y: Any, weights: Array) -> LaneRows:
        """A model and rows to fit its smaller models on."""
        form = self.form(native)
        return LaneRows.of(native, form, X, y, weights, self.loss, self.limits, self.n_jobs)

    def jury(
        self, native: Native, form: Form, full: TreeEnsemble, X: Any, y: Any, weights: Array, parts: Any
    ) -> Jury:
        """Rows to judge the smaller models of a model on."""
        places = leaf_places(form.ensemble, native.rows(X), n_jobs=self.n_jobs)
        return Jury(form, places, encode_target(full, y), weights, self.loss, full, parts)

    def apart(self, fitted: LaneRows, jury: Jury) -> tuple[LaneScores, list[list[JointStep]]]:
        """Scores of paths on rows apart, in parts; and the paths."""
        sizes = self._sizes(fitted.form)
        paths, verdicts = [], []
        for lane in self.lanes:
            path, own = _judged(fitted, lane, jury, sizes)
            paths.append(path)
            verdicts.append(own)
        losses, distances = np.array(verdicts).transpose(3, 2, 0, 1)
        return LaneScores(sizes, losses, distances, jury.whole_losses()), paths

    def folds(self, native: Native, rows: FoldRows, fresh: Any) -> LaneScores:
        """Scores by cross-validation; `fresh` is fitted in each fold, if it is not None."""
        full = native.read()
        sizes = self._sizes(self.form(native))

        def one_fold(number: int) -> tuple[Array, Array]:
            train, test = rows.folds[number]
            own = native if fresh is None else rows.grow(fresh, train)
            seen = (take_rows(rows.X, train), take_rows(rows.y, train), rows.weights[train])
            fitted = self.rows(own, *seen)
            unseen = (take_rows(rows.X, test), take_rows(rows.y, test), rows.weights[test])
            jury = self.jury(own, fitted.form, full, *unseen, [np.arange(len(test))])
            found = np.array([_judged(fitted, lane, jury, sizes)[1] for lane in self.lanes])
            return found[..., 0, :], jury.whole_losses()

        results = list(rows.shown(map(one_fold, range(len(rows.folds)))))
        verdicts, whole = (np.array(part) for part in zip(*results, strict=True))
        return LaneScores(sizes, verdicts[..., 0], verdicts[..., 1], whole[:, 0])

    def _sizes(self, form: Form) -> Array:
        return size_grid(int(min(self.limits.max_nodes, form.ensemble.n_nodes)))


def _judged(fitted: LaneRows, lane: Lane, jury: Jury, sizes: Array) -> tuple[list[JointStep], Array]:
    """Path of a lane, and its verdicts at each size; shape (n_sizes, n_parts, 2)."""
    path = fitted.path(lane, Watch(jury) if lane.kind == "joint" else None)
    if not path:
        return path, np.full((len(sizes), len(jury.parts), 2), np.inf)
    verdicts = np.array([np.transpose(jury.verdict(step)) for step in path])[at_sizes(path, sizes)]
    if lane.kind != "joint":  # whole trees do not come as small as one leaf
        verdicts[sizes < path[0].n_nodes] = np.inf
    return path, verdicts


def at_sizes(path: Sequence[JointStep], sizes: Array) -> Array:
    """Position of the largest model with no more nodes, of the smallest one if there is none."""
    nodes = np.array([step.n_nodes for step in path])
    found: Array = np.maximum(np.searchsorted(nodes, sizes, side="right") - 1, 0)
    return found
