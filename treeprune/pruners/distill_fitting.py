"""The steps of distillation, from a teacher to a tree."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from treeprune.backends import read
from treeprune.backends.sklearn_student import student
from treeprune.criteria.soft_tree.growth import Growth, grow
from treeprune.criteria.soft_tree.tree import SoftTree
from treeprune.distillation.lesson import Lesson
from treeprune.distillation.real_answers import (
    AnswerKind,
    cross_fitted,
    fit_teacher,
    out_of_bag,
    warn_if_only_direct,
)
from treeprune.distillation.rehearsal import Rehearsal, rehearse
from treeprune.distillation.steadiness import learn_until_stable, redraws, steadiness
from treeprune.distillation.table_codes import TableCodes, WordCodes, order_by_answer
from treeprune.distillation.teacher import Teacher
from treeprune.distillation.teacher_cuts import teacher_cuts
from treeprune.distillation.wrapping import wrapped
from treeprune.exceptions import ModelMismatchError, PruningWarning
from treeprune.export.leaf_table import leaf_table
from treeprune.model.ensemble import Array
from treeprune.pruners.distill_parameters import LARGEST, DistillerParameters
from treeprune.pruners.folds import Fold, make_folds
from treeprune.pruners.native import check_columns, is_scikit_learn
from treeprune.statistics.rows import take_rows

_REHEARSED = 20_000
"""Synthetic rows at the most while samplers and sizes are compared, and splits redrawn."""

STEADY = 0.5
"""Share of the redraws that a feature at the top has to win, or there is a warning."""


class DistillerFitting(DistillerParameters):
    """What happens in `fit`."""

    n_jobs: int | None
    random_state: Any
    verbose: bool

    def _distil(self, X: Any, y: Any, weights: Array, groups: Any) -> None:
        self._check_stable(weights[weights > 0])
        present = np.flatnonzero(weights > 0)
        every = (X, y, weights)
        X, y, weights = (take_rows(part, present) for part in every)
        codes = TableCodes.of(X)
        columns = tuple(column.name for column in codes.pattern.columns)
        named = hasattr(self, "feature_names_in_")
        columns = tuple(map(str, self.feature_names_in_)) if named else columns
        allowed, prices = self._allowed(columns), self._prices(X, columns)
        self._check_identifiers(codes, allowed, columns, len(weights))
        seeds = np.random.SeedSequence(check_random_state(self.random_state).randint(2**31 - 1))
        unit = None if (weights == 1).all() else weights
        teacher = self._teacher(X, y, unit)
        cuts = teacher_cuts(teacher) if self.thresholds == "teacher" else None
        folds = self._folds(*every, groups, teacher)
        answers, kind = self._answers(teacher, X, y, weights, unit, folds)
        codes, rows = self._ordered(codes, X, answers, weights)
        lesson = Lesson(
            teacher=teacher, codes=codes, X=X, rows=rows, answers=answers, weight=weights,
            cuts=cuts, allowed=self.constraints,
        )  # fmt: skip
        most = LARGEST if self.max_leaf_nodes is None else int(self.max_leaf_nodes)
        growth = Growth(most, self.max_depth, self.min_real_samples_leaf, allowed, prices)
        rehearsal, sampler, n_leaves = self._choose(lesson, growth, folds, seeds)
        n, rng = self._n_synthetic(float(weights.sum())), np.random.default_rng(seeds.spawn(1)[0])
        if self.n_synthetic == "stable" and sampler != "none":
            learnt = learn_until_stable(lesson, sampler, n, 10 * n, growth, n_leaves, rng)
        else:
            learnt = lesson.soft_rows(sampler, n, np.arange(len(rows)), rng)
        tree = grow(learnt, growth).of_size(n_leaves)
        self._take_tree(lesson.whole(tree), lesson, columns)
        several = lesson.teacher.classes is None and answers.shape[1] > 1
        self.leaf_table_ = None if several else leaf_table(
            self._trees, rows, y, weights, teacher=answers,
            categories=self._words, missing=self._has_missing,
        )  # fmt: skip
        self.stability_ = None
        if tree.n_leaves == 1:
            self._warn_of_one_leaf(answers)
        if self.n_redraws > 0 and tree.n_leaves > 1:
            drawn = redraws(lesson, sampler, min(n, _REHEARSED), self.n_redraws, seeds)
            self.stability_ = steadiness(self._trees, learnt, drawn, growth, columns, n_jobs=self.n_jobs)
            self._warn_if_unsteady()
        self.teacher_, self.answers_, self.rehearsal_ = teacher.model, kind, rehearsal
        self.sampler_ = sampler if isinstance(sampler, str) else getattr(sampler, "__name__", "callable")
        self.fidelity_ = None
        if rehearsal is not None:
            self.fidelity_ = rehearsal.r2(rehearsal.names.index(self.sampler_), n_leaves)
        kept = self._positions("keep", self.keep, columns)
        used = np.unique(tree.feature)
        self.support_ = np.isin(np.arange(len(columns)), [*used[used >= 0], *kept])

    # ------------------------------------------------------------------ the teacher
    def _teacher(self, X: Any, y: Any, unit: Array | None) -> Teacher:
        if self._frozen:
            teacher = Teacher(self._given)
            if is_scikit_learn(teacher.model):
                check_columns(teacher.model, X)
            strangers = [] if y is None or teacher.classes is None else y[~np.isin(y, teacher.classes)]
            if len(strangers):
                known = ", ".join(map(str, teacher.classes))  # type: ignore[arg-type]
                raise ValueError(
                    f"y holds classes that the model was not trained on: {strangers[0]}; it knows {known}"
                )
        else:
            teacher = fit_teacher(self.estimator, X, y, unit)
        teacher.classes  # noqa: B018 - refuses several outcomes
        teacher.warn_of_labels(stacklevel=5)
        return teacher

    def _folds(self, X: Any, y: Any, weights: Array, groups: Any, teacher: Teacher) -> list[Fold] | None:
        if self.cv is None:
            return None
        if y is None:
            said = teacher.ask(X)
            y = said.argmax(axis=1) if teacher.classifies else said
        place = np.cumsum(weights > 0) - 1  # of a row among those with weight
        folds = make_folds(self.cv, X, y, weights, groups, classify=teacher.classifies)
        return [(place[train], place[test]) for train, test in folds]

    def _answers(
        self, teacher: Teacher, X: Any, y: Any, weights: Array, unit: Array | None, folds: list[Fold] | None
    ) -> tuple[Array, AnswerKind]:
        """What the teacher says of the real rows, as if it had not seen them wherever that can be had."""
        if y is not None or self._frozen:
            apart = out_of_bag(teacher, X, weights)
            if apart is not None:
                return apart, "out-of-bag"
        if not self._frozen and folds is not None:
            return cross_fitted(self.estimator, teacher, X, y, unit, folds), "cross-fitted"
        warn_if_only_direct(teacher, X, weights, stacklevel=5)
        return teacher.ask(X), "direct"

    # ------------------------------------------------------------------ the table
    @staticmethod
    def _check_identifiers(
        codes: TableCodes, allowed: Array | None, columns: tuple[str, ...], n_rows: int
    ) -> None:
        for j, own in enumerate(codes.categories):
            may_split = allowed is None or allowed[j]
            if own is not None and may_split and len(own) > max(2, n_rows // 2):
                raise ValueError(
                    f"column {columns[j]!r} has {len(own)} different words in {n_rows} rows, as the names "
                    f"of patients would; drop it, or exclude=[{columns[j]!r}]"
                )

    @staticmethod
    def _ordered(codes: TableCodes, X: Any, answers: Array, weights: Array) -> tuple[TableCodes, Array]:
        """Categories in the order of the teacher's answers, and the table as such numbers."""
        rows = codes.encode(X)
        order = {
            j: order_by_answer(rows[:, j], len(own), answers, weights)
            for j, own in enumerate(codes.categories)
            if own is not None
        }
        if not order:
            return codes, rows
        codes = codes.ordered(order)
        return codes, codes.encode(X)

    # ------------------------------------------------------------------ the tree
    def _choose(
        self, lesson: Lesson, growth: Growth, folds: list[Fold] | None, seeds: np.random.SeedSequence
    ) -> tuple[Rehearsal | None, Any, int]:
        """Sampler and size, by held-out fidelity."""
        candidates = self._candidates
        if folds is None:
            return None, candidates[0], growth.max_leaves
        n = min(self._n_synthetic(float(lesson.weight.sum())), _REHEARSED)
        rehearsal = rehearse(lesson, candidates, n, growth, self._shown(folds), seeds)
        errors = float({"1se": 1.0, "min": 0.0}.get(str(self.rule), self.rule))
        s, n_leaves = rehearsal.choose(self.max_leaf_nodes, errors)
        return rehearsal, candidates[s], n_leaves

    def _shown(self, folds: list[Fold]) -> Iterable[Fold]:
        if not self.verbose:
            return folds
        from tqdm.auto import tqdm  # warns in notebooks without widgets: only those who ask see it

        return tqdm(folds, "folds", leave=False)

    def _take_tree(self, tree: SoftTree, lesson: Lesson, columns: tuple[str, ...]) -> None:
        parameters = {"max_leaf_nodes": self.max_leaf_nodes, "max_depth": self.max_depth}
        names = getattr(self, "feature_names_in_", None)
        self.tree_ = student(tree, lesson.rows.shape[1], lesson.teacher.classes, names, **parameters)
        if (self.tree_.tree_.apply(lesson.x) != tree.apply(lesson.x)).any():
            raise ModelMismatchError(
                "scikit-learn's tree sends rows to other leaves than the tree that was grown; please "
                "report this with the versions in use"
            )
        self.estimator_ = wrapped(self.tree_, lesson.codes, lesson.X)
        # without the means to make tables, which cannot be pickled
        self._codes = WordCodes(lesson.codes.categories)
        self._has_missing = bool(np.isnan(lesson.rows).any())
        self._trees = replace(read(self.tree_), feature_names=columns)
        self._words = {
            name: [str(word) for word in own]
            for name, own in zip(columns, lesson.codes.categories, strict=True)
            if own is not None
        }

    def _warn_of_one_leaf(self, answers: Array) -> None:
        if (answers == answers[0]).all():
            reason = "the teacher says the same of every row"
        else:
            reason = (
                f"no split that is allowed explains anything and leaves min_real_samples_leaf="
                f"{self.min_real_samples_leaf} of {len(answers)} rows on each side"
            )
        warnings.warn(f"the tree has one leaf: {reason}", PruningWarning, stacklevel=5)

    def _warn_if_unsteady(self) -> None:
        """Warn if splits that a reader sees first would not be there in other samples."""
        assert self.stability_ is not None
        top = self.stability_[self.stability_["depth"] <= 1]
        weak = top[top["same_feature"] < STEADY]
        if len(weak):
            which = ", ".join(
                f"{row.feature} (wins {row.same_feature:.0%} of the redraws)" for row in weak.itertuples()
            )
            warnings.warn(
                f"splits at the top of the tree are not stable: {which}; in another sample of patients "
                "other features would stand there, so read them as one of several ways to say the same; "
                "stability_ tells of each split, and more rows make them more stable",
                PruningWarning,
                stacklevel=6,
            )
