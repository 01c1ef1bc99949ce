"""The same class for every input from fewer trees, on small models, against all of their cells.

Where the cells are few the classes of both models are compared on each of them, by the vendors' own code;
elsewhere on random rows at thresholds. The paper that the method is from (Emine, Forel, Malek, Vidal,
"Free lunch in the forest", AAAI 2025) prunes AdaBoost, random forests and boosted trees of such sizes.
"""

from __future__ import annotations

import time
from typing import Any

import lightgbm as lgb
import numpy as np
import xgboost as xgb
from ensemble_tables import TABLES
from sklearn.datasets import load_iris
from sklearn.ensemble import AdaBoostClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split
from tables import write_table

from treeprune.backends import read
from treeprune.criteria.lossless.axes import axes_of
from treeprune.criteria.lossless.rows import Generator, every_cell, n_cells
from treeprune.domain.domain import Domain
from treeprune.pruners.lossless import LosslessPruner

_MOST_CELLS = 2_000_000
_ROWS = 200_000
_LIMIT = 60.0


def table(name: str, columns: int) -> tuple[Any, Any]:
    X, y = load_iris(return_X_y=True) if name == "iris" else TABLES[name][0]()
    X = np.nan_to_num(np.asarray(X, float), nan=-1.0)[:, :columns]
    X, _, y, _ = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y)
    return X, y


MODELS = {
    "AdaBoost, 50 stumps": lambda: AdaBoostClassifier(n_estimators=50, random_state=0),
    "AdaBoost, 100 stumps": lambda: AdaBoostClassifier(n_estimators=100, random_state=0),
    "gradient boosting, 50 stumps": lambda: GradientBoostingClassifier(
        n_estimators=50, max_depth=1, random_state=0
    ),
    "gradient boosting, 500 stumps": lambda: GradientBoostingClassifier(
        n_estimators=500, max_depth=1, random_state=0
    ),
    "XGBoost, 50 stumps": lambda: xgb.XGBClassifier(n_estimators=50, max_depth=1, n_jobs=1),
    "LightGBM, 50 stumps": lambda: lgb.LGBMClassifier(n_estimators=50, num_leaves=2, n_jobs=1, verbose=-1),
    "forest, 10 of depth 2": lambda: RandomForestClassifier(10, max_depth=2, random_state=0),
    "forest, 15 of depth 3": lambda: RandomForestClassifier(15, max_depth=3, random_state=0),
    "XGBoost, 10 of depth 2": lambda: xgb.XGBClassifier(n_estimators=10, max_depth=2, n_jobs=1),
}


def one_model(name: str, data: str, columns: int) -> dict[str, Any]:
    X, y = table(data, columns)
    model = MODELS[name]().fit(X, y)
    joined = LosslessPruner(FrozenEstimator(model)).fit(X).plan_.n_trees
    start = time.perf_counter()
    pruner = LosslessPruner(FrozenEstimator(model), reweight=True, time_limit=_LIMIT).fit(X)
    seconds = time.perf_counter() - start
    e = read(model)
    complete = Domain.from_ranges({f"x[{j}]": None for j in range(e.n_features)})  # not all take NaN
    axes = axes_of(e, complete)
    cells = n_cells(axes)
    rows = every_cell(axes, e.n_features) if cells <= _MOST_CELLS else Generator(e, complete).rows(_ROWS)
    lost = int((model.predict(rows) != pruner.estimator_.predict(rows)).sum())
    return {
        "model": name,
        "table": f"{data}, {columns} columns",
        "trees": joined[0],
        "joined": joined[1],
        "weighed anew": pruner.plan_.n_trees[1],
        "fewest, proven": "yes" if pruner.plan_.fewest else "no",
        "cells": float(cells),
        "rows compared": len(rows),
        "classes lost": lost,
        "s": seconds,
    }


if __name__ == "__main__":
    tasks = [("iris", 4), ("breast cancer", 5), ("Cleveland", 6)]
    write_table(
        "lossless_classes",
        f"The same class for every input from fewer trees, within {_LIMIT:.0f} s",
        [one_model(name, *task) for task in tasks for name in MODELS],
    )
