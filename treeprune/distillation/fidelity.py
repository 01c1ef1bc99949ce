"""How close the answers of a tree are to those of its teacher."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treeprune.model.ensemble import Array

_LEAST = 1e-6
"""Shares are cut to this before logarithms: a leaf that says 0 must not make the mean infinite."""


@dataclass(frozen=True)
class Fidelity:
    """Agreement of two models on some rows.

    Parameters
    ----------
    r2 : float
        One less the squared distance of the answers over the variance of the teacher's, over all columns.
    agreement : float
        Weighted share of rows of the same class; NaN for numbers.
    kl : float
        Mean divergence (Kullback-Leibler) of the tree's shares from the teacher's, in nats; NaN for
        numbers.
    mean_change, max_change : float
        Mean and largest absolute difference, of a share or in units of the outcome.
    n_rows : int
        Rows with weight.
    """

    r2: float
    agreement: float
    kl: float
    mean_change: float
    max_change: float
    n_rows: int


def fidelity(teacher: Array, tree: Array, weight: Array, *, classify: bool) -> Fidelity:
    """Compare answers.

    Parameters
    ----------
    teacher, tree : ndarray of float64, shape (n_rows, n_columns)
        Shares of classes, or numbers.
    weight : ndarray of float64, shape (n_rows,)
    classify : bool

    Returns
    -------
    Fidelity
    """
    here = weight > 0
    a, b, w = teacher[here], tree[here], weight[here]
    spread = np.average(((a - np.average(a, axis=0, weights=w)) ** 2).sum(axis=1), weights=w)
    off = np.average(((a - b) ** 2).sum(axis=1), weights=w)
    change = np.abs(a - b).max(axis=1)
    agreement = kl = float("nan")
    if classify:
        agreement = float(np.average(a.argmax(axis=1) == b.argmax(axis=1), weights=w))
        p, q = (np.clip(x, _LEAST, 1.0) for x in (a, b))
        p, q = p / p.sum(axis=1, keepdims=True), q / q.sum(axis=1, keepdims=True)
        kl = float(np.average((p * np.log(p / q)).sum(axis=1), weights=w))
    return Fidelity(
        r2=float(1.0 - off / spread) if spread > 0 else float("nan"),
        agreement=agreement,
        kl=kl,
        mean_change=float(np.average(change, weights=w)),
        max_change=float(change.max()),
        n_rows=int(here.sum()),
    )
