"""Time and size of the audit report of a forest of 500 trees on SUPPORT2, pruned to 2,000 nodes.

With the noise floor by backgrounds, without retraining; two threads. The time is that of the comparison
and the report.
"""

from __future__ import annotations

import time

import pandas as pd
from ensemble_tables import MODELS, Rows
from sklearn.frozen import FrozenEstimator
from tables import write_table

from treeprune import JointPruner, PruningReport, compare


def main() -> None:
    """Write the table."""
    rows = Rows.of("SUPPORT2", 0)
    train, val, test = (pd.DataFrame(x).add_prefix("c") for x in (rows.train, rows.val, rows.test))
    forest = MODELS["RF-500"](0).fit(train, rows.y_train)
    pruner = JointPruner(FrozenEstimator(forest), max_nodes=2000, values="anchored", target="y")
    pruner.fit(train, rows.y_train, X_val=val, y_val=rows.y_val)
    start, cpu = time.perf_counter(), time.process_time()
    comparison = compare(
        forest, pruner, test, rows.y_test, background=train, subgroups={"c0": test["c0"] > 60}, n_jobs=2
    )
    report = PruningReport(
        comparison, pruner=pruner, data_roles={"train": train, "prune": val, "test": test}
    )
    html, document = report.to_html(), report.to_json()
    write_table(
        "audit_report",
        "The audit report of RF-500 on SUPPORT2",
        [
            {
                "wall s": time.perf_counter() - start,
                "CPU s": time.process_time() - cpu,
                "HTML kB": len(html.encode()) / 1000,
                "JSON kB": len(document.encode()) / 1000,
            }
        ],
    )


if __name__ == "__main__":
    main()
