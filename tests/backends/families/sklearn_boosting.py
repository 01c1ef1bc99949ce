"""scikit-learn's exact gradient boosting."""

from typing import Any

import numpy as np
import pandas as pd
import shap
from scipy.sparse import csr_array, issparse
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

from tests.backends.families import Family
from tests.backends.families.sklearn_trees import sklearn_state
from tests.strategies import Kind, ModelCase, random_table, random_weights

NAMES = ["age", "bmi", "ward", "sex", "glucose [mg/dL]"]


def raw_by_public_functions(model: Any, X: Any) -> np.ndarray:
    """Raw output; rows that lack a value, which the public functions refuse, by what these end in."""
    public = getattr(model, "decision_function", model.predict)
    if issparse(X):
        return public(X).reshape(X.shape[0], -1)
    X = np.asarray(X, np.float32)
    missing = np.isnan(X).any(axis=1)
    raw = np.empty((len(X), model.estimators_.shape[1]))
    if missing.any():
        raw[missing] = model._raw_predict(X[missing])
    if not missing.all():
        whole = X[~missing]
        named = hasattr(model, "feature_names_in_")
        raw[~missing] = public(pd.DataFrame(whole, columns=NAMES) if named else whole).reshape(
            len(whole), -1
        )
    return raw


def shap_explainer(model: Any, X: Any) -> tuple[np.ndarray, np.ndarray]:
    """SHAP's own tree explainer."""
    X = np.asarray(X.toarray() if issparse(X) else X, np.float32)
    explainer = shap.TreeExplainer(model)
    phi = explainer.shap_values(X, check_additivity=False)
    return phi.reshape(*X.shape, -1), np.ravel(explainer.expected_value)


def shap_takes(case: ModelCase) -> bool:
    """shap refuses several classes and a start at zero; it takes all losses of two classes for log_loss."""
    model = case.model
    return model.estimators_.shape[1] == 1 and model.init != "zero" and model.loss != "exponential"


def _case(name: str, model: Any, kind: Kind, *, X: Any = None, weighted: bool = False) -> ModelCase:
    """Case whose model still has to be trained, on a table of the kind or on another form of it."""
    seed = len(name)
    table, y = random_table(seed, 120, kind)
    X = table if X is None else X(table)
    weight = random_weights(seed, len(y)) if weighted else None
    model.set_params(random_state=seed, **({"n_estimators": 4} if model.n_estimators == 100 else {}))
    model.fit(X, y, sample_weight=weight)
    return ModelCase(f"{type(model).__name__}-{name}", model, X, y, weight)


def _classifiers() -> list[ModelCase]:
    new = GradientBoostingClassifier
    return [
        _case("binary", new(), "binary"),
        _case("strings", new(max_leaf_nodes=6), "strings"),
        _case("multiclass-subsample", new(subsample=0.6, max_features=2), "multiclass"),
        _case("exponential", new(loss="exponential"), "binary"),
        _case("zero", new(init="zero"), "multiclass"),
        _case("weights", new(), "binary", weighted=True),
        _case("early-stopping", new(n_estimators=60, n_iter_no_change=2), "strings"),
        _case("one-round", new(n_estimators=1), "multiclass"),
        _case("sparse", new(), "binary", X=csr_array),
        _case("uniform", new(init=DummyClassifier(strategy="uniform")), "multiclass"),
    ]


def _regressors() -> list[ModelCase]:
    new = GradientBoostingRegressor
    return [
        _case("squared", new(), "regression"),
        _case("absolute", new(loss="absolute_error"), "regression"),
        _case("huber", new(loss="huber", alpha=0.8), "regression"),
        _case("quantile", new(loss="quantile", alpha=0.2), "regression", weighted=True),
        _case("subsample", new(subsample=0.5, learning_rate=0.3), "regression"),
        _case("zero", new(init="zero"), "regression"),
        _case("constant", new(init=DummyRegressor(strategy="constant", constant=2.5)), "regression"),
        _case("cut", new(ccp_alpha=0.01, max_depth=6), "regression"),
        _case("one-round", new(n_estimators=1), "regression"),
        _case("frame", new(), "regression", X=lambda X: pd.DataFrame(X, columns=NAMES)),
    ]


FAMILIES = {
    f"sklearn:{type(cases[0].model).__name__}": Family(
        cases=cases,
        native=raw_by_public_functions,
        state=sklearn_state,
        tolerance=1e-12,
        cannot={"reorder": "each tree corrects the ones before it"},
        shap_raw=shap_explainer,
        shap_takes=shap_takes,
    )
    for cases in (_classifiers(), _regressors())
}
