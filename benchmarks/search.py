"""What a search for the right pruning costs, and how good its choice is.

SUPPORT2, three quarters of the rows to fit on and one quarter to judge the models in the end. The cost is
that of the whole search, beside plain 5-fold cross-validation of the model without any pruning. The choice
is compared with every strategy run in full by its own pruner with its own cross-validation (`--exhaustive`,
which takes minutes; joint pruning compares all its ways and sizes on a fifth of the rows instead of in
folds, which would take an hour); the best of all is the one that turns out best on the rows apart.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np
from ensemble_tables import _support2
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, train_test_split
from tables import RESULTS, write_table
from threadpoolctl import threadpool_limits

from treeprune import (
    CostComplexityPruner,
    ErrorBasedPruner,
    JointPruner,
    ReducedErrorPruner,
    TreeCountPruner,
)
from treeprune.backends import read
from treeprune.search.search_cv import PruningSearchCV

MOST_TIMES, FOLDS = 3.0, 5

MODELS: dict[str, Callable[[], Any]] = {
    "RF-500": lambda: RandomForestClassifier(500, random_state=0, n_jobs=1),
    "LightGBM-300": lambda: lightgbm.LGBMClassifier(n_estimators=300, random_state=0, n_jobs=1, verbose=-1),
}

LOSSES = {"RF-500": "brier", "LightGBM-300": "log_loss"}

RULES = ("1se", "min")

PRUNERS: dict[str, Callable[[Any], Any]] = {
    "CostComplexityPruner, min": lambda m: CostComplexityPruner(m, rule="min"),
    "TreeCountPruner, min": lambda m: TreeCountPruner(m, rule="min"),
    "ReducedErrorPruner": lambda m: ReducedErrorPruner(m, random_state=0),
    "ErrorBasedPruner": ErrorBasedPruner,
    "JointPruner, min": lambda m: JointPruner(m, rule="min"),
}


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of all threads, and the result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def cross_validated(model: Any, X: Any, y: Any) -> None:
    """Plain cross-validation: a fit and the answers for each fold."""
    for train, test in StratifiedKFold(FOLDS).split(X, y):
        clone(model).fit(X[train], y[train]).predict_proba(X[test])


def row_losses(name: str, probability: Any, y: Any) -> Any:
    """Loss of each row, in the terms of the model."""
    if LOSSES[name] == "brier":
        return (probability[:, 1] - y) ** 2
    return -np.log(np.clip(np.take_along_axis(probability, y[:, None].astype(int), 1)[:, 0], 1e-15, 1))


def line(name: str, work: str, seconds: float, plain: float, fitted: Any, lost: Any) -> dict[str, Any]:
    """A line of the table; `lost` are losses of rows apart."""
    model = fitted.estimator_ if hasattr(fitted, "plan_") else fitted  # a forest has an estimator_ too
    return {
        "model": name,
        "work": work,
        "CPU s": seconds,
        "times plain CV": seconds / plain,
        "strategy": getattr(fitted, "best_strategy_", ""),
        "nodes": read(model).n_nodes,
        "loss apart": f"{lost.mean():.4f}",
        "its standard error": f"{lost.std(ddof=1) / len(lost) ** 0.5:.4f}",
        "above the best": "",
        "bar met": "",
    }


def in_full(pruner: Any, X: Any, y: Any) -> Any:
    """A strategy as its own pruner runs it."""
    if not isinstance(pruner, JointPruner):
        return pruner.fit(X, y)
    X, X_val, y, y_val = train_test_split(X, y, test_size=1 / FOLDS, random_state=0, stratify=y)
    return pruner.fit(X, y, X_val=X_val, y_val=y_val)


def measure(name: str, *, exhaustive: bool, rules: list[str]) -> list[dict[str, Any]]:
    """Lines of one model."""
    X, y = _support2()
    X, X_apart, y, y_apart = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)
    model = MODELS[name]()
    PruningSearchCV(clone(model).set_params(n_estimators=20)).fit(X[:1500], y[:1500])  # compile
    plain, _ = cpu(lambda: cross_validated(model, X, y))
    seconds, whole = cpu(lambda: clone(model).fit(X, y))
    lost = {"as it was": row_losses(name, whole.predict_proba(X_apart), y_apart)}
    lines = [line(name, "as it was: one fit", seconds, plain, whole, lost["as it was"])]
    for rule in rules:
        search = PruningSearchCV(model, loss=LOSSES[name], rule=rule)
        seconds, search = cpu(lambda search=search: search.fit(X, y))
        lost[rule] = row_losses(name, search.predict_proba(X_apart), y_apart)
        lines.append(line(name, f"search, {rule}", seconds, plain, search, lost[rule]))
        print(search.results_[search.results_.front].sort_values("nodes").to_string(), flush=True)
    for way, make in PRUNERS.items() if exhaustive else ():
        if way == "ErrorBasedPruner" and name != "RF-500":
            continue
        pruner = make(clone(model))
        if "loss" in pruner.get_params():
            pruner.set_params(loss=LOSSES[name])
        seconds, pruner = cpu(lambda pruner=pruner: in_full(pruner, X, y))
        lost[way] = row_losses(name, pruner.predict_proba(X_apart), y_apart)
        lines.append(line(name, way, seconds, plain, pruner, lost[way]))
        print(lines[-1], flush=True)
    best = min(lost, key=lambda way: lost[way].mean())
    for found, own in zip(lines, lost.values(), strict=True):
        above = own - lost[best]
        error = lost[best].std(ddof=1) / len(above) ** 0.5
        found["above the best"] = f"{above.mean():.4f}"
        if found["work"].startswith("search"):
            cheap, good = found["times plain CV"] <= MOST_TIMES, above.mean() <= error
            found["bar met"] = ", ".join(
                [f"cost {'yes' if cheap else '**no**'}", f"loss {'yes' if good else '**no**'}"]
            )
    return lines


def main(options: argparse.Namespace) -> None:
    """Measure, and write the table; rows of other models stay as they were."""
    names = options.only or MODELS
    found = [x for n in names for x in measure(n, exhaustive=options.exhaustive, rules=options.rules)]
    title = "Search for the right pruning, SUPPORT2: CPU time of one thread"
    write_table("search", title, found, keep=bool(options.only) and (RESULTS / "search.md").exists())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=MODELS, help="renew the rows of some models")
    parser.add_argument("--exhaustive", action="store_true", help="run every pruner in full too")
    parser.add_argument("--rules", nargs="+", choices=RULES, default=["1se"])
    with threadpool_limits(1):
        main(parser.parse_args())
