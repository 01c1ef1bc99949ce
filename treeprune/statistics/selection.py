"""How much a selection that was made many times can be trusted."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.stats import norm

from treeprune.model.ensemble import Array

Assumption = Literal["none", "unimodal"]

_LARGEST_SHARE = 1 / np.sqrt(3)
"""The bound under unimodality is proven for no larger q / p."""


def stability_index(selected: Array) -> float:
    """Nogueira's index: 1 minus the variance of the selection over that of a random one of equal size.

    S. Nogueira, K. Sechidis, G. Brown, On the stability of feature selection algorithms, Journal of Machine
    Learning Research 18 (174), 2018. With d things of which a run selects k on average, and s_j^2 the
    unbiased variance of whether j is selected, it is ``1 - mean(s_j^2) / (k / d * (1 - k / d))``.

    Parameters
    ----------
    selected : ndarray of bool, shape (n_runs, n_things)
        Two runs at least.

    Returns
    -------
    float
        1 if all runs agree, 0 in expectation if they select at random, -1 / (n_runs - 1) at the least. NaN
        if every run selects all, or none: nothing is chosen then.
    """
    n_runs = len(selected)
    share = float(selected.mean())
    if share in (0.0, 1.0):
        return float("nan")
    rate = selected.mean(axis=0)
    variance = n_runs / (n_runs - 1) * rate * (1.0 - rate)
    return float(1.0 - variance.mean() / (share * (1.0 - share)))


def stability_interval(selected: Array, confidence: float) -> tuple[float, float]:
    """Approximate confidence interval of Nogueira's index, for runs that are independent.

    Theorem 7 of the paper named at `stability_index`: the index is asymptotically normal.

    Parameters
    ----------
    selected : ndarray of bool, shape (n_runs, n_things)
    confidence : float
        Between 0 and 1.

    Returns
    -------
    low, high : float
        NaN where the index is.
    """
    index, n_runs = stability_index(selected), len(selected)
    if np.isnan(index):
        return index, index
    rate, share = selected.mean(axis=0), float(selected.mean())
    own = selected.mean(axis=1)  # the share that each run selects
    met = (selected * rate).mean(axis=1)
    part = met - own * share + index / 2 * (2 * share * own - own - share + 1)
    part = part / (share * (1.0 - share))
    error = float(np.sqrt(4 / n_runs**2 * ((part - part.mean()) ** 2).sum()))
    reach = float(norm.ppf((1 + confidence) / 2)) * error
    return index - reach, index + reach


def expected_false(
    threshold: float, n_selected: float, n_things: int, n_pairs: int, assumption: Assumption
) -> float:
    """Bound on how many unlikely things are selected in a share of runs that reaches a threshold.

    R. Shah, R. Samworth, Variable selection with error control: another look at stability selection,
    Journal of the Royal Statistical Society B 75, 2013. Runs see complementary halves of the rows. With q
    things selected on average, out of p, those are unlikely that are selected with a probability of q / p
    or less; the expected number of them in at least a share t > 1 / 2 of 2 B runs is at most

    - ``q^2 / p / (2 t - 1)`` whatever their distribution (theorem 1; the bound of N. Meinshausen,
      P. Buhlmann, Stability selection, same journal 72, 2010, which speaks of noise that is exchangeable);
    - ``q^2 / p * C`` where the share of pairs that select a thing twice is unimodal (theorem 2), with
      ``C = 1 / (2 (2 t - 1 - 1 / (2 B)))`` for t up to 3 / 4, and ``4 (1 - t + 1 / (2 B)) / (1 + 1 / B)``
      above, for q / p <= 1 / sqrt(3) and t over ``1/2 + min((q / p)^2, 1 / (2 B) + 3/4 (q / p)^2)``.

    Parameters
    ----------
    threshold : float
        From 0 to 1.
    n_selected : float
        q.
    n_things : int
        p.
    n_pairs : int
        B.
    assumption : {"none", "unimodal"}
        With ``"unimodal"`` the lower of both bounds, the second where it holds.

    Returns
    -------
    float
        Infinite for thresholds up to 1 / 2.
    """
    runs = 2 * n_pairs
    t = np.ceil(threshold * runs - 1e-9) / runs  # no share lies between
    if t <= 0.5:
        return float("inf")
    theta = n_selected / n_things
    q = n_selected * theta
    simple = q / (2 * t - 1)
    least = 0.5 + min(theta**2, 1 / runs + 0.75 * theta**2)
    if assumption == "none" or theta > _LARGEST_SHARE or t <= least or t < 0.5 + 2 / runs:
        return float(simple)
    below = t <= 0.75
    factor = 1 / (2 * (2 * t - 1 - 1 / runs)) if below else 4 * (1 - t + 1 / runs) / (1 + 1 / n_pairs)
    return float(min(simple, q * factor))
