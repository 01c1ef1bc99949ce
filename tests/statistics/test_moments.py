"""Errors around values against fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from treeprune.statistics.exact import MOST_ROWS, join_parts
from treeprune.statistics.moments import errors_around, exact_centre, moment_parts, two_product

SIZES = st.floats(1e-60, 1e60)
WIDE = st.one_of(SIZES, SIZES.map(lambda x: -x), st.just(0.0))
NUMBERS = st.one_of(
    WIDE,
    st.integers(-9, 9).map(float),
    st.floats(-3, 3).map(lambda x: 1e9 + x),
    st.integers(0, 16).map(lambda x: -1e12 - x / 8),
)
WEIGHTS = st.one_of(st.just(1.0), st.integers(0, 5).map(float), st.floats(1e-30, 1e30), st.floats(0.5, 1))


@st.composite
def tables(draw):
    """Outcomes of two targets, weights and values."""
    n = draw(st.integers(1, 12))
    kind = draw(st.sampled_from([NUMBERS, *NUMBERS.branches]))
    weights = draw(st.sampled_from([WEIGHTS, *WEIGHTS.branches]))
    y = np.array(draw(st.lists(st.tuples(kind, kind), min_size=n, max_size=n)))
    w = np.array(draw(st.lists(weights, min_size=n, max_size=n)))
    value = np.array(draw(st.lists(st.tuples(NUMBERS, kind), min_size=1, max_size=3)))
    return y, w, value


def nearest_pair(exact):
    """The float nearest to a fraction, and the one nearest to the rest."""
    total = float(exact)
    return total, float(exact - Fraction(total))


def exact_errors(y, w, value, power):
    """Sums of the errors of one target as fractions."""
    return sum(Fraction(b) * (Fraction(a) - Fraction(value)) ** power for a, b in zip(y, w, strict=True))


def agree(found, y, w, value):
    """Errors at each node are the exact ones, rounded once."""
    for node, row in enumerate(value):
        for k, v in enumerate(row):
            for power in (1, 2):
                total, lost = (found[2 * power - 2 + i][node, k] for i in range(2))
                assert (total, lost) == nearest_pair(exact_errors(y[:, k], w, v, power))


LARGEST = 2.0**1019


@given(st.floats(-1e308, 1e308), st.floats(-1e308, 1e308))
@example(1.7e308, 2.0**-10)
@example(2.0**-1000, 1.7e308)
@example(2.0**990 * (1 + 2.0**-52), 2.0**20 * (1 + 2.0**-52))
@example(0.0, 1.7e308)
@example(2.0**510, -(2.0**511))
def test_a_product_and_its_error_are_the_product(a, b):
    product, error = two_product(a, b)
    exact = Fraction(a) * Fraction(b)
    if abs(exact) > 2 * LARGEST:
        assert (abs(product), error) == (np.inf, 0.0)
    elif 2.0**-960 < abs(exact) < LARGEST or exact == 0:
        assert Fraction(product) + Fraction(error) == exact
        assert product == a * b


@given(tables(), st.sampled_from([12, 1_000_000, 2**40, MOST_ROWS]))
def test_the_parts_of_a_row_are_its_moments(table, n):
    y, w, _ = table
    moments = moment_parts(y, w, n)
    layout = moments.layout
    for row, ys, weight in zip(moments.parts, y, w, strict=True):
        assert sum(map(Fraction, row[layout.weight])) == Fraction(weight)
        for k in range(2):
            u = Fraction(ys[k]) - Fraction(layout.centre[k])
            assert sum(map(Fraction, row[layout.first(k)])) == Fraction(weight) * u
            assert sum(map(Fraction, row[layout.second(k)])) == Fraction(weight) * u**2


@given(tables(), st.sampled_from([12, 1_000_000, 2**40]))
def test_errors_are_exact_and_rounded_once(table, n):
    y, w, value = table
    moments = moment_parts(y, w, n)
    sums = np.tile(moments.parts.sum(axis=0), (len(value), 1))
    agree(errors_around(sums, value, moments.layout), y, w, value)


@given(tables(), st.randoms(use_true_random=False))
def test_order_blocks_and_repeated_rows_change_no_bit(table, random):
    y, w, value = table
    times = np.array([random.randrange(4) for _ in w])
    repeated = np.repeat(np.arange(len(w)), times)
    random.shuffle(repeated)
    once, again = moment_parts(y, w * times, 12), moment_parts(y[repeated], w[repeated], 36)
    # w * times may be rounded: the oracle takes it as it is
    whole = errors_around(np.tile(once.parts.sum(axis=0), (len(value), 1)), value, once.layout)
    agree(whole, y, w * times, value)
    cut = random.randrange(len(repeated) + 1)
    sums = again.parts[cut:].sum(axis=0) + again.parts[:cut].sum(axis=0)
    parted = errors_around(np.tile(sums, (len(value), 1)), value, again.layout)
    if all(Fraction(a) * int(b) == Fraction(a * b) for a, b in zip(w, times, strict=True)):
        assert np.array_equal(whole, parted)
        assert join_parts(once.parts[:, once.layout.weight].sum(axis=0)) == join_parts(
            again.parts[:, again.layout.weight].sum(axis=0)
        )


def test_what_cancels_leaves_what_is_left():
    y = np.array([1e17, 1.0, -1e17, 2.0**-30, 3.0])[:, None]
    moments = moment_parts(y, np.ones(5), 5)
    first, lost, _, _ = errors_around(moments.parts.sum(axis=0)[None], np.zeros((1, 1)), moments.layout)
    assert (first[0, 0], lost[0, 0]) == (4.0 + 2.0**-30, 0.0)


@pytest.mark.parametrize("value", [0.0, 1e6, 1e12, -1e12, 1e30])
def test_a_value_far_away_costs_no_digits(value):
    y = np.random.default_rng(0).normal(size=(50, 1))
    moments = moment_parts(y, np.ones(50), 1_000_000)
    v = np.full((1, 1), value)
    agree(errors_around(moments.parts.sum(axis=0)[None], v, moments.layout), y, np.ones(50), v)


@pytest.mark.parametrize("outcome", [0.1, 1e9 + 0.1, -1e-40, 0.0])
def test_nodes_without_error_have_none(outcome):
    y, w = np.full((7, 1), outcome), np.random.default_rng(0).random(7)
    moments = moment_parts(y, w, 7)
    errors = errors_around(moments.parts.sum(axis=0)[None], y[:1], moments.layout)
    assert [float(e[0, 0]) for e in errors] == [0.0] * 4


@pytest.mark.parametrize("order", ["C", "F"])
def test_nodes_and_targets_keep_their_place(order):
    rng = np.random.default_rng(0)
    y, w, value = np.round(rng.normal(size=(40, 3)), 3), rng.random(40), rng.normal(size=(4, 3))
    y[:, 1] += 1e9
    moments = moment_parts(np.asarray(y, order=order), w, 40)
    sums = np.stack([moments.parts[node::4].sum(axis=0) for node in range(4)])
    errors = errors_around(np.asarray(sums, order=order), np.asarray(value, order=order), moments.layout)
    for node in range(4):
        rows = slice(node, None, 4)
        agree([e[node : node + 1] for e in errors], y[rows], w[rows], value[node : node + 1])


def test_no_rows_have_no_errors():
    moments = moment_parts(np.empty((0, 2)), np.empty(0), 0)
    errors = errors_around(moments.parts.sum(axis=0)[None], np.ones((1, 2)), moments.layout)
    assert np.array_equal(errors, np.zeros((4, 1, 2)))


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        ([1e9 - 1.5, 1e9 + 2.25], 1e9),
        ([-1e9 - 1.5, -1e9 + 2.25], -1e9),
        ([0.1, 0.1], 0.1),
        ([-0.5, 1.0], 0.0),
        ([0.0, 1e9], 0.0),
        ([1.0, 2.5], 0.0),
        ([0.0, 0.0], 0.0),
        ([np.inf, 1.0], 0.0),
        ([np.inf, np.inf], 0.0),
        ([-np.inf, -np.inf], 0.0),
        ([1.5e308, 1.7e308], 0.0),
        ([np.nan, 1.0], 0.0),
        ([], 0.0),
    ],
)
def test_the_centre_lies_amid_outcomes_far_from_zero(y, expected):
    assert exact_centre(np.array(y)) == expected


CLOSE = st.integers(-5, 5).map(lambda i: 1.5 + i * 2.0**-52) | st.integers(0, 5).map(
    lambda i: 1 + i * 2.0**-52
)
WITHIN_TWICE = st.one_of(st.lists(x, min_size=1, max_size=9) for x in (st.floats(1.0, 2.0), CLOSE))


@given(WITHIN_TWICE, st.floats(0.5, 1.0), st.integers(-1074, 1000), st.sampled_from([-1, 1]))
def test_outcomes_lie_an_exact_distance_from_the_centre(numbers, factor, exponent, sign):
    y = sign * np.ldexp(np.array(numbers) * factor, exponent)
    centre = exact_centre(y)
    for a in y.tolist():
        assert Fraction(a - centre) == Fraction(a) - Fraction(centre)


def test_an_offset_needs_no_more_parts():
    y = np.random.default_rng(0).integers(0, 100, (1000, 1)) / 8
    widths = [moment_parts(y + offset, np.ones(1000), 1000).parts.shape[1] for offset in (0.0, 1e9, -1e12)]
    assert widths == [3, 3, 3]


@pytest.mark.parametrize(
    ("y", "value"), [(1e200, 0.0), (np.inf, 0.0), (np.nan, 0.0), (1.0, 1e200), (1.0, np.inf), (1.0, np.nan)]
)
def test_what_is_too_large_is_seen_in_the_error(y, value):
    table = np.array([[0.5], [y], [0.25]])
    moments = moment_parts(table, np.ones(3), 3)
    sums = np.stack([moments.parts.sum(axis=0), moments.parts[[0, 2]].sum(axis=0)])
    errors = errors_around(sums, np.array([[value], [0.0]]), moments.layout)
    assert np.isnan(errors[2][0, 0])
    agree([e[1:] for e in errors], table[[0, 2]], np.ones(2), np.zeros((1, 1)))


@pytest.mark.parametrize("size", [1e-155, 1e-162, 1e-200, 5e-324])
def test_errors_too_small_for_floats_are_not_negative(size):
    rng = np.random.default_rng(0)
    y, value = size * rng.normal(size=(20, 1)), size * rng.normal(size=(5, 1))
    moments = moment_parts(y, rng.random(20), 20)
    _, _, second, lost = errors_around(np.tile(moments.parts.sum(axis=0), (5, 1)), value, moments.layout)
    assert (second >= 0).all()
    assert (second + lost >= 0).all()
    np.testing.assert_allclose(second, 0.0, atol=20 * 36 * size**2 + 1e-320)


def test_errors_that_lost_their_last_digits_are_not_negative():
    y = np.array([-2.377467520907481e-162] * 2 + [-7.924891736358271e-163, -1.9812229340895677e-162])
    y = np.append(y, -1.5849783472716541e-162)[:, None]
    w = np.array([0.7192197728267403, 0.015991729523571974, 0.7579510023564281, 0.512758723262078])
    moments = moment_parts(y, np.append(w, 0.9291042207970062), 5)
    errors = errors_around(moments.parts.sum(axis=0)[None], y[:1], moments.layout)
    assert (errors[2], errors[3]) == (0.0, 0.0)
