"""The stability index and the bound on false selections, by their definitions."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from treeprune.statistics.selection import expected_false, stability_index, stability_interval


def index_by_definition(Z):
    """Nogueira, Sechidis, Brown 2018, definition 4, written out."""
    M, d = len(Z), len(Z[0])
    variance = 0.0
    for f in range(d):
        p = sum(int(Z[i][f]) for i in range(M)) / M
        variance += M / (M - 1) * p * (1 - p) / d
    k = sum(int(z) for row in Z for z in row) / M
    return 1 - variance / (k / d * (1 - k / d))


def interval_by_definition(Z, quantile):
    """Theorem 7 of the same paper, written out."""
    M, d = len(Z), len(Z[0])
    phi = index_by_definition(Z)
    rate = [sum(int(Z[i][f]) for i in range(M)) / M for f in range(d)]
    k = [sum(int(z) for z in row) for row in Z]
    mean = sum(k) / M
    parts = []
    for i in range(M):
        met = sum(int(Z[i][f]) * rate[f] for f in range(d)) / d
        own = met - k[i] * mean / d**2
        own += phi / 2 * (2 * mean * k[i] / d**2 - k[i] / d - mean / d + 1)
        parts.append(own / (mean / d * (1 - mean / d)))
    middle = sum(parts) / M
    variance = 4 / M**2 * sum((own - middle) ** 2 for own in parts)
    return phi - quantile * variance**0.5, phi + quantile * variance**0.5


@given(seed=st.integers(0, 10_000), runs=st.integers(2, 12), things=st.integers(2, 9))
def test_index_and_interval_are_their_definitions(seed, runs, things):
    rng = np.random.default_rng(seed)
    Z = rng.random((runs, things)) < rng.random(things)
    if Z.all() or not Z.any():
        assert np.isnan(stability_index(Z))
        assert np.isnan(stability_interval(Z, 0.9)).all()
        return
    assert stability_index(Z) == pytest.approx(index_by_definition(Z.tolist()), abs=1e-12)
    low, high = interval_by_definition(Z.tolist(), 1.959963984540054)
    assert stability_interval(Z, 0.95) == pytest.approx((low, high), abs=1e-9)


@given(seed=st.integers(0, 10_000), runs=st.integers(2, 8), size=st.integers(1, 5))
def test_runs_of_one_size_have_the_mean_of_kunchevas_index(seed, runs, size):
    rng = np.random.default_rng(seed)
    sets = [set(rng.choice(6, size, replace=False)) for _ in range(runs)]
    chance = size**2 / 6
    kuncheva = [(len(a & b) - chance) / (size - chance) for a, b in combinations(sets, 2)]
    Z = np.array([[j in own for j in range(6)] for own in sets])
    assert stability_index(Z) == pytest.approx(np.mean(kuncheva), abs=1e-12)


def test_agreement_is_one_and_chance_is_none():
    Z = np.tile([True, False, True, False], (5, 1))
    assert stability_index(Z) == 1
    rng = np.random.default_rng(0)
    chance = np.array([rng.permutation(20) < 5 for _ in range(2000)])
    assert stability_index(chance) == pytest.approx(0, abs=0.01)
    assert stability_index(np.array([[True, False], [False, True]])) == -1


def test_the_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    p = np.array([0.95, 0.8, 0.7, 0.3, 0.2, 0.1, 0.1, 0.05])
    truth = 1 - (p * (1 - p)).mean() / (p.mean() * (1 - p.mean()))
    ends = [stability_interval(rng.random((60, 8)) < p, 0.9) for _ in range(500)]
    assert 0.85 < np.mean([low <= truth <= high for low, high in ends]) < 0.95


# ---------------------------------------------------------------------- the bound
def largest_tail(mean, n_pairs, share, unimodal):
    """Most probability of a share at least, over distributions on 0, 1 / B, ..., 1 of bounded mean."""
    points = np.arange(n_pairs + 1) / n_pairs
    worst = 0.0
    for mode in range(n_pairs + 1) if unimodal else [None]:
        rows, most = [points], [mean]
        for i in range(n_pairs) if unimodal else []:
            rises = np.zeros(n_pairs + 1)
            rises[[i, i + 1]] = (1, -1) if i < mode else (-1, 1)
            rows.append(rises)
            most.append(0.0)
        found = linprog(
            -(points >= share - 1e-12).astype(float),
            A_ub=rows,
            b_ub=most,
            A_eq=[np.ones(n_pairs + 1)],
            b_eq=[1],
        )
        worst = max(worst, -found.fun if found.status == 0 else 0.0)
    return worst


@pytest.mark.parametrize("n_pairs", [10, 25])
@pytest.mark.parametrize("theta", [0.1, 0.3])
def test_the_bound_is_the_worst_distribution(n_pairs, theta):
    # of p things of which each is selected with the probability theta, pairs select one twice theta^2 often
    for count in range(n_pairs + 2, 2 * n_pairs + 1, 4):
        t = count / (2 * n_pairs)
        simple = largest_tail(theta**2, n_pairs, 2 * t - 1, unimodal=False)
        assert min(expected_false(t, theta, 1, n_pairs, "none"), 1.0) == pytest.approx(simple, rel=1e-6)
        unimodal = largest_tail(theta**2, n_pairs, 2 * t - 1, unimodal=True)
        bound = expected_false(t, theta, 1, n_pairs, "unimodal")
        least = 0.5 + min(theta**2, 1 / (2 * n_pairs) + 0.75 * theta**2)
        assert min(bound, 1.0) == pytest.approx(unimodal if t > least else simple, rel=1e-6)


def test_the_bound_holds_for_noise():
    rng = np.random.default_rng(0)
    p, theta, n_pairs = 200, 0.1, 25
    rate = rng.beta(2, 18, (300, p, 1))  # things differ in how likely they are
    frequency = rng.binomial(2 * n_pairs, rate[..., 0]) / (2 * n_pairs)
    q = theta * p
    for t in (0.56, 0.6, 0.7):
        unlikely = rate[..., 0] <= theta
        found = ((frequency >= t) & unlikely).sum(axis=1).mean()
        assert (
            found
            <= expected_false(t, q, p, n_pairs, "unimodal")
            <= expected_false(t, q, p, n_pairs, "none")
        )


def test_bounds_fall_and_are_infinite_up_to_a_half():
    for assumption in ("none", "unimodal"):
        bounds = [expected_false(t, 5, 50, 25, assumption) for t in np.arange(26, 51) / 50]
        assert (np.diff(bounds) < 0).all()
        assert np.isinf([expected_false(t, 5, 50, 25, assumption) for t in (0, 0.3, 0.5)]).all()
    assert expected_false(0.701, 5, 50, 25, "none") == expected_false(0.72, 5, 50, 25, "none")
    assert expected_false(0.9, 50, 1000, 50, "none") == pytest.approx(3.125)
    assert expected_false(0.9, 50, 1000, 50, "unimodal") == pytest.approx(2.5 * 0.44 / 1.02)
    assert expected_false(0.9, 45, 50, 25, "unimodal") == expected_false(0.9, 45, 50, 25, "none")
