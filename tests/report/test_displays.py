"""The picture of a path shows the numbers of the path, whatever the names."""

import numpy as np
import pytest
from matplotlib import pyplot
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier

from tests.strategies import random_table
from treeprune import CostComplexityPruner, ErrorBasedPruner, PruningPathDisplay

TREE = DecisionTreeClassifier(random_state=0)


@pytest.fixture(autouse=True)
def no_figure_left_open():
    assert not pyplot.get_fignums()
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def scored():
    return CostComplexityPruner(TREE, cv=3).fit(*random_table(0, 150))


@pytest.fixture(scope="module")
def unscored():
    X, y = random_table(0, 150)
    return CostComplexityPruner(FrozenEstimator(TREE.fit(X, y)), max_leaf_nodes=4).fit(X)


def curves(ax):
    return {line.get_label(): line.get_xydata() for line in ax.get_lines()}


def test_draws_loss_spread_choice_and_bar(scored):
    display = PruningPathDisplay.from_estimator(scored)
    path, ax = scored.path_, display.ax_
    drawn = curves(ax)
    np.testing.assert_array_equal(drawn["log loss"], np.column_stack([path.n_leaves, path.loss]))
    chosen = f"chosen: {path.chosen_leaves} {'leaf' if path.chosen_leaves == 1 else 'leaves'}"
    np.testing.assert_array_equal(drawn[chosen], [[path.n_leaves[path.chosen], path.loss[path.chosen]]])
    bar = path.loss[path.best] + path.loss_se[path.best]
    np.testing.assert_array_equal(drawn["least + one standard error"][:, 1], [bar, bar])
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx((path.loss + path.loss_se).max())
    assert band.min() == pytest.approx((path.loss - path.loss_se).min())
    assert ax.get_xlabel() == "leaves"
    assert ax.get_ylabel() == "log loss"
    assert ax.get_title() == "Pruning path of DecisionTreeClassifier"
    assert display.figure_ is ax.figure
    assert pyplot.get_fignums() == [display.figure_.number]


BARS = {
    "min": None,
    0: None,
    "1se": (1, "one standard error"),
    1.0: (1, "one standard error"),
    2: (2, "2 standard errors"),
    0.25: (0.25, "0.25 standard errors"),
}


@pytest.mark.parametrize(("rule", "bar"), BARS.items(), ids=map(repr, BARS))
def test_the_dashed_line_is_the_bar_of_the_rule(rule, bar):
    pruner = CostComplexityPruner(TREE, cv=3, rule=rule).fit(*random_table(0, 150))
    path, ax = pruner.path_, PruningPathDisplay.from_estimator(pruner).ax_
    dashed = {line.get_label(): line.get_ydata() for line in ax.get_lines() if line.get_linestyle() == "--"}
    if bar is None:
        assert not dashed
        return
    height = path.loss[path.best] + bar[0] * path.loss_se[path.best]
    assert {label: list(y) for label, y in dashed.items()} == {f"least + {bar[1]}": [height, height]}
    # nothing smaller than the model that was taken lies below the bar
    assert (path.loss[path.chosen + 1 :] > height).all()
    assert path.loss[path.chosen] <= height


def test_the_ranking_loss_is_the_complement_of_the_auc():
    pruner = CostComplexityPruner(TREE, cv=3, loss="auc").fit(*random_table(0, 150))
    ax = PruningPathDisplay.from_estimator(pruner).ax_
    np.testing.assert_array_equal(curves(ax)["1 - AUC"][:, 1], pruner.path_.loss)
    assert ax.get_ylabel() == "1 - AUC"


@pytest.mark.parametrize("size", range(2, 12))
def test_a_size_that_no_strength_reaches_is_drawn_where_it_is(size):
    X, y = random_table(0, 150)
    pruner = CostComplexityPruner(FrozenEstimator(TREE.fit(X, y)), max_leaf_nodes=size).fit(X)
    tree = pruner.estimator_.tree_
    leaf = tree.children_left < 0
    risk = (tree.impurity * tree.weighted_n_node_samples)[leaf].sum() / tree.weighted_n_node_samples[0]
    drawn = curves(PruningPathDisplay.from_estimator(pruner).ax_)[f"chosen: {size} leaves"]
    np.testing.assert_allclose(drawn, [[leaf.sum(), risk]], rtol=1e-12)


def test_a_strength_of_ones_own_is_drawn_where_it_is():
    X, y = random_table(0, 150)
    forest = RandomForestClassifier(5, random_state=0).fit(X, y)
    pruner = CostComplexityPruner(FrozenEstimator(forest), ccp_alpha=0.0123, n_alphas=5).fit(X)
    leaves = sum(tree.get_n_leaves() for tree in pruner.estimator_.estimators_)
    ax = PruningPathDisplay.from_estimator(pruner).ax_
    assert curves(ax)[f"chosen: {leaves} leaves"][0, 0] == leaves
    assert not [line for line in ax.get_lines() if line.get_linestyle() == "--"]


def test_draws_the_training_risk_where_no_rows_were_scored(unscored):
    ax = PruningPathDisplay.from_estimator(unscored).ax_
    path = unscored.path_
    np.testing.assert_array_equal(curves(ax)["training risk"], np.column_stack([path.n_leaves, path.risk]))
    assert not ax.collections


def test_draws_into_the_axes_it_is_given(scored):
    figure, (left, right) = pyplot.subplots(1, 2)
    display = PruningPathDisplay.from_estimator(scored, ax=right)
    assert display.ax_ is right
    assert display.figure_ is figure
    assert right.get_lines()
    assert not left.get_lines()
    again = display.plot(ax=left)
    assert again is display
    assert display.ax_ is left
    assert len(pyplot.get_fignums()) == 1


@pytest.mark.parametrize(
    "name", ["cost_$USD_$x^", "$", "$_^{", r"\frac{", "50% <b>&", "a_b$c_d$", "Größe ≤ 5"]
)
def test_names_are_no_mathematics(scored, name):
    display = PruningPathDisplay.from_estimator(scored, name=name)
    display.figure_.canvas.draw()
    assert display.ax_.get_title() == f"Pruning path of {name}"


def test_frame_holds_the_numbers_that_are_drawn(scored, unscored):
    frame = PruningPathDisplay.from_estimator(scored).frame()
    np.testing.assert_array_equal(frame["n_leaves"], scored.path_.n_leaves)
    np.testing.assert_array_equal(frame["loss"], scored.path_.loss)
    assert "loss" not in PruningPathDisplay(unscored.path_).frame()


def test_a_forest():
    forest = RandomForestClassifier(3, random_state=0)
    pruner = CostComplexityPruner(forest, cv=2, loss="brier", n_alphas=5).fit(*random_table(0, 100))
    display = PruningPathDisplay.from_estimator(pruner)
    display.figure_.canvas.draw()
    assert display.ax_.get_ylabel() == "brier"


def test_a_path_of_one_step():
    X, y = random_table(0, 40)
    stump = CostComplexityPruner(DecisionTreeClassifier(min_samples_leaf=40), cv=2).fit(X, y)
    assert len(stump.path_) == 1
    display = PruningPathDisplay.from_estimator(stump)
    display.figure_.canvas.draw()
    assert "chosen: 1 leaf" in curves(display.ax_)


def test_without_a_path_or_a_fit():
    X, y = random_table(0, 100)
    with pytest.raises(TypeError, match="ErrorBasedPruner has no path to draw; CostComplexityPruner has"):
        PruningPathDisplay.from_estimator(ErrorBasedPruner(TREE).fit(X, y))
    with pytest.raises(NotFittedError):
        PruningPathDisplay.from_estimator(CostComplexityPruner(TREE))
    assert not pyplot.get_fignums()
