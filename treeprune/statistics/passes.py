"""Passes of rows over all trees: encoded once, then walked some rows and some trees at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from treeprune.kernels.columns import missing_features
from treeprune.kernels.groups import STEP, Codes, Group
from treeprune.kernels.threads import run
from treeprune.kernels.walker import Walker
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.traverse import OutputSum
from treeprune.statistics.rows import row_blocks


class Step(NamedTuple):
    """Up to `STEP` rows: `rows` among all, `start` to `stop` in their block."""

    rows: slice
    codes: Codes
    start: int
    stop: int


class EncodedRows:
    """Rows that have weight, as the kernels of an ensemble read them: a byte or two a column.

    Parameters
    ----------
    ensemble : TreeEnsemble
    matrix : ndarray or csr matrix
        Of `treeprune.statistics.rows.model_rows`.
    weights : ndarray of float64, shape (n_rows,)
        Rows of weight zero are left out.
    n_jobs : int, optional
        Threads of all that is done with the rows, after joblib's convention.
    """

    def __init__(
        self, ensemble: TreeEnsemble, matrix: Any, weights: Array, n_jobs: int | None = None
    ) -> None:
        self.n_jobs = n_jobs
        self.walker = Walker(ensemble, missing_features(matrix, ensemble.absent), len(weights))
        self._steps: list[Step] = []
        as_they_stand = "plain" in self.walker.kinds
        first = 0
        for rows, block in row_blocks(matrix, ensemble.absent):
            present = weights[rows] > 0
            codes = self.walker.encode(block if present.all() else block[present], n_jobs)
            if not as_they_stand:  # a sparse table must not become a dense one
                codes = replace(codes, rows=np.empty((len(codes), 0)))
            for start in range(0, len(codes), STEP):
                stop = min(start + STEP, len(codes))
                self._steps.append(Step(slice(first + start, first + stop), codes, start, stop))
            first += len(codes)
        self._n_rows = first

    def __len__(self) -> int:
        return self._n_rows

    def __iter__(self) -> Iterator[Step]:
        return iter(self._steps)

    def raw_output(self) -> Array:
        """Raw output of the ensemble, shape (n_rows, n_columns)."""
        raw = np.empty((len(self), self.walker.ensemble.n_columns))
        summed = OutputSum(self.walker)
        for step in self._steps:
            if step.start == 0:
                raw[step.rows.start : step.rows.start + len(step.codes)] = summed.of(
                    step.codes, self.n_jobs
                )
        return raw

    def nodes(self, group: Group, step: Step) -> Array:
        """Leaves that a step's rows reach in a group of trees, int32, shape (n_trees, n_rows)."""
        return self.walker.nodes(group, step.codes, step.start, step.stop)

    def each_tree(self, step: Step, add: Callable[[int, Array], None]) -> None:
        """Hand the leaves that a step's rows reach to a function, tree by tree.

        Parameters
        ----------
        step : Step
        add : callable
            ``add(tree, leaves)``; called by several threads, but never by two for one tree.
        """

        def one_group(group: Group) -> None:
            for tree, leaves in enumerate(self.nodes(group, step), group.first):
                add(tree, leaves)

        run(one_group, self.walker.groups, self.n_jobs)
