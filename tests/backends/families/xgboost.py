"""XGBoost's wrappers and its plain booster."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import xgboost

from tests.backends.families import NO_LOSS, Family
from tests.strategies import ModelCase, random_table, random_weights

SMALL: dict[str, Any] = {"n_estimators": 4, "max_depth": 4, "min_child_weight": 0.5, "n_jobs": 1}


def category_frame(seed: int = 0, n: int = 120) -> tuple[pd.DataFrame, np.ndarray]:
    """Two columns of categories (few, and many with levels of several words) beside two of numbers."""
    rng = np.random.default_rng(seed)
    few, many = rng.integers(0, 3, n), rng.integers(0, 70, n)
    number = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "number": number.astype(np.float32),
            "few": pd.Categorical.from_codes(few, ["yes", "no", "maybe"]),
            "many": pd.Categorical.from_codes(many, [f"ward {i:02}" for i in range(70)]),
            "other": rng.normal(size=n).astype(np.float32),
        }
    )
    frame.loc[rng.random(n) < 0.1, ["few", "many"]] = None
    frame.loc[rng.random(n) < 0.1, "number"] = np.nan
    return frame, number + (many % 3 == 0) * 2.0 + (few == 1) + 0.1 * rng.normal(size=n)


def squared_error(y: np.ndarray, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An objective of a user's own."""
    return predicted - y, np.ones_like(y)


def coded_missing(X: np.ndarray) -> np.ndarray:
    """Table with -999 where it had NaN."""
    return np.where(np.isnan(X), -999.0, X)


def _table(kind: str, seed: int) -> tuple[Any, Any]:
    """Features and outcome of one kind of case."""
    if kind == "categories":
        return category_frame(seed)
    if kind == "labels":
        X, y = random_table(seed, kind="multi_output")
        return X, (y > 0).astype(int)
    if kind == "relevance":
        X, y = random_table(seed, kind="multiclass")
        return X, y
    if kind == "positive":
        X, y = random_table(seed, kind="regression", missing=True)
        return X, np.exp(0.3 * y)
    if kind == "counts":
        X, y = random_table(seed, kind="regression", missing=True)
        return X, np.round(np.exp(0.5 * y))
    return random_table(seed, kind=kind, missing=kind in ("binary", "regression"))


def _case(cls: type, name: str, kind: str, seed: int, weight: bool = False, **params: Any) -> ModelCase:
    X, y = _table(kind, seed)
    fit_params: dict[str, Any] = {}
    if params.get("missing") == -999:
        X = coded_missing(X)
    if "early_stopping_rounds" in params:
        X_other, y_other = _table(kind, seed + 100)
        fit_params = {"eval_set": [(X_other, y_other)], "verbose": False}
    if cls is xgboost.XGBRanker:
        fit_params = {"qid": np.arange(len(X)) // 10}
    weights = random_weights(seed, len(X)) if weight else None
    model = cls(**(SMALL | params)).fit(X, y, sample_weight=weights, **fit_params)
    return ModelCase(f"{cls.__name__}-{name}", model, X, y, weights, fit_params)


def _booster_case(name: str, kind: str, seed: int, **params: Any) -> ModelCase:
    X, y = _table(kind, seed)
    bounds = params.get("objective") == "survival:aft"
    types = params.pop("feature_types", None)
    data = xgboost.DMatrix(X, y, feature_types=types, enable_categorical=True)
    if bounds:
        data = xgboost.DMatrix(X, label_lower_bound=y, label_upper_bound=2 * y)
    usual = {"max_depth": 4, "nthread": 1, "min_child_weight": 0.5}
    return ModelCase(f"Booster-{name}", xgboost.train(usual | params, data, 4), X, y)


CATEGORIES: dict[str, Any] = {"enable_categorical": True, "max_cat_to_onehot": 4}
DART: dict[str, Any] = {"booster": "dart", "rate_drop": 0.5, "verbosity": 0}
DEEP: dict[str, Any] = {
    "max_depth": 0,
    "max_leaves": 60,
    "grow_policy": "lossguide",
    "reg_lambda": 0,
    "min_child_weight": 0,
}


def _classifiers() -> list[ModelCase]:
    cls = xgboost.XGBClassifier
    return [
        _case(cls, "binary", "binary", 0),
        _case(cls, "weights", "binary", 1, weight=True),
        _case(cls, "classes", "multiclass", 2, base_score=0.3),
        _case(cls, "softmax", "multiclass", 3, objective="multi:softmax"),
        _case(cls, "labels", "labels", 4),
        _case(cls, "dart", "binary", 5, n_estimators=6, **DART),
        _case(cls, "dart_classes", "multiclass", 6, **DART),
        _case(cls, "forests", "multiclass", 7, num_parallel_tree=2, subsample=0.6, n_estimators=3),
        _case(cls, "hinge", "binary", 8, objective="binary:hinge"),
        _case(cls, "logitraw", "binary", 9, objective="binary:logitraw"),
        _case(cls, "coded_missing", "binary", 10, missing=-999),
        _case(cls, "early", "binary", 11, n_estimators=30, early_stopping_rounds=2),
        _case(cls, "early_classes", "multiclass", 12, n_estimators=30, early_stopping_rounds=2),
    ]


def _regressors() -> list[ModelCase]:
    cls = xgboost.XGBRegressor
    return [
        _case(cls, "numbers", "regression", 20, weight=True),
        _case(cls, "targets", "multi_regression", 21),
        _case(cls, "categories", "categories", 22, **CATEGORIES),
        _case(cls, "dart_categories", "categories", 23, **DART, **CATEGORIES),
        _case(cls, "poisson", "counts", 24, objective="count:poisson"),
        _case(cls, "gamma", "positive", 25, objective="reg:gamma"),
        _case(cls, "tweedie", "counts", 26, objective="reg:tweedie", tweedie_variance_power=1.3),
        _case(cls, "cox", "positive", 27, objective="survival:cox"),
        _case(cls, "quantiles", "regression", 28, objective="reg:quantileerror", quantile_alpha=[0.1, 0.9]),
        _case(cls, "absolute", "regression", 29, objective="reg:absoluteerror", weight=True),
        _case(cls, "huber", "regression", 30, objective="reg:pseudohubererror"),
        _case(cls, "logarithms", "positive", 31, objective="reg:squaredlogerror"),
        _case(cls, "probabilities", "binary", 32, objective="reg:logistic"),
        _case(cls, "own_objective", "regression", 33, objective=squared_error),
        _case(cls, "deep", "regression", 34, **DEEP),
        _case(cls, "monotone", "regression", 35, monotone_constraints=(1, 0, 1, 0, -1)),
        _case(cls, "exact", "regression", 36, tree_method="exact", gamma=1.0, max_depth=6),
    ]


def _boosters() -> list[ModelCase]:
    return [
        _booster_case("numbers", "regression", 40),
        _booster_case("binary", "binary", 41, objective="binary:logistic"),
        _booster_case("classes", "multiclass", 42, objective="multi:softprob", num_class=3),
        _booster_case("dart", "regression", 43, **DART),
        _booster_case("survival", "positive", 44, objective="survival:aft"),
        _booster_case("categories", "categories", 45),
        _booster_case("codes", "multiclass", 46, feature_types=["q", "q", "q", "c", "q"]),
    ]


def native_table(model: Any, X: Any) -> xgboost.DMatrix:
    """A user's table as XGBoost's own container."""
    booster = getattr(model, "_Booster", model)
    frame = hasattr(X, "columns")
    missing = getattr(model, "missing", np.nan)
    return xgboost.DMatrix(
        X, missing=missing, enable_categorical=True, feature_types=None if frame else booster.feature_types,
        feature_names=None if frame else booster.feature_names, nthread=1,
    )  # fmt: skip


def xgboost_output(model: Any, X: Any) -> np.ndarray:
    """Margins by the public prediction functions.

    Before 3.3, wrappers add up DART trees with other roundings than the booster itself.
    """
    if isinstance(model, xgboost.Booster) or model.booster == "dart":
        model = getattr(model, "_Booster", model)
        return model.predict(native_table(model, X), output_margin=True).reshape(len(X), -1)
    return model.predict(X, output_margin=True).reshape(len(X), -1)


def used_rounds(model: Any) -> int:
    """Number of rounds that `predict` uses."""
    if isinstance(model, xgboost.Booster):
        return model.num_boosted_rounds()
    return getattr(model, "best_iteration", model.get_booster().num_boosted_rounds() - 1) + 1


def xgboost_state(model: Any) -> list[Any]:
    """What XGBoost's JSON says of each tree that `predict` uses, with its column and factor."""
    booster = getattr(model, "_Booster", model)
    outer = json.loads(bytes(booster.save_raw("json")))["learner"]["gradient_booster"]
    trees = outer.get("gbtree", outer)["model"]
    factors = outer.get("weight_drop") or trees.get("weight_drop") or [1.0] * len(trees["trees"])
    n_trees = trees["iteration_indptr"][used_rounds(model)]
    entries = zip(trees["trees"], trees["tree_info"], factors, strict=True)
    return [(tree | {"id": 0}, column, factor) for tree, column, factor in entries][:n_trees]


def xgboost_contributions(model: Any, X: Any) -> tuple[np.ndarray, np.ndarray]:
    """XGBoost's own SHAP values."""
    booster = getattr(model, "_Booster", model)
    phi = booster.predict(
        native_table(model, X),
        pred_contribs=True,
        strict_shape=True,
        iteration_range=(0, used_rounds(model)),
    )
    phi = phi.transpose(0, 2, 1)
    return phi[:, :-1], phi[:, -1]


def user_table(case: ModelCase, rows: np.ndarray) -> Any:
    """Table like the one that the case was fitted on."""
    if getattr(case.model, "missing", None) == -999:
        return coded_missing(rows)
    if not hasattr(case.X, "columns"):
        return rows
    columns = {}
    for name, values in zip(case.X.columns, rows.T, strict=True):
        column = case.X[name]
        if column.dtype == "category":
            codes = np.where(np.isnan(values), -1, values).astype(int)
            columns[name] = pd.Categorical.from_codes(codes, dtype=column.dtype)
        else:
            columns[name] = values
    return pd.DataFrame(columns)


def _family(cases: list[ModelCase], **cannot: str) -> Family:
    return Family(
        cases=cases,
        native=xgboost_output,
        state=xgboost_state,
        tolerance=0.0,
        table=user_table,
        cannot={"reorder": "each tree corrects the sum of those before it", **cannot},
        shap_raw=xgboost_contributions,
    )


FAMILIES = {
    "xgboost:XGBClassifier": _family(_classifiers()),
    "xgboost:XGBRegressor": _family(_regressors()),
    "xgboost:XGBRFClassifier": _family(
        [
            _case(xgboost.XGBRFClassifier, "binary", "binary", 50),
            _case(xgboost.XGBRFClassifier, "classes", "multiclass", 51),
        ]
    ),
    "xgboost:XGBRFRegressor": _family(
        [
            _case(xgboost.XGBRFRegressor, "numbers", "regression", 52),
            _case(xgboost.XGBRFRegressor, "targets", "multi_regression", 53),
        ]
    ),
    "xgboost:XGBRanker": _family(
        [
            _case(xgboost.XGBRanker, "ndcg", "relevance", 54),
            _case(xgboost.XGBRanker, "pairs", "relevance", 55, objective="rank:pairwise"),
        ],
        joint=NO_LOSS,
    ),
    "xgboost:Booster": _family(_boosters(), refit="a booster has no fit"),
}
