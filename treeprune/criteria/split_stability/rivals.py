"""The splits that a chosen one competes with."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import numpy as np

from treeprune.criteria.split_stability.sample import Sample
from treeprune.criteria.split_stability.scan import gain_curve
from treeprune.criteria.split_stability.splits import Limits, NodeScan, Split
from treeprune.model.ensemble import Array

_BINS = 20
"""Parts of the own feature's range from which the best cut each stands for all of its part."""

_ROUNDING = 1e-12
"""Sums of weights are not exact."""


@dataclass(frozen=True, eq=False)
class Rivals:
    """Candidates at a node; the chosen split is the first of them.

    Parameters
    ----------
    splits : tuple of Split
        The chosen one; then the best of each other feature, the largest gain first; then the best cut of
        the own feature on each side beyond the tolerance; then the best cuts in parts of its range.
    n_others : int
        Number of other features among them.
    n_own : int
        Number of cuts beyond the tolerance that follow.
    same : ndarray of bool, shape (n_candidates,)
        Which are the chosen split within the tolerance.
    low, high : float
        Least and largest threshold that is the same split.
    """

    splits: tuple[Split, ...]
    n_others: int
    n_own: int
    same: Array
    low: float
    high: float


def check_tolerance(tolerance: float) -> float:
    """Refuse what is no share of rows below one half."""
    if not isinstance(tolerance, Real) or isinstance(tolerance, bool) or not 0 <= tolerance < 0.5:
        raise ValueError(f"tolerance must be a share of the rows from 0 to below 0.5, got {tolerance!r}")
    return float(tolerance)


def same_split(sample: Sample, a: Split, b: Split, tolerance: float) -> bool:
    """Whether two splits are one and the same, but for a few rows.

    Parameters
    ----------
    sample : Sample
        Rows at the node.
    a, b : Split
    tolerance : float
        Share of the weight at the node that they may send to different sides.

    Returns
    -------
    bool
        Never true of different features.
    """
    moved = sample.weights @ (a.goes_left(sample) != b.goes_left(sample))
    return a.feature == b.feature and bool(moved <= (tolerance + _ROUNDING) * sample.weights.sum())


def find_rivals(sample: Sample, chosen: Split, scan: NodeScan, limits: Limits, tolerance: float) -> Rivals:
    """List the candidates at a node.

    Parameters
    ----------
    sample : Sample
    chosen : Split
    scan : NodeScan
        Of the sample.
    limits : Limits
    tolerance : float
        Cuts of the chosen feature that send at most this share of the weight to another side than the
        chosen split are the same split.

    Returns
    -------
    Rivals
    """
    features = [f for f in np.argsort(-scan.gain, kind="stable") if scan.gain[f] > -np.inf]
    others = [scan.split(int(f)) for f in features if f != chosen.feature]
    cuts, inside = _cuts(sample, chosen, limits, tolerance)
    beyond: dict[tuple[bool, bool], _Cut] = {}
    for cut in cuts:
        if not cut.same:
            where = (cut.split.missing_left, cut.above)
            beyond[where] = max(beyond.get(where, cut), cut, key=lambda c: c.gain)
    own = list(beyond.values())
    return Rivals(
        (chosen, *others, *(cut.split for cut in own + cuts)),
        len(others),
        len(own),
        np.array([True] + [False] * (len(others) + len(own)) + [cut.same for cut in cuts], np.bool_),
        min(chosen.threshold, *inside),
        max(chosen.threshold, *inside),
    )


@dataclass(frozen=True)
class _Cut:
    split: Split
    above: bool
    same: bool
    gain: float


def _cuts(sample: Sample, chosen: Split, limits: Limits, tolerance: float) -> tuple[list[_Cut], Array]:
    """Best cut of each part of the own feature's range, and all thresholds that are the same split.

    Parts are counted from the chosen cut and end where the tolerance ends, so that all cuts of a part
    are the same split, or none is.
    """
    order, w = sample.order[chosen.feature], sample.weights
    x = sample.values[chosen.feature, order].astype(np.float64)
    missing = np.isnan(x)
    below = np.cumsum(np.where(missing, 0.0, w[order]))  # weight of present values up to each
    at_chosen = float(w @ (chosen.goes_left(sample) & ~np.isnan(sample.values[chosen.feature])))
    behind = _behind(x)
    curve, total = gain_curve(sample, chosen.feature, limits), w.sum()
    found: list[_Cut] = []
    inside = []
    for side in range(2 if missing.any() else 1):
        turned = float(w[order] @ missing) * (bool(side) != chosen.missing_left)
        same = np.abs(below - at_chosen) + turned <= (tolerance + _ROUNDING) * total
        part = np.floor((below - at_chosen) / total * _BINS).astype(np.int64)
        places = np.flatnonzero(curve[side] > -np.inf)
        inside.append(behind[places[same[places]]])
        for group in np.unique(np.column_stack([part, same])[places], axis=0):
            own = places[(part[places] == group[0]) & (same[places] == group[1])]
            best = own[np.argmax(curve[side, own])]
            left = bool(side) if missing.any() else chosen.missing_left
            split = Split(chosen.feature, float(behind[best]), left)
            found.append(_Cut(split, bool(group[0] >= 0), bool(group[1]), float(curve[side, best])))
    return found, np.concatenate(inside)


def _behind(x: Array) -> Array:
    """Threshold between each value and the next present one, infinite if there is none."""
    between = np.append(x[:-1] / 2.0 + x[1:] / 2.0, np.inf)
    return np.where(np.isnan(between), np.inf, between)
