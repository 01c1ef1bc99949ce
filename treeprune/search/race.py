"""Successive halving: every strategy runs in the first fold, and those that fall behind run in no other.

After each fold the candidates are judged by all rows so far, as they would be in the end: strategies are
ranked by the size at which they come up to the best, and half of them go, with all that do not come up at
all where others do (K. Jamieson, A. Talwalkar, Non-stochastic best arm identification and hyperparameter
optimization, AISTATS 2016). Of those that stay, strengths far from that size go too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from treeprune.model.ensemble import Array
from treeprune.search.candidates import Sizes, Smaller, Variant
from treeprune.search.choose import Verdicts, is_non_inferior, smallest
from treeprune.search.fitted import Fitted, Jury
from treeprune.search.limits import Limits

_LEAST = 3
"""Strategies that stay if so many come up to the best."""

_WIDTH = 2.0
"""Standard errors within which candidates count as good on the way: few rows have judged them yet."""

_AROUND = 4.0
"""Strengths stay whose models are up to so many times smaller or larger than where a strategy came up."""


@dataclass(frozen=True, eq=False)
class Heat:
    """One model, the rows that judge what becomes of it, and which rows may choose before.

    Parameters
    ----------
    fitted : Fitted
    jury : Jury
    places : ndarray of int64
        Numbers of the judging rows among all that judge.
    halves : list of ndarray of int
        Positions among the judging rows: each half chooses for the other one. Empty where `fitted` has
        rows apart, or where nothing needs them.
    """

    fitted: Fitted
    jury: Jury
    places: Array
    halves: list[Array]


class Race:
    """Losses and sizes of all candidates so far.

    Parameters
    ----------
    variants : sequence of Variant
        The first one is the model as it was.
    weights, units : ndarray, shape (n_rows,)
    parts : list of ndarray of int
        See `treeprune.search.choose.Verdicts`.
    limits : Limits
    rule : str
    margin : float or None
    """

    def __init__(
        self,
        variants: Sequence[Variant],
        weights: Array,
        units: Array,
        parts: list[Array],
        limits: Limits,
        rule: str,
        margin: float | None,
    ) -> None:
        self.variants = tuple(variants)
        counts = [len(variant.grid) for variant in variants]
        self.variant_of = np.repeat(np.arange(len(counts)), counts)
        self._first = np.concatenate([[0], np.cumsum(counts)])
        n = int(self._first[-1])
        self.verdicts = Verdicts(np.full((n, len(weights)), np.nan), weights, parts, units)
        self.alive = np.ones(n, np.bool_)
        self.n_heats = np.zeros(n, np.int64)
        self._sizes = np.zeros((n, len(Sizes._fields)))
        self._limits, self._rule, self._margin = limits, rule, margin
        self._judged = np.zeros(len(weights), np.bool_)
        self.models: dict[int, Smaller] = {}
        self._keeps = False

    def __len__(self) -> int:
        return len(self.alive)

    @property
    def sizes(self) -> Array:
        """Mean sizes of the models of folds; shape (n_candidates, n_fields of `Sizes`)."""
        count = np.maximum(self.n_heats, 1)[:, None]
        found: Array = self._sizes / count
        return found

    @property
    def measure(self) -> Array:
        """What counts as size: nodes, or features of what has no trees; shape (n_candidates,)."""
        nodes, features = self.sizes[:, 0], self.sizes[:, Sizes._fields.index("features")]
        return np.where(nodes > 0, nodes, features)

    def allowed(self) -> Array:
        """Candidates that all heats so far have judged, and that are within the budget."""
        finite = np.isfinite(self.verdicts.losses[:, self._judged]).all(axis=1)
        small = np.array([self._limits.admit(Sizes(*sizes)) for sizes in self.sizes])
        return self.alive & finite & small

    def place(self, k: int) -> tuple[Variant, int]:
        """Variant of a candidate, and its position in the variant's grid."""
        v = int(self.variant_of[k])
        return self.variants[v], k - int(self._first[v])

    def own(self, v: int) -> slice:
        """Candidates of a variant."""
        return slice(int(self._first[v]), int(self._first[v + 1]))

    def run(self, heat: Heat, *, last: bool) -> None:
        """Let all that are left be judged by one more heat; the models of the last one are kept."""
        self._keeps = last
        self._judged[heat.places] = True
        for v, variant in enumerate(self.variants):
            wanted = self.alive[self.own(v)]
            if not wanted.any():
                continue
            if variant.needs_apart and heat.halves:
                one, other = heat.halves
                for chooses, judges in ((one, other), (other, one)):
                    fitted = heat.fitted.beside(heat.jury.rows.take(chooses))
                    self._judge(v, variant.models(fitted, wanted), heat, judges, 0.5)
            else:
                every = np.arange(len(heat.places))
                self._judge(v, variant.models(heat.fitted, wanted), heat, every, 1.0)
            self.n_heats[self.own(v)][wanted] += 1

    def _judge(
        self, v: int, models: Sequence[Smaller | None], heat: Heat, judges: Array, share: float
    ) -> None:
        for k, model in enumerate(models, start=int(self._first[v])):
            if model is not None:
                self.verdicts.losses[k, heat.places[judges]] = model.losses(heat.jury)[judges]
                if self._keeps:
                    self.models[k] = model
                self._sizes[k] += share * np.array(model.sizes(), np.float64)

    def halve(self, share: float) -> None:
        """Leave out the strategies that are behind, and strengths far from where the others came up.

        Parameters
        ----------
        share : float
            Of the strategies that were there in the beginning, how many stay.
        """
        rows, allowed, size = np.flatnonzero(self._judged), self.allowed(), self.measure
        with np.errstate(invalid="ignore"):
            loss = np.where(allowed, self.verdicts.mean(rows), np.inf)
        if not allowed.any():
            return
        best = smallest(size, loss, allowed & (loss <= loss.min()))
        near = self._near(loss, best, rows)
        enough = self._enough(near, rows)
        keys = []
        for v in range(1, len(self.variants)):
            own = self.own(v)
            came = np.flatnonzero(near[own])
            up = float(size[own][came].min()) if len(came) else np.inf
            keys.append((up, float(loss[own].min(initial=np.inf)), v))
        keep = max(_LEAST, int(np.ceil(share * len(keys))))
        came_up = sum(np.isfinite(up) for up, _, _ in keys)
        if came_up > 1:  # the others have nothing to offer that these do not have
            keep = min(keep, came_up)
        ranked = sorted(keys)
        kept = {v for _, _, v in ranked[:keep]} | {0, int(self.variant_of[best])}
        for v, (up, _) in {v: (up, least) for up, least, v in keys}.items():
            own = self.own(v)
            if v not in kept:
                self.alive[own] = False
            elif np.isfinite(up) and self._rule != "min":
                far = size[own] > _AROUND * size[own][enough[own]].min(initial=np.inf)
                if not self._limits.limited:  # else models of other folds may turn out to be too large
                    far |= size[own] < up / _AROUND
                self.alive[own] &= ~far
        self.alive[best] = True

    def _near(self, loss: Array, best: int, rows: Array) -> Array:
        """Candidates that come up to what the rule asks for, by the rows so far."""
        if self._rule == "non_inferior":
            assert self._margin is not None
            bar = float(self.verdicts.mean(rows)[0]) + self._margin
            return loss <= max(bar, float(loss[best]))
        if self._rule == "min":
            return loss <= loss[best]
        near = np.zeros(len(loss), np.bool_)
        for k in np.flatnonzero(np.isfinite(loss)):
            mean, error, _ = self.verdicts.difference(int(k), best, rows)
            near[k] = mean <= _WIDTH * error
        near[best] = True
        return near

    def _enough(self, near: Array, rows: Array) -> Array:
        """Candidates of which much larger ones need not be looked at any more.

        Of those whose loss is within a margin these are the ones that are shown to be: the others may never
        be, and then a larger one has to stand in.
        """
        if self._rule != "non_inferior":
            return near
        assert self._margin is not None
        enough = np.zeros_like(near)
        for k in np.flatnonzero(near):
            enough[k] = is_non_inferior(self.verdicts, int(k), 0, self._margin, rows)
        return enough
