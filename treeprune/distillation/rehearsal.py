"""Held-out fidelity of every sampler at every size, and the choice between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from treeprune.criteria.soft_tree.growth import Growth
from treeprune.distillation.lesson import Lesson, Sampler
from treeprune.model.ensemble import Array
from treeprune.pruners.folds import Fold

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """Squared distance to the teacher on rows that neither sampler nor tree has seen.

    Parameters
    ----------
    names : tuple of str
        Of the samplers.
    losses : ndarray of float64, shape (n_samplers, n_folds, n_sizes)
        Weighted mean squared difference of the answers, summed over columns, at 1, 2, ... leaves.
    weight : ndarray of float64, shape (n_folds,)
        Of the rows of each fold.
    spread : float
        Weighted variance of the teacher's answers, summed over columns.
    """

    names: tuple[str, ...]
    losses: Array
    weight: Array
    spread: float

    @property
    def mean(self) -> Array:
        """Mean over rows; shape (n_samplers, n_sizes)."""
        return np.average(self.losses, axis=1, weights=self.weight)

    def error_of(self, difference: Array) -> float:
        """Standard error of a mean over folds."""
        n = len(difference)
        return float(difference.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0

    def choose(self, n_leaves: int | None, errors: float) -> tuple[int, int]:
        """Sampler and number of leaves.

        Parameters
        ----------
        n_leaves : int or None
            The number that was asked for; None to choose the smallest tree within so many standard errors
            of the best, by the differences fold by fold.
        errors : float

        Returns
        -------
        tuple of int
            Position of the sampler, and the number of leaves.
        """
        mean = self.mean
        if n_leaves is not None:
            column = min(n_leaves, mean.shape[1]) - 1
            return int(np.argmin(mean[:, column])), n_leaves
        best = np.unravel_index(int(np.argmin(mean)), mean.shape)
        s = int(best[0])
        for size in range(int(best[1]) + 1):
            worse = self.losses[s, :, size] - self.losses[s, :, best[1]]
            if float(np.average(worse, weights=self.weight)) <= errors * self.error_of(worse):
                return s, size + 1
        return s, int(best[1]) + 1

    def r2(self, sampler: int, n_leaves: int) -> tuple[float, float]:
        """Held-out fidelity and its standard error; NaN where the teacher says one thing only."""
        if self.spread == 0.0:
            return float("nan"), float("nan")
        own = self.losses[sampler, :, min(n_leaves, self.losses.shape[2]) - 1]
        return 1.0 - float(np.average(own, weights=self.weight)) / self.spread, self.error_of(
            own
        ) / self.spread

    def to_frame(self) -> pd.DataFrame:
        """One row for each sampler and size.

        Returns
        -------
        pandas.DataFrame
            Columns ``sampler``, ``n_leaves``, ``fidelity_r2``, ``standard_error``.
        """
        import pandas as pd

        rows = [
            (name, size + 1, *self.r2(s, size + 1))
            for s, name in enumerate(self.names)
            for size in range(self.losses.shape[2])
        ]
        return pd.DataFrame(rows, columns=["sampler", "n_leaves", "fidelity_r2", "standard_error"])


def rehearse(
    lesson: Lesson,
    candidates: Sequence[Sampler],
    n_synthetic: int,
    growth: Growth,
    folds: Iterable[Fold],
    seeds: np.random.SeedSequence,
) -> Rehearsal:
    """Grow trees on all folds but one, and hold them against the teacher on the one.

    Parameters
    ----------
    lesson : Lesson
    candidates : sequence of samplers
    n_synthetic : int
        Rows that each draws for each fold.
    growth : Growth
    folds : iterable of (train, test)
    seeds : numpy.random.SeedSequence

    Returns
    -------
    Rehearsal
    """
    losses: list[list[Array]] = [[] for _ in candidates]
    weight = []
    for train, test in folds:
        held_out, known = lesson.x[test], lesson.target(lesson.answers[test])
        w = lesson.weight[test]
        weight.append(w.sum())
        for s, sampler in enumerate(candidates):
            rng = np.random.default_rng(seeds.spawn(1)[0])
            tree = lesson.grow(sampler, n_synthetic, train, growth, rng)
            own = [
                np.average(((tree.value[at] - known) ** 2).sum(axis=1), weights=w)
                for at in tree.leaves_by_size(held_out)
            ]
            own += [own[-1]] * (growth.max_leaves - len(own))  # it could not be split further
            losses[s].append(np.array(own))
    target = lesson.target(lesson.answers)
    mean = np.average(target, axis=0, weights=lesson.weight)
    spread = float(np.average(((target - mean) ** 2).sum(axis=1), weights=lesson.weight))
    names = tuple(s if isinstance(s, str) else getattr(s, "__name__", "callable") for s in candidates)
    return Rehearsal(names, np.array(losses), np.array(weight), spread)
