"""Pictures of paths of linear models show the numbers of the path."""

import numpy as np
import pytest
from matplotlib import pyplot
from sklearn.datasets import load_diabetes, load_wine
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from treeprune import CostComplexityPruner, FeaturePathDisplay, L1FeaturePruner, LinearModelPruner


@pytest.fixture(autouse=True)
def _close():
    yield
    pyplot.close("all")


def test_an_l1_path_is_drawn_by_strength():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    pruner = L1FeaturePruner(LinearRegression()).fit(X, y)
    display = FeaturePathDisplay.from_estimator(pruner, X)
    upper, lower = display.axes_
    assert lower.get_xscale() == "log"
    named = [line.get_label() for line in upper.get_lines() if not line.get_label().startswith("_")]
    assert set(named) <= set(X.columns[pruner.support_])
    line = next(line for line in upper.get_lines() if line.get_label() == "bmi")
    np.testing.assert_allclose(line.get_ydata(), pruner.path_.coef[:, 2, 0] * X["bmi"].std(ddof=0))
    curve = next(line for line in lower.get_lines() if line.get_label() == "held-out rows")
    np.testing.assert_allclose(curve.get_ydata(), pruner.path_.loss)
    frame = display.frame()
    np.testing.assert_allclose(frame["bmi"], line.get_ydata())
    assert upper.get_title() == "Features of LinearRegression"


def test_a_projection_without_outcomes_is_drawn_by_features_and_change():
    X, y = load_wine(return_X_y=True, as_frame=True)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    pruner = LinearModelPruner(FrozenEstimator(model), max_mean_change=0.05).fit(X)
    display = FeaturePathDisplay.from_estimator(pruner)
    upper, lower = display.axes_
    assert lower.get_xlabel() == "features"
    assert lower.get_ylabel() == "change of an answer"
    assert upper.get_title() == "Features of LogisticRegression"
    assert {"alcohol, output 0", "alcohol, output 2"} <= set(display.frame().columns)


def test_other_pruners_and_tables_are_refused():
    X, y = load_diabetes(return_X_y=True)
    pruner = L1FeaturePruner(LinearRegression()).fit(X, y)
    with pytest.raises(ValueError, match="X has 3 columns, the model 10"):
        FeaturePathDisplay.from_estimator(pruner, X[:, :3])
    from sklearn.tree import DecisionTreeRegressor

    tree = CostComplexityPruner(DecisionTreeRegressor(max_depth=3), ccp_alpha=0.0).fit(X, y)
    with pytest.raises(TypeError, match="has no path of features"):
        FeaturePathDisplay.from_estimator(tree)
