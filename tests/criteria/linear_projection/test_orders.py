"""Which groups stay: against all removals, all subsets, and what must never happen."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, softmax
from sklearn.linear_model import LinearRegression, lasso_path

from tests.criteria.linear_projection.helpers import KINDS, METHODS, outcome, problem
from treeprune.criteria.linear_projection.path import projection_path
from treeprune.criteria.linear_projection.problem import projection_problem
from treeprune.criteria.linear_projection.registry import linear_order, linear_orders

GROUPS = np.array([3, 3, 7, 1, 7, 9])


def half_square(X, columns, target):
    """Mean half squared error of the least squares on some columns."""
    if not len(columns):
        return 0.5 * np.var(target)
    fitted = LinearRegression().fit(X[:, columns], target).predict(X[:, columns])
    return 0.5 * np.mean((target - fitted) ** 2)


def columns_of(groups, kept):
    return np.flatnonzero(np.isin(groups, kept))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), to_y=st.booleans())
def test_gaussian_saliency_is_the_rise_of_the_loss_and_the_least_one_goes(seed, to_y):
    X, p = problem(seed, p=6, groups=GROUPS)
    path = projection_path(p, "obs", target="y" if to_y else "model")
    goal = p.y[:, 0] if to_y else (X @ p.coef + p.intercept)[:, 0]
    left = list(path.ids)
    for step in range(1, len(path)):
        here = half_square(X, columns_of(GROUPS, left), goal)
        rises = {
            g: half_square(X, columns_of(GROUPS, [h for h in left if h != g]), goal) - here for g in left
        }
        gone = path.ids[path.removed[step]]
        assert path.saliency[step] == pytest.approx(rises[gone], rel=1e-5, abs=1e-7 * np.var(goal))
        assert rises[gone] <= min(rises.values()) + 1e-7 * np.var(goal)
        left.remove(gone)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_projected_gaussian_coefficients_are_least_squares_on_the_models_means(seed):
    X, p = problem(seed, p=6, groups=GROUPS)
    for method in METHODS:
        path = projection_path(p, method)
        mean = (X @ p.coef + p.intercept)[:, 0]
        for coef, intercept, kept in zip(path.coef[1:], path.intercept[1:], path.kept[1:], strict=True):
            columns = columns_of(GROUPS, path.ids[kept])
            own = np.full(len(X), mean.mean())
            if len(columns):
                own = LinearRegression().fit(X[:, columns], mean).predict(X[:, columns])
            np.testing.assert_allclose(X @ coef[:, 0] + intercept[0], own, atol=1e-5 * mean.std())


def projected(X, mean, family, columns):
    """Least loss of some columns on the means of a model, by scipy."""
    k, m = mean.shape[1], len(columns) + 1
    Z = np.column_stack([(X[:, columns] - X[:, columns].mean(axis=0)) / X[:, columns].std(axis=0),
                         np.ones(len(X))])  # fmt: skip

    def loss(v):
        eta = Z @ v.reshape(m, k)
        if family == "binomial":
            r = expit(eta) - mean
            return np.mean(np.logaddexp(0, eta) - mean * eta), (Z.T @ r / len(X)).ravel()
        if family == "poisson":
            return np.mean(np.exp(eta) - mean * eta), (Z.T @ (np.exp(eta) - mean) / len(X)).ravel()
        r = softmax(eta, axis=1) - mean
        return -np.mean((mean * log_softmax(eta, axis=1)).sum(axis=1)), (Z.T @ r / len(X)).ravel()

    return minimize(loss, np.zeros(m * k), jac=True, method="BFGS", options={"gtol": 1e-8}).fun


def mean_of(X, p, family):
    eta = X @ p.coef + p.intercept
    link = {"binomial": expit, "poisson": np.exp, "multinomial": lambda e: softmax(e, axis=1)}
    return link[family](eta)


@pytest.mark.parametrize("family", KINDS[1:])
@pytest.mark.parametrize("seed", range(3))
def test_every_step_is_a_projection_by_scipy(family, seed):
    X, p = problem(seed, family, p=4)
    mean = mean_of(X, p, family)
    full = projected(X, mean, family, np.arange(4))
    path = projection_path(p)
    assert path.converged.all()
    for step in range(len(path)):
        columns = np.flatnonzero(path.kept[step])
        divergence = projected(X, mean, family, columns) - full
        assert path.audit.divergence[step] == pytest.approx(divergence, rel=1e-4, abs=1e-8)


@pytest.mark.parametrize("family", KINDS[1:])
def test_relinearised_saliencies_are_near_the_rise_of_the_divergence(family):
    _, p = problem(11, family, p=6, n=300)
    path = projection_path(p)
    rise = np.diff(path.audit.divergence)
    small = path.saliency[1:] < 0.02
    assert small.sum() >= 2
    np.testing.assert_allclose(path.saliency[1:][small], rise[small], rtol=0.2)


@pytest.mark.parametrize("seed", range(3))
def test_every_expansion_is_around_the_optimum_of_what_is_left(seed):
    X, p = problem(seed, "binomial", p=5)
    path = projection_path(p)
    for step in range(5):
        columns = np.flatnonzero(path.kept[step])
        A = np.column_stack([X[:, columns], np.ones(len(X))])
        mean = expit(X @ path.coef[step] + path.intercept[step])
        inverse = np.linalg.inv((A * mean * (1 - mean)).T @ A / len(X))
        worth = 0.5 * path.coef[step, columns, 0] ** 2 / np.diag(inverse)[:-1]
        assert path.removed[step + 1] == columns[worth.argmin()]
        assert path.saliency[step + 1] == pytest.approx(worth.min(), rel=1e-5)


@pytest.mark.parametrize("family", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_forward_adds_what_a_search_over_all_candidates_adds(family, seed):
    X, p = problem(seed, family, p=4)
    path = projection_path(p, "forward")
    mean = X @ p.coef + p.intercept if family == "gaussian" else mean_of(X, p, family)

    def loss(columns):
        columns = np.array(columns)
        if family == "gaussian":
            return half_square(X, columns, mean[:, 0])
        return projected(X, mean, family, columns)

    kept = []
    for step in range(len(path) - 1, 0, -1):
        candidates = {j: loss(sorted([*kept, j])) for j in range(4) if j not in kept}
        joined = path.removed[step]
        assert candidates[joined] <= min(candidates.values()) + 1e-7
        kept.append(joined)
    # the first one is the best subset of its size; the rest are searched greedily
    best = min(combinations(range(4), 1), key=loss)
    assert best == (path.removed[-1],)


def test_forward_finds_the_best_subsets_where_columns_are_orthogonal():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 6))
    X = np.linalg.qr(X - X.mean(axis=0))[0]
    coef = rng.normal(size=6)
    path = projection_path(projection_problem(X, coef, 0.0, "gaussian"), "forward")
    for k in range(1, 6):
        best = min(combinations(range(6), k), key=lambda c: half_square(X, np.array(c), X @ coef))
        kept = path.kept[path.sizes == k][0]
        assert tuple(np.flatnonzero(kept)) == best


@pytest.mark.parametrize("family", KINDS)
@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_groups_go_whole_and_keep_stays(family, method, seed):
    _, p = problem(seed, family, p=6, groups=GROUPS, keep=[7])
    path = projection_path(p, method)
    assert path.sizes.tolist() == [4, 3, 2, 1]
    assert path.ids[path.kept[-1]].tolist() == [7]
    assert sorted(path.ids[path.removed[1:]]) == [1, 3, 9]
    assert (path.kept[1:] <= path.kept[:-1]).all()
    there = (path.coef != 0).any(axis=2)
    np.testing.assert_array_equal(
        there, np.isin(GROUPS, [7]) | path.kept[:, np.searchsorted(path.ids, GROUPS)]
    )


@pytest.mark.parametrize("method", METHODS)
def test_what_is_dear_goes_early_and_what_is_cheap_stays(method):
    _, p = problem(1, "binomial", p=5)
    plain = projection_path(p, method)
    worthiest, least = plain.removed[-1], plain.removed[1]
    _, dear = problem(1, "binomial", p=5, costs=np.where(np.arange(5) == worthiest, 1e9, 1.0))
    assert projection_path(dear, method).removed[1] == worthiest
    _, cheap = problem(1, "binomial", p=5, costs=np.where(np.arange(5) == least, 1e-9, 1.0))
    assert projection_path(cheap, method).removed[-1] == least
    _, alike = problem(1, "binomial", p=5, costs=np.full(5, 7.0))
    np.testing.assert_array_equal(projection_path(alike, method).removed, plain.removed)
    np.testing.assert_array_equal(projection_path(alike, method).saliency, plain.saliency)


def test_magnitude_is_the_norm_of_standardised_coefficients():
    X, p = problem(2, "multinomial", p=6, groups=GROUPS)
    coef = (p.coef - p.coef.mean(axis=1, keepdims=True)) * X.std(axis=0)[:, None]
    norms = {g: np.linalg.norm(coef[g == GROUPS]) for g in np.unique(GROUPS)}
    path = projection_path(p, "magnitude")
    assert path.ids[path.removed[1:]].tolist() == sorted(norms, key=norms.get)
    np.testing.assert_allclose(path.saliency[1:], sorted(norms.values()))


@pytest.mark.parametrize("seed", range(3))
def test_l1_is_the_order_of_entry_of_scikit_learns_lasso(seed):
    X, p = problem(seed, p=6, n=100)
    Z, mean = (X - X.mean(axis=0)) / X.std(axis=0), (X @ p.coef + p.intercept)[:, 0]
    centred = mean - mean.mean()
    largest = np.abs(Z.T @ centred).max() / len(Z)
    alphas = largest * np.geomspace(1, 1e-4, 400)
    coef = lasso_path(Z, centred, alphas=alphas, tol=1e-12, max_iter=100_000)[1]
    entry = np.array([alphas[np.flatnonzero(b)[0]] for b in coef])
    path = projection_path(p, "l1")
    np.testing.assert_allclose(path.saliency[1:], entry[path.removed[1:]], rtol=0.08)
    apart = np.diff(entry[path.removed[1:]]) / entry[path.removed[2:]]
    assert (apart > -0.08).all()
    assert path.saliency[-1] == pytest.approx(largest, rel=0.06)


def test_l1_refuses_several_gaussian_outputs():
    X, p = problem(0, p=3)
    two = projection_problem(X, np.hstack([p.coef, -p.coef]), [0.0, 1.0], "gaussian")
    with pytest.raises(ValueError, match="one output of the gaussian family"):
        projection_path(two, "l1")
    assert projection_path(two, "obs").coef.shape == (4, 3, 2)


@pytest.mark.parametrize("family", KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_columns_changes_nothing(family, method):
    X, p = problem(3, family, p=6)
    turned = np.random.default_rng(0).permutation(6)
    other = projection_problem(X[:, turned], p.coef[turned], p.intercept, family)
    a, b = projection_path(p, method), projection_path(other, method)
    np.testing.assert_array_equal(a.removed[1:], turned[b.removed[1:]])
    np.testing.assert_allclose(a.coef[:, turned], b.coef, atol=1e-6 * np.abs(a.coef).max())


@pytest.mark.parametrize("method", METHODS)
def test_the_same_call_gives_the_same_bits(method):
    paths = [projection_path(problem(4, "multinomial", p=5)[1], method) for _ in range(2)]
    assert paths[0].coef.tobytes() == paths[1].coef.tobytes()
    assert paths[0].saliency.tobytes() == paths[1].saliency.tobytes()


def test_what_the_outcome_says_is_followed_if_it_is_the_target():
    X, p = problem(5, "gaussian", p=4)
    y = outcome(50, X, np.array([[0.0], [0.0], [0.0], [3 / X[:, 3].std()]]), np.zeros(1), "gaussian")
    other = projection_problem(X, p.coef, p.intercept, "gaussian", y=y)
    for method in ("obs", "forward"):
        assert projection_path(other, method, target="y").removed[-1] == 3


def test_orders_are_found_by_name():
    assert set(linear_orders()) == {"obs", "forward", "magnitude", "l1"}
    for name, order in linear_orders().items():
        assert order.name == name
        assert order.paper
    with pytest.raises(ValueError, match=r"method='best' is unknown; use one of .*obs"):
        linear_order("best")
    with pytest.raises(ValueError, match="takes no p; it takes target"):
        linear_order("obs", p=1)
