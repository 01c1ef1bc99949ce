"""scikit-learn's histogram gradient boosting."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import shap
from sklearn._loss.link import LogLink
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from tests.backends.families import Family
from tests.strategies import Kind, ModelCase, random_table, random_weights

NAMES = ["age", "ward", "bmi", "sex", "city", "glucose", "pulse"]
CATEGORICAL = {"ward": 1, "city": 4}
"""Columns of categories stand between the others, so that the trees see another order."""

SMALL = {"min_samples_leaf": 4, "max_leaf_nodes": 7, "random_state": 0}

UNSEEN = {"ward": 9999.0, "city": "Nowhere"}


def raw_by_public_functions(model: Any, X: Any) -> np.ndarray:
    """Raw output; behind a log link, which would cost the last digits, by what `predict` ends in."""
    if isinstance(model._loss.link, LogLink):
        return model._raw_predict(X)
    answer = getattr(model, "decision_function", model.predict)
    return answer(X).reshape(len(X), -1)


def hist_trees(model: Any) -> list[Any]:
    """All `TreePredictor` objects, round after round."""
    return [predictor for members in model._predictors for predictor in members]


def hist_state(model: Any) -> list[Any]:
    """Each tree's bits."""
    return [
        [tree.nodes.tobytes(), tree.raw_left_cat_bitsets.tobytes(), tree.binned_left_cat_bitsets.tobytes()]
        for tree in hist_trees(model)
    ]


def shap_explainer(model: Any, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """SHAP's own tree explainer."""
    explainer = shap.TreeExplainer(model)
    phi = explainer.shap_values(X, check_additivity=False)
    return phi.reshape(*X.shape, -1), np.ravel(explainer.expected_value)


def shap_takes(case: ModelCase) -> bool:
    """shap reads splits on categories as if they were on numbers, and is wrong without a word."""
    return case.model.is_categorical_ is None


def _frame(X: np.ndarray, ward: np.ndarray, city: np.ndarray) -> dict[str, np.ndarray]:
    numbers = iter(X.T)
    given = {"ward": ward, "city": city}
    return {name: given[name] if name in given else next(numbers) for name in NAMES}


def as_codes(columns: dict[str, np.ndarray]) -> np.ndarray:
    """Array of numbers; categories are codes with gaps."""
    return np.column_stack([columns[name].astype(np.float64) for name in NAMES])


def as_pandas(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """Frame whose columns of categories have that type."""
    frame = pd.DataFrame(columns)
    return frame.astype(dict.fromkeys(CATEGORICAL, "category"))


def as_strings(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """Frame that does not know that its columns hold categories."""
    return pd.DataFrame(columns)


def as_polars(columns: dict[str, np.ndarray]) -> pl.DataFrame:
    """polars frame with an enumeration and a column of categories."""
    series = []
    for name, column in columns.items():
        if name not in CATEGORICAL:
            series.append(pl.Series(name, column, dtype=pl.Float64))
            continue
        words = [None if pd.isna(x) else str(x) for x in column]
        enum = pl.Enum(sorted({word for word in words if word is not None}))
        series.append(pl.Series(name, words, dtype=enum if name == "ward" else pl.Categorical()))
    return pl.DataFrame(series)


def categorical_columns(seed: int, n: int, n_wards: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Columns with two of categories, all with missing entries, and an outcome that hangs on them."""
    X, y = random_table(seed, n, "regression", missing=True)
    rng = np.random.default_rng(seed)
    effect = rng.normal(size=n_wards)
    ward = rng.integers(0, n_wards, n)
    city = rng.integers(0, 6, n)
    y = y + 2 * effect[ward] + (city % 3)
    labels = np.array(["Bonn", "Graz", "Kyiv", "Lyon", "Oslo", "Turku"], object)[city]
    labels[rng.random(n) < 0.1] = np.nan
    wards = (7.0 * ward + 3).astype(object)
    wards[rng.random(n) < 0.1] = np.nan
    return _frame(X, wards, labels), y


MAKERS: dict[str, Callable[[dict[str, np.ndarray]], Any]] = {
    "codes": as_codes,
    "frame": as_pandas,
    "strings": as_strings,
    "polars": as_polars,
}


def maker_of(case: ModelCase) -> Callable[[dict[str, np.ndarray]], Any] | None:
    """What made the case's table, None for a table of numbers."""
    return next((make for name, make in MAKERS.items() if name in case.id.split("-")), None)


def decoded(case: ModelCase, rows: np.ndarray) -> Any:
    """A user's table of encoded rows; every other missing category is one that training never saw.

    Where training met None, as in polars, None is a category like any other: then all are unseen ones.
    """
    make = maker_of(case)
    if make is None:
        return rows
    encoder = case.model._preprocessor.named_transformers_["encoder"]
    columns = {name: rows[:, k].copy() for k, name in enumerate(NAMES)}
    for (name, k), categories in zip(CATEGORICAL.items(), encoder.categories_, strict=True):
        unseen = 9998.0 if make is as_codes else UNSEEN[name]
        missing = np.isnan(rows[:, k])
        words = np.full(len(rows), np.nan, object)
        words[~missing] = np.asarray(categories, object)[rows[~missing, k].astype(int)]
        words[np.flatnonzero(missing)[:: 1 if None in list(categories) else 2]] = unseen
        columns[name] = words
    return make(columns)


def _fitted(name: str, model: Any, X: Any, y: Any, weight: np.ndarray | None = None) -> ModelCase:
    model.set_params(**SMALL, **({"max_iter": 4} if model.max_iter == 100 else {}))
    return ModelCase(f"{type(model).__name__}-{name}", model.fit(X, y, sample_weight=weight), X, y, weight)


def _numbers(
    name: str, model: Any, kind: Kind, *, weighted: bool = False, positive: bool = False
) -> ModelCase:
    X, y = random_table(len(name), 150, kind, missing=True)
    X[::29, 1], X[1::31, 1] = np.inf, -np.inf
    weight = random_weights(len(name), len(y)) if weighted else None
    return _fitted(name, model, X, np.exp(y / 2) if positive else y, weight)


def _categories(
    name: str, model: Any, target: str = "regression", n: int = 200, n_wards: int = 9
) -> ModelCase:
    columns, y = categorical_columns(len(name), n, n_wards)
    make = MAKERS[next(part for part in name.split("-") if part in MAKERS)]
    bands = np.digitize(y, np.quantile(y, [0.3, 0.7]))
    targets = {"regression": y, "binary": y > np.median(y), "classes": np.array(["a", "b", "c"])[bands]}
    if make is as_codes:
        cities = np.array(["Bonn", "Graz", "Kyiv", "Lyon", "Oslo", "Turku"], object)
        codes = {label: 10.0 * k for k, label in enumerate(cities)}
        columns["city"] = np.array([codes.get(label, np.nan) for label in columns["city"]])
    return _fitted(name, model, make(columns), targets[target])


def _one_category(model: Any) -> ModelCase:
    """A column with a single category or nothing: scikit-learn gives its splits no set of their own."""
    rng = np.random.default_rng(5)
    X = np.column_stack([rng.normal(size=200), np.where(rng.random(200) < 0.5, np.nan, 0.0)])
    X = np.column_stack([X, rng.integers(0, 5, 200)])
    y = 3 * np.isnan(X[:, 1]) + X[:, 0] + (X[:, 2] % 2)
    return _fitted("one-category", model, X, y)


def _classifiers() -> list[ModelCase]:
    new, from_names = HistGradientBoostingClassifier, {"categorical_features": list(CATEGORICAL)}
    return [
        _numbers("binary", new(), "binary"),
        _numbers("labels", new(max_features=0.5), "strings"),
        _numbers("multiclass-weights", new(class_weight="balanced"), "multiclass", weighted=True),
        _numbers("stopping-by-loss", new(early_stopping=True, max_iter=40, n_iter_no_change=2), "binary"),
        _numbers(
            "stopping-by-score",
            new(early_stopping=True, scoring="accuracy", max_iter=40, n_iter_no_change=2),
            "multiclass",
        ),
        _numbers("one-round", new(max_iter=1), "multiclass"),
        _numbers("monotone", new(monotonic_cst=[1, 0, -1, 0, 0]), "binary"),
        _numbers("interactions", new(interaction_cst=[{0, 1}, {2, 3, 4}]), "binary"),
        _categories("codes-binary", new(categorical_features=[1, 4]), "binary"),
        _categories("frame-classes", new(), "classes"),
        _categories("strings-binary", new(**from_names), "binary"),
        _categories("codes-many", new(categorical_features=[1, 4]), "binary", n=1500, n_wards=255),
    ]


def _regressors() -> list[ModelCase]:
    new = HistGradientBoostingRegressor
    return [
        _numbers("squared", new(), "regression"),
        _numbers("absolute", new(loss="absolute_error"), "regression"),
        _numbers("quantile", new(loss="quantile", quantile=0.2), "regression", weighted=True),
        _numbers("poisson", new(loss="poisson"), "regression", positive=True),
        _numbers("gamma", new(loss="gamma", max_bins=9), "regression", positive=True),
        _numbers("one-round", new(max_iter=1, learning_rate=1.0), "regression"),
        # by name: scikit-learn 1.7 sees no types of columns in a polars frame of today
        _categories("polars", new(categorical_features=list(CATEGORICAL))),
        _categories("frame-monotone", new(monotonic_cst={"age": 1, "pulse": -1})),
        _categories("strings", new(categorical_features=["city", "ward"], early_stopping=True)),
        _categories("codes-interactions", new(categorical_features=[4, 1], interaction_cst="pairwise")),
        _categories("frame-many", new(max_leaf_nodes=15), n=1500, n_wards=250),
        _one_category(new(categorical_features=[1, 2])),
    ]


def regressor(**params):
    options = {"max_iter": 6} | SMALL | params
    return HistGradientBoostingRegressor(**options).fit(*random_table(0, 150, "regression", True))


def classifier(kind="multiclass", **params):
    options = {"max_iter": 4} | SMALL | params
    return HistGradientBoostingClassifier(**options).fit(*random_table(0, 150, kind, True))


def categorical_model():
    columns, y = categorical_columns(0, 200, 9)
    return HistGradientBoostingRegressor(max_iter=3, **SMALL).fit(as_pandas(columns), y)


CASES = [*_classifiers(), *_regressors()]

FAMILIES = {
    f"sklearn:{cls.__name__}": Family(
        cases=[case for case in CASES if type(case.model) is cls],
        native=raw_by_public_functions,
        state=hist_state,
        tolerance=0.0,
        table=decoded,
        cannot={"reorder": "each tree corrects the ones before it"},
        shap_raw=shap_explainer,
        shap_takes=shap_takes,
    )
    for cls in (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
}
