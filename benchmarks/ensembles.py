"""Small models out of large ensembles, at equal numbers of nodes: pruned, and grown small.

Each large model is trained on 60 % of a table. Whoever prunes may look at these rows and at 20 % more, by
which everybody chooses; 20 % report. Standard errors are over random splits. The table is written anew
after each model; what `--tables` or `--models` left out is not in it, and with `--ways` none is written.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
import pandas as pd
from ensemble_tables import MODELS, TABLES, Rows
from ensemble_ways import BUDGETS, ONLY, WAYS, second
from sklearn.metrics import log_loss, r2_score, roc_auc_score
from tables import write_table

_CLIP = 1e-3


def measured(p: Any, original: Any, y: Any) -> dict[str, float]:
    """Everything that is said of a small model: its outcome, and how true it is to the large one."""
    return {
        "AUC": roc_auc_score(y, p),
        "log loss": log_loss(y, np.clip(p, _CLIP, 1 - _CLIP)),
        "R2": r2_score(original, p),
        "flips": float(np.mean((p > 0.5) != (original > 0.5))),
    }


def one_split(
    table: str, kind: str, seed: int, ways: list[str], grown: dict[Any, Any]
) -> list[dict[str, Any]]:
    """All ways on one split; what is grown small from the rows alone is kept in `grown`."""
    rows = Rows.of(table, seed)
    model = MODELS[kind](seed).fit(rows.train, rows.y_train)
    original = second(model)(rows.test)
    about = {"table": table, "model": kind, "seed": seed}
    out = [
        about
        | {"way": "the model itself", "nodes": "", "seconds": 0.0}
        | measured(original, original, rows.y_test)
    ]
    for way in ways:
        if kind not in ONLY.get(way, MODELS):
            continue
        key = (table, seed, way if way.startswith("grown small") else (way, kind))
        if key not in grown:
            start = time.process_time()
            found = WAYS[way](model, rows)
            grown[key] = found, time.process_time() - start
        found, seconds = grown[key]
        for budget, (_, predict) in found.items():
            own = measured(predict(rows.test), original, rows.y_test)
            out.append(about | {"way": way, "nodes": budget, "seconds": seconds} | own)
    return out


def summary(results: pd.DataFrame) -> list[dict[str, Any]]:
    """Means over splits, with the standard error of the AUC."""
    rows = []
    for (table, model, way), part in results.groupby(["table", "model", "way"], sort=False):
        line: dict[str, Any] = {"table": table, "model": model, "way": way}
        for budget in BUDGETS:
            own = part[(part["nodes"] == budget) | (part["nodes"] == "")]
            if len(own):
                error = own["AUC"].std(ddof=1) / np.sqrt(len(own)) if len(own) > 1 else np.nan
                cell = f"{own['AUC'].mean():.3f} ± {error:.3f}, {own['log loss'].mean():.3f}; "
                cell += f"{own['R2'].mean():.2f}, {own['flips'].mean():.3f}"
            line["splits"] = part["seed"].nunique()
            line[f"{budget:,} nodes"] = cell if len(own) else ""
        line["CPU s"] = f"{part['seconds'].mean():.1f}"
        rows.append(line)
    return rows


def main(options: argparse.Namespace) -> None:
    """Measure; the table on disk holds all that is done, unless something was left out."""
    found: list[dict[str, Any]] = []
    grown: dict[Any, Any] = {}
    title = "Small models out of large ensembles: AUC ± its standard error, log loss; R2, flips"
    for table in options.tables or TABLES:
        for kind in options.models or MODELS:
            for seed in range(min(options.seeds, TABLES[table][1])):
                found += one_split(table, kind, seed, options.ways or list(WAYS), grown)
                print(table, kind, seed, flush=True)
            part = pd.DataFrame([row for row in found if (row["table"], row["model"]) == (table, kind)])
            print(pd.DataFrame(summary(part)).drop(columns=["table", "model"]).to_string(), flush=True)
            if not options.ways:
                write_table("ensembles", title, summary(pd.DataFrame(found)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", nargs="+", choices=TABLES)
    parser.add_argument("--models", nargs="+", choices=MODELS)
    parser.add_argument("--ways", nargs="+", choices=WAYS)
    parser.add_argument("--seeds", type=int, default=5)
    main(parser.parse_args())
