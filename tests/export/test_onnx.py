"""ONNX of linear models, of pipelines and of what is awkward; what is refused, and by which words."""

import sys
import warnings

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.export.helpers import HOSTILE
from treeprune import CostComplexityPruner, L1FeaturePruner, LinearModelPruner
from treeprune.backends import read
from treeprune.exceptions import UnsupportedModelError
from treeprune.export.onnx_model import to_onnx
from treeprune.export.parity import check_parity

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("skl2onnx")

X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])


def clinic(n=200):
    """Numbers with gaps, whole numbers, booleans and text, and an outcome in words."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.integers(20, 90, n),
            "body mass": np.where(rng.random(n) < 0.1, np.nan, rng.normal(27, 5, n)),
            "sex": rng.choice(["f", "m"], n),
            "ward": pd.Categorical(rng.choice(["a", "b", "c"], n)),
            "smoker": rng.random(n) < 0.3,
        }
    )
    return frame, np.where((frame["age"] > 60) | (frame["sex"] == "m"), "sick", "well")


def columns(impute=True):
    numbers = make_pipeline(SimpleImputer(), StandardScaler()) if impute else "passthrough"
    return ColumnTransformer(
        [
            ("numbers", numbers, ["age", "body mass"]),
            ("words", OneHotEncoder(handle_unknown="ignore"), ["sex", "ward"]),
            ("flags", "passthrough", ["smoker"]),
        ]
    )


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(max_iter=500),
        SGDClassifier(loss="log_loss", random_state=0),
        LinearRegression(),
        PoissonRegressor(),
    ],
    ids=lambda model: type(model).__name__,
)
def test_linear_models(model):
    few = X[Y > 0] if isinstance(model, SGDClassifier) else X
    outcome = Y[Y > 0] if isinstance(model, SGDClassifier) else Y
    classes = hasattr(model, "decision_function")
    model = model.fit(few, NAMES[outcome] if classes else outcome)
    out = to_onnx(model).run(few)
    if classes:
        np.testing.assert_allclose(out["probabilities"], model.predict_proba(few), rtol=1e-10, atol=1e-14)
        assert out["label"].tolist() == model.predict(few).tolist()
    else:
        np.testing.assert_allclose(out["prediction"][:, 0], model.predict(few), rtol=1e-10)
    assert check_parity("onnx", model, few).agrees
    assert check_parity(to_onnx(model, dtype="float32"), model, few).agrees


def test_a_linear_model_looks_at_its_columns_alone():
    model = LogisticRegression().fit(X[:100, :2], Y[:100])
    model.coef_[0, 1] = 0.0
    out = to_onnx(model).run([[5.0, np.nan]])
    np.testing.assert_allclose(out["probabilities"], model.predict_proba([[5.0, 1.0]]), rtol=1e-12)


@pytest.mark.parametrize(
    "last",
    [
        LogisticRegression(max_iter=500),
        RandomForestClassifier(5, random_state=0),
        HistGradientBoostingClassifier(max_iter=5),
    ],
    ids=lambda model: type(model).__name__,
)
def test_pipelines_on_columns_of_all_kinds(last):
    frame, outcome = clinic()
    model = make_pipeline(columns(), last).fit(frame, outcome)
    exported = to_onnx(model, frame)
    out = exported.run(frame)
    np.testing.assert_allclose(out["probabilities"], model.predict_proba(frame), rtol=0, atol=1e-14)
    assert out["label"].tolist() == model.predict(frame).tolist()
    unseen = frame.assign(sex="?")[::-1]
    np.testing.assert_allclose(
        exported.run(unseen)["probabilities"], model.predict_proba(unseen), rtol=0, atol=1e-14
    )
    assert check_parity("onnx", model, frame).agrees


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("table", ["array", "frame"])
def test_scaled_numbers(table, dtype):
    """Rows are decided as scikit-learn decides; skl2onnx's own way is single precision on frames."""
    numbers = X if table == "array" else pd.DataFrame(X, columns=["a b", "c", "d", "e"])
    numbers = np.round(numbers, 1) + 0.1 if dtype == "float64" else numbers
    for scaler in (StandardScaler(), MinMaxScaler()):
        model = make_pipeline(scaler, DecisionTreeClassifier(random_state=0)).fit(numbers, NAMES[Y])
        exported = to_onnx(model, numbers, dtype=dtype)
        assert exported.run(numbers)["label"].tolist() == model.predict(numbers).tolist()
        assert check_parity(exported, model, numbers).n_rows == len(X)


def test_encoded_words():
    frame, outcome = clinic()
    frame = frame[["sex", "ward"]]
    model = make_pipeline(OrdinalEncoder(), DecisionTreeClassifier()).fit(frame, outcome)
    assert check_parity("onnx", model, frame).agrees


def test_fitted_pruners_are_looked_into():
    pruner = CostComplexityPruner(DecisionTreeClassifier(random_state=0)).fit(X, NAMES[Y])
    out = to_onnx(pruner).run(X)
    np.testing.assert_array_equal(out["probabilities"], pruner.predict_proba(X))
    labels = CostComplexityPruner(xgboost.XGBClassifier(n_estimators=2, n_jobs=1)).fit(X, NAMES[Y])
    assert to_onnx(labels).run(X)["label"].tolist() == labels.predict(X).tolist()
    frame, outcome = clinic()
    whole = make_pipeline(columns(), L1FeaturePruner(LogisticRegression())).fit(frame, outcome)
    plain = make_pipeline(columns(), LogisticRegression()).fit(frame, outcome)
    inside = LinearModelPruner(FrozenEstimator(plain), max_features=3).fit(frame, outcome)
    for model in (whole, inside):
        out = to_onnx(model, frame).run(frame)
        np.testing.assert_allclose(out["probabilities"], model.predict_proba(frame), atol=1e-14)
        assert out["label"].tolist() == model.predict(frame).tolist()


@pytest.mark.parametrize(
    "labels", [[False, True], [1.0, 2.0], [-3, 7], HOSTILE[:2]], ids=["bool", "float", "int", "text"]
)
def test_labels_of_every_type(labels):
    outcome = np.array(labels)[(Y > 0).astype(int)]
    model = DecisionTreeClassifier(random_state=0).fit(X, outcome)
    assert to_onnx(model).run(X)["label"].tolist() == model.predict(X).tolist()


def test_names_are_metadata():
    seven = np.random.default_rng(0).normal(size=(50, 7))
    model = DecisionTreeClassifier().fit(pd.DataFrame(seven, columns=HOSTILE), seven[:, 0] > 0)
    proto = onnx.load_model_from_string(to_onnx(model).content)
    assert [each.name for each in proto.graph.input] == ["X"]
    assert "DROP TABLE" in next(note.value for note in proto.metadata_props if note.key == "feature_names")
    with pytest.raises(ValueError, match="2 feature_names for a model of 7 columns"):
        to_onnx(model, feature_names=["a", "b"])


def test_large_sets_of_categories():
    codes = np.random.default_rng(0).permutation(np.arange(3000) % 1000)[:, None]
    model = xgboost.XGBRegressor(n_estimators=3, max_depth=3, max_cat_to_onehot=1, n_jobs=1)
    frame = pd.DataFrame({"ward": pd.Categorical(codes[:, 0], categories=range(1000))})
    model.set_params(enable_categorical=True).fit(frame, (codes[:, 0] * 7919 % 1000) / 1000)
    e = read(model)
    assert e.category_count.max() > 900
    raw = to_onnx(e).run(codes)["raw"]
    np.testing.assert_allclose(raw[:, 0], model.predict(frame, output_margin=True), rtol=1e-6)


def test_a_number_that_means_missing():
    rng = np.random.default_rng(0)
    gaps = np.where(rng.random((200, 2)) < 0.3, -999.0, rng.normal(size=(200, 2)))
    model = xgboost.XGBRegressor(n_estimators=3, missing=-999, n_jobs=1)
    model.fit(gaps, (gaps[:, 0] < -900) + gaps[:, 1])
    gaps[0] = [-999.00001, -999.0001]  # the first rounds to -999, the second does not
    for dtype in ("float64", "float32"):
        raw = to_onnx(model, dtype=dtype).run(gaps)["prediction"][:, 0]
        np.testing.assert_allclose(raw, model.predict(gaps), rtol=1e-5)


def test_deep_and_single(tmp_path):
    n = 230
    chain = DecisionTreeRegressor().fit(np.arange(n)[:, None], 2.0 ** np.arange(n))
    assert chain.get_depth() > 100
    assert check_parity("onnx", chain, np.arange(n)[:, None]).max_difference == 0
    leaf = DecisionTreeClassifier().fit([[0.0], [1.0]], [1, 1])
    exported = to_onnx(leaf)
    assert exported.run([[3.0], [np.nan]])["label"].tolist() == [1, 1]
    exported.save(tmp_path / "leaf.onnx")
    assert (tmp_path / "leaf.onnx").stat().st_size == exported.n_bytes
    assert to_onnx(leaf).content == exported.content


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (lambda: make_pipeline(SplineTransformer(), LinearRegression()).fit(X, Y), "SplineTransformer"),
        (lambda: make_pipeline(PolynomialFeatures(), LinearRegression()).fit(X, Y), "try dtype='float32'"),
        (lambda: LinearSVC().fit(X, Y), "hinge"),
        (object, "not a model"),
    ],
    ids=["spline", "polynomial", "svm", "object"],
)
def test_what_is_refused(model, words):
    with pytest.raises(UnsupportedModelError, match=words):
        to_onnx(model(), X)


def test_bad_arguments():
    frame, outcome = clinic()
    model = make_pipeline(columns(), LogisticRegression()).fit(frame, outcome)
    with pytest.raises(ValueError, match="needs some rows as X"):
        to_onnx(model)
    with pytest.raises(ValueError, match="'sex' misses text"):
        to_onnx(model, frame.assign(sex=None))
    with pytest.raises(ValueError, match=r"must not be called \['label'\]"):
        to_onnx(model, frame.assign(label=1))
    exported = to_onnx(model, frame)
    with pytest.raises(ValueError, match="no column 'body mass'"):
        exported.run(frame.drop(columns="body mass"))
    with pytest.raises(ValueError, match="by name; give a frame"):
        exported.run(frame.to_numpy())
    with pytest.raises(ValueError, match="dtype must be"):
        to_onnx(model, frame, dtype="float16")
    wards = xgboost.XGBClassifier(n_estimators=2, enable_categorical=True, max_cat_to_onehot=1, n_jobs=1)
    wards.fit(frame[["ward"]], frame["ward"] == "b")
    if hasattr(wards.get_booster(), "get_categories"):
        with pytest.raises(ValueError, match=r"numbers the categories of \['ward'\] itself"):
            to_onnx(wards)


@pytest.mark.parametrize("package", ["onnx", "onnxruntime", "skl2onnx"])
def test_a_missing_package_names_its_extra(package, monkeypatch):
    model = make_pipeline(StandardScaler(), LinearRegression()).fit(X, Y)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=r'needs .*pip install "treeprune\[onnx\]"'):
        to_onnx(model, X)


def test_a_runtime_without_the_operator_is_too_old(monkeypatch):
    exported = to_onnx(DecisionTreeClassifier().fit(X, Y))
    monkeypatch.setattr("onnxruntime.__version__", "1.20.1")
    with pytest.raises(ImportError, match=r"needs onnxruntime 1\.21, this is 1\.20\.1"):
        exported.run(X)


def test_no_warning_escapes():
    frame, outcome = clinic()
    model = make_pipeline(columns(), LogisticRegression()).fit(frame, outcome)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_onnx(model, frame).run(frame)


def test_the_same_rows_of_a_regressor_with_many_columns():
    table, outcome = load_diabetes(return_X_y=True, as_frame=True)
    model = DecisionTreeRegressor(max_depth=6, random_state=0).fit(table, outcome)
    np.testing.assert_array_equal(to_onnx(model).run(table)["prediction"][:, 0], model.predict(table))
