"""What joint pruning of a family is: which problem, what is fitted, how the result is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from treeprune.criteria.joint import build
from treeprune.criteria.joint.family import as_boosted
from treeprune.criteria.joint.kinds import FormKind, kind_of, loss_kind
from treeprune.criteria.joint.losses import LossKind
from treeprune.criteria.joint.problem import JointProblem, Prices, Values
from treeprune.criteria.joint.shares import shares_problem, whole_shares
from treeprune.criteria.joint.step import JointStep
from treeprune.criteria.joint.votes import total_factor, votes_problem
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.model.links import answers
from treeprune.model.traverse import total_weights
from treeprune.statistics.leaf_places import LeafPlaces
from treeprune.statistics.target import Target, answer_columns, n_answers

Drawn = Callable[[int], Array | None]
"""``drawn(t)``: how often the t-th tree drew each row, None if nobody knows."""


@dataclass(frozen=True, eq=False)
class Form:
    """How a model is pruned jointly.

    Parameters
    ----------
    ensemble : TreeEnsemble
        As the problems see it: a lone tree is a mean of one, a forest that becomes a boosted model a sum.
    kind : {"sum", "mean", "shares", "votes"}
        See `treeprune.criteria.joint.kinds.kind_of`.
    loss : str
        What is fitted, see `treeprune.criteria.joint.losses.RowLoss`.
    origin : Form or None
        Of the model as it is, if it is to become one of another family.
    """

    ensemble: TreeEnsemble
    kind: FormKind
    loss: LossKind
    origin: Form | None = None

    def outcome(self, target: Target) -> Array:
        """Numbers to be met; shape (n_rows, n_columns), for shares (n_rows, n_classes)."""
        if target.codes is None:
            assert target.numbers is not None
            return self._before_link(target.numbers)
        hit = np.zeros((len(target), n_answers(self.ensemble)))
        hit[np.arange(len(target))[:, None], target.codes] = 1.0
        return self._narrow(hit)

    def _narrow(self, shares: Array) -> Array:
        """Of two classes one share is fitted, but where both are looked at."""
        return shares if self.kind == "shares" else shares[:, _spoken_for(self.ensemble)]

    def _before_link(self, numbers: Array) -> Array:
        """Numbers on the scale on which they are fitted: a model of roots is trained on roots."""
        if self.ensemble.link != "signed_square":
            return numbers
        return np.sign(numbers) * np.sqrt(np.abs(numbers))

    def own_answers(self, places: LeafPlaces, drawn: Drawn | None = None) -> Array:
        """What the whole model says of some rows, as an outcome.

        Parameters
        ----------
        places : LeafPlaces
            Where they end in its whole trees.
        drawn : callable, optional
            If the rows are those that the model was trained on: trees that are averaged then speak of the
            rows that they have not drawn, if there are any (out-of-bag; L. Breiman, Random forests,
            Machine Learning 45, 2001).

        Returns
        -------
        ndarray of float64
            Of the shape of `outcome`.
        """
        e = self.ensemble
        if self.origin is not None:
            return self._narrow(self.origin.own_answers(self._of_origin(places), drawn))
        if self.kind in ("sum", "votes") or e.link != "identity":
            said = answers(e, self.whole_raw(places))
            if e.link == "log1p_exp":
                return -np.expm1(-said)
            return self._before_link(said) if e.task == "regression" else self._narrow(said)
        total = np.zeros((places.n_rows, e.n_columns))
        apart, n_apart = np.zeros_like(total), np.zeros((places.n_rows, 1))
        for t in range(e.n_trees):
            said = e.weight[t] * _values_of(places, e.value, t)
            total += said
            count = None if drawn is None else drawn(t)
            if count is not None:
                unseen = (count == 0)[:, None]
                apart += np.where(unseen, said, 0.0)
                n_apart += e.weight[t] * unseen
        mean = total / e.weight.sum()
        mean = np.where(n_apart > 0, apart / np.where(n_apart > 0, n_apart, 1.0), mean)
        if e.task == "classification":
            mean = np.clip(mean, 0.0, 1.0)
            for k in range(len(e.columns)):
                own = e.target_columns(k)
                mean[:, own] /= mean[:, own].sum(axis=1, keepdims=True)
            return self._narrow(mean)
        return mean

    def whole_raw(self, places: LeafPlaces) -> Array:
        """Raw output of the model before pruning, as `given` reads it; shape (n_rows, n_columns)."""
        e = self.ensemble
        if self.origin is not None:
            return self.origin.whole_raw(self._of_origin(places))
        base, value = build.sum_start(e)
        raw = np.repeat(base[None], places.n_rows, axis=0)
        for t in range(e.n_trees):
            raw += _values_of(places, value, t)
        whole: Array = raw / (e.link_scale * (1.0 if self.kind == "sum" else total_weights(e)))
        return whole

    @property
    def given(self) -> TreeEnsemble:
        """The model before pruning."""
        return self.ensemble if self.origin is None else self.origin.ensemble

    def _of_origin(self, places: LeafPlaces) -> LeafPlaces:
        """Places in the forest, each of whose trees stands here once for each column."""
        assert self.origin is not None
        e = self.origin.ensemble
        every = self.ensemble.n_trees // e.n_trees
        sizes = np.diff(places.first)[::every]
        return LeafPlaces(
            places.numbers[::every], np.concatenate([[0], np.cumsum(sizes)]), np.flatnonzero(e.is_leaf)
        )

    def problem(
        self,
        rows: build.JointRows,
        outcome: Array,
        *,
        n_averaged: int | None,
        values: Values,
        ridge: float,
        prices: Prices,
    ) -> JointProblem:
        """Pose the problem; `n_averaged` trees are averaged at the most, where trees are averaged."""
        if self.kind == "shares":
            assert n_averaged is not None
            return shares_problem(rows, outcome, n_averaged, values=values, ridge=ridge, prices=prices)
        if self.kind == "votes":
            return votes_problem(rows, outcome, values=values, prices=prices)
        if self.kind == "sum" or self.ensemble.link != "identity":
            return build.boosted_problem(
                rows, outcome, self.loss, n_trees=n_averaged, values=values, ridge=ridge, prices=prices
            )
        return build.additive_problem(
            rows, outcome, self.loss, n_trees=n_averaged, values=values, ridge=ridge, prices=prices
        )

    def raw(self, step: JointStep, output: Array) -> Array:
        """Raw output of a step as `ensemble` reads it.

        Parameters
        ----------
        step : JointStep
        output : ndarray of float64, shape (n_columns of the problem, n_rows)

        Returns
        -------
        ndarray of float64, shape (n_rows, n_columns)
        """
        e = self.ensemble
        if self.kind == "shares":
            return whole_shares(output.T, e.columns)
        scale = e.link_scale * (total_factor(e, step) if self.kind == "votes" else 1.0)
        return np.ascontiguousarray(output.T / scale)


def _values_of(places: LeafPlaces, value: Array, t: int) -> Array:
    own = value[places.node[places.first[t] : places.first[t + 1]]]
    found: Array = own[places.numbers[t]]
    return found


def _spoken_for(e: TreeEnsemble) -> Array:
    """Which answer each raw column speaks for: one column for two classes for the second."""
    ends = [answer_columns(e, k).stop for k in range(len(e.columns))]
    return np.concatenate([np.arange(end - n, end) for end, n in zip(ends, e.columns, strict=True)])


def form_of(ensemble: TreeEnsemble, family: str, name: str, judged: str | None = None) -> Form:
    """How a model is pruned jointly, or why it cannot be.

    Parameters
    ----------
    ensemble : TreeEnsemble
        Of a model that predicts classes or numbers.
    family : {"same", "boosting"}
    name : str
        Of the model's class, for messages.
    judged : str, optional
        Name of the loss by which models will be judged.

    Returns
    -------
    Form

    Raises
    ------
    UnsupportedModelError
        Says what the model can have instead.
    """
    e = ensemble
    if e.aggregation == "median":
        raise UnsupportedModelError(
            f"{name} answers with the weighted median of its trees: a median is no sum that leaf values "
            "could be fitted in; ReducedErrorPruner and CostComplexityPruner prune its trees"
        )
    if e.aggregation == "sum" and e.n_trees == 1 and not e.boosted:
        e = replace(e, aggregation="mean")  # a lone tree
    form = Form(e, kind_of(e), loss_kind(e, judged))
    if family == "same" or e.aggregation == "sum":
        return form
    if e.link != "identity":
        raise UnsupportedModelError(
            f'family="boosting" is for means of shares or of numbers, this {name} averages what stands '
            'before its link; use family="same"'
        )
    boosted = as_boosted(e, name)
    return Form(boosted, "sum", loss_kind(boosted, judged), form)
