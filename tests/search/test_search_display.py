"""The picture of a search shows the numbers of its table."""

import numpy as np
import pytest
from matplotlib import pyplot
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from tests.report.test_displays import curves
from tests.strategies import random_table
from treeprune import CostComplexityPruner
from treeprune.report.search_display import PruningFrontDisplay
from treeprune.search.search_cv import PruningSearchCV


@pytest.fixture(autouse=True)
def no_figure_left_open():
    yield
    pyplot.close("all")


def test_draws_the_front_and_the_choice():
    X, y = random_table(0, 200, "binary")
    forest = RandomForestClassifier(4, random_state=0)
    search = PruningSearchCV(forest, ["cost_complexity", "tree_count"], cv=3).fit(X, y)
    display = PruningFrontDisplay.from_estimator(search, name="a $x$ model")
    table, drawn = search.results_, curves(display.ax_)
    front = table[table["front"]].sort_values("nodes")[["nodes", "loss"]]
    np.testing.assert_array_equal(drawn["the front"], front)
    assert set(drawn["the model as it was"][:, 1]) == {search.whole_loss_}
    (label,) = [name for name in drawn if name.startswith("chosen")]
    np.testing.assert_array_equal(drawn[label], table[table["chosen"]][["nodes", "loss"]])
    points = np.vstack([c.get_offsets() for c in display.ax_.collections])
    assert len(points) == (table["strategy"].ne("none") & table["loss"].notna()).sum()
    assert display.frame() is table


def test_a_pruner_that_has_compared_no_strategies_is_refused():
    X, y = random_table(0, 60, "binary")
    pruner = CostComplexityPruner(DecisionTreeClassifier(), cv=2).fit(X, y)
    with pytest.raises(TypeError, match="compared no strategies"):
        PruningFrontDisplay.from_estimator(pruner)
