"""LightGBM's wrappers and its plain booster."""

from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from tests.backends.families import NO_LOSS, Family
from tests.strategies import ModelCase, random_table, random_weights

VERSION = tuple(map(int, lgb.__version__.split(".")[:2]))
PLAIN = {
    "n_estimators": 5,
    "num_leaves": 8,
    "min_child_samples": 3,
    "n_jobs": 1,
    "verbose": -1,
    "random_state": 0,
}
SMALL_BOOSTER = {
    "num_iterations": 5,
    "num_leaves": 8,
    "min_data_in_leaf": 3,
    "num_threads": 1,
    "verbose": -1,
}
MANY_CATEGORIES = {
    "min_data_per_group": 1,
    "cat_smooth": 0.5,
    "max_cat_to_onehot": 1,
    "max_bin": 255,
    "min_data_in_bin": 1,
}
FOREST = {"boosting_type": "rf", "subsample": 0.7, "subsample_freq": 1}


def rounds(booster: lgb.Booster) -> int:
    """Rounds that a random forest's sums have to be divided by; 1 for boosting."""
    is_forest = "average_output" in booster.model_to_string(num_iteration=1).split("\n\n")[0].split("\n")
    return booster.num_trees() // booster.num_model_per_iteration() if is_forest else 1


def booster_of(model: Any) -> lgb.Booster:
    """The booster of a wrapper, or the booster itself."""
    return getattr(model, "booster_", model)


def lightgbm_output(model: Any, X: Any) -> np.ndarray:
    """Raw scores by the public `predict`, the mean of a random forest's trees."""
    booster = booster_of(model)
    raw = model.predict(X, raw_score=True).reshape(-1, booster.num_model_per_iteration())
    return raw / rounds(booster)


def lightgbm_state(model: Any) -> list[Any]:
    """Lines of each tree but its number."""
    text = booster_of(model).model_to_string(num_iteration=-1)
    trees = text.partition("\nend of trees\n")[0].split("\nTree=")[1:]
    return [tree.partition("\n")[2].strip() for tree in trees]


def contributions(model: Any, X: Any) -> tuple[np.ndarray, np.ndarray]:
    """LightGBM's own SHAP values, those of a random forest divided as its trees are."""
    booster = booster_of(model)
    columns = booster.num_model_per_iteration()
    phi = model.predict(X, pred_contrib=True).reshape(-1, columns, booster.num_feature() + 1)
    phi = phi.transpose(0, 2, 1) / rounds(booster)
    return phi[:, :-1], phi[0, -1]


def lightgbm_table(case: ModelCase, rows: np.ndarray) -> Any:
    """A frame with categories where the model was trained on one; else the rows."""
    if not isinstance(case.X, pd.DataFrame):
        return rows
    frame = pd.DataFrame(rows, columns=case.X.columns)
    for name, dtype in case.X.dtypes.items():
        if isinstance(dtype, pd.CategoricalDtype):
            codes = frame[name].fillna(-1).astype(int)
            frame[name] = pd.Categorical.from_codes(codes, dtype=dtype)
    return frame


def with_categories(X: np.ndarray, seed: int = 0) -> pd.DataFrame:
    """Frame whose third column has string categories, some of them missing, and whose fourth has many."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(X, columns=["a b", "ä", "group", "many", "e"])
    frame["group"] = pd.Categorical(rng.choice(["x", "y", "z", None], len(X)), categories=["z", "x", "y"])
    frame["many"] = pd.Categorical(rng.integers(0, 90, len(X)) * 7, categories=np.arange(90)[::-1] * 7)
    return frame


def with_codes(X: np.ndarray, n: int, seed: int = 0) -> np.ndarray:
    """Table whose third column holds whole numbers below `n`."""
    X = X.copy()
    X[:, 2] = np.random.default_rng(seed).integers(0, n, len(X))
    return X


def squared_error(y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient and hessian of an objective of the user's own."""
    return y_pred - y_true, np.ones(len(y_true))


def _case(
    cls: type,
    variant: str,
    X: Any,
    y: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    fit_params: dict[str, Any] | None = None,
    **params: Any,
) -> ModelCase:
    fit_params = fit_params or {}
    model = cls(**PLAIN | params).fit(X, y, sample_weight=weight, **fit_params)
    return ModelCase(f"{cls.__name__}-{variant}", model, X, y, weight, fit_params)


def _validation(X: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    if VERSION >= (4, 7):
        return {"eval_X": X, "eval_y": y}
    return {"eval_set": [(X, y)]}


def _classifiers() -> list[ModelCase]:
    cls = lgb.LGBMClassifier
    X, y = random_table(0)
    _, bands = random_table(0, kind="multiclass")
    _, words = random_table(0, kind="strings")
    other_X, other_y = random_table(7)
    gaps, _ = random_table(0, missing=True)
    return [
        _case(cls, "binary", X, y),
        _case(cls, "multiclass-nan", gaps, bands),
        _case(cls, "multiclassova-strings", X, words, objective="multiclassova", sigmoid=0.7),
        _case(
            cls, "binary-strings-weights", X, words == "dead", weight=random_weights(0, len(X)), sigmoid=2.0
        ),
        _case(cls, "binary-categories", with_categories(X), y, **MANY_CATEGORIES),
        _case(cls, "multiclass-dart", X, bands, boosting_type="dart", drop_rate=0.6, skip_drop=0.1),
        _case(
            cls,
            "early-stopping",
            X,
            y,
            n_estimators=30,
            learning_rate=0.8,
            early_stopping_round=2,
            fit_params=_validation(other_X, other_y),
        ),
        _case(
            cls, "goss", X, y, data_sample_strategy="goss", top_rate=0.3, other_rate=0.3, learning_rate=0.9
        ),
    ]


def _regressors() -> list[ModelCase]:
    cls = lgb.LGBMRegressor
    X, y = random_table(1, kind="regression")
    gaps, _ = random_table(1, kind="regression", missing=True)
    counts = np.round(np.exp(0.5 * y))
    codes = {"fit_params": {"categorical_feature": [2]}}
    return [
        _case(cls, "plain", X, y),
        _case(cls, "large-offset-weights", gaps, y + 2000, weight=random_weights(1, len(X))),
        _case(cls, "quantile", gaps, y, objective="quantile", alpha=0.8),
        _case(cls, "square-roots", X, y, reg_sqrt=True, reg_lambda=2.0),
        _case(cls, "poisson", X, counts, objective="poisson"),
        _case(cls, "tweedie", X, counts, objective="tweedie"),
        _case(cls, "few-codes", with_codes(X, 4), y, **codes),
        _case(cls, "many-codes", with_codes(gaps, 100), y, **MANY_CATEGORIES, **codes),
        _case(cls, "categories", with_categories(gaps), y, **MANY_CATEGORIES),
        _case(cls, "use-missing-false", gaps, y, use_missing=False),
        _case(cls, "zero-as-missing", gaps, y, zero_as_missing=True),
        _case(cls, "no-average", X, y + 5, boost_from_average=False),
        _case(cls, "forest", gaps, y + 5, **FOREST),
        _case(cls, "dart", X, y + 5, boosting_type="dart", drop_rate=0.6, skip_drop=0.1),
        _case(cls, "monotone", X, y, monotone_constraints=[1, -1, 0, 0, 0]),
        _case(cls, "own-objective", X, y, objective=squared_error),
    ]


def _rankers() -> list[ModelCase]:
    X, bands = random_table(2, kind="multiclass")
    groups = {"fit_params": {"group": [30, 50, 40]}}
    return [
        _case(lgb.LGBMRanker, "lambdarank", X, bands, **groups),
        _case(lgb.LGBMRanker, "xendcg", X, bands, objective="rank_xendcg", learning_rate=1.0, **groups),
    ]


def _booster(variant: str, X: Any, y: np.ndarray, **params: Any) -> ModelCase:
    params = {name: value for name, value in SMALL_BOOSTER.items() if name != "num_iterations"} | params
    model = lgb.train(params, lgb.Dataset(X, y), SMALL_BOOSTER["num_iterations"])
    return ModelCase(f"Booster-lightgbm-{variant}", model, X, y)


def _boosters() -> list[ModelCase]:
    X, y = random_table(3)
    gaps, bands = random_table(3, kind="multiclass", missing=True)
    return [
        _booster("binary", X, y, objective="binary"),
        _booster("multiclass", gaps, bands, objective="multiclass", num_class=3),
        _booster("cross-entropy", X, np.clip(y, 0.1, 0.8), objective="cross_entropy_lambda"),
        _booster("forest", X, y, objective="binary", **FOREST),
    ]


def _family(cases: list[ModelCase], cannot: dict[str, str]) -> Family:
    order = {"reorder": "the sum starts in the first tree, and each tree corrects those before it"}
    return Family(
        cases=cases,
        native=lightgbm_output,
        state=lightgbm_state,
        tolerance=0.0,
        table=lightgbm_table,
        cannot=order | cannot,
        shap_raw=contributions,
    )


FAMILIES = {
    "lightgbm:LGBMClassifier": _family(_classifiers(), {}),
    "lightgbm:LGBMRegressor": _family(_regressors(), {}),
    "lightgbm:LGBMRanker": _family(_rankers(), {"joint": NO_LOSS}),
    "lightgbm:Booster": _family(
        _boosters(), {"refit": "a booster keeps no training parameters of its own"}
    ),
}
