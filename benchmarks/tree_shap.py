"""Exact SHAP values against shap and the vendors' own, in one run: CPU time of one thread, then two.

Peers that take milliseconds or seconds a row are timed on few rows: their cost is proportional to these.
Ours is timed as a whole call, preparation included, and set against the peer's cost of as many rows.
`--quick` leaves out the large forest; then nothing is written.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import lightgbm
import numpy as np
import shap
import xgboost
from kernel_clocks import Way, duel
from kernel_models import table
from kernel_roofline import two_chains
from sklearn.ensemble import RandomForestClassifier
from tables import RESULTS, extra_peak_megabytes, write_table
from threadpoolctl import threadpool_limits

from treeprune.attribution.by_background import interventional
from treeprune.attribution.by_cover import path_dependent
from treeprune.backends import read
from treeprune.model.ensemble import Array, TreeEnsemble

Row = dict[str, Any]
Values = Callable[[Array], Any]

TRAINED_ON, N_BACKGROUND = 20_000, 1000
COVER_BAR, BACKGROUND_BAR = 1, 100
SECONDS = 8
"""How long two threads wait for a moment in which both cores are free."""


@dataclass(frozen=True, eq=False)
class Case:
    """A model, how many rows ours is timed on, and how many the peers are."""

    title: str
    native: Any
    X: Array
    rows: tuple[int, ...] = (2_000, 10_000)
    peer_rows: tuple[int, int] = (500, 10)
    barred: bool = True

    @cached_property
    def ensemble(self) -> TreeEnsemble:
        """The model as arrays."""
        return read(self.native)

    def table(self, n: int) -> Array:
        """Rows that the model has not seen."""
        return self.X[TRAINED_ON : TRAINED_ON + n].astype(self.ensemble.input_dtype)

    @property
    def background(self) -> Array:
        """Rows that the model has seen."""
        return self.X[:N_BACKGROUND].astype(self.ensemble.input_dtype)


def vendors_own(native: Any) -> Values | None:
    """Path-dependent values by the library of the model itself."""
    if isinstance(native, xgboost.XGBModel):
        return lambda rows: native.get_booster().predict(xgboost.DMatrix(rows), pred_contribs=True)
    if isinstance(native, lightgbm.LGBMModel):
        return lambda rows: native.predict(rows, pred_contrib=True)
    return None


def gap(case: Case, ours: Array, theirs: Any) -> float:
    """Largest difference, in parts of the largest value."""
    theirs = np.asarray(theirs).reshape(len(ours), case.ensemble.n_features, -1)
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def row(
    case: Case, kind: str, n: int, peer: str, per_row: float, ours: float, bar: int | None, note: str
) -> Row:
    """A row of the table; `per_row` and `ours` are seconds, the latter of the whole call."""
    ratio = per_row * n / ours
    return {
        "values": kind,
        "model": case.title,
        "rows": n,
        "peer": peer,
        "peer, us a row": per_row * 1e6,
        "ours, us a row": ours / n * 1e6,
        "ratio": ratio,
        "bar": "" if bar is None else f">= {bar}",
        "bar met": "" if bar is None else "yes" if ratio >= bar else "**no**",
        "note": note,
    }


def measure(
    case: Case, kind: str, ours: Values, peers: dict[str, Values], n_peer: int, bar: int, repeats: int
) -> list[Row]:
    """One row of the table for each number of rows and each peer."""
    few = case.table(n_peer)
    found = ours(few)[0]
    gaps = {peer: gap(case, found, work(few)) for peer, work in peers.items() if peer == "shap"}
    ways = {peer: Way.of(lambda _, work=work: work(few)) for peer, work in peers.items()}
    one = case.table(1)
    ways["one"] = Way.of(lambda _: ours(one))
    for n in case.rows:
        rows = case.table(n)
        ways[f"{n}"] = Way.of(lambda _, rows=rows: ours(rows))
    seconds = duel(ways, repeats)
    return [
        row(
            case, kind, n, peer, seconds[peer] / n_peer, seconds[f"{n}"], bar if case.barred else None,
            f"peer on {n_peer} rows; ours on one row {1000 * seconds['one']:.3g} ms"
            + (f"; differ by {gaps[peer]:.1e}" if peer in gaps else ""),
        )
        for n in case.rows
        for peer in peers
    ]  # fmt: skip


def by_covers(case: Case, repeats: int) -> list[Row]:
    """Path-dependent values."""
    explainer = shap.TreeExplainer(case.native)
    peers: dict[str, Values] = {"shap": lambda X: explainer.shap_values(X, check_additivity=False)}
    own = vendors_own(case.native)
    if own is not None:
        peers["the vendor's own"] = own
    ours = partial(path_dependent, case.ensemble, n_jobs=1)
    return measure(case, "path-dependent", ours, peers, case.peer_rows[0], COVER_BAR, repeats)


def against(case: Case, repeats: int) -> list[Row]:
    """Interventional values."""
    whole = shap.maskers.Independent(case.background, max_samples=N_BACKGROUND)
    explainer = shap.TreeExplainer(case.native, whole)
    peers: dict[str, Values] = {"shap": lambda X: explainer.shap_values(X, check_additivity=False)}
    ours = partial(interventional, case.ensemble, background=case.background, n_jobs=1)
    kind = f"interventional, {N_BACKGROUND} background rows"
    return measure(case, kind, ours, peers, case.peer_rows[1], BACKGROUND_BAR, repeats)


def at_work(work: Callable[[], Any], cores: list[float]) -> None:
    """Do some work, and remember how many cores it had at best."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    cores[0] = max(cores[0], (time.process_time() - cpu) / (time.perf_counter() - wall))


def two_threads(case: Case, repeats: int) -> list[Row]:
    """Wall-clock time of two threads and of one."""
    n = case.rows[-1]
    rows, found = case.table(n), []
    for kind, work in (
        ("path-dependent", partial(path_dependent, case.ensemble, rows)),
        ("interventional", partial(interventional, case.ensemble, rows, case.background)),
    ):
        cores, free = [0.0], [0.0]
        ways = {"1": Way.of(lambda _, work=work: work(n_jobs=1))}
        ways["2"] = Way.of(lambda _, work=work, cores=cores: at_work(partial(work, n_jobs=2), cores))
        ways["free"] = Way.of(lambda _, free=free: at_work(two_chains, free))
        seconds = duel(ways, repeats, time.perf_counter, SECONDS)
        note = f"wall clock; at best {cores[0]:.2f} cores at work, pure arithmetic had {free[0]:.2f}"
        found.append(
            row(case, f"{kind}, two threads", n, "ours, one", seconds["1"] / n, seconds["2"], None, note)
        )
    return found


def memory(case: Case) -> str:
    """Peak megabytes beyond the model and the rows."""
    n = case.rows[-1]
    rows, background = case.table(n), case.background
    size = n * rows.shape[1] * case.ensemble.n_columns * 8 / 2**20
    peaks = [
        extra_peak_megabytes(work)
        for work in (
            lambda: path_dependent(case.ensemble, rows),
            lambda: interventional(case.ensemble, rows, background),
        )
    ]
    return (
        f"- {case.title}, {n:,} rows: peak memory {peaks[0]:.0f} MB path-dependent, {peaks[1]:.0f} MB"
        f" interventional, of which the result is {size:.1f} MB."
    )


def cases(quick: bool) -> list[Case]:
    """Fitted models; the large forest last."""
    X, y = table()
    own, target = X[:TRAINED_ON], y[:TRAINED_ON]
    boosted = xgboost.XGBClassifier(n_estimators=300, max_depth=6, learning_rate=0.1, n_jobs=1)
    leafwise = lightgbm.LGBMClassifier(n_estimators=300, num_leaves=31, n_jobs=1, verbose=-1)
    made = [
        Case("RF-50, depth 6", RandomForestClassifier(50, max_depth=6, random_state=0).fit(own, target), X),
        Case("XGB-300, depth 6", boosted.fit(own, target), X),
        Case("LGBM-300, 31 leaves", leafwise.fit(own, target), X),
    ]
    if not quick:
        forest = RandomForestClassifier(500, random_state=0, n_jobs=-1).fit(own, target)
        forest.set_params(n_jobs=1)
        made.append(Case("RF-500, fully grown", forest, X, (20, 100), (3, 1), False))
    return made


def main(options: argparse.Namespace) -> None:
    """Measure all; write the table."""
    rows: list[Row] = []
    notes = []
    with threadpool_limits(1):
        for case in cases(options.quick):
            repeats = options.repeats if case.barred else 1
            for part in (by_covers, against, two_threads) if case.barred else (by_covers, against):
                found = part(case, repeats)
                rows += found
                print(*(" | ".join(map(str, r.values())) for r in found), sep="\n", flush=True)
            notes.append(memory(case))
            print(notes[-1], flush=True)
    if options.quick:
        return
    write_table("tree_shap", "Exact SHAP values: 30 features, CPU time of one thread", rows)
    versions = ", ".join(f"{p.__name__} {p.__version__}" for p in (shap, xgboost, lightgbm))
    with (RESULTS / "tree_shap.md").open("a") as file:
        file.write("\n".join([versions, "", *notes, ""]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without the large forest; writes nothing")
    parser.add_argument("--repeats", type=int, default=5)
    main(parser.parse_args())
