"""How pruners that fit subtrees and leaf values go about it: rows, folds, choice, writing."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn.exceptions import DataConversionWarning

from treeprune.criteria.joint.edit import pruned
from treeprune.criteria.joint.forms import Form
from treeprune.criteria.joint.step import JointStep
from treeprune.exceptions import PruningWarning
from treeprune.faithfulness.size import pickled_bytes
from treeprune.joint_plan import JointPath, JointPlan
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.pruners.cross_validation import FoldRows
from treeprune.pruners.folds import make_folds
from treeprune.pruners.joint_choice import LaneContest, LaneScores, at_sizes
from treeprune.pruners.joint_front import Front
from treeprune.pruners.joint_lanes import Lane, LaneRows
from treeprune.pruners.joint_models import JointModels, written
from treeprune.pruners.joint_parameters import JointParameters
from treeprune.pruners.native import Native
from treeprune.pruners.parameters import check_feature_costs
from treeprune.pruners.training_rows import warn_if_trained_on


class JointFitting(JointParameters):
    """What `JointPruner` and `FeaturePruner` do alike."""

    path_: JointPath | None

    @abstractmethod
    def _lanes(self, form: Form) -> Sequence[Lane]:
        """What is compared."""

    @abstractmethod
    def _front(self, scores: LaneScores, lanes: Sequence[Lane], most_loss: float | None) -> Front:
        """The best of the lanes at each step, and the step taken."""

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        groups: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Grow (unless frozen), compare sizes, prune.

        Parameters
        ----------
        X : array-like, dataframe or sparse matrix, shape (n_rows, n_features)
            Rows to grow on, and to fit subtrees and leaf values on.
        y : array-like, shape (n_rows,) or (n_rows, n_targets)
        sample_weight : array-like of shape (n_rows,), optional
        groups : array-like of shape (n_rows,), optional
            Rows of one group stay together in the folds; of the rows that compare.
        X_val, y_val, sample_weight_val : optional
            Rows that sizes are compared on, with columns as in X.

        Returns
        -------
        self

        Raises
        ------
        UnsupportedModelError
            If the estimator is of no family that can be pruned so; the message says what else there is.
        ValueError
            If a parameter, the rows, the outcomes or the weights are not legal.

        Warns
        -----
        PruningWarning
            If the rows that compare are those that the model was trained on; if every limit is wider than
            the model, which then stays as it is; or if no model is within `max_loss_increase`.
        """
        with self._all_or_nothing():
            task = self._check_model()
            loss = self._check_parameters(task)
            if task == "classification" and np.asarray(y).ndim == 2 and np.asarray(y).shape[1] == 1:
                warnings.warn(
                    "A column-vector y was passed when a 1d array was expected: its column is taken",
                    DataConversionWarning,
                    stacklevel=2,
                )
            X, y, weights = self._check_rows(X, y, sample_weight)
            self._check_estimator(y)
            self._check_outcomes(y, loss)
            costs = self._costs = check_feature_costs(self.feature_costs, X)
            apart = X_val is not None or y_val is not None
            if apart:
                held_out = self._check_held_out(X_val, y_val, sample_weight_val, y)
                self._check_outcomes(held_out[1], loss)
            elif sample_weight_val is not None:
                raise ValueError("sample_weight_val needs X_val and y_val")
            judged_X, judged_y, judged_w = held_out if apart else (X, y, weights)
            classify = task == "classification"
            folds = make_folds(self.cv, judged_X, judged_y, judged_w, groups, classify=classify)
            native = self._grow(X, y, None if sample_weight is None else weights)
            e = native.read()
            if self._limits_nothing(e, 0 if self.max_bytes is None else self._n_bytes(native.model)):
                return self._keep_whole(native, e, X)
            contest = LaneContest((), self._limits(costs), self._fitting(loss, e), self.family, self.n_jobs)
            form = self._form(native, contest)
            contest = replace(contest, lanes=self._lanes(form))
            if self._frozen:
                warn_if_trained_on(native.model, e, native.rows(judged_X), judged_w, stacklevel=3)
            fitted = contest.rows(native, X, y, weights)
            paths: list[list[JointStep]] | None = None
            if apart:
                parts = [test for _, test in folds]
                jury = contest.jury(native, form, e, judged_X, judged_y, judged_w, parts)
                scores, paths = contest.apart(fitted, jury)
            else:
                rows = FoldRows(X, y, weights, folds, self.n_jobs, self.verbose)
                scores = contest.folds(native, rows, None if self._frozen else self.estimator)
            return self._choose(native, e, contest, fitted, scores, paths, X)

    def _choose(
        self,
        native: Native,
        e: TreeEnsemble,
        contest: LaneContest,
        fitted: LaneRows,
        scores: LaneScores,
        paths: list[list[JointStep]] | None,
        X: Any,
    ) -> Self:
        most_loss, left, lanes = None, len(scores.sizes), list(contest.lanes)
        if self.max_loss_increase is not None:
            whole = float(scores.whole.mean())
            most_loss = whole + self.max_loss_increase * abs(whole)
        while True:
            some = scores.up_to(left)
            front = self._front(some, lanes, most_loss)
            at, size = int(front.lane[front.chosen]), int(front.size[front.chosen])
            path = _path(fitted, lanes[at], size) if paths is None else paths[at]
            if not path:  # whole trees of the folds were smaller, and these are beyond the limits
                lanes[at] = replace(lanes[at], candidate=False)
                continue
            step = path[int(at_sizes(path, np.array([size]))[0])]
            self._check_step(step)
            edited = pruned(fitted.form.ensemble, step)
            new = written(native, fitted.form, edited, native.probes(e, X))
            if self.max_bytes is None or self._n_bytes(new.model) <= self.max_bytes:
                break
            left = int(np.searchsorted(scores.sizes, min(size, step.n_nodes)))
            if left == 0:
                raise ValueError(
                    f"max_bytes={self.max_bytes}, but a model of {step.n_nodes} nodes has "
                    f"{self._n_bytes(new.model):,} bytes"
                )
        self._models: JointModels | None = None
        if self.keep_models:
            used, most = np.unique(front.lane).tolist(), float(front.size.max())
            every = {k: _path(fitted, lanes[k], most) if paths is None else paths[k] for k in used}
            self._models = JointModels(native, fitted.form, front, every, native.probes(e, X)[:0])
        self.path_ = self._record(e, contest, some, front, step)
        plan = JointPlan.of(fitted.form.ensemble, edited, step.factors, str(contest.lanes[at]))
        return self._take(new, edited, plan)

    def _check_step(self, step: JointStep) -> None:
        if self.max_nodes is not None and step.n_nodes > self.max_nodes:
            raise ValueError(
                f"max_nodes={self.max_nodes} is too few: the smallest model has {step.n_nodes} nodes, a "
                "tree for each column of its output"
            )
        if self.max_trees is not None and step.n_trees > self.max_trees:
            raise ValueError(
                f"max_trees={self.max_trees} is too few: the smallest model has {step.n_trees} trees, one "
                "for each column of its output"
            )

    def _n_bytes(self, model: Any) -> int:
        n_bytes = pickled_bytes(model)
        if n_bytes is None:
            raise ValueError(
                f"max_bytes: a {type(model).__name__} with these parameters cannot be pickled, so nobody "
                "knows its bytes; limit max_nodes"
            )
        return n_bytes

    def _record(
        self,
        e: TreeEnsemble,
        contest: LaneContest,
        scores: LaneScores,
        front: Front,
        step: JointStep,
    ) -> JointPath:
        first = [k for k, lane in enumerate(contest.lanes) if lane.kind == "first"]
        slices = scores.losses[:, first[0]].mean(axis=0) if first else np.full(len(scores.sizes), np.inf)
        loss = contest.loss
        return JointPath(
            max_nodes=front.size,
            loss=front.loss,
            loss_se=front.loss_se,
            way=tuple(str(contest.lanes[k]) for k in front.lane),
            n_features=self._numbers_of_features(contest.lanes, front),
            first_nodes=scores.sizes[np.isfinite(slices)],
            first_loss=slices[np.isfinite(slices)],
            whole_nodes=e.n_nodes,
            whole_loss=float(scores.whole.mean()),
            best=front.best,
            chosen=front.chosen,
            chosen_nodes=step.n_nodes,
            chosen_trees=step.n_trees,
            loss_name=getattr(loss, "name", str(loss)),
            rule=self._rule,
        )

    @staticmethod
    def _numbers_of_features(lanes: Sequence[Lane], front: Front) -> Array:
        return np.array([lanes[k].max_features or 0 for k in front.lane])

    def _keep_whole(self, native: Native, e: TreeEnsemble, X: Any) -> Self:
        warnings.warn(
            f"the limits are wider than the model ({e.n_nodes:,} nodes in {e.n_trees:,} trees): nothing is "
            "pruned",
            PruningWarning,
            stacklevel=4,
        )
        plan = JointPlan.of(e, e, np.ones(e.n_trees), "as it was")
        self.path_ = self._models = None
        return self._finish(native, e, plan, X)


def _path(fitted: LaneRows, lane: Lane, max_nodes: float) -> list[JointStep]:
    """Path on all rows, up to a size; whole trees are as large here as they are, whatever folds had."""
    return fitted.path(lane, max_nodes=max_nodes if lane.kind == "joint" else np.inf)
