"""What `LosslessPruner` does to one model over one domain, and the comparison at the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeprune.certificate.sums import sums
from treeprune.criteria.lossless.axes import Axes, all_inputs, axes_of
from treeprune.criteria.lossless.decided import ways_of_splits
from treeprune.criteria.lossless.proofs import removals
from treeprune.criteria.lossless.reweigh import reweigh
from treeprune.criteria.lossless.rows import Generator, every_cell, n_cells
from treeprune.criteria.lossless.shrink import shrink
from treeprune.criteria.lossless.trees import join_trees
from treeprune.criteria.lossless.votes import votes_of
from treeprune.domain.domain import Domain
from treeprune.domain.tables import numbers
from treeprune.exceptions import ModelMismatchError
from treeprune.lossless_plan import LosslessPlan, Removal
from treeprune.model.edit import keep_trees, scale_trees
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.traverse import raw_output
from treeprune.pruners.native import Native

_MOST_CELLS = 100_000
_MOST_NUMBERS = 20_000_000
"""Models of no more cells, and no more numbers in all of these, are compared on all of them."""

_ROWS = 10_000
"""Rows at thresholds and beside them on which every model is compared."""

_NATIVE_ROWS = 2_000
"""Rows on which the written model is asked itself."""

_BLOCK = 20_000


class LosslessWork:
    """One model over one domain.

    Parameters
    ----------
    native : Native
    e : TreeEnsemble
        Its trees.
    domain : Domain
        With its columns, in its order.
    """

    def __init__(self, native: Native, e: TreeEnsemble, domain: Domain) -> None:
        self._native, self._e, self._domain = native, e, domain
        self._axes: Axes = axes_of(e, domain)
        self._removals: list[Removal] = []
        self._notes: list[str] = []
        self._same, self._bound, self._checked = "bits", 0.0, ""
        self._factors: tuple[float, ...] | None = None
        self._fewest: bool | None = None

    def shrunk(self, given: Domain | None) -> TreeEnsemble:
        """What is left once splits and trees went; proofs name the domain only where one was given."""
        e, axes = self._e, self._axes
        here = anywhere = axes, ways_of_splits(e, axes)
        if given is not None:
            every = axes_of(e, all_inputs(e))
            anywhere = every, ways_of_splits(e, every)
        small = shrink(e, here[1], axes.question)
        self._removals = removals(e, given, here, anywhere, small)
        joined = join_trees(small.ensemble, self._domain)
        self._notes += joined.notes
        self._removals += joined.removals
        if joined.removals:
            rounding = sums(e).rounding + sums(joined.ensemble).rounding + joined.rounding
            self._same, self._bound = "output", float(rounding.max())
        return joined.ensemble

    def reweighed(self, edited: TreeEnsemble, rows: Array, time_limit: float) -> TreeEnsemble:
        """Fewer trees, weighed anew, where such were found."""
        found = reweigh(edited, self._domain, rows, time_limit)
        self._notes += found.notes
        self._fewest = found.fewest
        if found.factors is None:
            return edited
        kept = np.flatnonzero(found.factors)
        self._same, self._bound = "class", float("inf")
        factor = dict(zip(edited.tree_id.tolist(), found.factors.tolist(), strict=True))
        self._factors = tuple(factor.get(int(native), 0.0) for native in self._e.tree_id)
        for t in np.flatnonzero(found.factors == 0):
            self._removals.append(
                Removal(
                    kind="needless",
                    tree=int(edited.tree_id[t]),
                    node=int(edited.node_id[edited.root[t]]),
                    depth=0,
                    split="",
                    becomes=-1,
                    nodes_removed=int(edited.root[t + 1] - edited.root[t]),
                    proof=f"the other trees, weighed anew, give every input its class: {found.proof}",
                )
            )
        return scale_trees(keep_trees(edited, kept), found.factors[kept])

    def rows(self, X: Any) -> Array:
        """Rows of the domain: all cells where these are few, the user's own, and those at thresholds."""
        parts, words = [], []
        own = numbers(self._native.table(X), self._native.model)
        own = own[self._domain.contains(own)][:_ROWS]
        parts += [own, Generator(self._e, self._domain).rows(_ROWS, own)]
        n = n_cells(self._axes)
        if n <= min(_MOST_CELLS, _MOST_NUMBERS // self._e.n_features):
            parts.append(every_cell(self._axes, self._e.n_features))
            words.append(f"all {n:,} cells of the domain")
        words.append(f"{len(own) + _ROWS:,} rows of it, most of them at thresholds and beside them")
        self._checked = " and ".join(words)
        return np.vstack(parts)

    def checked(self, edited: TreeEnsemble, rows: Array) -> Native:
        """The written model, once it is known to be the same.

        Raises
        ------
        ModelMismatchError
        """
        e, name = self._e, type(self._native.model).__name__
        for start in range(0, len(rows), _BLOCK):
            with np.errstate(over="ignore"):
                part = rows[start : start + _BLOCK].astype(e.input_dtype)
            if self._same == "class":
                lost = int((votes_of(e).classes_of(part) != votes_of(edited).classes_of(part)).sum())
                if lost:
                    raise ModelMismatchError(
                        f"the pruned {name} gives {lost} of {len(part)} rows another class than the model "
                        "before; please report this with the versions in use"
                    )
                continue
            worst = float(np.abs(raw_output(e, part) - raw_output(edited, part)).max())
            if worst > self._bound:
                raise ModelMismatchError(
                    f"the pruned {name} differs from the model before by {worst:.3g} where "
                    f"{self._bound:.3g} was proven; please report this with the versions in use"
                )
        some = np.linspace(0, len(rows) - 1, min(_NATIVE_ROWS, len(rows))).astype(int)
        with np.errstate(over="ignore"):
            return self._native.checked(edited, rows[some].astype(e.input_dtype))

    def plan(self, edited: TreeEnsemble) -> LosslessPlan:
        """The record."""
        e = self._e
        return LosslessPlan(
            removals=tuple(self._removals),
            n_nodes=(e.n_nodes, edited.n_nodes),
            n_trees=(e.n_trees, edited.n_trees),
            same=self._same,
            bound=self._bound,
            checked=self._checked,
            factors=self._factors,
            fewest=self._fewest,
            notes=tuple(self._notes),
        )
