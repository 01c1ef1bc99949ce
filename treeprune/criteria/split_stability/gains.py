"""How far the chosen split is ahead of each rival, and how far chance moves that."""

from __future__ import annotations

import numpy as np

from treeprune.criteria.split_stability.sample import Sample
from treeprune.criteria.split_stability.scan import centred
from treeprune.criteria.split_stability.splits import Split
from treeprune.model.ensemble import Array

_ROWS_AT_A_TIME = 8192


def leads(sample: Sample, splits: tuple[Split, ...]) -> tuple[Array, Array]:
    """Lead of the first split over each, and the covariance of the leads.

    To first order a row adds to the gain of a split what its own squared error falls by,
    ``|y - mean|^2 - |y - mean of its side|^2`` (the influence function of the gain: that the means are
    fitted too is of second order). So a lead is a mean over rows, and has the variance of one.

    Parameters
    ----------
    sample : Sample
        Rows at the node, independent of each other.
    splits : tuple of Split

    Returns
    -------
    lead : ndarray of float64, shape (n_splits,)
        Gain of the first less that of each, per unit of weight.
    covariance : ndarray of float64, shape (n_splits, n_splits)
        Of the leads in samples like this one.

    Notes
    -----
    The last bits are the same wherever products of matrices run on one thread. That is up to the caller:
    to see to it takes longer than a small node.
    """
    w, y = sample.weights, centred(sample)
    sides = np.array([split.goes_left(sample) for split in splits])
    parts = [slice(start, start + _ROWS_AT_A_TIME) for start in range(0, len(w), _ROWS_AT_A_TIME)]
    weight, moment = np.zeros((2, len(splits))), np.zeros((2, len(splits), y.shape[1]))
    covariance = np.zeros((len(splits), len(splits)))
    for part in parts:
        for side, inside in enumerate((sides[:, part], ~sides[:, part])):
            own = inside * w[part]
            weight[side] += own.sum(axis=1)
            moment[side] += own @ y[part]
    mean = moment / np.where(weight > 0, weight, 1.0)[:, :, None]
    gain = (moment * mean).sum(axis=(0, 2)) / w.sum()
    lead = gain[0] - gain
    for part in parts:
        left, right = ((m**2).sum(axis=1)[:, None] - 2.0 * m @ y[part].T for m in mean)
        error = np.where(sides[:, part], left, right)  # but for |y|^2
        off = (error - error[0] - lead[:, None]) * (w[part] / w.sum())
        covariance += off @ off.T
    return lead, covariance
