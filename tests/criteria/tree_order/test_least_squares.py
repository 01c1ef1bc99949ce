"""Orders by non-negative least squares, against scipy, scikit-learn and all subsets."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import nnls
from sklearn.linear_model import lasso_path as sklearn_path

from tests.criteria.tree_order.quadratics import Rows, random_rows
from treeprune.criteria.tree_order.best_subset import best_subset
from treeprune.criteria.tree_order.nonnegative_lasso import lasso_path, nonnegative_lasso
from treeprune.criteria.tree_order.orthogonal_matching import nonnegative_least_squares, orthogonal_matching
from treeprune.criteria.tree_order.quadratic import Quadratic
from treeprune.criteria.tree_order.refits import best_of_each_size, refitted
from treeprune.criteria.tree_order.registry import tree_orders

ORDERS = {
    "omp": orthogonal_matching,
    "nnls": nonnegative_least_squares,
    "lasso": nonnegative_lasso,
    "l0": best_subset,
}

kinds = (st.integers(0, 10_000), st.integers(1, 8), st.booleans(), st.booleans())


def fit(rows, members):
    """Best factors of some trees, by scipy from the rows; averages by errors and a row for their sum."""
    members = list(members)
    factors = np.zeros(len(rows.outputs))
    if not rows.normalised:
        factors[members] = nnls((rows.outputs * rows.weight[:, None])[members].T, rows.outcome)[0]
        return factors
    errors = ((rows.outputs - rows.outcome) * rows.weight[:, None])[members]
    target = np.append(np.zeros(len(rows.outcome)), 1.0)
    factors[members] = nnls(np.vstack([errors.T, rows.weight[members]]), target)[0]
    return factors


def least(rows, members):
    """Least error of some trees; the single best one where no factor helps."""
    factors = fit(rows, members)
    return rows.error(factors) if factors.any() or not rows.normalised else np.inf


def close(rows, error):
    return pytest.approx(error, rel=1e-7, abs=1e-9 * np.mean(rows.outcome**2))


# -------------------------------------------------------------------------------- all of them
@given(*kinds, st.sampled_from(sorted(ORDERS)))
def test_factors_are_the_best_of_their_trees(seed, n_trees, normalised, equal, name):
    rows = random_rows(seed, n_trees, normalised, equal=equal)
    steps = ORDERS[name](rows.quadratic)
    errors = rows.quadratic.error(steps.factors)
    for k in range(len(steps)):
        assert errors[k] == close(rows, least(rows, steps.kept(k)))
        assert errors[k] == close(rows, rows.error(steps.factors[k]))


@given(*kinds, st.sampled_from(sorted(ORDERS)))
def test_the_last_step_is_least_squares_of_all_trees(seed, n_trees, normalised, equal, name):
    rows = random_rows(
        seed, n_trees, normalised and name != "lasso", equal=equal
    )  # its path is that of sums
    steps = ORDERS[name](rows.quadratic)
    wanted = fit(rows, range(n_trees))
    factors = steps.factors[-1]
    if rows.normalised:
        wanted, factors = wanted / wanted.sum(), factors / factors.sum()
    assert factors == pytest.approx(wanted, abs=1e-6 * wanted.max())


@pytest.mark.parametrize("name", sorted(ORDERS))
@pytest.mark.parametrize("normalised", [True, False])
def test_more_trees_than_rows_and_twins(name, normalised):
    """Products of rank 12: no more trees can have factors at once."""
    own = random_rows(2, 40, normalised, n_rows=12)
    rows = Rows(np.vstack([own.outputs, own.outputs]), own.outcome, np.ones(80), normalised)
    steps = ORDERS[name](rows.quadratic)
    assert steps.sizes[-1] <= 12
    everyone = steps.kept(-1) if name == "lasso" else range(80)  # its path is that of sums
    assert rows.error(steps.factors[-1]) == close(rows, least(rows, everyone))
    twins = (steps.factors[:, :40] > 0) & (steps.factors[:, 40:] > 0)
    assert not twins.any()


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_trees_without_any_error_are_no_trouble(name):
    outcome = np.arange(5.0)
    rows = Rows(np.vstack([outcome + 1, outcome, outcome, outcome - 2]), outcome, np.ones(4), True)
    assert ORDERS[name](rows.quadratic).kept(0).tolist() == [1]


@pytest.mark.parametrize("name", sorted(ORDERS))
@pytest.mark.parametrize("normalised", [True, False])
def test_of_trees_that_cannot_help_the_best_one_is_left(name, normalised):
    """All of them point away from the outcome (or weigh nothing): every factor is zero."""
    outcome = np.array([1.0, -2.0, 1.0])
    rows = Rows(-np.array([[3.0], [1.0], [2.0]]) * outcome, outcome, np.ones(3), False)
    quadratic = rows.quadratic
    if normalised:
        quadratic = Quadratic(np.zeros((3, 3)), np.zeros(3), 0.0, True, as_sum=quadratic)
    steps = ORDERS[name](quadratic)
    assert steps.factors.tolist() == [[1.0, 0.0, 0.0] if normalised else [0.0, 1.0, 0.0]]


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_trees_that_say_nothing(name):
    rows = Rows(np.zeros((3, 5)), np.arange(5.0), np.ones(3), False)
    assert ORDERS[name](rows.quadratic).factors.tolist() == [[1.0, 0.0, 0.0]]


@pytest.mark.parametrize("name", sorted(ORDERS))
@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("scale", [2.0**-500, 2.0**500])
def test_scale_does_not_count(name, normalised, scale):
    rows = random_rows(6, 12, normalised)
    steps = ORDERS[name](rows.quadratic)
    larger = Rows(rows.outputs * scale, rows.outcome * scale, rows.weight, normalised)
    same = ORDERS[name](larger.quadratic)
    assert same.factors == pytest.approx(steps.factors, rel=1e-6)


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_they_are_registered(name):
    assert tree_orders()[name].steps is ORDERS[name]
    assert tree_orders()[name].needs == "gram"


# ------------------------------------------------------------------------------------- pursuit
def plain_pursuit(rows):
    """Sets of the pursuit, each fitted by scipy; by their size."""
    A, b = rows.quadratic.products, rows.quadratic.linear
    factors, sets = np.zeros(len(b)), {}
    while True:
        slope = b - A @ factors
        slope[factors > 0] = 0.0
        if slope.max() < 1e-8 * b.max():
            return sets
        gain = np.maximum(slope, 0.0) ** 2 / np.diag(A)
        factors = fit(rows, [*np.flatnonzero(factors), int(gain.argmax())])
        sets[np.count_nonzero(factors)] = np.flatnonzero(factors).tolist()


@given(st.integers(0, 10_000), st.integers(1, 12))
def test_pursuit_takes_the_tree_that_gains_most(seed, n_trees):
    rows = random_rows(seed, n_trees, False)
    sets, steps = plain_pursuit(rows), orthogonal_matching(rows.quadratic)
    for k in range(len(steps)):
        assert steps.kept(k).tolist() == sets[k + 1]


@pytest.mark.parametrize("normalised", [True, False])
def test_long_pursuits_lose_no_digits(normalised):
    """Many trees come and go."""
    rows = random_rows(7, 150, normalised, n_rows=400)
    steps = orthogonal_matching(rows.quadratic)
    assert steps.sizes.tolist() == list(range(1, len(steps) + 1))
    errors = rows.quadratic.error(steps.factors)
    assert (np.diff(errors) < 0).all()
    for k in range(0, len(steps), 10):
        assert errors[k] == close(rows, least(rows, steps.kept(k)))
    assert errors[-1] == close(rows, least(rows, range(150)))


def test_the_largest_factors_as_they_are():
    rows = random_rows(3, 30, True, n_rows=80)
    whole = fit(rows, range(30))
    steps = nonnegative_least_squares(rows.quadratic, refit=False)
    assert steps.sizes.tolist() == list(range(1, np.count_nonzero(whole) + 1))
    for k in range(len(steps)):
        largest = np.sort(np.argsort(-whole)[: k + 1])
        assert steps.kept(k).tolist() == largest.tolist()
        ratio = steps.factors[k][largest] / whole[largest]
        assert ratio == pytest.approx(np.full(k + 1, ratio[0]), rel=1e-6)


# --------------------------------------------------------------------------------------- lasso
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_the_path_is_that_of_scikit_learn(seed, n_trees):
    rows = random_rows(seed, n_trees, False)
    penalties, factors = lasso_path(rows.quadratic)
    assert (np.diff(np.count_nonzero(factors, axis=1)) > 0).all()
    assert (np.diff(penalties) < 0).all()
    some = penalties > 1e-6 * penalties[0]  # below that coordinate descent takes its time
    if some.any():
        _, wanted, _ = sklearn_path(
            rows.outputs.T, rows.outcome, alphas=penalties[some], positive=True, tol=1e-14, max_iter=10**6
        )
        assert factors[some] == pytest.approx(wanted.T, abs=1e-6 * factors.max())


def test_of_each_number_of_trees_the_path_has_the_least_penalty():
    rows = random_rows(11, 25, False, n_rows=60)
    penalties, factors = lasso_path(rows.quadratic)
    fine = np.geomspace(penalties[0], penalties[-2] * 1.001, 4000)
    _, path, _ = sklearn_path(
        rows.outputs.T, rows.outcome, alphas=fine, positive=True, tol=1e-12, max_iter=10**5
    )
    size = np.count_nonzero(path > 1e-9 * path.max(), axis=0)
    for k, penalty in zip(np.count_nonzero(factors, axis=1)[:-1], penalties[:-1], strict=True):
        last = fine[size == k]
        assert len(last) == 0 or penalty <= last.min() * (1 + 1e-6)


def test_factors_of_the_path_itself():
    rows = random_rows(4, 20, True, n_rows=60)
    quadratic = rows.quadratic
    steps, path = nonnegative_lasso(quadratic, refit=False), lasso_path(quadratic.as_sum)[1]
    assert np.array_equal(steps.factors, path)
    again = nonnegative_lasso(quadratic)
    for k in range(len(again)):
        assert rows.error(again.factors[k]) == close(rows, least(rows, again.kept(k)))
        same = np.flatnonzero(steps.sizes == again.sizes[k])
        assert (
            rows.error(again.factors[k]) <= rows.error(steps.factors[same[0]]) + 1e-12
            if len(same)
            else True
        )


@given(*kinds)
def test_refits_are_those_of_scipy(seed, n_trees, normalised, equal):
    rows = random_rows(seed, n_trees, normalised, equal=equal)
    sets = np.random.default_rng(seed).random((10, n_trees)) < 0.6
    for members, found in zip(sets, refitted(rows.quadratic, sets), strict=True):
        wanted = fit(rows, np.flatnonzero(members)) if members.any() else np.zeros(n_trees)
        assert not found[~members].any()
        scale = wanted.sum() / found.sum() if normalised and members.any() else 1.0
        assert found * scale == pytest.approx(wanted, abs=1e-6 * max(wanted.max(), 1e-9))


def test_the_best_of_each_size_is_kept():
    rows = random_rows(0, 3, True)
    factors = np.array([[0, 1, 1], [1, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 2, 2], [1, 1, 1]], float)
    kept = best_of_each_size(rows.quadratic, factors)
    alone = min((1, 3, 4), key=lambda i: rows.error(factors[i]))
    assert np.array_equal(kept, factors[[alone, 0, 6]])


# ------------------------------------------------------------------------------------------ l0
@given(*kinds)
def test_no_exchange_lowers_the_error_while_other_factors_stay(seed, n_trees, normalised, equal):
    rows = random_rows(seed, n_trees, normalised, equal=equal)
    steps = best_subset(rows.quadratic)
    A, b = rows.quadratic.products, rows.quadratic.linear
    if normalised:
        A = A + np.trace(A) / (b @ b) * np.outer(b, b)
    for k, kept in enumerate(map(steps.kept, range(len(steps)))):
        best = fit(rows, kept)  # in the scale of the problem, not only in ratios
        best[kept] = nnls(*_square_root(A[np.ix_(kept, kept)], b[kept]))[0]
        objective = best @ A @ best / 2 - b @ best
        for i in kept:
            rest = best * (np.arange(n_trees) != i)
            slope = b - A @ rest
            gain = np.maximum(slope, 0.0) ** 2 / np.diag(A) / 2
            gain[kept] = 0.0
            after = rest @ A @ rest / 2 - b @ rest - gain.max()
            assert after >= objective - 1e-6 * abs(objective), k


def _square_root(A, b):
    root = np.linalg.cholesky(A)
    return root.T, np.linalg.solve(root, b)


@given(*kinds)
def test_no_order_by_least_squares_is_better_than_all_subsets(seed, n_trees, normalised, equal):
    rows = random_rows(seed, n_trees, normalised, equal=equal)
    steps, pursued = best_subset(rows.quadratic), orthogonal_matching(rows.quadratic)
    for k in range(len(steps)):
        size = int(steps.sizes[k])
        best = min(least(rows, subset) for subset in combinations(range(n_trees), size))
        found = rows.error(steps.factors[k])
        assert found >= best - 1e-9 * np.mean(rows.outcome**2)
        same = np.flatnonzero(pursued.sizes == size)
        assert len(same) == 1
        assert found <= rows.error(pursued.factors[same[0]]) + 1e-9 * np.mean(rows.outcome**2)


def test_local_search_finds_most_of_the_best_subsets():
    pursued = searched = total = 0
    for seed in range(40):
        rows = random_rows(seed, 8, seed % 2 == 0)
        steps = {False: best_subset(rows.quadratic, swaps=False), True: best_subset(rows.quadratic)}
        for k, size in enumerate(steps[True].sizes):
            best = min(least(rows, subset) for subset in combinations(range(8), int(size)))
            total += 1
            pursued += rows.error(steps[False].factors[k]) == close(rows, best)
            searched += rows.error(steps[True].factors[k]) == close(rows, best)
    assert pursued < searched
    assert searched >= 0.85 * total


@pytest.mark.parametrize("bad", [-1, 1.5, "yes", None])
def test_swaps_that_are_none(bad):
    with pytest.raises(ValueError, match="swaps must be"):
        best_subset(random_rows(0, 3, True).quadratic, swaps=bad)
