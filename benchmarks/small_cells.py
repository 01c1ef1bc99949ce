"""What it costs that no leaf rests on fewer than eleven patients: held-out loss on SUPPORT2."""

from __future__ import annotations

import time
from typing import Any

import lightgbm as lgb
import numpy as np
import xgboost as xgb
from ensemble_tables import Rows
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.tree import DecisionTreeClassifier
from tables import write_table

from treeprune.backends import read
from treeprune.pruners.small_cell import SmallCellPruner
from treeprune.statistics.collect import collect
from treeprune.statistics.target import Target

_CLIP = 1e-3

MODELS = {
    "one tree, fully grown": lambda: DecisionTreeClassifier(random_state=0),
    "forest of 100, fully grown": lambda: RandomForestClassifier(100, random_state=0, n_jobs=1),
    "forest of 100, leaves of 5 or more": lambda: RandomForestClassifier(
        100, min_samples_leaf=5, random_state=0, n_jobs=1
    ),
    "XGBoost, 300 of depth 5": lambda: xgb.XGBClassifier(
        n_estimators=300, max_depth=5, learning_rate=0.05, n_jobs=1
    ),
    "LightGBM, 300 of 31 leaves": lambda: lgb.LGBMClassifier(
        n_estimators=300, learning_rate=0.05, n_jobs=1, verbose=-1
    ),
    "LightGBM, leaves of 2 or more": lambda: lgb.LGBMClassifier(
        n_estimators=300, learning_rate=0.05, min_child_samples=2, n_jobs=1, verbose=-1
    ),
}


def losses(model: Any, rows: Rows) -> tuple[float, float]:
    p = np.clip(model.predict_proba(rows.test)[:, 1], _CLIP, 1 - _CLIP)
    return log_loss(rows.y_test, p), roc_auc_score(rows.y_test, p)


def smallest_leaf(model: Any, X: Any) -> int:
    e = read(model)
    count = collect(e, X, Target.unknown(len(X))).n_rows
    return int(count[e.is_leaf].min())


KINDS = {
    "rows, as stored": {"classes": False},
    "rows, coarse": {"classes": False, "scrub_counts": True},
    "rows of each class, as stored": {},
    "rows of each class, coarse": {"scrub_counts": True},
}


def one_model(name: str, kind: str, rows: Rows) -> dict[str, Any]:
    model = MODELS[name]().fit(rows.train, rows.y_train)
    start = time.process_time()
    pruner = SmallCellPruner(FrozenEstimator(model), n_jobs=1, **KINDS[kind])
    pruner.fit(rows.train, rows.y_train)
    seconds = time.process_time() - start
    before, after = losses(model, rows), losses(pruner.estimator_, rows)
    return {
        "model": name,
        "counts": kind,
        "leaves": read(model).n_leaves,
        "leaves after": read(pruner.estimator_).n_leaves,
        "smallest leaf": smallest_leaf(model, rows.train),
        "smallest after": smallest_leaf(pruner.estimator_, rows.train),
        "log loss": before[0],
        "log loss after": after[0],
        "AUC": before[1],
        "AUC after": after[1],
        "CPU s": seconds,
    }


if __name__ == "__main__":
    split = Rows.of("SUPPORT2", 0)
    write_table(
        "small_cells",
        "No leaf below eleven patients: SUPPORT2, death in hospital",
        [one_model(name, kind, split) for name in MODELS for kind in KINDS],
    )
