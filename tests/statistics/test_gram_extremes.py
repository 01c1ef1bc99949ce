"""Outputs and products of trees where numbers are extreme: many, huge, none, or not legal."""

from fractions import Fraction

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor

from tests.statistics.test_gram import stump
from tests.strategies import fitted, random_table
from treeprune.backends import read
from treeprune.statistics.gram import tree_gram, tree_outputs


@pytest.mark.parametrize("n", [1, 4096, 4097, 9001, 70_001])
@pytest.mark.parametrize("size", [2**20 - 1, 2**20 - 3])
def test_outputs_of_twenty_bits_are_summed_without_error(n, size):
    e = stump([-float(size)], [float(size)])
    X = np.ones((n, 1))
    X[::3] = -1
    own = np.where(X[:, 0] <= 0, -size, size)
    y = np.resize([size, size - 1, 5, -size], n)
    found = tree_gram(e, X, y[:, None])
    assert found.products[0, 0] == float(n * size**2)
    assert found.with_outcome[0] == float(sum((own * y).tolist()))
    assert found.outcome == float(sum(v**2 for v in y.tolist()))
    assert found.squared_error(np.ones(1)) == pytest.approx(float(np.mean((own - y) ** 2.0)), rel=1e-9)


@pytest.mark.parametrize("n_columns", [4097, 9000])
def test_many_columns_are_summed_without_error(n_columns):
    """So many that fewer bits remain: products of one row alone would not fit."""
    bits = 20 if n_columns < 8192 else 19
    rng = np.random.default_rng(0)
    whole = 2**bits - 1 - rng.integers(0, 9, n_columns)
    found = tree_gram(
        stump(whole * 1.0, -whole * 1.0), [[-1.0], [1.0], [1.0]], np.tile(whole * 1.0, (3, 1))
    )
    assert found.products[0, 0] == float(3 * sum(v**2 for v in whole.tolist()))
    assert found.with_outcome[0] == -found.outcome / 3


def test_more_than_four_million_numbers_lose_a_bit_and_fit():
    e = stump(np.full(2048, 2.0**19 - 1), np.full(2048, 2.0**19 - 1))
    n = 2049
    found = tree_gram(e, np.zeros((n, 1)), np.full((n, 2048), 2.0**19 - 1))
    exact = float(n * 2048 * (2**19 - 1) ** 2)
    assert (found.products[0, 0], found.with_outcome[0], found.outcome) == (exact, exact, exact)


@pytest.mark.parametrize("scale", [1e-320, 1e-160, 1e-30, 1e30, 1e150])
@pytest.mark.parametrize("weight", [1e-300, 1.0, 1e300])
def test_sizes_that_no_double_holds_when_multiplied(scale, weight):
    e = stump([-scale], [3 * scale])
    X, y = np.array([[-1.0], [1.0]]), np.array([[scale], [scale]])
    tiny = Fraction(scale)
    exact = [Fraction(weight) * k * tiny**2 for k in (Fraction(10), 2, 2)]
    if exact[0] > Fraction(np.finfo(np.float64).max):
        with pytest.raises(ValueError, match="too large for float64; divide the outcome"):
            tree_gram(e, X, y, [weight, weight])
        return
    found = tree_gram(e, X, y, [weight, weight])
    least = 5e-324
    assert found.products[0, 0] == pytest.approx(float(exact[0]), rel=1e-5, abs=least)
    assert found.with_outcome[0] == pytest.approx(float(exact[1]), rel=1e-5, abs=least)
    assert found.outcome == pytest.approx(float(exact[2]), rel=1e-5, abs=least)


def test_what_is_too_large_is_refused():
    X, y = np.array([[-1.0], [1.0]]), np.zeros((2, 1))
    with pytest.raises(ValueError, match="too large for float64"):
        tree_gram(stump([1e300], [1.0], weight=np.array([1e300])), X, y)
    with pytest.raises(ValueError, match="too large for float64"):
        tree_gram(stump([0.0], [0.0]), X, y, [1.7e308, 1.7e308])


def test_trees_that_say_nothing_have_no_products():
    found = tree_gram(stump([0.0], [0.0]), [[-1.0], [1.0]], np.array([[1.0], [2.0]]))
    assert (found.products[0, 0], found.with_outcome[0], found.outcome) == (0.0, 0.0, 5.0)
    assert found.squared_error(np.ones(1)) == 2.5


def test_a_wild_outcome_of_no_weight_costs_no_digits():
    e, X = stump([1.0], [2.0]), np.array([[-1.0], [1.0], [1.0]])
    found = tree_gram(e, X, np.array([[3.0], [4.0], [1e200]]), [1.0, 2.0, 0.0])
    exact = [1 + 2 * 4, 3 + 2 * 8, 9 + 2 * 16]
    products = [found.products[0, 0], found.with_outcome[0], found.outcome]
    assert products == pytest.approx(exact, rel=1e-5)


def test_no_rows_have_no_products_and_no_error():
    e = read(fitted(RandomForestRegressor, kind="multi_regression"))
    found = tree_gram(e, np.empty((0, 5)), np.empty((0, 2)))
    assert not found.products.any()
    assert not found.with_outcome.any()
    assert (found.outcome, found.weight) == (0.0, 0.0)
    assert np.isnan(found.squared_error(np.ones(4)))
    assert tree_outputs(e, np.empty((0, 5))).shape == (4, 0, 2)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_outcomes_that_are_not_finite_are_refused(bad):
    with pytest.raises(ValueError, match="outcome must be finite and have 1 columns"):
        tree_gram(stump([1.0], [2.0]), [[-1.0], [1.0]], np.array([[1.0], [bad]]))


@pytest.mark.parametrize("shape", [(2,), (2, 2), (2, 1, 1), (2, 0)])
def test_outcomes_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"outcome must .* got shape"):
        tree_gram(stump([1.0], [2.0]), [[-1.0], [1.0]], np.ones(shape))


def test_rows_of_another_shape_are_refused():
    e = stump([1.0], [2.0])
    with pytest.raises(ValueError, match="X has 1 rows, but there are 2 outcomes"):
        tree_gram(e, [[1.0]], np.ones((2, 1)))
    for ask in (lambda X: tree_outputs(e, X), lambda X: tree_gram(e, X, np.ones((1, 1)))):
        with pytest.raises(ValueError, match="X has 2 features, but the model is expecting 1"):
            ask([[1.0, 2.0]])


def test_an_error_is_never_negative():
    """What the trees say is what is asked for: all cancels, and what is left is rounding."""
    X, y = random_table(0, 300, "regression")
    e = read(DecisionTreeRegressor().fit(X, y))
    found = tree_gram(e, X, y[:, None] * 1.0)
    assert 0.0 <= found.squared_error(np.ones(1)) <= 1e-11
    thirds = np.full(3, 1 / 3)
    forest = read(RandomForestRegressor(3, random_state=0, bootstrap=False).fit(X, y))
    assert 0.0 <= tree_gram(forest, X, y[:, None]).squared_error(thirds) <= 1e-11
