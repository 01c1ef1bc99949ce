"""Classes as the greatest of some scores, each a sum over trees with a factor each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.certificate.sums import UNIT, sums
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.ensemble import Array, Task, TreeEnsemble
from treeprune.model.traverse import leaf_index, raw_output

_LEAST_MARGIN = 1e-6


@dataclass(frozen=True, eq=False)
class Votes:
    """What each leaf gives to the score of each class.

    Parameters
    ----------
    ensemble : TreeEnsemble
    value : ndarray of float64, shape (n_nodes, n_classes)
        Divided by the largest size of any, so that sizes are 1 at most.
    base : ndarray of float64, shape (n_classes,)
        Where the scores start, whatever the factors of the trees.
    rounding : float
        By how much a difference of two scores of the model may be off in its own arithmetic.
    scale : ndarray of float64, shape (n_trees,)
        Largest difference of two votes of a tree at one leaf; 1 where there is none.
    margin : float
        By how much a class is to be above all others, as a part of the weight of all trees: wide enough
        that rounding, in the model's own arithmetic and whatever the factors, cannot turn it.
    """

    ensemble: TreeEnsemble
    value: Array
    base: Array
    rounding: float
    scale: Array
    margin: float

    @property
    def started(self) -> bool:
        """Whether scores start elsewhere than at the same number, all of them."""
        return bool(np.ptp(self.base) > 0)

    def weight(self, factors: Array) -> float:
        """Weight of all trees and, where scores do not start at the same number, of the start.

        The start weighs as much as all trees do with a factor of one.
        """
        return float(factors @ self.scale) + (float(self.scale.sum()) if self.started else 0.0)

    @property
    def n_classes(self) -> int:
        """Number of scores."""
        return len(self.base)

    def of_rows(self, rows: Array) -> Array:
        """What each tree gives to each score; shape (n_rows, n_trees, n_classes)."""
        with np.errstate(over="ignore"):
            leaves = leaf_index(self.ensemble, rows.astype(self.ensemble.input_dtype), n_jobs=1)
        given: Array = self.value[leaves.T]
        return given

    def classes_of(self, rows: Array) -> Array:
        """Class that the model predicts, by its own arithmetic; the first of those that tie."""
        e = self.ensemble
        with np.errstate(over="ignore"):
            raw = raw_output(e, rows.astype(e.input_dtype), n_jobs=1)
        if raw.shape[1] == 1:
            raw = np.column_stack([np.zeros(len(raw)), raw[:, 0]])
        found: Array = raw.argmax(axis=1)
        return found


def check_weighable(task: Task, reweight: bool = True) -> None:
    """Refuse to weigh the trees of a model without classes.

    Raises
    ------
    UnsupportedModelError
    """
    if reweight and task != "classification":
        raise UnsupportedModelError(
            f"reweight=True keeps the predicted class, and this model predicts none: its task is {task}"
        )


def votes_of(ensemble: TreeEnsemble) -> Votes:
    """Take a classifier for scores.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    Votes

    Raises
    ------
    UnsupportedModelError
        If it predicts no class, several targets, by a threshold of its own, or its format has no place for
        factors of trees.
    """
    e = ensemble
    check_weighable(e.task)
    if len(e.columns) > 1:
        raise UnsupportedModelError(
            "reweight=True keeps the predicted class, and this model predicts several targets"
        )
    if e.reweight == "none":
        raise UnsupportedModelError("this model's format has no place for factors of its trees")
    if e.link not in ("identity", "logit", "softmax"):
        raise UnsupportedModelError(f"reweight=True knows no classes behind the link {e.link}")
    own = sums(e)
    value, base = own.value, own.base.copy()
    if e.aggregation == "mean":
        value = value * e.n_trees  # as if summed: only ratios of factors matter to a mean
    value = value.copy()
    if e.prior is not None:
        # it stands in the first tree of each column, and stays when factors move that
        for column in map(int, np.flatnonzero(e.prior)):
            value[e.tree(int(e.trees_of(column)[0])), column] -= e.prior[column]
            base[column] += e.prior[column]
    if e.n_columns == 1:
        value, base = np.column_stack([np.zeros(e.n_nodes), value[:, 0]]), np.append(0.0, base)
    size = float(np.abs(value[e.is_leaf]).max()) or 1.0
    value = value / size
    leaf_value = np.where(e.is_leaf[:, None], value, np.nan)
    scale = np.fmax.reduceat(np.ptp(leaf_value, axis=1), e.root[:-1])
    largest = np.fmax.reduceat(np.abs(leaf_value).max(axis=1), e.root[:-1])
    scale = np.where(scale > 0, scale, 1.0)
    # two sums, each off by a half unit of its size with every tree (see `sums`), four times over
    margin = 4 * 2.2 * UNIT[e.output_dtype] * (e.n_trees + 1) * max(1.0, float((largest / scale).max()))
    rounding = 2 * float(own.rounding.max()) * e.n_trees / size
    return Votes(e, value, base / size, rounding, scale, max(_LEAST_MARGIN, margin))
