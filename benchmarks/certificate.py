"""How far the worst case over all inputs is known in less than a minute, and what a table shows of it.

The model is trained on a whole table, and pruned to its first 150 trees, or to 8 leaves a tree by cost
complexity. The domain is that of the table: its ranges, whole numbers and missing values.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
import xgboost
from ensemble_tables import TABLES
from sklearn.frozen import FrozenEstimator
from tables import write_table

from treeprune import CostComplexityPruner, keep_trees
from treeprune.backends import read
from treeprune.certificate.certify import certify
from treeprune.domain.domain import Domain
from treeprune.model.links import answers
from treeprune.model.traverse import raw_output

_TREES = 300


def pruned(model: Any, X: Any, y: Any) -> dict[str, Any]:
    """The model, pruned in two ways."""
    pruner = CostComplexityPruner(FrozenEstimator(model), max_leaf_nodes=8)
    return {
        "first 150 trees": keep_trees(model, range(_TREES // 2)),
        "8 leaves a tree": pruner.fit(X, y).estimator_,
    }


def seen(before: Any, after: Any, X: Any, on: str) -> float:
    """Largest change at the rows of the table."""
    found = []
    for model in (before, after):
        e = read(model)
        raw = raw_output(e, X.astype(np.float32))
        found.append(raw[:, 0] if on == "raw" else answers(e, raw)[:, -1])
    return float(np.abs(found[1] - found[0]).max())


def one_row(table: str, way: str, on: Any, models: tuple[Any, Any], X: Any, limit: float) -> dict[str, Any]:
    """One certificate."""
    domain = Domain.from_data(X)
    trivial = certify(*models, domain, on=on, time_limit=0.0)
    start = time.process_time()
    found = certify(*models, domain, on=on, time_limit=limit)
    return {
        "table": table,
        "pruned to": way,
        "on": on,
        "few trees alone": trivial.bound,
        "bound": found.bound,
        "reached": found.reached,
        "at the table's rows": seen(*models, X, on),
        "gap": f"{100 * found.gap:.1f} %",
        "exact": "yes" if found.exact else "no",
        "boxes": found.nodes,
        "CPU s": time.process_time() - start,
    }


def main(options: argparse.Namespace) -> None:
    """Measure; the table on disk holds all that is done."""
    rows = []
    for table in ("breast cancer", "Cleveland", "SUPPORT2"):
        X, y = TABLES[table][0]()
        model = xgboost.XGBClassifier(
            n_estimators=_TREES, max_depth=4, learning_rate=0.05, n_jobs=1, random_state=0
        ).fit(X, y)
        for way, small in pruned(model, X, y).items():
            for on in ("raw", "probability"):
                rows.append(one_row(table, way, on, (model, small), X, options.seconds))
                title = f"The worst case of XGB-300 of depth 4 over all inputs, {options.seconds:g} s each"
                write_table("certificate", title, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=45.0)
    main(parser.parse_args())
