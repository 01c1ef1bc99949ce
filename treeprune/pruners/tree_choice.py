"""Which trees of an ensemble are kept at each size, and how good each size is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, Literal, NamedTuple

import numpy as np

from treeprune.criteria.path_choice import choose_step
from treeprune.criteria.tree_order.quadratic import Quadratic
from treeprune.criteria.tree_order.refits import at_least_one, best_of_each_size, refitted
from treeprune.criteria.tree_order.registry import tree_order
from treeprune.criteria.tree_order.steps import TreeSteps
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.edit import keep_trees, scale_trees
from treeprune.model.ensemble import Array, TreeEnsemble
from treeprune.pruners.cross_validation import FoldRows
from treeprune.pruners.folds import Fold
from treeprune.pruners.native import Native
from treeprune.statistics.factor_outputs import factor_losses
from treeprune.statistics.gram import TreeGram
from treeprune.statistics.loss_base import Loss
from treeprune.statistics.rows import take_rows
from treeprune.statistics.target import Target, encode_target
from treeprune.statistics.tree_evidence import tree_evidence
from treeprune.statistics.votes import TreeVotes, tree_votes


class Scores(NamedTuple):
    """Losses of every size over folds, and the choice among them.

    Parameters
    ----------
    chosen, best : int
    loss, loss_se, first_loss : ndarray of float64, shape (n_steps,)
        Of the method; of as many of the first trees.
    whole_loss : float
        Of all trees.
    """

    chosen: int
    best: int
    loss: Array
    loss_se: Array
    first_loss: Array
    whole_loss: float


class Evidence(NamedTuple):
    """What the trees say of some rows.

    Parameters
    ----------
    gram : TreeGram or None
    votes : TreeVotes or None
    """

    gram: TreeGram | None
    votes: TreeVotes | None


@dataclass(frozen=True, eq=False)
class TreeChoice:
    """A method, the factors it is to give, and the loss it is scored by.

    Parameters
    ----------
    method : str
        A key of `treeprune.criteria.tree_order.registry.tree_orders`.
    weights : {"auto", "uniform", "refit"}
    loss : Loss or "auc"
    n_jobs : int or None
    """

    method: str
    weights: Literal["auto", "uniform", "refit"]
    loss: Loss | str
    n_jobs: int | None

    def evidence(self, e: TreeEnsemble, X: Any, target: Target, weights: Array) -> Evidence:
        """What the method goes by.

        Parameters
        ----------
        e : TreeEnsemble
        X : array-like or sparse matrix, shape (n_rows, n_features)
            Encoded as the trees know it.
        target : Target
        weights : ndarray of float64, shape (n_rows,)

        Returns
        -------
        Evidence

        Raises
        ------
        UnsupportedModelError
            If the method does not serve such a model.
        """
        order, gram, votes = tree_order(self.method, e), None, None
        if order.needs == "gram" or self.weights == "refit":
            gram = tree_evidence(e, X, target, weights, self.loss, n_jobs=self.n_jobs)
        if order.needs == "votes":
            votes = tree_votes(e, X, target, weights, n_jobs=self.n_jobs)
        return Evidence(gram, votes)

    def steps(self, e: TreeEnsemble, evidence: Evidence) -> TreeSteps:
        """Which trees are kept at each size.

        Parameters
        ----------
        e : TreeEnsemble
        evidence : Evidence

        Returns
        -------
        TreeSteps

        Raises
        ------
        UnsupportedModelError
            If the model has no place for the factors.
        """
        order = tree_order(self.method, e)
        quadratic = None if evidence.gram is None else Quadratic.of(evidence.gram, e)
        given = {"gram": quadratic, "votes": evidence.votes, "nothing": e}[order.needs]
        steps = order.steps(given)
        if self.weights == "uniform":
            steps = TreeSteps((steps.factors > 0).astype(np.float64))
        elif self.weights == "refit":
            assert quadratic is not None
            factors = refitted(quadratic, steps.factors > 0)
            steps = at_least_one(quadratic, best_of_each_size(quadratic, factors))
        _check_place(e, steps, self.method, self.weights)
        return steps

    def scores(
        self, native: Native, full: TreeEnsemble, sizes: Array, rows: FoldRows, rule: Any, fresh: Any
    ) -> Scores:
        """Score every size by cross-validation, and choose one.

        Parameters
        ----------
        native : Native
        full : TreeEnsemble
            Its trees.
        sizes : ndarray of int64, shape (n_steps,)
            Numbers of trees, ascending.
        rows : FoldRows
        rule : str or float
            See `treeprune.criteria.path_choice.choose_step`.
        fresh : object or None
            Estimator that is fitted in each fold; None to score `full` itself.

        Returns
        -------
        Scores
        """
        target = encode_target(full, rows.y)

        def seen(own: Native, e: TreeEnsemble, part: Array) -> Evidence:
            y = encode_target(e, take_rows(rows.y, part))
            return self.evidence(e, own.rows(take_rows(rows.X, part)), y, rows.weights[part])

        def one_fold(number: int) -> Array:
            own, e, (train, test) = native, full, rows.folds[number]
            if fresh is not None:
                own = rows.grow(fresh, train)
                e = own.read()  # may know fewer classes, if the fold has none of a rare one
            evidence = others[number] if others else seen(own, e, train)
            steps, first = self.steps(e, evidence), tree_order("first", e).steps(e)
            factors = np.vstack([_at_sizes(steps, sizes), _at_sizes(first, sizes), np.ones((1, e.n_trees))])
            distinct, place = np.unique(factors, axis=0, return_inverse=True)  # few for whole rounds
            part, w = own.rows(take_rows(rows.X, test)), rows.weights[test]
            losses = factor_losses(
                e, distinct, part, target.take(test), w, self.loss, known=full, n_jobs=self.n_jobs
            )
            by_step: Array = losses[place.ravel()]
            return by_step

        others: list[Evidence] = []
        if fresh is None and tree_order(self.method, full).needs == "gram" and _are_complements(rows.folds):
            each = [seen(native, full, test) for _, test in rows.folds]
            others = [_sum(each[:k] + each[k + 1 :]) for k in range(len(each))]
        losses = np.array(list(rows.shown(map(one_fold, range(len(rows.folds))))))
        n = len(sizes)
        # from the largest model to the smallest, as paths are
        chosen, best, mean, spread = choose_step(losses[:, :n][:, ::-1], rule)
        first_mean, whole = losses[:, n : 2 * n].mean(axis=0), float(losses[:, -1].mean())
        return Scores(n - 1 - chosen, n - 1 - best, mean[::-1], spread[::-1], first_mean, whole)


def _are_complements(folds: list[Fold]) -> bool:
    """Whether each fold trains on what the others test on."""
    every = np.sort(np.concatenate([test for _, test in folds]))
    alone = len(np.unique(every)) == len(every)
    return alone and all(np.array_equal(np.sort(np.concatenate(fold)), every) for fold in folds)


def _sum(parts: list[Evidence]) -> Evidence:
    grams = [part.gram for part in parts if part.gram is not None]
    return Evidence(reduce(add, grams), None)


def _at_sizes(steps: TreeSteps, sizes: Array) -> Array:
    """Factors of the largest steps that are no larger than given; of the smallest if there is none."""
    at = np.searchsorted(steps.sizes, sizes, side="right") - 1
    found: Array = steps.factors[np.maximum(at, 0)]
    return found


def _check_place(e: TreeEnsemble, steps: TreeSteps, method: str, weights: str) -> None:
    if e.reweight != "none":
        return
    kept = steps.factors > 0
    largest = steps.factors.max(axis=1, keepdims=True)
    if not (np.where(kept, steps.factors, largest) == largest).all():
        raise UnsupportedModelError(
            f"method={method!r} with weights={weights!r} weighs the trees, and the format of this model "
            'has no place for factors; ask for weights="uniform"'
        )


def chosen_trees(e: TreeEnsemble, factors: Array) -> TreeEnsemble:
    """The trees that have a factor, with it.

    Parameters
    ----------
    e : TreeEnsemble
    factors : ndarray of float64, shape (n_trees,)

    Returns
    -------
    TreeEnsemble
    """
    kept = np.flatnonzero(factors)
    part, own = keep_trees(e, kept), factors[kept]
    alike = own[0] if e.aggregation == "mean" else 1.0  # of an average, only ratios matter
    return part if (own == alike).all() else scale_trees(part, own)
