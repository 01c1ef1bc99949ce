"""The picture of sizes and losses shows the numbers of the path."""

import numpy as np
import pytest
from matplotlib import pyplot
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier

from tests.report.test_displays import curves
from tests.strategies import random_table
from treeprune import CostComplexityPruner, FeaturePruner, JointPruner, PruningWarning, SizeLossDisplay

QUICK = {"values": "anchored", "target": "y", "cv": 3}


@pytest.fixture(autouse=True)
def no_figure_left_open():
    assert not pyplot.get_fignums()
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def rows():
    X, y = random_table(0, 240)
    forest = RandomForestClassifier(15, random_state=0).fit(X[:120], y[:120])
    return FrozenEstimator(forest), {"X": X[:120], "y": y[:120], "X_val": X[120:], "y_val": y[120:]}


def test_draws_the_front_its_choice_and_the_baselines(rows):
    pruner = JointPruner(rows[0], **QUICK).fit(**rows[1])
    display = SizeLossDisplay.from_estimator(pruner)
    path, drawn = pruner.path_, curves(display.ax_)
    front = drawn["pruned jointly, with one standard error"]
    np.testing.assert_array_equal(front, np.column_stack([path.max_nodes, path.loss]))
    first = drawn["the first trees"]
    np.testing.assert_array_equal(first, np.column_stack([path.first_nodes, path.first_loss]))
    assert set(drawn["the model as it was"][:, 1]) == {path.whole_loss}
    words = f"chosen: {path.chosen_nodes} nodes in {path.chosen_trees} trees"
    np.testing.assert_array_equal(drawn[words], [[path.max_nodes[path.chosen], path.loss[path.chosen]]])
    bar = path.loss[path.best] + path.loss_se[path.best]
    assert drawn["least + one standard error"][0, 1] == bar
    assert display.ax_.get_xlabel() == "nodes"
    assert display.ax_.get_title() == "Size and loss of RandomForestClassifier"
    display.figure_.canvas.draw()
    assert len(display.frame()) == len(path)


def test_draws_numbers_of_features(rows):
    pruner = FeaturePruner(rows[0], **QUICK).fit(**rows[1])
    display = SizeLossDisplay.from_estimator(pruner, name="$x^")
    path, drawn = pruner.path_, curves(display.ax_)
    front = drawn["pruned jointly, with one standard error"]
    np.testing.assert_array_equal(front, np.column_stack([path.n_features, path.loss]))
    assert any(label.startswith(f"chosen: {path.n_features[path.chosen]} features") for label in drawn)
    assert "the first trees" not in drawn
    assert display.ax_.get_xlabel() == "features"
    assert display.ax_.get_title() == "Size and loss of $x^"
    display.figure_.canvas.draw()


def test_on_given_axes_and_without_sizes(rows):
    _, ax = pyplot.subplots()
    pruner = JointPruner(rows[0], max_nodes=20, **QUICK).fit(**rows[1])
    assert SizeLossDisplay(pruner.path_).plot(ax).ax_ is ax
    assert "least + one standard error" not in curves(ax)
    X, y = rows[1]["X"], rows[1]["y"]
    with pytest.raises(TypeError, match="has compared no sizes"):
        SizeLossDisplay.from_estimator(CostComplexityPruner(DecisionTreeClassifier(), cv=2).fit(X, y))
    with pytest.warns(PruningWarning, match="nothing is pruned"):
        whole = JointPruner(rows[0], max_nodes=10**6).fit(**rows[1])
    with pytest.raises(TypeError, match="unless their limits are wider"):
        SizeLossDisplay.from_estimator(whole)
    with pytest.raises(NotFittedError):
        SizeLossDisplay.from_estimator(JointPruner(RandomForestClassifier()))
