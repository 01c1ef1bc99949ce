"""Other people's tools on pruned models: the results must suit them, and agree with the models."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.backends.families import pruned
from tests.backends.families.sklearn_trees import sklearn_output
from tests.strategies import cases, fitted, random_table


def onnx_cases():
    """Without missing values, which the converter sends astray, and without its padded class targets."""
    return [p for p in cases("plain", "weights", "best_first") if "multi_output" not in p.id]


@pytest.mark.parametrize("case", onnx_cases())
def test_onnx(case):
    skl2onnx = pytest.importorskip("skl2onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    model, _ = pruned(case.model)
    rows = case.X.astype(np.float32)
    classify = hasattr(model, "classes_")
    options = {id(model): {"zipmap": False}} if classify else None
    proto = skl2onnx.to_onnx(model, rows[:1], options=options)
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), quiet, providers=["CPUExecutionProvider"]
    )
    outputs = session.run(None, {session.get_inputs()[0].name: rows})
    native = sklearn_output(model, rows)
    got = outputs[1 if classify else 0].reshape(native.shape)
    np.testing.assert_allclose(got, native, rtol=1e-5, atol=1e-5)
    if classify:
        top = np.sort(native, axis=1)
        clear = top[:, -1] - top[:, -2] > 1e-6  # ties are broken by the last bits
        assert clear.any()
        np.testing.assert_array_equal(outputs[0][clear], model.predict(rows)[clear])


def one_target(variants):
    return [p for p in cases(*variants) if "multi_" not in p.id]


@pytest.mark.parametrize("case", one_target(("plain", "weights")))
def test_partial_dependence(case):
    """The mean of the native output over rows with one column set."""
    model, _ = pruned(case.model)
    found = partial_dependence(model, case.X, [0], method="brute", grid_resolution=5)
    column = slice(None) if len(getattr(model, "classes_", [])) > 2 else slice(-1, None)
    for k, at in enumerate(found["grid_values"][0]):
        moved = case.X.copy()
        moved[:, 0] = at
        expected = sklearn_output(model, moved).mean(axis=0)[column]
        np.testing.assert_allclose(found["average"][:, k], expected, rtol=1e-12)


@pytest.mark.parametrize("cls", [DecisionTreeRegressor, RandomForestRegressor])
def test_recursive_partial_dependence(cls):
    """By the covers of the pruned trees: a weighted mean of its leaves, and of its root at no split."""
    X, _ = random_table(0, kind="regression")
    model, _ = pruned(fitted(cls, kind="regression"), share=0.2)
    found = partial_dependence(model, X, [0], method="recursion", grid_resolution=9)["average"]
    assert np.isfinite(found).all()
    assert np.ptp(found) > 0
    stump, _ = pruned(fitted(cls, kind="regression"), share=1.0)
    flat = partial_dependence(stump, X, [0], method="recursion", grid_resolution=9)["average"]
    np.testing.assert_allclose(flat, stump.predict(X[:1])[0])


@pytest.mark.parametrize("case", one_target(("plain", "nan")))
def test_scoring_and_permutation(case):
    model, small = pruned(case.model)
    importance = permutation_importance(model, case.X, case.y, n_repeats=2, random_state=0)
    unused = np.setdiff1d(np.arange(5), small.used_features())
    np.testing.assert_array_equal(importance["importances"][unused], 0)
    assert np.isfinite(cross_val_score(model, case.X, case.y, cv=2)).all()


def test_calibration_of_a_pruned_tree():
    X, y = random_table(0)
    model, _ = pruned(fitted(DecisionTreeClassifier))
    calibrated = CalibratedClassifierCV(FrozenEstimator(model)).fit(X, y)
    probability = calibrated.predict_proba(X)
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    assert len(np.unique(probability[:, 1])) <= model.get_n_leaves()
