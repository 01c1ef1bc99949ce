"""The worst case: by how much a pruned model may differ from the model before, over all inputs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from treeprune.certificate.curved import CurvedBounds
from treeprune.certificate.difference import Difference, Leaves
from treeprune.certificate.linear import LinearBounds
from treeprune.certificate.outputs import change_by_odds, growing_link, matched, output_names
from treeprune.certificate.result import Certificate, Extreme, OutputChange
from treeprune.certificate.search import Bounds, Search
from treeprune.domain.domain import Domain
from treeprune.kernels.threads import run, thread_count
from treeprune.model.ensemble import Array
from treeprune.model.traverse import raw_output

_PART_OF_PROGRAMS = 0.2
"""Part of a search's time that linear programs may take."""

On = Literal["raw", "probability", "answer"]


@dataclass(frozen=True)
class _Task:
    """One output column in one direction."""

    column: int
    sign: int


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
        Seconds for all outputs and directions together. With 0 the bounds are what each tree may change at
        most, added up.
    gap : float, default=0.0
        A search ends when the bound is above what is reached by this part of itself.
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
    >>> from treeprune import snip
    >>> from treeprune.certificate.certify import certify
    >>> from treeprune.domain.domain import Domain
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
    if not (isinstance(gap, int | float) and 0 <= gap < 1):
        raise ValueError(f"gap must be a number from 0 to below 1, got {gap!r}")
    n_threads = thread_count(n_jobs)
    e, f, own = matched(before, after, domain, on)
    difference = Difference(e, f, own)
    kind = "raw" if e.link == "identity" and e.link_scale == 1.0 else on
    by_odds = kind != "raw" and e.link == "softmax"
    answer = _Answer(difference, "raw" if by_odds else kind)
    tasks = [_Task(column, sign) for column in range(e.n_columns) for sign in (1, -1)]
    end = start + time_limit
    done = [0]

    def one(task: _Task) -> Extreme:
        now = time.perf_counter()
        rounds = math.ceil((len(tasks) - done[0]) / n_threads)
        deadline = min(end, now + max(0.0, end - now) / max(1, rounds))
        extreme = answer.extreme(task, deadline, gap)
        done[0] += 1
        return extreme

    found = run(one, tasks, n_threads)
    outputs = tuple(
        OutputChange(name, found[2 * k], found[2 * k + 1]) for k, name in enumerate(output_names(e))
    )
    if by_odds:
        outputs = change_by_odds(e, f, outputs)
    elapsed = time.perf_counter() - start
    return Certificate(outputs, on, own, elapsed, float(time_limit), time_limit == 0, difference.coarse)


class _Answer:
    """The change of one output, by what is compared."""

    def __init__(self, difference: Difference, kind: str) -> None:
        self._difference, self._kind = difference, kind

    def extreme(self, task: _Task, deadline: float, gap: float) -> Extreme:
        """Search in one direction."""
        start, d = time.perf_counter(), self._difference
        leaves = d.leaves(task.column, apart=self._kind != "raw")
        seconds = _PART_OF_PROGRAMS * max(0.0, deadline - time.perf_counter())
        bounds, evaluate, off = self._bounds(leaves, task, seconds)
        found = Search(bounds, evaluate, d.groups).run(deadline, gap)
        row = d.row(found.point)
        reached = self._native(row, task.column)
        upper = max(found.upper + off, task.sign * reached)
        seconds = time.perf_counter() - start
        return Extreme(
            task.sign * upper,
            reached,
            tuple(row.tolist()),
            found.finished and not d.coarse,
            found.nodes,
            seconds,
        )

    def _bounds(
        self, leaves: Leaves, task: _Task, seconds: float
    ) -> tuple[Bounds, Callable[[Array], float], float]:
        d, column, sign = self._difference, task.column, task.sign
        off = tuple(float(s.rounding[column]) for s in d.sums)
        if self._kind == "raw":
            constant = sign * (leaves.start[1] - leaves.start[0])
            linear = LinearBounds(leaves.messages, sign * (leaves.after - leaves.before), constant, seconds)

            def change(point: Array) -> float:
                b, a = d.values_at(point, column)
                return sign * (a - b)

            return linear, change, off[0] + off[1]
        h, flips = growing_link(d.before)
        one, two = (leaves.after, leaves.before) if sign * flips > 0 else (leaves.before, leaves.after)
        first = 1 if sign * flips > 0 else 0
        curved = CurvedBounds(
            leaves.messages, one, two, (leaves.start[first], leaves.start[1 - first]),
            (off[first], off[1 - first]), h, seconds,
        )  # fmt: skip

        def curved_change(point: Array) -> float:
            both = d.values_at(point, column)
            return float(h(np.array([both[first]]))[0] - h(np.array([both[1 - first]]))[0])

        return curved, curved_change, 0.0

    def _native(self, row: Array, column: int) -> float:
        """Change at a row, by the models' own arithmetic."""
        d, found = self._difference, []
        for e in (d.before, d.after):
            raw = raw_output(e, row[None].astype(e.input_dtype), n_jobs=1)
            if self._kind == "raw":
                found.append(float(raw[0, column]))
            else:
                h, flips = growing_link(e)
                found.append(float(flips * h(raw[0, [column]].astype(np.float64))[0]))
        return found[1] - found[0]
