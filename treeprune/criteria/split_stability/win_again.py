"""Whether the same split would win again in an independent sample of the same size.

Y. Zhou, Z. Zhou, G. Hooker, Approximation trees: statistical reproducibility in model distillation, Data
Mining and Knowledge Discovery, 2023 (arXiv 1808.07573): the gain of a split is a smooth function of means,
so gains of fixed candidates are jointly normal in large samples, those of a second sample lie around those
of the first with twice the variance, and the number of rows can be raised until the winner would win
again.

Rivals here are the best splits of the other features, and cuts of the same feature that send noticeably
other rows to the left. That their thresholds are fitted moves gains by less than chance does in large
samples, where the gain has one clear peak.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import numpy as np
from scipy.special import ndtr
from threadpoolctl import threadpool_limits

from treeprune.criteria.split_stability.draws import SQRT2, play, standard
from treeprune.criteria.split_stability.gains import leads
from treeprune.criteria.split_stability.rivals import check_tolerance, find_rivals
from treeprune.criteria.split_stability.sample import Sample
from treeprune.criteria.split_stability.scan import best_splits
from treeprune.criteria.split_stability.splits import NO_FEATURE, Limits, NodeScan, Split
from treeprune.model.ensemble import Array

_MOST_ROWS = 2**62
"""Where the search for a number of rows ends."""


def check_level(alpha: float) -> float:
    """Refuse what is no probability of an error."""
    if not isinstance(alpha, Real) or isinstance(alpha, bool) or not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1, got {alpha!r}")
    return float(alpha)


@dataclass(frozen=True, eq=False)
class WinAgain:
    """The chosen split of a node against its rivals.

    Parameters
    ----------
    split : Split
    low, high : float
        Least and largest threshold in the sample that counts as the same split.
    n_rows : int
        Rows at the node.
    same_feature : float
        Probability that the feature wins at this node in another sample of as many rows.
    same_split : float
        Probability that it wins with a threshold that counts as the same.
    feature_chance : ndarray of float64, shape (n_features,)
        Probability of each feature to win.
    rivals : tuple of Split
        Best split of each other feature, the largest gain first, and then the best cut of the own feature
        on each side beyond the tolerance.
    n_own : int
        How many of the rivals are such cuts.
    lead : ndarray of float64, shape (n_rivals,)
        How much larger the gain of the chosen split is, per unit of weight.
    spread : ndarray of float64, shape (n_rivals,)
        Standard deviation of each lead in samples of `n_rows` rows.

    Notes
    -----
    Rows are independent of each other, and so a weight of two is not the same as a row given twice. All
    numbers are asymptotic and meant for nodes of a hundred rows and more. The two probabilities are
    predictions: of another sample, given this one and nothing else. They are right on average over nodes
    with leads of all sizes. Where two splits are truly equal they say 0.70 on average (1/2 + arctan(2 **
    -0.5) / pi) instead of 0.50, since one sample cannot show that a small lead is luck; yet `at_least`
    reaches 0.95 in only two such nodes of a hundred. Where no feature tells anything at all gains are not
    normal, and the probabilities are too high: 0.4 instead of 0.2 for the feature, among five; `at_least`
    is near 0 there.
    """

    split: Split
    low: float
    high: float
    n_rows: int
    same_feature: float
    same_split: float
    feature_chance: Array
    rivals: tuple[Split, ...]
    n_own: int
    lead: Array
    spread: Array

    def at_least(self, n_rows: float | None = None, *, feature_only: bool = False) -> float:
        """Bound from below on the probability to win again: 1 less the sum over rivals.

        Parameters
        ----------
        n_rows : float, optional
            Rows at the node in the samples that are meant; `n_rows` of them by default.
        feature_only : bool, default=False
            Leave out the rivals of the same feature.

        Returns
        -------
        float
            From 0 to 1.

        Raises
        ------
        ValueError
            If the number of rows is not positive.
        """
        if n_rows is not None and not 0 < n_rows < np.inf:
            raise ValueError(f"n_rows must be a positive number, got {n_rows!r}")
        n = len(self.lead) - (self.n_own if feature_only else 0)
        scale = np.sqrt((self.n_rows if n_rows is None else n_rows) / self.n_rows)
        return max(0.0, 1.0 - float(ndtr(-standard(self.lead, self.spread)[:n] * scale / SQRT2).sum()))

    def rows_needed(self, alpha: float = 0.05, *, feature_only: bool = False) -> float:
        """Least number of rows at the node with which `at_least` reaches ``1 - alpha``.

        Parameters
        ----------
        alpha : float, default=0.05
        feature_only : bool, default=False

        Returns
        -------
        float
            A whole number; infinite if the split is not ahead of each rival.

        Raises
        ------
        ValueError
            If alpha is not between 0 and 1.
        """
        wanted = 1.0 - check_level(alpha)
        low, high = 0, 1
        while self.at_least(high, feature_only=feature_only) < wanted:
            low, high = high, 2 * high
            if high > _MOST_ROWS:
                return float("inf")
        while high - low > 1:
            middle = (low + high) // 2
            if self.at_least(middle, feature_only=feature_only) < wanted:
                low = middle
            else:
                high = middle
        return float(high)

    @property
    def p_value(self) -> float:
        """Of the hypothesis that the split is not the best of the candidates.

        Twice that of the test against the nearest rival: the winner was chosen by the rows that test it
        (K. Hung, W. Fithian, Rank verification for exponential families, Annals of Statistics 47, 2019; for
        gains, which are correlated, an approximation).
        """
        nearest = standard(self.lead, self.spread).min(initial=np.inf)
        return min(1.0, 2.0 * float(ndtr(-nearest)))


def win_again(
    sample: Sample, split: Split | None = None, *, limits: Limits | None = None, tolerance: float = 0.05
) -> WinAgain:
    """Say how likely the split of a node would win again in an independent sample of the same size.

    Parameters
    ----------
    sample : Sample
        Rows at the node.
    split : Split, optional
        That of the tree; by default the best one.
    limits : Limits, optional
        As the tree is grown.
    tolerance : float, default=0.05
        Cuts of the same feature are the same split if they send at most this share of the node's weight to
        another side. A cut of another feature never is, whatever it sends where.

    Returns
    -------
    WinAgain

    Raises
    ------
    ValueError
        If no split of these rows is legal, the split is of no column or its threshold NaN, or the tolerance
        is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from treeprune.criteria.split_stability.sample import make_sample
    >>> rows = np.random.default_rng(0).normal(size=(500, 2))
    >>> found = win_again(make_sample(rows, 1.0 * (rows[:, 0] > 0.3) + 0.5 * rows[:, 1]))
    >>> found.split.feature, found.at_least() > 0.95, round(found.split.threshold, 2)
    (0, True, 0.3)
    """
    check_tolerance(tolerance)
    limits = limits or Limits()
    scan = best_splits(sample, limits)
    if scan.winner == NO_FEATURE:
        raise ValueError(f"no split of these {len(sample)} rows is legal, or their targets are all equal")
    chosen = scan.split(scan.winner) if split is None else split
    if not 0 <= chosen.feature < sample.n_features:
        raise ValueError(f"the split is of column {chosen.feature}, but there are {sample.n_features}")
    if np.isnan(chosen.threshold):
        raise ValueError("the threshold of the split is NaN")
    with threadpool_limits(1, "blas"):  # more threads add up in another order
        return against_rivals(sample, chosen, scan, limits, tolerance)


def against_rivals(
    sample: Sample, chosen: Split, scan: NodeScan, limits: Limits, tolerance: float
) -> WinAgain:
    """`win_again` at a node that has been scanned, see `leads` on threads.

    Parameters
    ----------
    sample : Sample
    chosen : Split
    scan : NodeScan
        Of the sample, under the same limits; some feature can split the node.
    limits : Limits
    tolerance : float

    Returns
    -------
    WinAgain
    """
    rivals = find_rivals(sample, chosen, scan, limits, tolerance)
    lead, covariance = leads(sample, rivals.splits)
    spread = np.sqrt(np.diag(covariance))
    same_feature, same_split, chance = play(rivals, lead, spread, covariance, sample.n_features)
    listed = slice(1, 1 + rivals.n_others + rivals.n_own)
    return WinAgain(
        chosen, rivals.low, rivals.high, len(sample), same_feature, same_split, chance,
        rivals.splits[listed], rivals.n_own, lead[listed], spread[listed],
    )  # fmt: skip
