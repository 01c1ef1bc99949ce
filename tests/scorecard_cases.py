"""Patients and models that scorecards are made of."""

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def patients(seed=0, n=400):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "age": rng.integers(30, 85, n).astype(float),
            "ward": rng.choice(["icu", "general", "surgery"], n),
            "lactate": rng.gamma(2, 1.2, n).round(1),
            "diabetes": rng.integers(0, 2, n).astype(float),
        }
    )
    eta = (
        0.05 * (X["age"] - 60)
        + 0.7 * X["lactate"]
        - 2
        + 0.6 * X["diabetes"]
        - 1.1 * (X["ward"] == "general")
    )
    return X, pd.Series(rng.random(n) < expit(eta), name="died").astype(int)


NUMBERS = ["age", "lactate", "diabetes"]


def plain():
    X, y = patients()
    return LogisticRegression(max_iter=1000).fit(X[NUMBERS], y), X[NUMBERS], y


def pipeline():
    X, y = patients()
    prepare = ColumnTransformer(
        [
            ("cat", OneHotEncoder(), ["ward"]),
            ("num", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
        ]
    )
    return make_pipeline(prepare, LogisticRegression(max_iter=1000)).fit(X, y), X, y
