"""What ensemble pruning costs: orders of 1000 trees, joint paths of 500 deep ones.

`--models DIR` keeps the fitted models of `kernels.py`, which take minutes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from kernel_models import fitted, table
from sklearn.frozen import FrozenEstimator
from tables import extra_peak_megabytes, write_table
from threadpoolctl import threadpool_limits

from treeprune import JointPruner
from treeprune.backends import read
from treeprune.pruners.joint_choice import LaneContest
from treeprune.pruners.joint_lanes import Lane, LaneLimits
from treeprune.pruners.native import Native
from treeprune.pruners.tree_choice import TreeChoice
from treeprune.statistics.losses import make_loss
from treeprune.statistics.target import encode_target

ORDER_SECONDS, PATH_SECONDS = 10, 60
JOINT_ROWS = 50_000

PRODUCTS = ("greedy", "lasso", "omp", "nnls", "l0")
VOTES = ("reduced_error", "complementarity", "margin_distance", "orientation", "drep", "kappa")


def cpu(work: Callable[..., Any], *given: Any) -> tuple[float, Any]:
    """Seconds of all threads, and the result."""
    start = time.process_time()
    result = work(*given)
    return time.process_time() - start, result


def row(
    work: str, on: str, before: float | None, seconds: float, bar: float | None, note: str
) -> dict[str, Any]:
    """A line of the table."""
    return {
        "work": work,
        "on": on,
        "CPU s of the pass": "" if before is None else before,
        "CPU s": seconds,
        "bar": "" if bar is None else f"< {bar}",
        "bar met": "" if bar is None else "yes" if seconds < bar else "**no**",
        "note": note,
    }


def orders(folder: Path, name: str, methods: tuple[str, ...]) -> list[dict[str, Any]]:
    """Some orders of the trees of a model, by what they say of 100,000 rows."""
    X, y = table()
    loss, model = make_loss("log_loss", "classification"), fitted(name, folder)
    e, weights = read(model), np.ones(len(X))
    target, on = encode_target(e, y), f"{type(model).__name__}, {len(X):,} rows"
    rows = []
    for method in methods:
        choice = TreeChoice(method, "auto", loss, 1)
        seen, evidence = cpu(choice.evidence, e, X, target, weights)
        took: list[tuple[float, Any]] = []
        work = partial(cpu, choice.steps, e, evidence)
        peak = extra_peak_megabytes(lambda work=work, took=took: took.append(work()))
        ((seconds, steps),) = took
        bar = ORDER_SECONDS if e.n_trees == 1000 else None
        note = f"{len(steps.sizes)} sizes; peak {peak:,.0f} MB beyond the pass"
        rows.append(row(f"order of {e.n_trees} trees: {method}", on, seen, seconds, bar, note))
    return rows


def joint(folder: Path) -> list[dict[str, Any]]:
    """Paths of a forest of 500 trees that were grown without limits, and the whole pruner."""
    X, y = table()
    model = fitted("rf", folder).set_params(n_jobs=1)
    native, loss = Native(model), make_loss("brier", "classification")
    contest = LaneContest((), LaneLimits(), loss, "same", 1)
    seen, fit = cpu(contest.rows, native, X[:JOINT_ROWS], y[:JOINT_ROWS], np.ones(JOINT_ROWS))
    on, rows = f"RF-500, {JOINT_ROWS:,} rows", []
    for lane in (Lane(n_averaged=16), Lane(n_averaged=64), Lane(values="refit", n_averaged=64)):
        seconds, path = cpu(fit.path, lane, None, 8000)
        note = f"{len(path)} models up to {path[-1].n_nodes:,} nodes"
        rows.append(row(f"joint path: {lane}", on, seen, seconds, PATH_SECONDS, note))
    pruner = JointPruner(FrozenEstimator(model), max_nodes=2000)
    held_out = {"X_val": X[-20_000:], "y_val": y[-20_000:]}
    took = []

    def whole() -> None:
        start = time.process_time()
        pruner.fit(X[:JOINT_ROWS], y[:JOINT_ROWS], **held_out)
        took.append(time.process_time() - start)

    note = f"peak {extra_peak_megabytes(whole):,.0f} MB beyond model and rows; {pruner.path_!r}"
    rows.append(row("JointPruner(max_nodes=2000): all ways, choice, model", on, None, took[0], None, note))
    return rows


PARTS: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    "products": lambda folder: orders(folder, "xgb", PRODUCTS),
    "votes": lambda folder: orders(folder, "rf12", PRODUCTS + VOTES),
    "forest": lambda folder: orders(folder, "rf1000", ("greedy", "lasso", "reduced_error")),
    "joint": joint,
}


def main(options: argparse.Namespace) -> None:
    """Measure, and write the table; rows of other parts stay as they were."""
    found = [line for name in options.only or PARTS for line in PARTS[name](options.models)]
    title = "Ensemble pruning: CPU time of one thread"
    write_table("ensemble_speed", title, found, keep=bool(options.only))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, help="folder of fitted models")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="renew the rows of some parts")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, threadpool_limits(1):
        given.models = given.models or Path(temporary)
        main(given)
