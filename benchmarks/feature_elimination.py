"""Models of few features out of large ensembles: FeaturePruner, and elimination by refits.

Rows are split as in `ensembles.py`: 60 % train, 20 % choose, 20 % report. `FeaturePruner` cuts the fitted
model back; the others grow a new one of the same parameters on the features that are left.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from ensemble_tables import MODELS, TABLES, Rows
from ensemble_ways import Predict, second
from ensembles import measured
from sklearn.base import clone
from sklearn.feature_selection import RFE
from sklearn.frozen import FrozenEstimator
from tables import write_table

from treeprune import FeaturePruner
from treeprune.backends import read

NUMBERS = (2, 3, 5, 8, 12)

Found = dict[int, tuple[int, Predict]]
"""By the number of features: nodes, and the probability of the second class."""


def _pruners(model: Any, rows: Rows) -> dict[int, FeaturePruner]:
    """FeaturePruner for each number: fitted on the training rows, compared on the validation rows."""
    pruners = {}
    for number in NUMBERS:
        pruner = FeaturePruner(
            FrozenEstimator(model), max_features=number, max_nodes=8000, loss="log_loss", n_jobs=2
        )
        pruners[number] = pruner.fit(rows.train, rows.y_train, X_val=rows.val, y_val=rows.y_val)
    return pruners


def pruned(model: Any, rows: Rows) -> Found:
    """The pruned models themselves."""
    models = {number: pruner.estimator_ for number, pruner in _pruners(model, rows).items()}
    return {number: (read(small).n_nodes, second(small)) for number, small in models.items()}


def pruned_and_grown(model: Any, rows: Rows) -> Found:
    """The features that FeaturePruner keeps, in a model grown anew."""
    pruners = _pruners(model, rows)
    return {n: _grown_on(model, rows, np.flatnonzero(p.support_)) for n, p in pruners.items()}


def _grown_on(model: Any, rows: Rows, columns: Any) -> tuple[int, Predict]:
    new = clone(model).fit(rows.train[:, columns], rows.y_train)
    return read(new).n_nodes, lambda X: second(new)(X[:, columns])


def eliminated(model: Any, rows: Rows) -> Found:
    """Over and over the least important feature of a model of 100 trees goes, and it is grown anew."""
    rfe = RFE(clone(model).set_params(n_estimators=100), n_features_to_select=1)
    ranking = rfe.fit(rows.train, rows.y_train).ranking_
    return {number: _grown_on(model, rows, np.flatnonzero(ranking <= number)) for number in NUMBERS}


def most_important(model: Any, rows: Rows) -> Found:
    """The features of most importance in the large model."""
    order = np.argsort(-model.feature_importances_, kind="stable")
    return {number: _grown_on(model, rows, np.sort(order[:number])) for number in NUMBERS}


WAYS: dict[str, Callable[[Any, Rows], Found]] = {
    "FeaturePruner": pruned,
    "FeaturePruner, then grown anew": pruned_and_grown,
    "elimination by refits, grown anew": eliminated,
    "most important, grown anew": most_important,
}


def one_split(table: str, kind: str, seed: int) -> list[dict[str, Any]]:
    """All ways on one split."""
    rows = Rows.of(table, seed)
    model = MODELS[kind](seed).fit(rows.train, rows.y_train)
    original = second(model)(rows.test)
    about = {"table": f"{table}, {rows.train.shape[1]} features", "model": kind, "seed": seed}
    whole = measured(original, original, rows.y_test) | {"nodes": read(model).n_nodes, "seconds": 0.0}
    out = [about | {"way": "the model itself", "number": number} | whole for number in NUMBERS]
    for way, find in WAYS.items():
        start = time.process_time()
        found = find(model, rows)
        seconds = time.process_time() - start
        for number, (nodes, predict) in found.items():
            own = measured(predict(rows.test), original, rows.y_test)
            out.append(about | {"way": way, "number": number, "nodes": nodes, "seconds": seconds} | own)
    return out


def summary(results: pd.DataFrame) -> list[dict[str, Any]]:
    """Means over splits, with the standard error of the AUC."""
    lines = []
    for (table, model, way), part in results.groupby(["table", "model", "way"], sort=False):
        line: dict[str, Any] = {"table": table, "model": model, "way": way}
        for number, own in part.groupby("number"):
            error = own["AUC"].std(ddof=1) / np.sqrt(len(own)) if len(own) > 1 else np.nan
            cell = f"{own['AUC'].mean():.3f} ± {error:.3f}, {own['log loss'].mean():.3f}"
            line[f"{number} features"] = f"{cell}; {own['R2'].mean():.2f}; {own['nodes'].mean():,.0f}"
        line["CPU s"] = f"{part['seconds'].mean():.1f}"
        lines.append(line)
    return lines


def main(options: argparse.Namespace) -> None:
    """Measure; the table on disk holds all that is done."""
    found: list[dict[str, Any]] = []
    title = "Models of few features: AUC ± its standard error, log loss; R2 against the large model; nodes"
    for table in options.tables:
        for kind in options.models:
            for seed in range(min(options.seeds, TABLES[table][1])):
                found += one_split(table, kind, seed)
            print(pd.DataFrame(summary(pd.DataFrame(found))).to_string(), flush=True)
            write_table("feature_elimination", title, summary(pd.DataFrame(found)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    tables = ["breast cancer", "Cleveland", "SUPPORT2"]
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=tables)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=["RF-500", "XGB-300"])
    parser.add_argument("--seeds", type=int, default=3)
    main(parser.parse_args())
