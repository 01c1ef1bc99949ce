"""Normal scores and latent correlations against SciPy."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm, rankdata

from treeprune.sampling.columns import infer_columns, rows_that_count
from treeprune.sampling.margins import margins
from treeprune.sampling.scores import latent_correlation, normal_scores


def _scores(rows, weight=None):
    columns = infer_columns(rows, np.zeros(rows.shape[1], bool))
    return [normal_scores(m) for m in margins(rows_that_count(rows, columns, weight), columns)]


def test_scores_are_normal_quantiles_of_mid_ranks():
    column = np.array([3.0, 1.0, 1.0, 2.0, 7.0, 7.0, 7.0])
    expected = norm.ppf((rankdata(column) - 0.5) / 7)
    expected = (expected - expected.mean()) / expected.std()
    np.testing.assert_allclose(_scores(column[:, None])[0].of_rows, expected)


def test_an_integer_weight_is_a_repeated_row():
    column, weight = np.array([3.0, 1.0, 2.0, np.nan, 2.0]), np.array([2, 1, 4, 3, 1])
    weighted = _scores(column[:, None], weight)[0]
    repeated = _scores(np.repeat(column, weight)[:, None])[0]
    np.testing.assert_allclose(np.repeat(weighted.of_rows, weight), repeated.of_rows)
    np.testing.assert_allclose(weighted.bounds, repeated.bounds)
    assert weighted.of_rows[3] == 0


def _steps(shares):
    """Values in the given shares of 1000 rows."""
    return np.repeat(np.arange(len(shares)), np.round(1000 * np.array(shares)).astype(int)).astype(float)


@pytest.mark.parametrize("rho", [-0.8, -0.3, 0.0, 0.5, 0.9])
def test_latent_correlation_of_two_halves_is_known(rho):
    """Sheppard: the correlation of the signs is 2 / pi times the arc sine."""
    scores = _scores(np.column_stack([_steps([0.5, 0.5])] * 2))
    seen = 2 / np.pi * np.arcsin(rho)
    found = latent_correlation(scores, np.array([[1.0, seen], [seen, 1.0]]))
    np.testing.assert_allclose(found, [[1.0, rho], [rho, 1.0]], atol=0.01)


@pytest.mark.parametrize("rho", [-0.6, 0.2, 0.7])
def test_latent_correlation_gives_the_observed_one(rho):
    """Cell probabilities from SciPy's bivariate normal distribution."""
    one, other = [0.1, 0.2, 0.7], [0.6, 0.3, 0.1]
    scores = _scores(np.column_stack([_steps(one), _steps(other)]))
    normal = multivariate_normal(cov=[[1.0, rho], [rho, 1.0]])
    edges = [np.concatenate([[-12.0], s.bounds, [12.0]]) for s in scores]
    below = np.array([[normal.cdf([a, b]) for b in edges[1]] for a in edges[0]])
    seen = scores[0].steps @ np.diff(np.diff(below, axis=0), axis=1) @ scores[1].steps
    found = latent_correlation(scores, np.array([[1.0, seen], [seen, 1.0]]))
    assert found[0, 1] == pytest.approx(rho, abs=1e-3)


def test_without_ties_nothing_changes():
    rows = np.random.default_rng(0).normal(size=(2000, 3))
    observed = np.corrcoef(rows + rows[:, :1], rowvar=False)
    found = latent_correlation(_scores(rows), observed)
    np.testing.assert_allclose(found, observed, atol=0.005)
    assert latent_correlation([], np.empty((0, 0))).shape == (0, 0)
