"""Where the sum of a LightGBM model's trees starts: it stands inside the first tree of each column.

LightGBM begins with the average outcome (``boost_from_average``) and adds it to every leaf and every
internal value of the first tree. The model text does not repeat it, so it is recovered from that tree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from treeprune.backends.lightgbm_output import RANKING, objective_of
from treeprune.formats.lightgbm_fields import numbers
from treeprune.formats.lightgbm_text import LightGBMDocument
from treeprune.model.ensemble import Array


def parameters(tail: str) -> dict[str, str]:
    """Training parameters in the tail of a model text.

    Parameters
    ----------
    tail : str

    Returns
    -------
    dict of str to str
    """
    _, _, block = tail.partition("\nparameters:\n")
    block, _, _ = block.partition("\nend of parameters")
    lines = (line[1:-1] for line in block.splitlines() if line.startswith("["))
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _rounding(number: float) -> float:
    """Half a unit of the sixth digit, which is the last that LightGBM prints of an internal value."""
    return 0.5 * 10.0 ** (math.floor(math.log10(abs(number))) - 5) if number else 0.0


def _starts_the_sum(tree: Mapping[str, str], options: Mapping[str, str]) -> bool:
    """Whether LightGBM put the average into a tree.

    It then sets the tree's ``shrinkage`` to 1; DART scales that later.
    """
    if int(tree["num_leaves"]) > 1 and options.get("boost_from_average") == "0":
        return False
    return tree["shrinkage"] == "1" or options.get("boosting") == "dart"


def _prior_in(tree: Mapping[str, str], penalty: float) -> float:
    leaf_value = numbers(tree, "leaf_value")
    if len(leaf_value) == 1:
        return float(leaf_value[0])
    # The root answers the average, but for a step that is about 0 there: the average is where the
    # gradients cancel out. Its value is printed short; for the digits that lacks there is the mean of
    # the leaves, which is the same number where no leaf was renewed, clipped or smoothed.
    root = float(numbers(tree, "internal_value")[0])
    weight = numbers(tree, "leaf_weight") + penalty
    if not weight.sum() > 0:
        return root
    mean = float(np.average(leaf_value, weights=weight))
    return min(max(mean, root - _rounding(root)), root + _rounding(root))


def first_trees(document: LightGBMDocument, n_columns: int) -> list[int]:
    """Number of the tree in which the sum of each output column starts.

    Parameters
    ----------
    document : LightGBMDocument
    n_columns : int

    Returns
    -------
    list of int
        The column's first tree; but where that is an empty place that a dropped tree has left, and the
        start of the sum was moved to a later one, that later tree.
    """
    starts = []
    for column in range(n_columns):
        real = (
            number
            for number in range(column, len(document.trees), n_columns)
            if int(document.trees[number]["num_leaves"]) > 1
            or float(document.trees[number]["leaf_value"]) != 0.0
        )
        first = next(real, column)
        moved = first > column and document.trees[first]["shrinkage"] == "1"
        starts.append(first if moved and _has_prior(document) else column)
    return starts


def _has_prior(document: LightGBMDocument) -> bool:
    name, _ = objective_of(document.header)
    return "average_output" not in document.header and bool(name) and name not in RANKING


def prior_of(document: LightGBMDocument, n_columns: int) -> Array | None:
    """What the first tree of each output column holds that is the start of the sum.

    Parameters
    ----------
    document : LightGBMDocument
    n_columns : int

    Returns
    -------
    ndarray of float64, shape (n_columns,), or None
        Zeros where the sum starts at 0. None for a random forest, each tree of which stands for
        itself.
    """
    if "average_output" in document.header:
        return None
    prior = np.zeros(n_columns)
    if not _has_prior(document):
        return prior
    options = parameters(document.tail)
    penalty = float(options.get("lambda_l2") or 0.0)
    for column, first in enumerate(first_trees(document, n_columns)):
        tree = document.trees[first]
        if _starts_the_sum(tree, options):
            prior[column] = _prior_in(tree, penalty)
    return prior
