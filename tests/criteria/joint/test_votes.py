"""Trees that vote: what they say is fixed, what they count is fitted."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.ensemble import AdaBoostClassifier
from sklearn.tree import DecisionTreeClassifier

from tests.criteria.joint.helpers import indicators, table
from treeprune.backends import read, write
from treeprune.criteria.joint import build
from treeprune.criteria.joint.edit import pruned
from treeprune.criteria.joint.forms import form_of
from treeprune.criteria.joint.outputs import step_outputs
from treeprune.criteria.joint.path import solve_path
from treeprune.criteria.joint.problem import Prices
from treeprune.criteria.joint.state import JointState
from treeprune.criteria.joint.step import step_of
from treeprune.criteria.joint.votes import votes_problem, with_voters
from treeprune.exceptions import UnsupportedModelError
from treeprune.statistics.leaf_places import leaf_places


def voters(n_classes, depth=2, n=200):
    X, y = table(0, n, n_classes)
    model = AdaBoostClassifier(DecisionTreeClassifier(max_depth=depth), n_estimators=8, random_state=0)
    return model.fit(X, y), X, y


def posed(n_classes, **options):
    model, X, y = voters(n_classes, **options)
    e = read(model)
    rows = build.joint_rows(e, X)
    return model, X, y, e, votes_problem(rows, indicators(y), prices=Prices())


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_native_model_of_each_step_answers_as_the_step_is_judged(n_classes):
    model, _, _, e, problem = posed(n_classes)
    form = form_of(e, "same", "AdaBoostClassifier")
    others, _ = table(1, 80)
    null = step_of(JointState(problem), np.inf)
    steps = [with_voters(e, step) for step in (null, *solve_path(problem))]
    assert len(steps) > 4
    assert {step.n_trees for step in steps} > {1, 3}
    outputs = step_outputs(e, leaf_places(e, others.astype(np.float32)), steps)
    for step, output in zip(steps, outputs, strict=True):
        native = write(model, pruned(e, step))
        raw = form.raw(step, output) * e.link_scale
        expected = np.log(native.predict_proba(others))
        assert log_softmax(raw, axis=1) == pytest.approx(expected, abs=1e-9)
        assert len(native.estimators_) == step.n_trees
        assert native.predict(others[:5]).shape == (5,)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_factors_are_the_best_for_the_sum(n_classes):
    """Against scipy: the factors of the kept tops that minimise the log loss of their sum."""
    _, _, y, e, problem = posed(n_classes)
    step = solve_path(problem)[-1]
    said = []
    for t in step.trees:
        own = np.isin(step.nodes, np.arange(e.root[t], e.root[t + 1]))
        alone = np.where(own[:, None], step.values, 0.0)
        (output,) = step_outputs(
            e, leaf_places(e, table(0, 200, n_classes)[0].astype(np.float32)), [_of_one(step, t, alone)]
        )
        said.append(output)

    def loss(factors):
        sums = np.tensordot(factors, said, axes=1).T
        return -log_softmax(sums, axis=1)[np.arange(len(y)), y].mean()

    ones = np.ones(len(said))
    best = minimize(loss, ones, bounds=[(0, None)] * len(said))
    assert step.loss == pytest.approx(loss(ones), rel=1e-9)
    assert loss(ones) <= best.fun * (1 + 2e-3)


def _of_one(step, t, values):
    return replace(step, trees=np.array([t]), values=values)


def test_votes_have_no_other_values_and_no_base():
    _, X, y, e, problem = posed(2)
    assert not problem.fit_base
    np.testing.assert_array_equal(problem.base, 0.0)
    with pytest.raises(UnsupportedModelError, match="other values"):
        votes_problem(build.joint_rows(e, X), indicators(y), values="refit")


def test_trees_that_count_nothing_go():
    _, _, _, e, problem = posed(2)
    step = solve_path(problem)[-1]
    idle = step.factors.copy()
    idle[1] = 0.0
    left = with_voters(e, replace(step, factors=idle))
    np.testing.assert_array_equal(left.trees, np.delete(step.trees, 1))
    assert pruned(e, left).n_nodes == left.n_nodes < step.n_nodes
    alone = with_voters(e, replace(step, factors=0.0 * idle))
    assert (alone.n_trees, alone.n_nodes) == (1, 1)


def test_branches_vote_as_what_they_hold_says():
    model, X, y = voters(3, depth=3)
    e = read(model)
    problem = votes_problem(build.joint_rows(e, X), indicators(y), prices=Prices())
    step = next(s for s in solve_path(problem) if s.n_nodes < np.diff(e.root)[s.trees].sum())
    small = pruned(e, step)
    fractions = np.concatenate([m.tree_.value[:, 0] for m in model.estimators_])
    leaf = step.nodes[step.is_leaf]
    votes = small.value[small.is_leaf]
    np.testing.assert_array_equal(np.sort(votes.argmax(axis=1)), np.sort(fractions[leaf].argmax(axis=1)))
    np.testing.assert_array_equal(np.unique(votes), [-0.5, 1.0])
    assert (e.left[leaf] >= 0).any()
