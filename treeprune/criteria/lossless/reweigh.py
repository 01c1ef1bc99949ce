"""The same class for every input from fewer trees.

Y. Emine, A. Forel, I. Malek, T. Vidal, "Free lunch in the forest: functionally-identical pruning of boosted
tree ensembles" (AAAI 2025): factors of few trees are found that keep the classes of some inputs; an input
whose class they lose joins these; and so on, until there is none. Trees are chosen here by sets of which
one is needed, with programs that HiGHS solves, and inputs are searched by branch and bound.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from treeprune.criteria.lossless.axes import Axes, axes_of
from treeprune.criteria.lossless.master import Conditions, Weights, widest
from treeprune.criteria.lossless.needs import Needs
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
        Whether it is proven that no fewer trees do, by a margin that is a stated part of their weight.
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
    votes = votes_of(ensemble)
    work = _Alternation(Separation(votes, axes, domain, rows), rows[:_FIRST_ROWS], deadline)
    best = work.sparse()
    better = work.fewest(ensemble.n_trees if best is None else _count(best))
    best = best if better is None else better
    late = time.perf_counter() >= deadline
    n = ensemble.n_trees
    fewest = best is not None and _count(best) <= work.needs.at_least
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
        notes.append(f"that {_count(best)} trees are the fewest is not proven: {why}")
    else:
        notes.append(
            f"no fewer than {_count(best)} trees keep every class by more than {votes.margin:.0e} of "
            "their weight"
        )
    if best is None or _count(best) >= n:
        return Reweighed(None, fewest, "", notes)
    return Reweighed(best, fewest, work.proof, notes)


def _count(factors: Array) -> int:
    return int((factors > 0).sum())


def _check_axes(e: TreeEnsemble, axes: Axes) -> None:
    mixed = np.unique(e.feature[~e.is_leaf & (axes.axis == LEAF)])
    if len(mixed):
        raise UnsupportedModelError(
            f"column {e.name_of(int(mixed[0]))} is split on as numbers and as categories"
        )


class _Alternation:
    """Weights and inputs in turn."""

    def __init__(self, separation: Separation, rows: Array, deadline: float) -> None:
        self._separation, self._deadline = separation, deadline
        votes = separation.votes
        self._given = Conditions(np.zeros((0, votes.ensemble.n_trees)), np.zeros(0), votes.started)
        self._add(rows)
        self.needs = Needs(votes.ensemble.n_trees, votes.margin)

    @property
    def proof(self) -> str:
        """How inputs were searched."""
        s = self._separation
        return (
            f"all {s.n_cells:,} cells of the domain were looked at"
            if s.exhaustive
            else "branch and bound over boxes of inputs found none that loses its class"
        )

    def _add(self, rows: Array) -> None:
        votes = self._separation.votes
        given, classes = votes.of_rows(rows), votes.classes_of(rows)
        at, whole = np.arange(len(rows)), votes.scale.sum()
        for k in range(votes.n_classes):
            other = classes != k
            lead = (given[at, :, classes] - given[:, :, k]) / votes.scale
            start = (votes.base[classes] - votes.base[k]) / whole
            self._given = self._given.joined(lead[other], start[other])
        self._given = self._given.distinct()

    def sparse(self) -> Array | None:
        """Factors of the widest margin, which are few, that no input speaks against."""
        everything = np.ones(self._given.n_trees, bool)
        while (weights := widest(self._given, everything, self._deadline)) is not None:
            if weights.margin <= self._separation.votes.margin:
                return None
            factors = self._factors(weights)
            if (kept := self._settled(factors)) is not None:
                return factors if kept else None
        return None

    def fewest(self, below: int) -> Array | None:
        """Factors of the fewest trees; None if there are none of fewer than that many, or time is up."""
        margin = self._separation.votes.margin
        while (used := self.needs.smallest(self._deadline)) is not None:
            if used.sum() >= below:
                return None
            weights = widest(self._given, used, self._deadline) if used.any() else None
            if weights is None or weights.margin <= margin:
                if not self.needs.learn(self._given, used, self._deadline):
                    return None
                continue
            factors = self._factors(weights)
            if (kept := self._settled(factors)) is not None:
                return factors if kept else None
        return None

    def _settled(self, factors: Array) -> bool | None:
        """Whether every input keeps its class; None where some were found that do not, and are told now."""
        rows, finished = self._separation.lost(factors, self._deadline)
        if len(rows):
            self._add(rows)
            return None if finished else False
        return finished

    def _factors(self, weights: Weights) -> Array:
        """What trees are multiplied by: with the weight they had, where only ratios matter."""
        votes = self._separation.votes
        own = weights.trees / votes.scale * votes.scale.sum()
        factors: Array = own / (weights.start if votes.started else weights.trees.sum())
        return factors
