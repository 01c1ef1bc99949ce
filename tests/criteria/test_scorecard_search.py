"""Rounding by search: against scipy's optimiser, every possible rounding, and scikit-learn."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.metrics import log_loss

from treeprune.criteria.scorecard.line import fit_line, mean_log_loss
from treeprune.criteria.scorecard.problem import RoundingProblem
from treeprune.criteria.scorecard.search import naive_rounding, search_points


def least_loss(totals, event, weight):
    """Least log loss over lines that do not fall, by scipy."""
    x = totals - totals.mean()
    x = x / max(np.abs(x).max(), 1)

    def objective(ab):
        eta = ab[0] + ab[1] * x
        value = (weight @ np.logaddexp(0, eta) - event @ eta) / weight.sum()
        off = (weight * expit(eta) - event) / weight.sum()
        return value, np.array([off.sum(), off @ x])

    bounds = [(None, None), (0, None)]
    return minimize(objective, [0.0, 0.1], jac=True, method="L-BFGS-B", bounds=bounds, tol=1e-13).fun


def random_problem(seed, n=80, levels=3, most=3, hard=False):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 2 + rng.integers(0, 4, levels), (n, levels))
    effect = rng.normal(0, 0.8, levels)
    effect[0] = 1.0
    p = expit(counts @ effect - 1)
    target = (rng.random(n) < p).astype(float) if hard else p
    if hard:
        target[:2] = 0, 1
    weight = rng.uniform(0.5, 2, n)
    bound = np.full(levels, most)
    return RoundingProblem.of(counts, target, weight, effect, -bound, bound), counts, target, weight


@pytest.mark.parametrize("seed", range(10))
def test_the_line_is_the_best_one(seed):
    problem, counts, target, weight = random_problem(seed, hard=seed % 2 == 1)
    points = np.random.default_rng(seed).integers(-3, 4, 3)
    line = problem.line(points)
    totals = counts @ points
    assert line.slope >= 0
    assert line.loss == pytest.approx(least_loss(totals, weight * target, weight), abs=1e-8)
    said = mean_log_loss(line.intercept + line.slope * totals, weight * target, weight)
    assert said == pytest.approx(line.loss, rel=1e-10)


def test_totals_far_apart_have_a_line_too():
    problem, counts, target, weight = random_problem(0)
    points = np.array([70_001, -3, 900_000])
    line = problem.line(points)
    totals = counts @ points
    assert line.loss == pytest.approx(least_loss(totals, weight * target, weight), abs=1e-8)
    said = mean_log_loss(line.intercept + line.slope * totals, weight * target, weight)
    assert said == pytest.approx(line.loss, rel=1e-9)


def test_a_line_that_would_fall_is_flat():
    totals, event = np.array([0, 1, 2]), np.array([8.0, 5.0, 1.0])
    line = fit_line(totals, event, np.full(3, 10.0))
    assert line.slope == 0
    assert expit(line.intercept) == pytest.approx(14 / 30)
    assert fit_line(np.array([4]), np.array([3.0]), np.array([10.0])).slope == 0


def test_classes_that_points_part_have_a_finite_line():
    totals = np.array([0, 1, 5, 6])
    line = fit_line(totals, np.array([0.0, 0, 4, 4]), np.full(4, 4.0))
    assert np.isfinite([line.intercept, line.slope]).all()
    assert line.loss < 1e-4
    assert line.probability(totals)[1] < 0.01
    assert line.probability(totals)[2] > 0.99


def test_log_loss_is_scikit_learns():
    rng = np.random.default_rng(0)
    y, eta, weight = rng.integers(0, 2, 50), rng.normal(size=50), rng.uniform(0.1, 2, 50)
    expected = log_loss(y, expit(eta), sample_weight=weight)
    assert mean_log_loss(eta, weight * y, weight) == pytest.approx(expected, rel=1e-12)


def test_equal_rows_are_gathered():
    problem, counts, target, weight = random_problem(0, n=200)
    assert len(problem.levels) == len(np.unique(counts, axis=0))
    assert problem.weight.sum() == pytest.approx(weight.sum())
    for pattern, event, own in zip(problem.levels, problem.event, problem.weight, strict=True):
        mine = (counts == pattern).all(axis=1)
        assert own == pytest.approx(weight[mine].sum())
        assert event == pytest.approx((weight * target)[mine].sum())


@pytest.mark.parametrize("hard", [False, True])
def test_the_search_finds_the_best_of_all_roundings(hard):
    optimal = 0
    for seed in range(12):
        problem, counts, target, weight = random_problem(seed, n=60, hard=hard, most=2)
        every = [np.array(points) for points in product(range(-2, 3), repeat=3)]
        best = min(least_loss(counts @ points, weight * target, weight) for points in every)
        naive = naive_rounding(problem)[0]
        found = search_points(problem)
        assert (np.abs(found.points) <= 2).all()
        assert best - 1e-7 <= found.line.loss
        assert found.line.loss <= least_loss(counts @ naive, weight * target, weight) + 1e-7
        optimal += found.line.loss <= best + 1e-7
    assert optimal >= 11


@example(seed=7, levels=10, most=2, hard=True)  # none of the moves tried first is better, a later one is
@example(seed=11, levels=10, most=1, hard=False)
@given(seed=st.integers(0, 10_000), levels=st.integers(1, 5), most=st.integers(1, 12), hard=st.booleans())
@settings(max_examples=25)
def test_no_move_of_one_or_two_levels_is_better(seed, levels, most, hard):
    problem, *_ = random_problem(seed, n=150, levels=levels, most=most, hard=hard)
    found = search_points(problem)
    assert found.line.loss <= problem.line(naive_rounding(problem)[0]).loss + 1e-10
    assert np.gcd.reduce(found.points) in (0, 1)
    steps = [(j,) for j in range(levels)] + list(combinations(range(levels), 2))
    for chosen in steps:
        for signs in product((1, -1), repeat=len(chosen)):
            there = found.points.copy()
            there[list(chosen)] += signs
            if (np.abs(there) <= most).all():
                assert problem.line(there).loss >= found.line.loss - 1e-9


def test_more_points_lose_no_more_and_many_lose_nothing():
    problem, counts, target, weight = random_problem(3, n=300)
    own = mean_log_loss(np.log(target / (1 - target)), weight * target, weight)
    losses = []
    for most in (1, 3, 10, 30, 100):
        bound = np.full(3, most)
        wider = RoundingProblem.of(counts, target, weight, problem.effect, -bound, bound)
        losses.append(search_points(wider).line.loss)
    assert losses[-1] == pytest.approx(own, abs=1e-5)
    assert losses[0] > losses[1] > losses[-1]
    assert (np.array(losses) >= own - 1e-9).all()


def test_whole_multiples_are_found_exactly():
    counts = np.array(list(product(range(3), repeat=3)))
    effect = np.array([0.9, -0.6, 0.3])
    bound = np.full(3, 10)
    target = expit(counts @ effect - 0.2)
    found = search_points(RoundingProblem.of(counts, target, np.ones(27), effect, -bound, bound))
    np.testing.assert_array_equal(found.points, [3, -2, 1])
    assert found.line.slope == pytest.approx(0.3, abs=1e-6)
    assert found.line.intercept == pytest.approx(-0.2, abs=1e-6)


def test_naive_rounding_is_what_it_says():
    problem, *_ = random_problem(1, most=7)
    points, scale = naive_rounding(problem)
    assert scale == pytest.approx(7 / np.abs(problem.effect).max())
    np.testing.assert_array_equal(points, np.rint(problem.effect * scale))


def test_same_input_same_points():
    one, other = (search_points(random_problem(5, n=400, levels=6, most=9)[0]) for _ in range(2))
    np.testing.assert_array_equal(one.points, other.points)
    assert one.line == other.line


def test_nothing_to_round_is_refused():
    counts, bound = np.array([[0], [1]]), np.array([3])
    with pytest.raises(ValueError, match="no column has a coefficient other than 0"):
        RoundingProblem.of(counts, np.array([0.2, 0.8]), np.ones(2), np.zeros(1), -bound, bound)
    with pytest.raises(ValueError, match="one class only"):
        RoundingProblem.of(counts, np.ones(2), np.ones(2), np.ones(1), -bound, bound)
