"""The sizes of the FIPE paper, made anew: its experiment, data sets and package, and ours beside it.

Emine, Forel, Malek, Vidal, "Free lunch in the forest: functionally-identical pruning of boosted tree
ensembles", AAAI 2025. Its experiment splits a data set 80 to 20 under five seeds, trains ensembles of fixed
size on the larger part, prunes each to the least sum of weights (l1) or to the fewest trees (l0) that keep
every class, and reports mean sizes over the seeds. Three of its data sets are small enough for the licence
that comes with its solver; they are in the source distribution of its package::

    pip install fipepy
    pip download --no-deps --no-binary fipepy fipepy && tar xf fipepy-*.tar.gz
    python benchmarks/lossless_paper.py fipepy-*/tests/datasets-for-tests

Models begin at zero, as in the package's own tests, since it does not see a model's base score.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb
from fipe_package import apart, ours, run
from sklearn.ensemble import AdaBoostClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.model_selection import train_test_split
from tables import write_table

TABLES = ("Seeds", "Breast-Cancer-Wisconsin", "Pima-Diabetes")
TITLE = "The experiment of the FIPE paper, its package and ours: mean sizes under five seeds"
SEEDS = range(5)
LIMIT = 60
"""CPU seconds for each run of the package; ours has as many of the clock."""
MOST = 5_000
"""Rows that are asked, of each cell where these are no more: the package needs a second for a thousand."""

MODELS: dict[str, Callable[[int], Any]] = {
    "AdaBoost, 50 stumps": lambda seed: AdaBoostClassifier(n_estimators=50, random_state=seed),
    "gradient boosting, 50 stumps": lambda seed: GradientBoostingClassifier(
        n_estimators=50, max_depth=1, init="zero", random_state=seed
    ),
    "XGBoost, 50 stumps": lambda seed: xgb.XGBClassifier(
        n_estimators=50, max_depth=1, learning_rate=0.1, base_score=0.5, n_jobs=1, random_state=seed
    ),
    "LightGBM, 50 stumps": lambda seed: lgb.LGBMClassifier(
        n_estimators=50, max_depth=1, learning_rate=0.1, n_jobs=1, random_state=seed, verbose=-1
    ),
    "forest, 10 of depth 3": lambda seed: RandomForestClassifier(10, max_depth=3, random_state=seed),
}


def model_of(folder: Path, data: str, name: str, seed: int) -> tuple[Any, np.ndarray, Any]:
    """The fitted model, the rows it was trained on, and the package's encoder of the whole table."""
    from fipe import FeatureEncoder

    table = pd.read_csv(folder / data / f"{data}.full.csv")
    encoder = FeatureEncoder(table.iloc[:, :-1])
    labels = table.iloc[:, -1].astype("category").cat.codes.to_numpy()
    X, _, y, _ = train_test_split(encoder.X.to_numpy(float), labels, test_size=0.2, random_state=seed)
    return MODELS[name](seed).fit(X, y), X, encoder


def one_line(folder: Path, data: str, name: str, kept: Path | None) -> dict[str, Any]:
    """Means over the seeds; of the package, over those seeds where it ended in time."""
    mine = [ours(*model_of(folder, data, name, seed)[:2], LIMIT, MOST) for seed in SEEDS]
    line = {
        "model": name,
        "table": data,
        "trees": _mean(mine, "of"),
        "ours": _mean(mine, "trees"),
        "proven": f"{sum(run['fewest'] for run in mine)} of {len(mine)}",
        "s": _mean(mine, "seconds"),
        "lost": sum(run["lost"] for run in mine),
    }
    for norm in (1, 0):
        theirs = packages(folder, data, name, norm, kept)
        ended = [(run, own) for run, own in zip(theirs, mine, strict=True) if run is not None]
        runs = [run for run, _ in ended]
        line |= {
            f"l{norm}": _mean(runs, "trees"),
            f"l{norm} ended": f"{len(runs)} of {len(theirs)}",
            f"l{norm} s": _mean(runs, "seconds"),
            f"l{norm} lost": sum(run["lost"] for run in runs),
            f"ours where l{norm} ended": _mean([own for _, own in ended], "trees"),
            f"ours larger than l{norm}": sum(own["trees"] > run["trees"] for run, own in ended),
        }
    return line


def packages(folder: Path, data: str, name: str, norm: int, kept: Path | None) -> list[Any]:
    """Runs of the package under all seeds, two at a time: its limit is of CPU seconds."""
    known = json.loads(kept.read_text()) if kept and kept.exists() else {}
    tasks = {f"{data}, {name}, seed {seed}, l{norm}": seed for seed in SEEDS}
    missing = [task for task in tasks if task not in known]
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda t: apart(__file__, folder, "--one", data, name, tasks[t], norm), missing)
        known |= dict(zip(missing, found, strict=True))
    if kept:
        kept.write_text(json.dumps(known, indent=1))
    return [known[task] for task in tasks]


def _mean(runs: list[dict[str, Any]], what: str) -> float:
    return float(np.mean([run[what] for run in runs])) if runs else float("nan")


def _task() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the data sets of the package's source distribution")
    parser.add_argument("--kept", type=Path, help="a file for runs of the package, which take an hour")
    parser.add_argument("--one", nargs=4, metavar=("DATA", "MODEL", "SEED", "NORM"), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    task = _task()
    if task.one:
        data, name, seed, norm = task.one
        print(json.dumps(run(*model_of(task.folder, data, name, int(seed)), int(norm), LIMIT, MOST)))
    else:
        found: list[dict[str, Any]] = []
        for data in TABLES:
            for name in MODELS:
                found.append(one_line(task.folder, data, name, task.kept))
                write_table("lossless_paper", TITLE, found)
