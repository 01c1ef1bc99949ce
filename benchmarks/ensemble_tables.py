"""The tables and the large models that ensemble pruning is measured on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import xgboost
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

from treeprune.demo import encoder, load_table

DATA = Path(os.environ.get("TREEPRUNE_DATA", Path(__file__).parents[2] / "shared" / "data"))

LEAKS = (
    "death,slos,d.time,hday,charges,totcst,totmcst,avtisst,dnr,dnrday,sfdm2,adlp,adls,adlsc,sps,aps,surv2m,"
    "surv6m,prg2m,prg6m"
)
"""Columns of SUPPORT2 that are known only later, or are models of others."""

CLEVELAND = (
    "age",
    "sex",
    "cp",
    "trestbps",
    "chol",
    "fbs",
    "restecg",
    "thalach",
    "exang",
    "oldpeak",
    "slope",
    "ca",
    "thal",
    "num",
)


def _support2() -> tuple[Any, Any]:
    X, y = load_table(DATA / "support2.csv", "hospdead", LEAKS.split(","))
    return encoder().fit_transform(X).to_numpy(np.float32), y.to_numpy()


def _cleveland() -> tuple[Any, Any]:
    table = pd.read_csv(DATA / "cleveland.data", names=CLEVELAND, na_values="?")
    return table.drop(columns="num").to_numpy(np.float32), (table["num"] > 0).to_numpy(int)


def _synthetic() -> tuple[Any, Any]:
    X, y = make_classification(50_000, 30, n_informative=12, flip_y=0.1, random_state=0)
    return X.astype(np.float32), y


def _breast_cancer() -> tuple[Any, Any]:
    X, y = load_breast_cancer(return_X_y=True)
    return X.astype(np.float32), y


TABLES = {
    "breast cancer": (_breast_cancer, 3),
    "Cleveland": (_cleveland, 5),
    "SUPPORT2": (_support2, 2),
    "synthetic 50k": (_synthetic, 2),
}
"""How each table is made, and how many random splits it is measured on."""

MODELS = {
    "RF-500": lambda seed: RandomForestClassifier(500, n_jobs=-1, random_state=seed),
    "XGB-300": lambda seed: xgboost.XGBClassifier(
        n_estimators=300, learning_rate=0.05, max_depth=5, random_state=seed
    ),
    "LGBM-300": lambda seed: lightgbm.LGBMClassifier(
        n_estimators=300, learning_rate=0.05, random_state=seed, verbose=-1
    ),
}


@dataclass(frozen=True)
class Rows:
    """A table in three parts: to train on, to choose by, to report."""

    train: Any
    y_train: Any
    val: Any
    y_val: Any
    test: Any
    y_test: Any

    @classmethod
    def of(cls, table: str, seed: int) -> Rows:
        """Split a table at random, 60 : 20 : 20."""
        X, y = TABLES[table][0]()
        a, b, ya, yb = train_test_split(X, y, test_size=0.4, stratify=y, random_state=seed)
        v, t, yv, yt = train_test_split(b, yb, test_size=0.5, stratify=yb, random_state=seed)
        return cls(a, ya, v, yv, t, yt)
