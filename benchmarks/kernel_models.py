"""The table and the models that kernels and orders are measured on; fitted once, kept in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import joblib
import lightgbm
import numpy as np
import xgboost
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier

from treeprune.backends import read
from treeprune.model.ensemble import Array, TreeEnsemble

MODELS = {
    "rf12": "RF-500, depth 12",
    "rf": "RF-500, unlimited",
    "xgb": "XGB-1000, depth 6",
    "lgb": "LGBM-1000, 63 leaves",
}
FORESTS = ("rf12", "rf")

TRAINED_ON = 60_000

PART = 12_288


def table() -> tuple[Array, Array]:
    """Rows and classes: 100,000 x 30 in float32, and 0 or 1."""
    X, y = make_classification(100_000, 30, n_informative=12, flip_y=0.1, random_state=0)
    return X.astype(np.float32), y


def _unfitted(name: str) -> Any:
    if name == "xgb":
        return xgboost.XGBClassifier(
            n_estimators=1000, max_depth=6, learning_rate=0.05, tree_method="hist", n_jobs=-1
        )
    if name == "lgb":
        return lightgbm.LGBMClassifier(
            n_estimators=1000, num_leaves=63, learning_rate=0.05, n_jobs=-1, verbose=-1
        )
    n_trees = 1000 if name == "rf1000" else 500
    max_depth = None if name == "rf" else 12
    return RandomForestClassifier(n_trees, max_depth=max_depth, random_state=0, n_jobs=-1)


def fitted(name: str, folder: Path) -> Any:
    """A model out of the folder, where it is put if it is not there yet."""
    file = folder / f"{name}.pkl"
    if not file.exists():
        X, y = table()
        folder.mkdir(parents=True, exist_ok=True)
        joblib.dump(_unfitted(name).fit(X[:TRAINED_ON], y[:TRAINED_ON]), file)
    return joblib.load(file)


@dataclass(frozen=True, eq=False)
class Case:
    """One model, and the rows that it is measured on: 20,000 it was trained on, and 40,000 new ones."""

    name: str
    native: Any
    X: Array
    y: Array

    @classmethod
    def of(cls, name: str, folder: Path) -> Case:
        """Load or fit a model; it is to use one thread."""
        X, y = table()
        native = fitted(name, folder).set_params(n_jobs=1)
        return cls(name, native, X[-60_000:], y[-60_000:])

    @property
    def title(self) -> str:
        """What the table calls it."""
        return MODELS[self.name]

    @cached_property
    def ensemble(self) -> TreeEnsemble:
        """The model as arrays."""
        return read(self.native)

    @property
    def parts(self) -> list[slice]:
        """Rows in parts that are short enough to be timed one by one."""
        return [slice(start, start + PART) for start in range(0, len(self.X), PART)]

    @property
    def row_trees(self) -> int:
        """How many times a row meets a tree."""
        return len(self.X) * self.ensemble.n_trees
