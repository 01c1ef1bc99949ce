"""The worst case: by how much a pruned model may differ from the model before, over all inputs."""

from __future__ import annotations

import math
import time
from typing import Any, Literal

from treeprune.certificate.difference import Difference
from treeprune.certificate.direction import Direction
from treeprune.certificate.outputs import change_by_odds, matched, output_names
from treeprune.certificate.result import Certificate, OutputChange
from treeprune.domain.domain import Domain
from treeprune.kernels.threads import run, thread_count

On = Literal["raw", "probability", "answer"]

_ROUNDS = (0.3, 0.6, 0.8, 1.0)
"""Parts of the time after which those searches that have ended leave theirs to the others."""

_MOST_BYTES = 1 << 31
"""Memory of the boxes that all searches keep; a search that has used its part up ends."""


def certify(
    before: Any,
    after: Any,
    domain: Domain,
    *,
    on: On = "raw",
    time_limit: float = 60.0,
    gap: float = 0.0,
    n_jobs: int | None = None,
) -> Certificate:
    """Bound the change from one model to another over all inputs of a domain.

    Parameters
    ----------
    before, after : object
        Fitted native models with the same columns and outputs, usually a model and what pruning left of it.
        A `FrozenEstimator` stands for the model in it, a fitted pruner for its pruned model.
    domain : Domain
        Which inputs exist. Columns without bounds are allowed: trees only ask on which side of their
        thresholds a value lies.
    on : {"raw", "probability", "answer"}, default="raw"
        What is compared: the raw output (margins, for boosted classifiers), the probabilities, or what the
        model answers (its raw output through its link).
    time_limit : float, default=60.0
        Seconds for all outputs and directions together; laying out the trees counts, but is not cut short.
        With 0 the bounds are what small groups of trees may change at most, added up.
    gap : float, default=0.0
        A search ends when its bound is above the change that it reached by no more than this part of that
        change.
    n_jobs : int, optional
        Threads over outputs and directions, after joblib's convention.

    Returns
    -------
    Certificate
        Bounds hold for what the models compute in their own precision, rounding included. They are
        the same whatever `n_jobs`, unless time ended a search.

    Raises
    ------
    ValueError
        If the models or the domain have other columns, the models other outputs, a parameter is not legal,
        or there are no probabilities to compare.
    UnsupportedModelError
        If a model is of no known family, or answers with a median.

    Notes
    -----
    Best-first branch and bound over boxes of cells between thresholds. Each tree is paired with what is
    left of it, so that what both share cancels; boxes are bounded by dual decomposition
    (`treeprune.kernels.box_messages`). Verifying tree ensembles by bounds over boxes is due to H. Chen
    et al., "Robustness verification of tree-based models" (NeurIPS 2019) and L. Devos, W. Meert, J. Davis,
    "Versatile verification of tree ensembles" (ICML 2021). Probabilities of three classes and more follow
    from the bounds of their raw outputs.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from treeprune import Domain, certify, snip
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> tree = DecisionTreeRegressor(max_depth=3, random_state=0).fit(X, y)
    >>> certificate = certify(tree, snip(tree, [1]), Domain.from_data(X))
    >>> certificate.exact
    True
    """
    start = time.perf_counter()
    if on not in ("raw", "probability", "answer"):
        raise ValueError(f'on must be "raw", "probability" or "answer", got {on!r}')
    if not (isinstance(time_limit, int | float) and time_limit >= 0):
        raise ValueError(f"time_limit must be a number of seconds >= 0, got {time_limit!r}")
    if not (isinstance(gap, int | float) and 0 <= gap < math.inf):
        raise ValueError(f"gap must be a number >= 0, got {gap!r}")
    n_threads = thread_count(n_jobs)
    e, f, own = matched(before, after, domain, on)
    difference = Difference(e, f, own)
    kind = "raw" if e.link == "identity" and e.link_scale == 1.0 else on
    by_odds = kind != "raw" and e.link == "softmax"
    directions = [
        Direction(difference, "raw" if by_odds else kind, column, sign, _MOST_BYTES // (2 * e.n_columns))
        for column in range(e.n_columns)
        for sign in (1, -1)
    ]
    for part in _ROUNDS:
        # what ends early leaves its time to the others
        _advance([d for d in directions if not d.over], start + part * time_limit, gap, n_threads)
        if time.perf_counter() >= start + time_limit:
            break
    found = [direction.extreme() for direction in directions]
    outputs = tuple(
        OutputChange(name, found[2 * k], found[2 * k + 1]) for k, name in enumerate(output_names(e))
    )
    if by_odds:
        outputs = change_by_odds(e, f, outputs)
    elapsed = time.perf_counter() - start
    return Certificate(outputs, on, own, elapsed, float(time_limit), time_limit == 0, difference.coarse)


def _advance(directions: list[Direction], end: float, gap: float, n_threads: int) -> None:
    """Let some searches go on until a time, in turns."""
    waiting = [len(directions)]

    def one(direction: Direction) -> None:
        now = time.perf_counter()
        turns = math.ceil(waiting[0] / n_threads)
        waiting[0] -= 1
        direction.advance(now + max(0.0, end - now) / max(1, turns), gap)

    run(one, directions, n_threads)
