"""Joint problems of classifiers whose trees vote: what a tree says is fixed, what it counts is fitted.

The votes of such a model (AdaBoost's) count by factors beside the trees, and it answers with their weighted
mean. Before that division the sum of the votes is an additive logistic model: with the votes of SAMME,
softmax(sum / (K - 1)) estimates the shares of K classes (J. Friedman, T. Hastie, R. Tibshirani, Additive
logistic regression: a statistical view of boosting, Annals of Statistics 28, 2000; J. Zhu, H. Zou, S.
Rosset, T. Hastie, Multi-class AdaBoost, Statistics and Its Interface 2, 2009). So factors and tops are
fitted to the log loss of the sum, whose scale means something, and judged by the answers of the mean, which
has lost it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from treeprune.criteria.joint.build import JointRows, sum_start
from treeprune.criteria.joint.problem import Bounds, JointProblem, Prices, Values
from treeprune.criteria.joint.step import JointStep
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.edit import collapse, keep_trees
from treeprune.model.ensemble import Array, TreeEnsemble


def votes_problem(
    rows: JointRows, outcome: Array, *, values: Values = "fixed", prices: Prices | None = None
) -> JointProblem:
    """Smaller voting model: tops of some of the trees, each with a factor.

    Parameters
    ----------
    rows : JointRows
        Of a classifier whose trees vote.
    outcome : ndarray of float64, shape (n_rows, n_classes)
    values : {"fixed"}
        Votes follow from what the trees hold.
    prices : Prices, optional

    Returns
    -------
    JointProblem
        Without a base, for which such a model has no place.

    Raises
    ------
    UnsupportedModelError
        If other values than the votes are asked for.
    """
    if values != "fixed":
        raise UnsupportedModelError("trees that vote cannot hold other values; use values='fixed'")
    e, trees = rows.ensemble, rows.trees
    base, value = sum_start(e)
    return JointProblem(
        trees=trees, old=np.ascontiguousarray(value[trees.node]), column=e.output,
        outcome=rows.outcome(outcome), weight=rows.weight, loss="log_loss", base=base,
        bounds=Bounds.free(value.shape[1]), fit_base=False, values=values, prices=prices or Prices(),
        monotone=e.monotone,
    )  # fmt: skip


def total_factor(ensemble: TreeEnsemble, step: JointStep) -> float:
    """What the sum of a step's votes is divided by.

    Parameters
    ----------
    ensemble : TreeEnsemble
    step : JointStep

    Returns
    -------
    float
        1 if no tree counts, so that nothing is divided by 0.
    """
    return float(ensemble.weight[step.trees] @ step.factors) or 1.0


def with_voters(ensemble: TreeEnsemble, step: JointStep) -> JointStep:
    """A step without trees that count nothing; one vote for all rows if no other is left.

    Parameters
    ----------
    ensemble : TreeEnsemble
    step : JointStep

    Returns
    -------
    JointStep
    """
    e, counts = ensemble, step.factors > 0
    if counts.any():
        if counts.all():
            return step
        owner = np.searchsorted(e.root, step.nodes, side="right") - 1
        kept = np.isin(owner, step.trees[counts])
        return replace(step, trees=step.trees[counts], factors=step.factors[counts], nodes=step.nodes[kept],
                       is_leaf=step.is_leaf[kept], values=step.values[kept])  # fmt: skip
    first = np.array([int((e.weight > 0).argmax())])
    _, value = sum_start(e)
    return replace(step, trees=first, factors=np.ones(1), nodes=e.root[first],
                   is_leaf=np.ones(1, np.bool_), values=value[e.root[first]])  # fmt: skip


def pruned_votes(ensemble: TreeEnsemble, step: JointStep) -> TreeEnsemble:
    """The model of a step; branches that went vote as what they hold says.

    Parameters
    ----------
    ensemble : TreeEnsemble
    step : JointStep

    Returns
    -------
    TreeEnsemble
    """
    smaller = keep_trees(collapse(ensemble, step.collapsed(ensemble.n_nodes)), step.trees)
    return replace(smaller, weight=smaller.weight * step.factors)
