"""Every table goes as it is into the estimators that people have."""

import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tests.datasets.tables import NAMES, load

QUIET = {"n_jobs": 1, "verbosity": -1, "n_estimators": 15, "num_leaves": 7}


def linear(last):
    prepare = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_include="category")),
        (make_pipeline(SimpleImputer(), StandardScaler()), make_column_selector(dtype_include="number")),
    )
    return make_pipeline(prepare, last)


MODELS = {
    "linear": (lambda: linear(LogisticRegression(max_iter=500)), lambda: linear(Ridge())),
    "hist": (
        lambda: HistGradientBoostingClassifier(max_iter=15, max_leaf_nodes=7),
        lambda: HistGradientBoostingRegressor(max_iter=15, max_leaf_nodes=7),
    ),
    "lightgbm": (
        lambda: lightgbm.LGBMClassifier(**QUIET),
        lambda: lightgbm.LGBMRegressor(**QUIET),
    ),
    "xgboost": (
        lambda: xgboost.XGBClassifier(n_estimators=15, max_depth=3, n_jobs=1, enable_categorical=True),
        lambda: xgboost.XGBRegressor(n_estimators=15, max_depth=3, n_jobs=1, enable_categorical=True),
    ),
}


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("name", NAMES)
def test_fits_and_learns_something(name, kind):
    data = load(name)
    rows = np.arange(min(len(data.X), 1500))
    train, test = rows[rows % 3 > 0], rows[rows % 3 == 0]
    numbers = data.y.dtype == np.float64
    model = MODELS[kind][numbers]().fit(data.X.iloc[train], data.y.iloc[train])
    X, y = data.X.iloc[test], data.y.iloc[test]
    if numbers:
        assert r2_score(y, model.predict(X)) > 0.3
    else:
        assert roc_auc_score(y, model.predict_proba(X)[:, 1]) > 0.7
