"""Real LightGBM models of every kind, small and quick to train."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

N_ROWS = 240


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def numbers() -> np.ndarray:
    """Rows of four numeric columns: one with missing values, one with many zeros."""
    X = _rng().normal(size=(N_ROWS, 4))
    X[::7, 1] = np.nan
    X[::3, 2] = 0.0
    return X


def _y(X: np.ndarray) -> np.ndarray:
    return X[:, 0] + np.sin(3 * X[:, 3]) + 0.3 * np.where(np.isnan(X[:, 1]), 1.0, X[:, 2])


def _params(**params: Any) -> dict[str, Any]:
    return {"verbose": -1, "num_leaves": 7, "min_data_in_leaf": 5, "num_threads": 1, "seed": 0, **params}


def train(rounds: int = 4, **params: Any) -> lgb.Booster:
    X = numbers()
    y = _y(X)
    objective = params.get("objective", "regression")
    group = None
    if objective in ("binary", "cross_entropy", "cross_entropy_lambda"):
        y = (y > 0).astype(float)
    elif objective in ("multiclass", "multiclassova"):
        y = np.digitize(y, [-0.7, 0.7]).astype(float)
        params["num_class"] = 3
    elif objective in ("poisson", "gamma", "tweedie", "mape"):
        y = np.exp(y)
    elif objective in ("lambdarank", "rank_xendcg"):
        y, group = np.digitize(y, [-0.7, 0.7]), [20] * (N_ROWS // 20)
    return lgb.train(_params(**params), lgb.Dataset(X, y, group=group), rounds)


def _custom(n_class: int) -> lgb.Booster:
    X = numbers()
    y = np.digitize(_y(X), [-0.7, 0.7]).astype(float)

    def gradient(score: np.ndarray, data: lgb.Dataset) -> tuple[np.ndarray, np.ndarray]:
        target = y if n_class == 1 else np.eye(3)[y.astype(int)]
        return score - target, np.ones_like(score)

    return lgb.train(_params(objective=gradient, num_class=n_class), lgb.Dataset(X, y), 3)


def table(n_categories: int, labels: str) -> pd.DataFrame:
    """Two numeric columns and two categorical ones."""
    rng = _rng()
    frame = pd.DataFrame(rng.normal(size=(N_ROWS, 2)), columns=["age", "dose"])
    for name in ("ward", "drug"):
        codes = rng.integers(0, n_categories, N_ROWS)
        values = [f"{labels}{c}" for c in codes] if labels else codes
        frame[name] = pd.Categorical(values)
    frame.loc[::11, "ward"] = np.nan
    return frame


def _categorical(n_categories: int, labels: str = "", **params: Any) -> lgb.Booster:
    frame = table(n_categories, labels)
    y = frame["age"].to_numpy() + 2.0 * (frame["drug"].cat.codes.to_numpy() % 3)
    few = {"min_data_per_group": 2, "cat_smooth": 1.0, "max_cat_to_onehot": 1, **params}
    return lgb.train(_params(**few), lgb.Dataset(frame, y), 4)


def _large_codes() -> lgb.Booster:
    X = numbers()
    X[:, 3] = _rng().choice([0, 31, 32, 63, 64, 1000, 70000], N_ROWS)
    y = X[:, 0] + 3.0 * np.isin(X[:, 3], [31, 64, 70000])
    params = _params(min_data_per_group=2, cat_smooth=1.0, max_cat_to_onehot=1)
    return lgb.train(params, lgb.Dataset(X, y, categorical_feature=[3]), 4)


def _names() -> lgb.Booster:
    X = numbers()
    names = ["Tree=0", "a=b c", "end of trees", "größe\u2028\x85\x0b"]
    return lgb.train(_params(), lgb.Dataset(X, _y(X), feature_name=names), 3)


def _continued() -> lgb.Booster:
    X = numbers()
    first = train(rounds=2)
    return lgb.train(_params(learning_rate=0.3), lgb.Dataset(X, _y(X)), 2, init_model=first)


def _refitted() -> lgb.Booster:
    X = numbers()
    return train().refit(X, -_y(X), decay_rate=0.3)


def _shuffled() -> lgb.Booster:
    return train(rounds=6).shuffle_models()


def _with_leaf_output() -> lgb.Booster:
    booster = train()
    booster.set_leaf_output(1, 2, -123.456)
    booster.set_leaf_output(2, 0, 1e-300)
    return booster


def _stumped() -> lgb.Booster:
    """No split is worth it: the trees are single leaves."""
    return train(min_data_in_leaf=N_ROWS)


def _stumps_among_trees() -> lgb.Booster:
    """A class that nobody has gets single leaves beside the others' trees."""
    X = numbers()
    return lgb.train(_params(objective="multiclass", num_class=3), lgb.Dataset(X, (_y(X) > 0) * 2), 3)


def _untrained() -> lgb.Booster:
    X = numbers()
    return lgb.Booster(_params(), lgb.Dataset(X, _y(X)))


def _reloaded() -> lgb.Booster:
    return lgb.Booster(model_str=_categorical(40, "k").model_to_string())


def _extremes() -> lgb.Booster:
    X = numbers()
    X[:, 0] *= 1e307
    X[:40, 3] = np.inf
    X[40:80, 3] = -np.inf
    return lgb.train(_params(), lgb.Dataset(X, np.arange(N_ROWS) * 1e30), 3)


def _missing_against_the_rest() -> lgb.Booster:
    """The only signal is that a value is missing: LightGBM writes the threshold "inf"."""
    X = numbers()
    X[::2, 1] = np.nan
    return lgb.train(_params(), lgb.Dataset(X, np.isnan(X[:, 1]) + 0.1 * X[:, 0]), 3)


def _wide_and_wild() -> lgb.Booster:
    X = numbers()
    weight = _rng().uniform(1e-12, 1e12, N_ROWS)
    return lgb.train(_params(num_leaves=100, min_data_in_leaf=1), lgb.Dataset(X, _y(X), weight=weight), 3)


OBJECTIVES = (
    "regression", "regression_l1", "huber", "fair", "poisson", "quantile", "mape", "gamma", "tweedie",
    "binary", "multiclass", "multiclassova", "cross_entropy", "cross_entropy_lambda",
    "lambdarank", "rank_xendcg",
)  # fmt: skip

_BAGGED = {"bagging_fraction": 0.6, "bagging_freq": 1}

MODELS: dict[str, Callable[[], lgb.Booster]] = {
    **{name: (lambda name=name: train(objective=name)) for name in OBJECTIVES},
    "sqrt": lambda: train(reg_sqrt=True),
    "quantile sqrt": lambda: train(objective="quantile", reg_sqrt=True),
    "sigmoid": lambda: train(objective="binary", sigmoid=0.7, is_unbalance=True),
    "forest": lambda: train(boosting="rf", **_BAGGED),
    "forest of classes": lambda: train(boosting="rf", objective="multiclass", **_BAGGED),
    "dart": lambda: train(rounds=8, boosting="dart", drop_rate=0.5),
    "goss": lambda: train(rounds=12, data_sample_strategy="goss"),
    "extra trees": lambda: train(extra_trees=True),
    "linear": lambda: train(linear_tree=True),
    "linear, one leaf": lambda: train(linear_tree=True, min_data_in_leaf=N_ROWS),
    "quantised": lambda: train(use_quantized_grad=True),
    "zero is missing": lambda: train(zero_as_missing=True),
    "no missing": lambda: train(use_missing=False),
    "monotone": lambda: train(monotone_constraints=[1, 0, -1, 0]),
    "custom": lambda: _custom(1),
    "custom of classes": lambda: _custom(3),
    "few categories": lambda: _categorical(3),
    "categories": lambda: _categorical(40),
    "named categories": lambda: _categorical(40, 'k, "ü]'),
    "one against the rest": lambda: _categorical(4, "k", max_cat_to_onehot=8),
    "large codes": _large_codes,
    "odd names": _names,
    "continued": _continued,
    "refitted": _refitted,
    "shuffled": _shuffled,
    "leaf set": _with_leaf_output,
    "one leaf": _stumped,
    "an empty class": _stumps_among_trees,
    "no tree": _untrained,
    "reloaded": _reloaded,
    "extremes": _extremes,
    "many leaves": _wide_and_wild,
    "infinite threshold": _missing_against_the_rest,
}
