"""What a split is, which splits are legal, and the best ones of a node."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np

from treeprune.criteria.split_stability.sample import Sample
from treeprune.model.ensemble import Array

NO_FEATURE = -1


@dataclass(frozen=True)
class Limits:
    """What a node and its children must have.

    Parameters
    ----------
    min_samples_split : int, default=2
        Rows at a node that is split.
    min_samples_leaf : int, default=1
        Rows on each side.
    min_weight_leaf : float, default=0.0
        Weight on each side, in the units of the weights.

    Raises
    ------
    ValueError
        If one is out of range or no such number.
    """

    min_samples_split: int = 2
    min_samples_leaf: int = 1
    min_weight_leaf: float = 0.0

    def __post_init__(self) -> None:
        for name, least in (("min_samples_split", 2), ("min_samples_leaf", 1)):
            number = getattr(self, name)
            if not isinstance(number, Integral) or isinstance(number, bool) or number < least:
                raise ValueError(f"{name} must be a whole number from {least}, got {number!r}")
        weight = self.min_weight_leaf
        if not isinstance(weight, Real) or isinstance(weight, bool) or not 0 <= weight < np.inf:
            raise ValueError(f"min_weight_leaf must be a finite number from 0, got {weight!r}")


@dataclass(frozen=True)
class Split:
    """One question.

    Parameters
    ----------
    feature : int
    threshold : float
        Rows up to it go left; infinite where only missing values go right.
    missing_left : bool
        Whether missing values go left.
    """

    feature: int
    threshold: float
    missing_left: bool

    def goes_left(self, sample: Sample) -> Array:
        """Which rows go left; bool, shape (n_rows,)."""
        x = sample.values[self.feature]
        # numpy would round a plain float to single precision, and so move a threshold onto its neighbour
        return np.where(np.isnan(x), self.missing_left, x <= np.float64(self.threshold))


@dataclass(frozen=True, eq=False)
class NodeScan:
    """Best split of each feature at a node.

    Parameters
    ----------
    gain : ndarray of float64, shape (n_features,)
        Decrease of the weighted sum of squared errors, summed over target columns; -inf where a feature
        cannot split the node.
    threshold : ndarray of float64, shape (n_features,)
        NaN where it cannot.
    missing_left : ndarray of bool, shape (n_features,)
    """

    gain: Array
    threshold: Array
    missing_left: Array

    @property
    def winner(self) -> int:
        """Feature of the largest gain, the first of equals; `NO_FEATURE` if none can split the node.

        scikit-learn takes one of equals at random.
        """
        best = int(np.argmax(self.gain))
        return best if self.gain[best] > -np.inf else NO_FEATURE

    def split(self, feature: int) -> Split:
        """Best split of a feature that can split the node."""
        return Split(feature, float(self.threshold[feature]), bool(self.missing_left[feature]))
