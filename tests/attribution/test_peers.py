"""Values against shap and the vendors' own, where these are right."""

import lightgbm
import numpy as np
import pytest
import shap
import xgboost
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)

from treeprune.attribution.by_background import interventional
from treeprune.attribution.by_cover import path_dependent
from treeprune.backends import read

N = 60
XGB, LGB = {"n_estimators": 15, "n_jobs": 1}, {"n_estimators": 15, "n_jobs": 1, "verbose": -1}
MODELS = {
    "forest": (RandomForestClassifier(5, random_state=0), 2),
    "forest of three classes": (RandomForestClassifier(5, random_state=0), 3),
    "forest of numbers": (RandomForestRegressor(5, random_state=0), 0),
    "extra trees": (ExtraTreesClassifier(5, random_state=0), 2),
    "gradient boosting": (GradientBoostingClassifier(n_estimators=8, random_state=0), 2),
    "histograms": (HistGradientBoostingClassifier(max_iter=8), 3),
    "xgboost": (xgboost.XGBClassifier(**XGB), 2),
    "xgboost of three classes": (xgboost.XGBClassifier(**XGB), 3),
    "xgboost of numbers": (xgboost.XGBRegressor(**XGB), 0),
    "lightgbm": (lightgbm.LGBMClassifier(**LGB), 2),
    "lightgbm of three classes": (lightgbm.LGBMClassifier(**LGB), 3),
    "lightgbm of numbers": (lightgbm.LGBMRegressor(**LGB), 0),
}


def case(name):
    """Fitted model, and its table, with missing values where it takes them."""
    model, n_classes = MODELS[name]
    if n_classes:
        X, y = make_classification(
            200, 7, n_informative=5, n_redundant=0, n_classes=n_classes, random_state=0
        )
    else:
        X, y = make_regression(200, 7, random_state=0)
    X = X.astype(np.float32).astype(float)  # all vendors, and shap, agree on such numbers
    if "boosting" not in name and "extra" not in name:
        X[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    return model.fit(X, y), X


@pytest.mark.filterwarnings("ignore:LightGBM binary classifier")
@pytest.mark.parametrize("name", MODELS)
def test_shap(name):
    model, X = case(name)
    e = read(model)
    rows, background = X[:N].astype(e.input_dtype), X[-50:].astype(e.input_dtype)
    whole = shap.maskers.Independent(X[-50:], max_samples=50)  # else it looks at some of these rows only
    # shap reads XGBoost's covers in single precision, and walks backgrounds in it
    single = 2e-6 if "xgb" in name else 1e-12
    for explainer, (phi, base), tolerance in (
        (shap.TreeExplainer(model), path_dependent(e, rows), single),
        (shap.TreeExplainer(model, whole), interventional(e, rows, background), 2e-6),
    ):
        expected = np.asarray(explainer.shap_values(X[:N], check_additivity=False)).reshape(phi.shape)
        size = np.abs(expected).max()
        np.testing.assert_allclose(phi, expected, rtol=0, atol=tolerance * size)
        if name != "xgboost of three classes":  # against a background shap gives all the first one's start
            bases = np.ravel(explainer.expected_value)
            np.testing.assert_allclose(base, bases, rtol=0, atol=tolerance * size)


def vendors_own(model, X, n_columns):
    if isinstance(model, xgboost.XGBModel):
        told = model.get_booster().predict(xgboost.DMatrix(X), pred_contribs=True)
    else:
        told = model.predict(X, pred_contrib=True)
    told = told.reshape(len(X), n_columns, -1).transpose(0, 2, 1)
    return told[:, :-1], told[0, -1]


@pytest.mark.parametrize("name", [name for name in MODELS if "xgb" in name or "lightgbm" in name])
def test_the_vendors_own(name):
    model, X = case(name)
    e = read(model)
    phi, base = path_dependent(e, X[:N].astype(e.input_dtype))
    expected, expected_base = vendors_own(model, X[:N], e.n_columns)
    tolerance = (2e-6 if "xgb" in name else 1e-12) * np.abs(expected).max()
    np.testing.assert_allclose(phi, expected, rtol=0, atol=tolerance)
    np.testing.assert_allclose(base, expected_base, rtol=0, atol=tolerance)


def test_lightgbm_on_categories():
    """LightGBM's own values know its splits on categories, which shap does not against a background."""
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 40, 400), rng.normal(size=400), rng.integers(0, 6, 400)]).astype(
        float
    )
    X[rng.random(X.shape) < 0.05] = np.nan
    y = np.nan_to_num(np.sin(X[:, 0]) + X[:, 1] * (X[:, 2] % 2))
    model = lightgbm.LGBMRegressor(**LGB, min_data_per_group=5, cat_smooth=1, min_child_samples=5)
    e = read(model.fit(X, y, categorical_feature=[0, 2]))
    assert (e.category_set >= 0).sum() > 20
    phi, base = path_dependent(e, X)
    expected, expected_base = vendors_own(model, X, 1)
    np.testing.assert_allclose(phi, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(base, expected_base, rtol=0, atol=1e-12)
