"""What a tree learns from: real rows, rows that a sampler draws, and what the teacher says of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from treeprune.criteria.soft_tree.growth import Growth, grow
from treeprune.criteria.soft_tree.rows import SoftRows
from treeprune.criteria.soft_tree.tree import SoftTree
from treeprune.distillation.table_codes import TableCodes
from treeprune.distillation.teacher import Teacher
from treeprune.model.ensemble import Array
from treeprune.sampling.columns import infer_columns
from treeprune.sampling.plausible import SeenTogether, draw_allowed
from treeprune.sampling.registry import check_sampler
from treeprune.statistics.rows import take_rows

Sampler = str | Callable[[Any, int, np.random.Generator], Any]
"""Name of a registered sampler, ``"none"``, or ``sampler(X, n, rng)`` that gives a table like X of n
rows."""

_ROWS_AT_A_TIME = 50_000


@dataclass(frozen=True, eq=False, kw_only=True)
class Lesson:
    """Real rows and what is said of them.

    Parameters
    ----------
    teacher : Teacher
    codes : TableCodes
    X : table, shape (n_rows, n_features)
        Rows with weight.
    rows : ndarray of float64, shape (n_rows, n_features)
        The same as numbers.
    answers : ndarray of float64, shape (n_rows, n_columns)
        Of the teacher, or as if it had not been trained on them.
    weight : ndarray of float64, shape (n_rows,)
    cuts : tuple of ndarray, or None
        See `SoftRows`.
    allowed : callable or None
        ``allowed(table)`` marks synthetic rows that can be.
    """

    teacher: Teacher
    codes: TableCodes
    X: Any
    rows: Array
    answers: Array
    weight: Array
    cuts: tuple[Array, ...] | None
    allowed: Callable[[Any], Array] | None

    @cached_property
    def x(self) -> Array:
        """Rows as a scikit-learn tree sees them; ndarray of float32."""
        with np.errstate(over="ignore"):
            return self.rows.astype(np.float32)

    def target(self, answers: Array) -> Array:
        """What is fitted: of two classes one share."""
        return answers[:, 1:] if self.teacher.classifies and answers.shape[1] == 2 else answers

    def whole(self, tree: SoftTree) -> SoftTree:
        """A grown tree with all columns of the answers."""
        if not self.teacher.classifies:
            return tree
        share = np.clip(tree.value, 0.0, 1.0)  # rounding only
        if share.shape[1] == self.answers.shape[1]:
            return replace(tree, value=share / share.sum(axis=1, keepdims=True))
        return replace(tree, value=np.hstack([1.0 - share, share]), error=2.0 * tree.error)

    def draw(self, sampler: Sampler, n: int, real: Array, rng: np.random.Generator) -> Array:
        """Rows like some of the real ones.

        Parameters
        ----------
        sampler : str or callable
        n : int
        real : ndarray of int
            Real rows that are to be imitated.
        rng : numpy.random.Generator

        Returns
        -------
        ndarray of float64, shape (n, n_features)

        Raises
        ------
        ValueError
            If nearly no row that is drawn is allowed, or the user's sampler gives other columns.
        """
        if sampler == "none" or n == 0:
            return np.empty((0, self.rows.shape[1]))
        if callable(sampler):
            table = sampler(take_rows(self.X, real), n, rng)
            drawn = self.codes.encode(table)
            keep = np.ones(len(drawn), np.bool_) if self.allowed is None else self.allowed(table)
            return drawn[keep]
        rows = self.rows[real]
        columns, weight = infer_columns(rows, self.codes.nominal, self.weight[real]), self.weight[real]
        fitted = check_sampler(sampler)(rows, columns, weight, int(rng.integers(2**31)))
        allowed = self.allowed
        may_be = None if allowed is None else (lambda z: allowed(self.codes.decode(z)))
        seen = SeenTogether(rows, columns, weight)
        return draw_allowed(fitted, n, rng, may_be, seen=seen).rows

    def ask(self, rows: Array) -> Array:
        """What the teacher says of rows of numbers, in parts so that memory is bounded."""
        parts = [
            self.teacher.ask(self.codes.decode(rows[start : start + _ROWS_AT_A_TIME]))
            for start in range(0, len(rows), _ROWS_AT_A_TIME)
        ]
        return np.vstack(parts) if parts else np.empty((0, self.answers.shape[1]))

    def soft_rows(self, sampler: Sampler, n: int, real: Array, rng: np.random.Generator) -> SoftRows:
        """Real rows, each with its weight, and synthetic ones of weight one."""
        drawn = self.draw(sampler, n, real, rng)
        with np.errstate(over="ignore"):
            x = np.vstack([self.x[real], drawn.astype(np.float32)])
        said = np.vstack([self.answers[real], self.ask(drawn)])
        return SoftRows(
            x=x,
            target=np.ascontiguousarray(self.target(said)),
            weight=np.concatenate([self.weight[real], np.ones(len(drawn))]),
            real=np.arange(len(x)) < len(real),
            cuts=self.cuts,
        )

    def grow(
        self, sampler: Sampler, n: int, real: Array, growth: Growth, rng: np.random.Generator
    ) -> SoftTree:
        """Draw, ask and grow."""
        return grow(self.soft_rows(sampler, n, real, rng), growth)
