import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from treeprune.backends import read
from treeprune.criteria.path_choice import choose_step, comparable_strengths, sizes_evenly
from treeprune.criteria.weakest_link import distinct_alphas, weakest_link_alphas
from treeprune.model.path import path_sizes
from treeprune.statistics.risk import node_risk

LOSSES = np.array([[5.0, 3.0, 2.0, 2.4, 3.1, 9.0], [5.0, 3.0, 3.0, 3.4, 3.3, 9.0]])
# means 5, 3, 2.5, 2.9, 3.2, 9; the standard error of the least is (0.5 sqrt 2) / sqrt 2 = 0.5


@pytest.mark.parametrize(("rule", "chosen"), [("min", 2), (0, 2), ("1se", 3), (1.0, 3), (1.5, 4), (99, 5)])
def test_the_smallest_model_within_so_many_standard_errors(rule, chosen):
    step, best, mean, standard_error = choose_step(LOSSES, rule)
    assert (step, best) == (chosen, 2)
    np.testing.assert_allclose(mean, [5, 3, 2.5, 2.9, 3.2, 9])
    assert standard_error[2] == pytest.approx(0.5)


def test_of_equal_losses_the_smallest_model_is_taken():
    assert choose_step(np.array([[2.0, 1.0, 1.0, 3.0], [2.0, 1.0, 1.0, 3.0]]), "min")[0] == 2


def path(model):
    e = read(model.fit(*load_breast_cancer(return_X_y=True)))
    return e, weakest_link_alphas(e, node_risk(e))


def test_a_forest_gets_a_grid_spread_by_size():
    e, alpha = path(RandomForestClassifier(30, random_state=0))
    grid = sizes_evenly(e, alpha, 12)
    sizes = path_sizes(e, alpha, grid)
    assert 2 < len(grid) <= 14
    assert grid[0] == 0
    assert (sizes[0], sizes[-1]) == (e.n_leaves, e.n_trees)
    assert (sizes[1:] / sizes[:-1]).min() > 0.5 * (sizes[-1] / sizes[0]) ** (1 / 11)
    np.testing.assert_array_equal(comparable_strengths(e, grid), grid)


def test_a_tree_has_all_its_strengths_compared_in_the_middle():
    e, alpha = path(DecisionTreeClassifier(random_state=0))
    alphas = distinct_alphas(alpha)
    np.testing.assert_array_equal(sizes_evenly(e, alpha, e.n_nodes), alphas)
    middle = comparable_strengths(e, alphas)
    assert (middle >= alphas).all()
    assert (middle[:-1] < alphas[1:]).all()
    assert path_sizes(e, alpha, middle).tolist() == path_sizes(e, alpha, alphas).tolist()
