"""Forward selection and exchanges, against loops over rows and all subsets."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.criteria.tree_order.quadratics import Rows, random_rows
from treeprune.criteria.tree_order.greedy import greedy
from treeprune.criteria.tree_order.quadratic import Quadratic
from treeprune.criteria.tree_order.registry import tree_orders

EXACT = 1e-9


def of_set(rows, members):
    return rows.error(np.isin(np.arange(len(rows.outputs)), list(members)).astype(float))


def plain_forward(rows):
    """Forward selection, from the rows."""
    order: list[int] = []
    while len(order) < len(rows.outputs):
        left = [t for t in range(len(rows.outputs)) if t not in order]
        order.append(min(left, key=lambda t: of_set(rows, [*order, t])))
    return order


cases_ = (st.integers(0, 10_000), st.integers(1, 8), st.booleans(), st.booleans())


@given(*cases_)
def test_without_exchanges_it_is_forward_selection(seed, n_trees, normalised, equal):
    rows = random_rows(seed, n_trees, normalised, equal=equal)
    steps, order = greedy(rows.quadratic, swaps=False), plain_forward(rows)
    for k in range(n_trees):
        assert steps.kept(k).tolist() == sorted(order[: k + 1])
    assert set(np.unique(steps.factors)) <= {0.0, 1.0}


@given(*cases_)
def test_no_exchange_of_two_trees_lowers_the_error(seed, n_trees, normalised, equal):
    rows = random_rows(seed, n_trees, normalised, equal=equal)
    steps = greedy(rows.quadratic)
    assert steps.sizes.tolist() == list(range(1, n_trees + 1))
    everyone = set(range(n_trees))
    for k in range(n_trees):
        kept = set(steps.kept(k).tolist())
        own = of_set(rows, kept)
        others = [of_set(rows, (kept - {i}) | {j}) for i in kept for j in everyone - kept]
        assert own <= min(others, default=np.inf) + EXACT * np.mean(rows.outcome**2)


@given(*cases_)
def test_one_tree_and_all_but_one_are_the_best_there_are(seed, n_trees, normalised, equal):
    """An exchange leads from any such set to any other."""
    rows = random_rows(seed, n_trees, normalised, equal=equal)
    errors = rows.quadratic.error(greedy(rows.quadratic).factors)
    for size in {1, max(n_trees - 1, 1)}:
        best = min(of_set(rows, subset) for subset in combinations(range(n_trees), size))
        assert errors[size - 1] == pytest.approx(best, abs=EXACT * np.mean(rows.outcome**2))


def test_exchanges_are_worth_something():
    """Errors over all sizes of many problems: below those of forward selection, near the best subsets'."""
    forward, exchanged, best = 0.0, 0.0, 0.0
    for seed in range(30):
        rows = random_rows(seed, 8, True)
        forward += rows.quadratic.error(greedy(rows.quadratic, swaps=0).factors).sum()
        exchanged += rows.quadratic.error(greedy(rows.quadratic).factors).sum()
        for size in range(1, 9):
            best += min(of_set(rows, subset) for subset in combinations(range(8), size))
    assert best <= exchanged < forward
    assert exchanged - best < 0.2 * (forward - best)


def test_a_number_of_sweeps_is_a_bound():
    rows = random_rows(1, 60, True, n_rows=200)
    none, one, many = (rows.quadratic.error(greedy(rows.quadratic, swaps=k).factors) for k in (0, 1, True))
    assert one.sum() < none.sum()
    assert many.sum() < none.sum()


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("swaps", [True, False])
def test_the_first_of_equal_trees_is_taken(normalised, swaps):
    own = random_rows(3, 4, normalised)
    rows = Rows(own.outputs[[0, 1, 1, 0, 2, 2, 3]], own.outcome, np.ones(7), normalised)
    steps = greedy(rows.quadratic, swaps=swaps)
    first, twin = np.array([0, 1, 4]), np.array([3, 2, 5])
    for factors in steps.factors:
        assert (factors[first] >= factors[twin]).all()


def test_trees_that_weigh_nothing_are_no_trouble():
    rows = random_rows(5, 6, True)
    rows.weight = np.array([0.0, 1.0, 0.0, 2.0, 1.0, 0.0])
    steps = greedy(rows.quadratic)
    assert steps.kept(0).tolist() == [min((1, 3, 4), key=lambda t: of_set(rows, [t]))]
    assert steps.sizes.tolist() == [1, 2, 3, 4, 5, 6]
    rows.weight = np.zeros(6)
    assert greedy(rows.quadratic).kept(1).tolist() == [0, 1]


def test_trees_without_any_error_are_no_trouble():
    outcome = np.arange(5.0)
    rows = Rows(np.vstack([outcome + 1, outcome, outcome, outcome - 2]), outcome, np.ones(4), True)
    steps = greedy(rows.quadratic)
    assert steps.kept(0).tolist() == [1]
    assert steps.kept(1).tolist() == [1, 2]
    perfect = Quadratic(np.zeros((3, 3)), np.ones(3), 0.0, True)
    assert greedy(perfect).sizes.tolist() == [1, 2, 3]


@pytest.mark.parametrize("bad", [-1, 1.5, "yes", None])
def test_swaps_that_are_none(bad):
    with pytest.raises(ValueError, match="swaps must be"):
        greedy(random_rows(0, 3, True).quadratic, swaps=bad)


def test_it_is_registered():
    order = tree_orders()["greedy"]
    assert (order.needs, order.parameters) == ("gram", {"swaps": True})
