"""Linear models and pipelines in skops files."""

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from treeprune import load_model, save_model
from treeprune.exceptions import InvalidModelError, UnsupportedModelError

pytest.importorskip("skops.io")

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X = X.iloc[:, :4].assign(hand=np.where(np.arange(len(X)) % 3 == 0, "left", "right"))
LABELS = np.where(y == 0, "malignant", "benign")


def pipeline(last):
    words = make_column_transformer((OneHotEncoder(), ["hand"]), remainder=StandardScaler())
    return make_pipeline(words, last).fit(X, LABELS)


@pytest.mark.parametrize("last", [RandomForestClassifier(3, random_state=0), LogisticRegression()])
def test_a_pipeline_comes_back(last, tmp_path):
    model = pipeline(last)
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("kinds", [{"dtype_include": np.number}, {"dtype_exclude": object}])
def test_columns_chosen_by_their_types(kinds, tmp_path):
    numbers = make_column_transformer(
        (SimpleImputer(add_indicator=True), make_column_selector(**{"pattern": "mean", **kinds})),
        (SimpleImputer(), make_column_selector(dtype_include=np.number)),
    )
    rows = X.drop(columns="hand")
    model = make_pipeline(numbers, RandomForestClassifier(3, random_state=0)).fit(rows, LABELS)
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict_proba(rows), model.predict_proba(rows))


def test_a_linear_model_comes_back(tmp_path):
    model = LinearRegression().fit(X.iloc[:, :4], y)
    save_model(model, tmp_path / "model.skops")
    assert (load_model(tmp_path / "model.skops").coef_ == model.coef_).all()


def test_the_trees_of_a_pipeline_are_looked_at(tmp_path):
    model = pipeline(RandomForestClassifier(2, random_state=0))
    model[-1].estimators_[0].tree_.feature[0] = 99
    save_model(model, tmp_path / "model.skops")
    with pytest.raises(InvalidModelError, match="feature"):
        load_model(tmp_path / "model.skops")


def test_what_has_no_file_is_refused_by_name(tmp_path):
    with pytest.raises(UnsupportedModelError, match="SVC is not a model"):
        save_model(pipeline(SVC()), tmp_path / "model.skops")
    booster = xgboost.XGBClassifier(n_estimators=2).fit(X.iloc[:, :4], y)
    strange = make_pipeline(StandardScaler(), booster).fit(pd.DataFrame(X.iloc[:, :4]), y)
    with pytest.raises(UnsupportedModelError, match="save the XGBClassifier in xgboost's"):
        save_model(strange, tmp_path / "model.skops")
    assert not list(tmp_path.iterdir())
