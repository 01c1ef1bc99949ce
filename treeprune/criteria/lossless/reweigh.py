"""The same class for every input from fewer trees.

Y. Emine, A. Forel, I. Malek, T. Vidal, "Free lunch in the forest: functionally-identical pruning of boosted
tree ensembles" (AAAI 2025): factors of few trees are found that keep the classes of some inputs; an input
whose class they lose joins these; and so on, until there is none. Both programs are solved by HiGHS here,
and inputs are searched by branch and bound.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from treeprune.criteria.lossless.axes import Axes, axes_of
from treeprune.criteria.lossless.master import Fit, fewest_trees
from treeprune.criteria.lossless.separation import Separation
from treeprune.criteria.lossless.votes import votes_of
from treeprune.domain.domain import Domain
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble

_FIRST_ROWS = 300


@dataclass(frozen=True, eq=False)
class Reweighed:
    """Factors of the trees that keep every class.

    Parameters
    ----------
    factors : ndarray of float64, shape (n_trees,), or None
        None where no fewer trees were found.
    fewest : bool
        Whether it is proven that no fewer trees do (by a margin of a thousandth of the largest vote, and
        with factors up to ten).
    proof : str
        How it was seen that no input loses its class.
    notes : list of str
    """

    factors: Array | None
    fewest: bool
    proof: str
    notes: list[str]


def reweigh(ensemble: TreeEnsemble, domain: Domain, rows: Array, time_limit: float) -> Reweighed:
    """Find fewer trees, weighed anew, that give every input of a domain the class it has.

    Parameters
    ----------
    ensemble : TreeEnsemble
        A classifier of one target.
    domain : Domain
    rows : ndarray of float64, shape (n_rows, n_features)
        Inputs of the domain to begin with.
    time_limit : float
        Seconds.

    Returns
    -------
    Reweighed

    Raises
    ------
    UnsupportedModelError
        If the model's classes are no sums over trees that can be weighed.
    """
    deadline = time.perf_counter() + time_limit
    axes = axes_of(ensemble, domain)
    _check_axes(ensemble, axes)
    work = _Alternation(Separation(votes_of(ensemble), axes), rows[:_FIRST_ROWS], deadline)
    best = work.solved(exact=False)
    least = 1
    if best is None or best.n_trees > 1:
        better = work.solved(exact=True, below=None if best is None else best.n_trees)
        best, least = better or best, work.at_least
    late = time.perf_counter() >= deadline
    n = ensemble.n_trees
    fewest = best is not None and min(best.n_trees, n) <= least
    notes = []
    if best is None:
        why = (
            "time was up"
            if late
            else "no factors keep every class with a margin (some inputs tie, or nearly)"
        )
        notes.append(f"trees were not weighed anew: {why}")
    elif not fewest:
        why = "time was up" if late else "bounds are open"
        notes.append(f"that {best.n_trees} trees are the fewest is not proven: {why}")
    if best is None or best.n_trees >= n:
        return Reweighed(None, fewest, "", notes)
    return Reweighed(best.factors, fewest, work.proof, notes)


def _check_axes(e: TreeEnsemble, axes: Axes) -> None:
    mixed = np.unique(e.feature[~e.is_leaf & (axes.axis == LEAF)])
    if len(mixed):
        raise UnsupportedModelError(
            f"column {e.name_of(int(mixed[0]))} is split on as numbers and as categories"
        )


class _Alternation:
    """Factors and inputs in turn."""

    def __init__(self, separation: Separation, rows: Array, deadline: float) -> None:
        self._separation, self._deadline = separation, deadline
        self._lead = np.zeros((0, separation.votes.ensemble.n_trees))
        self._base = np.zeros(0)
        self._add(rows)
        self.at_least = 1

    @property
    def proof(self) -> str:
        """How inputs were searched."""
        s = self._separation
        return (
            f"all {s.n_cells:,} cells of the domain were looked at"
            if s.exhaustive
            else ("branch and bound over boxes of inputs found none that loses its class")
        )

    def _add(self, rows: Array) -> None:
        votes = self._separation.votes
        given, classes = votes.of_rows(rows), votes.classes_of(rows)
        at = np.arange(len(rows))
        for k in range(votes.n_classes):
            other = classes != k
            lead = given[at, :, classes] - given[:, :, k]
            self._lead = np.vstack([self._lead, lead[other]])
            self._base = np.append(self._base, (votes.base[classes] - votes.base[k])[other])

    def solved(self, *, exact: bool, below: int | None = None) -> Fit | None:
        """Factors that no input speaks against; None if there are none of fewer trees, or time is up."""
        while True:
            fit = fewest_trees(self._lead, self._base, exact=exact, deadline=self._deadline)
            if fit is None:
                return None
            self.at_least = max(self.at_least, fit.at_least)
            if below is not None and fit.n_trees >= below:
                return None
            rows, finished = self._separation.lost(fit.factors, self._deadline)
            if len(rows):
                self._add(rows)
            elif finished:
                return fit
            if not finished:
                return None
