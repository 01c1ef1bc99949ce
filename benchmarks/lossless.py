"""What no input can see: how much of each family goes, and a million inputs that see nothing.

Small models of every family (the contract suite's, whose tables stand in `tests`), and large ones on
SUPPORT2 with whole numbers and one-hot columns. Each is pruned over all inputs, and for a part of the
patients: those whose first column is above its median. Both models then answer a million random inputs of
the domain, at thresholds and beside them, by their vendors' own code.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier

sys.path.insert(0, str(Path(__file__).parents[1]))

from ensemble_tables import DATA, LEAKS
from tables import write_table

from treeprune.backends import read
from treeprune.backends.registry import find_backend
from treeprune.criteria.lossless.axes import all_inputs
from treeprune.criteria.lossless.rows import Generator
from treeprune.demo import load_table
from treeprune.domain.domain import Domain
from treeprune.domain.tables import numbers
from treeprune.pruners.lossless import LosslessPruner

_BLOCK = 100_000


def support2() -> tuple[pd.DataFrame, Any]:
    """SUPPORT2 with a column of 0 and 1 for each category; missing numbers stay."""
    X, y = load_table(DATA / "support2.csv", "hospdead", LEAKS.split(","))
    words = [name for name in X if not pd.api.types.is_numeric_dtype(X[name])]
    X[words] = X[words].astype(str).fillna("unknown").replace("nan", "unknown")
    X = pd.get_dummies(X, columns=words, dtype=float).astype(float)
    X.columns = [str(name).replace("/", " ").replace("<", "below").replace("[", "") for name in X]
    return X, y.to_numpy()


def large_models() -> Iterator[tuple[str, Any, Any]]:
    X, y = support2()
    filled = X.fillna(X.median())
    for name, model, table in (
        ("one tree, fully grown", DecisionTreeClassifier(random_state=0), filled),
        ("forest of 100, depth 6", RandomForestClassifier(100, max_depth=6, random_state=0), filled),
        ("forest of 100, fully grown", RandomForestClassifier(100, random_state=0), filled),
        ("extra trees, 100, fully grown", ExtraTreesClassifier(100, random_state=0), filled),
        (
            "XGBoost, 300 of depth 5",
            xgb.XGBClassifier(n_estimators=300, max_depth=5, learning_rate=0.05),
            X,
        ),
        ("XGBoost, 300 stumps", xgb.XGBClassifier(n_estimators=300, max_depth=1), X),
        (
            "LightGBM, 300 of 31 leaves",
            lgb.LGBMClassifier(n_estimators=300, learning_rate=0.05, verbose=-1),
            X,
        ),
        ("LightGBM, 300 stumps", lgb.LGBMClassifier(n_estimators=300, num_leaves=2, verbose=-1), X),
    ):
        yield name, model.fit(table, y), table


def small_models(most: int) -> Iterator[tuple[str, Any, Any]]:
    from tests.backends.families import FAMILIES

    for name, family in FAMILIES.items():
        for case in family.cases[:most]:
            yield name.replace(":", " "), case.model, case.X


def part_of(model: Any, X: Any) -> Domain:
    """The domain of the rows whose first column is above its median."""
    e = read(model)
    rows = numbers(X, model)
    return Domain.from_data(rows[rows[:, 0] > np.nanmedian(rows[:, 0])], names=e.feature_names)


def largest_change(before: Any, after: Any, domain: Domain, X: Any, n_rows: int) -> float:
    """Largest change of a raw output by the vendors' own code."""
    e, backend = read(before), find_backend(before)
    generator, worst = Generator(e, domain, seed=1), 0.0
    own = numbers(X, before)
    own = own[domain.contains(own)]
    for _ in range(n_rows // _BLOCK):
        with np.errstate(over="ignore"):
            rows = generator.rows(_BLOCK, own).astype(e.input_dtype)
        a, b = (backend.raw_output(model, rows) for model in (before, after))
        worst = max(worst, float(np.abs(a - b).max()))
    return worst


def one_model(name: str, model: Any, X: Any, part: bool, n_rows: int) -> dict[str, Any]:
    domain = part_of(model, X) if part else None
    start = time.process_time()
    pruner = LosslessPruner(FrozenEstimator(model), domain=domain).fit(X)
    seconds, plan = time.process_time() - start, pruner.plan_
    change = largest_change(model, pruner.estimator_, pruner.domain_ or all_inputs(read(model)), X, n_rows)
    assert change <= plan.bound, (name, change, plan.bound)
    kinds = [removal.kind for removal in plan.removals]
    return {
        "model": name,
        "inputs": "a part" if part else "all",
        "models": 1,
        "nodes": plan.n_nodes[0],
        "nodes after": plan.n_nodes[1],
        "trees": plan.n_trees[0],
        "trees after": plan.n_trees[1],
        "splits: equal branches": kinds.count("equal branches"),
        "decided above": kinds.count("decided above"),
        "outside the domain": kinds.count("outside the domain"),
        "trees: same structure": kinds.count("same structure"),
        "constant": kinds.count("constant"),
        "bit-identical": int(change == 0),
        "largest change": change,
        "proven bound": plan.bound,
        "CPU s": seconds,
    }


def added(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a family."""
    frame = pd.DataFrame(rows)
    how = dict.fromkeys(frame.columns[2:], "sum") | {"largest change": "max", "proven bound": "max"}
    return frame.groupby(["model", "inputs"], sort=False, as_index=False).agg(how).to_dict("records")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--cases", type=int, default=3, help="contract configurations of each family")
    arguments = parser.parse_args()
    small, large = [], []
    for name, model, X in small_models(arguments.cases):
        small += [one_model(name, model, X, part, arguments.rows) for part in (False, True)]
        print(name, flush=True)
    write_table("lossless", "Lossless pruning of every family", added(small))
    for name, model, X in large_models():
        large += [one_model(name, model, X, part, arguments.rows) for part in (False, True)]
        print(name, flush=True)
    write_table("lossless", "Lossless pruning", added(small) + large)
