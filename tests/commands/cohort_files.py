"""Model files of every vendor and tables, as an owner of a pipeline has them: words, gaps and all."""

from __future__ import annotations

from functools import cache

import lightgbm
import numpy as np
import pandas as pd
import skops.io
import xgboost
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from treeprune.datasets import load_clinical_cohort

TARGET = "died_30d"
WORDS = {0: "alive", 1: "dead"}


@cache
def cohort() -> tuple[pd.DataFrame, pd.Series]:
    data = load_clinical_cohort()
    return data.X, data.y


def parts() -> dict[str, pd.DataFrame]:
    """Rows to train on, to choose by, and to judge by, with categories as plain words."""
    X, y = cohort()
    words = {name: X[name].astype(object) for name in X.select_dtypes("category")}
    table = X.assign(**words, **{TARGET: y, "outcome": y.map(WORDS), "bed": np.arange(len(X)) % 7})
    return {"train": table[:700], "rest": table[700:1200], "held_out": table[1200:]}


def encoder(numbers):
    words = make_column_selector(dtype_exclude=np.number)
    one_hot = OneHotEncoder(sparse_output=False, handle_unknown="ignore")
    return make_column_transformer((one_hot, words), remainder=numbers)


@cache
def fitted(name: str):
    """A model as its owner trained it."""
    X, y = (part[:700] for part in cohort())
    if name == "bare.json":
        return fitted("model.ubj").get_booster()
    if name in ("model.ubj", "model.txt"):
        made = {
            "model.ubj": xgboost.XGBClassifier(
                n_estimators=12, max_depth=3, enable_categorical=True, n_jobs=1, random_state=0
            ),
            "model.txt": lightgbm.LGBMClassifier(n_estimators=12, num_leaves=8, verbose=-1, n_jobs=1),
        }
        return made[name].fit(X, y)
    X, y = parts()["train"][X.columns], y.map(WORDS).to_numpy(object)
    last = {
        "forest.skops": RandomForestClassifier(8, max_depth=5, random_state=0),
        "hist.skops": HistGradientBoostingClassifier(max_iter=6, random_state=0),
        "linear.skops": LogisticRegression(C=0.1),
    }[name]
    numbers = "passthrough" if name != "linear.skops" else make_pipeline(SimpleImputer(), StandardScaler())
    return make_pipeline(encoder(numbers), last).fit(X, y)


MODELS = ("model.ubj", "bare.json", "model.txt", "forest.skops", "hist.skops", "linear.skops")


def save_all(folder) -> None:
    """Files by the vendors' own code."""
    for name in MODELS:
        model, path = fitted(name), folder / name
        if name.endswith(".skops"):
            skops.io.dump(model, path)
        else:
            getattr(model, "booster_", model).save_model(path)
    for name, table in parts().items():
        table.to_csv(folder / f"{name}.csv", index=False)


def vendors_answers(path, X: pd.DataFrame):
    """Probability of the event by the vendor's own loader, with its own idea of a table."""
    if path.suffix == ".skops":
        types = skops.io.get_untrusted_types(file=path)
        return skops.io.load(path, trusted=types).predict_proba(X)[:, 1]
    categories = X.astype({name: cohort()[0][name].dtype for name in X.select_dtypes("object")})
    if path.suffix == ".txt":
        return lightgbm.Booster(model_file=path).predict(categories)
    booster = xgboost.Booster(model_file=path)
    return booster.predict(xgboost.DMatrix(categories, enable_categorical=True))
