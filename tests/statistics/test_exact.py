"""Sums of parts against fractions, in every order."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from treeprune.statistics.exact import MOST_ROWS, exact_parts, join_parts

LARGE = 2.0**900
ANY = st.floats(-LARGE, LARGE)
TAME = st.floats(-1e6, 1e6)
COARSE = st.integers(-(2**20), 2**20).map(float)


def columns_of(n_terms, elements):
    """Some rows of numbers, each the sum of so many terms."""
    return st.integers(1, 30).flatmap(lambda n: arrays(np.float64, (n_terms, n), elements=elements))


NUMBERS = st.one_of(*(columns_of(t, e) for t in (1, 2, 4) for e in (ANY, TAME, COARSE)))
ROWS_EVER = st.one_of(st.integers(30, 100), st.sampled_from([2**20, 2**31 + 1, 2**40, MOST_ROWS]))


def fraction_sum(values):
    return sum(map(Fraction, np.ravel(values).tolist()), Fraction(0))


def nearest_pair(exact):
    """The float nearest to a fraction, and the one nearest to the rest."""
    total = float(exact)
    return total, float(exact - Fraction(total))


@given(NUMBERS, ROWS_EVER)
def test_each_row_of_parts_is_its_number(terms, n):
    parts = exact_parts(list(terms), n)
    assert parts.flags.c_contiguous
    for row, number in zip(parts, terms.T, strict=True):
        assert fraction_sum(row) == fraction_sum(number)


@given(NUMBERS, ROWS_EVER)
@example(np.array([[342.7 / 256]]), int(2**45 * 256 / 342.7))  # near 2 ** 45 and rounded up
@example(np.array([[-1.5 - 2.0**-52, 1.0]]), 2)
def test_a_part_has_room_for_all_rows(terms, n):
    for part in exact_parts(list(terms), n).T:
        used = [Fraction(x) for x in part if x != 0]
        if used:
            # each is an odd number times a power of two; the least of these powers divides all
            quantum = min(Fraction(x.numerator & -x.numerator, x.denominator) for x in used)
            assert n * max(map(abs, used)) <= 2**53 * quantum


@given(NUMBERS, ROWS_EVER, st.randoms(use_true_random=False))
def test_sums_over_rows_know_no_order_and_no_blocks(terms, n, random):
    parts = exact_parts(list(terms), n)
    chosen = [i for i in range(len(parts)) if random.random() < 0.7]
    exact = [fraction_sum(parts[chosen, k]) for k in range(parts.shape[1])]
    blocks = [np.zeros(parts.shape[1]) for _ in range(3)]
    random.shuffle(chosen)
    for i in chosen:
        blocks[random.randrange(3)] += parts[i]
    sums = blocks[2] + (blocks[0] + blocks[1])
    assert [Fraction(x) for x in sums] == exact
    total, lost = join_parts(sums)
    assert (total, lost) == nearest_pair(fraction_sum(terms[:, chosen]))


@given(arrays(np.float64, st.tuples(st.integers(0, 5), st.integers(1, 8)), elements=st.one_of(ANY, COARSE)))
def test_joined_sums_are_rounded_once(sums):
    total, lost = join_parts(sums)
    assert list(zip(total, lost, strict=True)) == [nearest_pair(fraction_sum(row)) for row in sums]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_half_way_the_last_part_decides(sign):
    half = [1.0, 2.0**-53]
    rows = [[*half, 2.0**-200], [*half, -(2.0**-200)], [*half, 0.0], [1.0, 3 * 2.0**-53, -5e-324]]
    sums = sign * np.array(rows)
    total, lost = join_parts(sums)
    assert list(zip(total, lost, strict=True)) == [nearest_pair(fraction_sum(row)) for row in sums]


@pytest.mark.parametrize("shape", [(0, 2), (3, 2), (2, 3, 2), (2,)])
def test_joined_sums_keep_their_shape(shape):
    total, lost = join_parts(np.ones(shape))
    assert total.shape == lost.shape == shape[:-1]
    assert (total == 2.0).all()
    assert (lost == 0.0).all()


def test_joined_sums_may_be_a_view():
    table = np.arange(24.0).reshape(4, 6)
    for view in (table[:, 1:3], table[::2, ::2], table.T):
        assert np.array_equal(join_parts(view)[0], view.sum(axis=-1))


@pytest.mark.parametrize(
    "number",
    [
        np.ones(7),
        np.zeros(7),
        -np.zeros(7),
        np.arange(7.0) * 2**25,
        np.arange(7.0) / 1024,
        np.full(7, 5e-324),
    ],
)
def test_numbers_of_few_bits_are_their_own_part(number):
    parts = exact_parts([number, np.zeros(7)], 1_000_000)
    assert np.array_equal(parts, number[:, None])


def test_arbitrary_weights_need_two_parts():
    assert exact_parts([np.random.default_rng(0).random(1000)], 1_000_000).shape == (1000, 2)


def test_the_terms_of_a_number_share_its_parts():
    rng = np.random.default_rng(0)
    high = rng.random(1000)
    alone = exact_parts([high], 1000).shape[1]
    together = exact_parts([high, high * 2.0**-2, high * 2.0**-3, high * 2.0**-4], 1000).shape[1]
    assert together <= alone + 1


def test_terms_are_left_as_they_are():
    number = np.array([0.1, 0.2])
    exact_parts([number], 2)
    assert number.tolist() == [0.1, 0.2]


def test_no_rows_have_parts_too():
    parts = exact_parts([np.empty(0)], 0)
    assert parts.shape[0] == 0
    assert join_parts(parts.sum(axis=0)) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("wild", "counts_as"),
    [
        ([np.inf, 0.0], np.inf),
        ([-np.inf, 1.0], -np.inf),
        ([np.nan, 1.0], np.nan),
        ([np.inf, np.nan], np.nan),
        ([np.inf, -np.inf], np.nan),
        ([1.7e308, 0.0], np.inf),
        ([-1.7e308, -1.7e308], -np.inf),
    ],
)
def test_what_is_too_large_is_seen_in_the_sum(wild, counts_as):
    terms = np.array([[0.1, 1e300, 0.0, 0.3], [1e-30, 0.0, 0.0, 1e-20]])
    terms[:, 2] = wild
    parts = exact_parts(list(terms), 1000)
    total, lost = join_parts(parts.sum(axis=0))
    np.testing.assert_equal((total, lost), (counts_as, 0.0))
    total, lost = join_parts(parts[[0, 1, 3]].sum(axis=0))
    assert (total, lost) == nearest_pair(fraction_sum(terms[:, [0, 1, 3]]))


def test_what_overflows_in_one_order_is_seen_in_every_order():
    number = np.array([1.7e308, 1.7e308, -1.7e308, -1.7e308])
    parts = exact_parts([number], 4)
    for order in ([0, 1, 2, 3], [0, 2, 1, 3]):
        total = 0.0
        with np.errstate(invalid="ignore"):
            for i in order:
                total = total + parts[i, 0]
        assert np.isnan(total)


@pytest.mark.parametrize("n", [2, MOST_ROWS + 1])
def test_the_number_of_rows_must_be_true(n):
    with pytest.raises(ValueError, match=f"n must lie between 3 rows and {MOST_ROWS}, got {n}"):
        exact_parts([np.ones(3)], n)


def test_a_number_has_few_terms():
    with pytest.raises(ValueError, match="at most 16 terms, got 17"):
        exact_parts([np.ones(3)] * 17, 3)
