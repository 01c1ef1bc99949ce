"""Is there an input whose class is lost? Over all cells where these are few, by branch and bound else."""

from __future__ import annotations

import time

import numpy as np

from treeprune.criteria.lossless.axes import Axes
from treeprune.criteria.lossless.boxes import FOUND, PAUSED, BoxSearch
from treeprune.criteria.lossless.rows import Generator, every_cell, n_cells
from treeprune.criteria.lossless.votes import Votes
from treeprune.domain.domain import Domain
from treeprune.model.ensemble import Array

_MOST_VOTES = 20_000_000
_BOXES = 5_000
_ROWS_A_TIME = 200
_LOOKED_AT = 100_000
_FOUND_A_TIME = 30


class Separation:
    """Inputs at which another weighing of the trees loses the class.

    Parameters
    ----------
    votes : Votes
    axes : Axes
        Of the ensemble of the votes over the domain.
    domain : Domain
    rows : ndarray of float64, shape (n_rows, n_features)
        Inputs of the domain that are looked at first, with others at thresholds.
    """

    def __init__(self, votes: Votes, axes: Axes, domain: Domain, rows: Array) -> None:
        self.votes, self._axes = votes, axes
        self.n_cells, e = n_cells(axes), votes.ensemble
        most = _MOST_VOTES // (e.n_trees * votes.n_classes)
        self.exhaustive = self.n_cells <= most
        """Whether all cells are looked at, one by one."""
        if self.exhaustive:
            self._rows = every_cell(axes, e.n_features)
        else:
            self._rows = np.vstack([rows, Generator(e, domain).rows(_LOOKED_AT)])[:most]
        self._given, self._class = votes.of_rows(self._rows), votes.classes_of(self._rows)
        self.boxes = 0

    def kept(self, factors: Array) -> float:
        """A class is kept where its score is above all others by this: half the margin asked for."""
        return self.votes.margin / 2 * self.votes.weight(factors)

    def lost(self, factors: Array, deadline: float) -> tuple[Array, bool]:
        """Some inputs whose class is lost.

        Parameters
        ----------
        factors : ndarray of float64, shape (n_trees,)
        deadline : float
            On the clock of `time.perf_counter`.

        Returns
        -------
        rows : ndarray of float64, shape (n_found, n_features)
        finished : bool
            Whether there are none but those found; else time was up.
        """
        rows = self._worst(self._rows, self._given, self._class, factors)
        if self.exhaustive or len(rows):
            return rows, True
        return self._by_boxes(factors, deadline)

    def _worst(self, rows: Array, given: Array, classes: Array, factors: Array) -> Array:
        """Of some rows those that lose their class, the worst first."""
        if not len(rows):
            return rows
        nearest = leads(given, classes, self.votes.base, factors).min(axis=1)
        worst = np.argsort(nearest, kind="stable")[:_ROWS_A_TIME]
        return rows[worst[nearest[worst] < self.kept(factors)]]

    def _by_boxes(self, factors: Array, deadline: float) -> tuple[Array, bool]:
        v, e = self.votes, self.votes.ensemble
        found: list[Array] = []
        kept = self.kept(factors)
        factor = np.repeat(factors, np.diff(e.root))
        for c in range(v.n_classes):
            for k in range(v.n_classes):
                if c == k:
                    continue
                ahead = v.value[:, c] - v.value[:, k]
                start = float(v.base[c] - v.base[k])
                search = BoxSearch(e, self._axes, ahead, -factor * ahead, -start - v.rounding, start - kept)
                some, finished = self._some(search, factors, c, deadline)
                found += some
                if not finished:
                    return np.array(found).reshape(-1, e.n_features), False
        return np.array(found).reshape(-1, e.n_features), True

    def _some(
        self, search: BoxSearch, factors: Array, wanted: int, deadline: float
    ) -> tuple[list[Array], bool]:
        """First inputs of a class that lose it; boxes may also hold inputs of a third class."""
        found: list[Array] = []
        while len(found) < _FOUND_A_TIME:
            ended = search.next(_BOXES)
            if ended == FOUND:
                row = search.row(self.votes.ensemble.n_features)[None]
                own = self.votes.classes_of(row)
                lead = leads(self.votes.of_rows(row), own, self.votes.base, factors)
                if own[0] == wanted and lead.min() < self.kept(factors):
                    found.append(row[0])
            elif ended == PAUSED:
                self.boxes += _BOXES
            else:
                return found, True
            if time.perf_counter() > deadline:
                return found, False
        return found, True


def leads(given: Array, classes: Array, base: Array, factors: Array) -> Array:
    """By how much the score of each row's class is above each other one; shape (n_rows, n_classes - 1)."""
    score = np.einsum("rtc,t->rc", given, factors) + base
    own = np.take_along_axis(score, classes[:, None], axis=1)
    others = np.arange(score.shape[1]) != classes[:, None]
    found: Array = (own - score)[others].reshape(len(score), -1)
    return found
