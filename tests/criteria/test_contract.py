"""What every registered criterion owes: one suite for all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.criteria.helpers import kept_nodes
from tests.strategies import cases
from treeprune.backends import read
from treeprune.criteria.leaf_cost import cheapest_subtree
from treeprune.criteria.registry import criteria, leaf_costs
from treeprune.model.edit import collapse
from treeprune.model.validate import validate

NAMES = sorted(criteria())
FITTED = cases()
COUNTS_ROWS = {"smallest_leaf"}
"""These look at the number of rows as well as at their weight."""


def decide(name, e, **parameters):
    return cheapest_subtree(e, leaf_costs(name, e, **parameters))[0]


def fits(name, e):
    return e.task in criteria()[name].tasks


def test_the_criteria_are_those_of_the_folder():
    assert NAMES == ["description_length", "error_based", "minimum_error", "pessimistic", "smallest_leaf"]
    for name, criterion in criteria().items():
        assert criterion.name == name
        assert criterion.tasks
        assert set(criterion.tasks) <= {"classification", "regression"}


@pytest.mark.parametrize("case", FITTED)
@pytest.mark.parametrize("name", NAMES)
def test_costs_are_finite_and_the_result_is_a_top_subtree(name, case):
    e = read(case.model)
    if not fits(name, e):
        with pytest.raises(ValueError, match=r"use one of .*, or CostComplexityPruner"):
            leaf_costs(name, e)
        return
    costs = leaf_costs(name, e)
    for array in (costs.leaf, costs.split, costs.slack):
        if array is not None:
            assert array.shape == (e.n_nodes,)
            assert np.isfinite(array).all()
    assert (costs.leaf >= 0).all()
    mask, best = cheapest_subtree(e, costs)
    assert not (mask & e.is_leaf).any()
    assert np.isfinite(best).all()
    pruned = validate(collapse(e, mask))
    assert pruned.n_leaves <= e.n_leaves
    for t in range(e.n_trees):
        ids = set(pruned.node_id[pruned.tree(t)].tolist())
        own = e.tree(t)
        left, right = (np.where(side[own] < 0, -1, side[own] - own.start) for side in (e.left, e.right))
        assert ids == kept_nodes(left, right, mask[own])[0]


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_parameter_is_refused_with_those_that_exist(name):
    e = read(FITTED[0].values[0].model)
    known = ", ".join(criteria()[name].parameters) or "no parameters"
    with pytest.raises(ValueError, match=f"takes no strength; it takes {known}"):
        leaf_costs(name, e, strength=1.0)


def test_an_unknown_name_is_refused_with_those_that_exist():
    with pytest.raises(
        ValueError, match="method='mdl' is unknown; use one of description_length, error_based"
    ):
        leaf_costs("mdl", read(FITTED[0].values[0].model))


@pytest.mark.parametrize(("name", "parameter"), [(n, p) for n in NAMES for p in criteria()[n].parameters])
def test_defaults_are_those_registered_and_illegal_values_are_refused(name, parameter):
    e = read(FITTED[0].values[0].model)
    given = leaf_costs(name, e, **{parameter: criteria()[name].parameters[parameter]})
    assert np.array_equal(given.leaf, leaf_costs(name, e).leaf)
    with pytest.raises(ValueError, match=parameter):
        leaf_costs(name, e, **{parameter: -1.0})


def test_regression_criteria_need_squared_errors():
    model = DecisionTreeRegressor(criterion="absolute_error", max_depth=2, random_state=0)
    X = np.arange(20.0)[:, None]
    e = read(model.fit(X, X[:, 0]))
    for name in ("pessimistic", "minimum_error"):
        with pytest.raises(ValueError, match=r"absolute_error.*use CostComplexityPruner"):
            leaf_costs(name, e)


@pytest.mark.parametrize(("name", "task"), [(n, task) for n in NAMES for task in criteria()[n].tasks])
def test_a_whole_weight_is_a_repeated_row(name, task):
    rng = np.random.default_rng(3)
    X = rng.integers(0, 2, size=(120, 5)).astype(float)
    score = 9 * X[:, 0] + 6 * X[:, 1] + rng.integers(-6, 7, 120)
    y = (score > 7).astype(int) if task == "classification" else score
    weight = rng.integers(0, 4, 120)
    model = DecisionTreeClassifier() if task == "classification" else DecisionTreeRegressor()
    model.set_params(random_state=0)
    present = weight > 0
    weighted = read(clone(model).fit(X[present], y[present], sample_weight=weight[present].astype(float)))
    repeated = read(clone(model).fit(np.repeat(X, weight, axis=0), np.repeat(y, weight)))
    assert np.array_equal(weighted.threshold, repeated.threshold)
    if name in COUNTS_ROWS:  # they must see the rows that the weights stand for
        weighted = replace(weighted, n_samples=weighted.cover.astype(np.int64))
    mask = decide(name, repeated)
    assert np.array_equal(decide(name, weighted), mask)
    assert mask.any()
    assert not mask[0]


@pytest.mark.parametrize("name", sorted(set(NAMES) - COUNTS_ROWS))
def test_criteria_of_weights_do_not_look_at_rows(name):
    for param in FITTED:
        e = read(param.values[0].model)
        if fits(name, e):
            blind = replace(e, n_samples=None)
            assert np.array_equal(decide(name, e), decide(name, blind))


@pytest.mark.parametrize("name", ["description_length", "error_based", "pessimistic"])
def test_several_targets_cost_what_they_cost_alone(name):
    """Two equal targets decide as one does (bits of the classes add up, errors are averaged)."""
    (param,) = [p for p in FITTED if p.id == "DecisionTreeClassifier-binary-plain"]
    e = read(param.values[0].model)
    twice = replace(
        e,
        value=np.hstack([e.value, e.value]),
        columns=e.columns * 2,
        classes=e.classes * 2,
        base_score=np.zeros(2 * e.n_columns),
    )
    alone, both = leaf_costs(name, e), leaf_costs(name, twice)
    factor = 2.0 if name == "description_length" else 1.0
    one_bit = 1.0 if name == "description_length" else 0.0  # for "leaf", said once
    np.testing.assert_allclose(both.leaf - one_bit, factor * (alone.leaf - one_bit), rtol=1e-12)
