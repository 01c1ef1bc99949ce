"""Votes: the class that each tree of a classifier predicts by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from treeprune.exceptions import UnsupportedModelError
from treeprune.kernels.columns import missing_features
from treeprune.kernels.groups import STEP, Codes
from treeprune.kernels.slots import take_nodes
from treeprune.kernels.threads import run
from treeprune.kernels.walker import Walker
from treeprune.model.ensemble import LEAF, Array, TreeEnsemble
from treeprune.model.links import answers
from treeprune.statistics.rows import model_rows, row_blocks
from treeprune.statistics.target import Target
from treeprune.statistics.weights import check_weights


@dataclass(frozen=True, eq=False)
class TreeVotes:
    """Votes of trees for the classes of some rows.

    Parameters
    ----------
    codes : ndarray of uint8 or uint16, shape (n_trees, n_rows)
        Position of the class that each tree predicts.
    truth : ndarray of int64, shape (n_rows,)
        Position of the class that is right.
    weight : ndarray of float64, shape (n_rows,)
        Weights of the rows; a row of weight 0 counts as absent.
    factors : ndarray of float64, shape (n_trees,)
        What a vote of each tree counts.
    n_classes : int

    Raises
    ------
    ValueError
        If shapes do not fit, a position is not below `n_classes`, a weight or a factor is negative or not
        finite, or all of them are zero.
    """

    codes: Array
    truth: Array
    weight: Array
    factors: Array
    n_classes: int

    def __post_init__(self) -> None:
        if self.codes.ndim != 2 or self.codes.dtype not in (np.uint8, np.uint16):
            raise ValueError(
                f"codes must be a table of uint8 or uint16, got {self.codes.dtype} {self.codes.shape}"
            )
        n_trees, n_rows = self.codes.shape
        if self.truth.shape != (n_rows,) or self.factors.shape != (n_trees,):
            raise ValueError(
                f"codes of {n_trees} trees and {n_rows} rows got truth of shape {self.truth.shape} and "
                f"factors of shape {self.factors.shape}"
            )
        if max(self.codes.max(initial=0), self.truth.max(initial=0)) >= self.n_classes or (
            self.truth.min(initial=0) < 0
        ):
            raise ValueError(f"codes and truth must be positions among {self.n_classes} classes")
        check_weights(self.weight, n_rows, "weight")
        check_weights(self.factors, n_trees, "factors")

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.codes)


_WAY_OUT = (
    'use a method that goes by the outputs of the trees, such as "greedy" or "lasso", or "first", which '
    "keeps the first trees"
)


BOOSTED = "a boosted model: its trees are terms of one sum and predict no class by themselves"
CLASS_TREES = "a classifier with trees for each class: a tree of one class does not know the others"
SEVERAL_TARGETS = "a classifier of {} targets: a tree may be right about one and not about others"


def check_votes(ensemble: TreeEnsemble) -> None:
    """Refuse a model whose trees do not vote for classes.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Raises
    ------
    UnsupportedModelError
    """
    e, why = ensemble, None
    if e.task != "classification":
        why = f"a model for {e.task}: its trees say numbers, not classes"
    elif e.boosted:
        why = BOOSTED
    elif len(e.columns) > 1:
        why = SEVERAL_TARGETS.format(len(e.columns))
    elif e.n_columns > 1 and (e.output != LEAF).any():
        why = CLASS_TREES
    if why is not None:
        raise no_votes(why)


def no_votes(why: str) -> UnsupportedModelError:
    """The refusal of a model whose trees do not vote.

    Parameters
    ----------
    why : str
        What it is, and why that means so.

    Returns
    -------
    UnsupportedModelError
    """
    return UnsupportedModelError(f"this is {why}. So its trees cannot be ordered by votes; {_WAY_OUT}")


def tree_votes(
    ensemble: TreeEnsemble, X: Any, target: Target, sample_weight: Any = None, *, n_jobs: int | None = None
) -> TreeVotes:
    """Collect the votes of all trees.

    Parameters
    ----------
    ensemble : TreeEnsemble
        A classifier of one target, each tree of which predicts a class by itself: a tree, a forest, a
        bagging ensemble, or AdaBoost.
    X : array-like or sparse matrix, shape (n_rows, n_features)
        Encoded as the trees know it, see `treeprune.backends.encode`.
    target : Target
        Outcomes, see `treeprune.statistics.target.encode_target`.
    sample_weight : array-like of shape (n_rows,), optional
        Rows of weight zero count as absent.
    n_jobs : int, optional
        Threads over trees, after joblib's convention. Changes nothing in the result.

    Returns
    -------
    TreeVotes
        A tree votes for the most probable class of its leaf, and of several for the first, as its own
        `predict` does. Its factor is the ensemble's: 1 in a forest, what boosting gave it in AdaBoost,
        whose classes are voted for with these factors. The table of a byte for each tree and row (two,
        for more than 256 classes) is all that is large.

    Raises
    ------
    UnsupportedModelError
        If the trees do not vote, see `check_votes`.
    ValueError
        If rows, outcomes and weights do not fit.
    """
    e = ensemble
    check_votes(e)
    assert target.codes is not None
    matrix = model_rows(e, X, len(target))
    weight = check_weights(sample_weight, len(target))
    walker = Walker(e, missing_features(matrix, e.absent), len(target))
    n_classes = len(e.classes[0])
    alone = answers(e, e.base_score + e.value[walker.slot_node])
    table = alone.argmax(axis=1).astype(np.uint8 if n_classes <= 256 else np.uint16)
    votes = np.empty((e.n_trees, len(target)), table.dtype)
    groups = walker.groups_of(slice(0, e.n_trees), n_jobs)
    for rows, block in row_blocks(matrix, e.absent):
        codes = walker.encode(block, n_jobs)

        def one_group(number: int, codes: Codes = codes, offset: int = rows.start) -> None:
            group = groups[number]
            own = slice(group.first, group.last)
            for start, stop, numbers in walker.steps(group, codes):
                first = walker.slot_first[own]
                take_nodes(numbers, STEP, stop - start, table, first, votes[own], offset + start)

        run(one_group, range(len(groups)), n_jobs)
    return TreeVotes(votes, target.codes[:, 0], weight, e.weight, n_classes)
