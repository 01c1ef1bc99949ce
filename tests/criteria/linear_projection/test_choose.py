"""Two budgets: the loss of folds, and faithfulness."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from tests.criteria.linear_projection.helpers import problem
from treeprune.criteria.linear_projection.choose import choose_by_faithfulness, choose_by_loss
from treeprune.criteria.linear_projection.path import projection_path
from treeprune.criteria.linear_projection.problem import projection_problem


@pytest.fixture(scope="module")
def path():
    return projection_path(problem(0, "binomial", p=5)[1])


def test_the_smallest_model_within_one_standard_error_is_taken(path):
    losses = np.array([[3.0, 2.0, 2.2, 2.4, 2.9, 5.0], [5.0, 4.0, 3.8, 4.4, 4.9, 9.0]])
    mean, se = losses.mean(axis=0), losses.std(axis=0, ddof=1) / np.sqrt(2)
    chosen, best, own_mean, own_se = choose_by_loss(path, losses)
    np.testing.assert_allclose(own_mean, mean)
    np.testing.assert_allclose(own_se, se)
    assert best == 2
    assert chosen == max(k for k in range(6) if mean[k] <= mean[2] + se[2]) == 3
    assert choose_by_loss(path, losses, "min")[0] == 2
    assert choose_by_loss(path, losses, 2.0)[0] == 4


def test_the_path_can_be_run_anew_in_each_fold():
    X, p = problem(1, "binomial", n=200, p=6)
    y = p.y[:, 0].astype(int)
    losses = []
    for train, test in StratifiedKFold(4).split(X, y):
        mean, scale = X[train].mean(axis=0), X[train].std(axis=0)
        model = LogisticRegression().fit((X[train] - mean) / scale, y[train])
        coef = model.coef_[0] / scale
        own = projection_problem(X[train], coef, model.intercept_ - mean @ coef, "binomial")
        losses.append(projection_path(own).losses(X[test], y[test]))
    chosen, best, *_ = choose_by_loss(projection_path(p), losses)
    assert 0 <= best <= chosen <= 6


@pytest.mark.parametrize("bound", [0.0, 0.01, 0.05, 0.2, 1.0])
def test_the_smallest_model_that_is_faithful_enough_is_taken(path, bound):
    step = choose_by_faithfulness(path, max_change=bound)
    assert path.audit.max_change[step] <= bound
    assert (path.audit.max_change[step + 1 :] > bound).all()
    step = choose_by_faithfulness(path, max_mean_change=bound)
    assert path.audit.mean_change[step] <= bound
    assert (path.audit.mean_change[step + 1 :] > bound).all()


@pytest.mark.parametrize(
    ("mean", "most", "step"), [(0.3, 0.9, 3), (0.9, 0.3, 2), (0.3, 0.25, 1), (0.9, 0.9, 5)]
)
def test_both_bounds_hold_at_once(path, mean, most, step):
    means, mosts = np.array([0, 0.1, 0.2, 0.3, 0.4, 0.5]), np.array([0, 0.2, 0.3, 0.4, 0.5, 0.6])
    own = replace(path, audit=replace(path.audit, mean_change=means, max_change=mosts))
    assert choose_by_faithfulness(own, max_mean_change=mean, max_change=most) == step


def test_a_later_step_may_be_nearer_again(path):
    mosts = np.array([0, 0.2, 0.6, 0.3, 0.5, 0.6])
    own = replace(path, audit=replace(path.audit, max_change=mosts))
    assert choose_by_faithfulness(own, max_change=0.3) == 3


def test_what_is_no_budget_is_refused(path):
    with pytest.raises(ValueError, match="give max_mean_change, max_change or both"):
        choose_by_faithfulness(path)
    for bad in (-0.1, np.nan):
        with pytest.raises(ValueError, match="max_change must not be negative"):
            choose_by_faithfulness(path, max_change=bad)
    for shape in ((1, 6), (3, 5), (6,)):
        with pytest.raises(ValueError, match="two rows"):
            choose_by_loss(path, np.ones(shape))
    with pytest.raises(ValueError, match="not a finite number"):
        choose_by_loss(path, np.full((2, 6), np.nan))
    for rule in ("2se", -1.0, True, None):
        with pytest.raises(ValueError, match="min, 1se or a number"):
            choose_by_loss(path, np.ones((2, 6)), rule)
