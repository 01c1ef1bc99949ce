"""The parts of the search: cells, merged functions, messages, linear programs, answers behind links."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from tests.certificate.helpers import all_rows, brute_force, small_pair
from tests.strategies import random_ensemble, random_mask
from treeprune.certificate.cells import bounds_of_splits, column_cells, widened
from treeprune.certificate.curved import Lines, greatest
from treeprune.certificate.difference import Difference
from treeprune.certificate.linear import LinearBounds
from treeprune.certificate.relaxation import relaxed_messages
from treeprune.domain.column import Column
from treeprune.domain.domain import Domain
from treeprune.model.edit import collapse

SINGLES = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(bound=SINGLES)
def test_widened_bounds_round_as_single_precision_does(bound):
    single = np.float32(bound)
    wide = widened(np.array([single]))[0]
    with np.errstate(over="ignore"):
        assert np.float32(wide) <= single
        assert np.float32(np.nextafter(wide, np.inf)) > single


def wild_pair(seed: int) -> tuple[Difference, np.ndarray]:
    e = random_ensemble(seed, n_splits=(5, 7, 6, 4))
    f = collapse(e, random_mask(seed, e.n_nodes))
    numbers = [Column(name=f"n{j}", lower=-2, upper=2, missing=bool(seed >> j & 1)) for j in range(3)]
    codes = Column(name="codes", values=tuple(map(float, range(0, 95, 5))))
    domain = Domain((*numbers, codes))
    return Difference(e, f, domain), brute_force(e, f, domain)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15)
def test_every_bound_is_above_the_maximum_and_more_work_does_not_raise_it(seed):
    difference, change = wild_pair(seed)
    leaves = difference.leaves(0, apart=False)
    value, top = leaves.after - leaves.before, change[:, 0].max()
    m, start = leaves.messages, leaves.start[1] - leaves.start[0]
    if not m.problem.n_factors:
        assert start == pytest.approx(top)
        return
    bounds = LinearBounds(m, value, start, 10.0)
    found = [bounds.trivial]
    for n_passes in (1, 2, 5, 40):
        said = np.zeros(m.n_classes)
        found.append(m.bound(value, m.everything(), said, -np.inf, n_passes, 0.0) + start)
    program = relaxed_messages(m.problem, value, 10.0)
    if program is not None:
        found.append(m.bound(value, m.everything(), program, -np.inf, 1, 0.0) + start)
        assert found[-1] <= found[-2] + 1e-6 * max(1.0, abs(found[-2]))  # the optimum of the program
    assert min(found) >= top - bounds.slack - 1e-12
    assert (np.diff(found[:5]) <= 1e-9).all()
    # any start is right
    strange = np.random.default_rng(seed).normal(size=m.n_classes)
    assert m.bound(value, m.everything(), strange, -np.inf, 1, 0.0) + start >= top - 1e-9


@given(seed=st.integers(0, 10**6), apart=st.booleans())
@settings(max_examples=15)
def test_merged_functions_add_up_to_the_models_at_every_point(seed, apart):
    difference, _ = wild_pair(seed)
    leaves = difference.leaves(1, apart=apart)
    rng = np.random.default_rng(seed)
    for _ in range(20):
        point = np.array([rng.integers(len(difference.cells[j])) for j in range(4)])
        before, after = difference.values_at(point, 1)
        sums = [leaves.messages.value_at(v, point) for v in (leaves.before, leaves.after)]
        if apart:
            assert sums[0] + leaves.start[0] == pytest.approx(before)
            assert sums[1] + leaves.start[1] == pytest.approx(after)
        change = sums[1] - sums[0] + leaves.start[1] - leaves.start[0]
        assert change == pytest.approx(after - before, abs=1e-12)


def test_cells_are_all_that_splits_tell_apart():
    for seed in range(10):
        e = random_ensemble(seed, input_dtype="float32" if seed % 2 else "float64")
        domain = Domain(
            (*(Column(name=f"n{j}", missing=True, integer=j == 1) for j in range(3)),
             Column(name="codes", lower=-3, upper=200, integer=True, missing=True))
        )  # fmt: skip
        model = (e, bounds_of_splits(e))
        n_rows = len(all_rows([e], domain))
        n_cells = [len(column_cells(column, [model], j, 10**6)) for j, column in enumerate(domain.columns)]
        assert np.prod(n_cells) >= n_rows  # codes that no split tells apart have cells of their own


@given(
    low=st.floats(-4, 4), width=st.floats(0, 5), rise=st.floats(0, 3), top=st.floats(-2, 6),
    tolerance=st.sampled_from([1e-3, 1e-7]),
)  # fmt: skip
@settings(max_examples=10)
def test_greatest_change_behind_a_link(low, width, rise, top, tolerance):
    lines = Lines(low, low + width, ((1.0, 1.0, rise), (1.0, 0.0, top), (1.0, 0.25, 1.0)))
    bound, _ = greatest(expit, lines, (0.0, 0.0), tolerance)

    b = np.linspace(low, low + width, 100_001)
    best = (expit(np.minimum(np.minimum(b + rise, top), 1.0 + 0.25 * b)) - expit(b)).max()
    assert best <= bound <= best + tolerance + 1e-4  # the grid misses a little, and pieces are limited


def test_identical_trees_cancel():
    e = random_ensemble(3)
    domain = Domain((*(Column(name=str(j)) for j in range(3)), Column(name="c", values=(0.0, 1.0, 2.0))))
    leaves = Difference(e, e, domain).leaves(0, apart=False)
    assert leaves.messages.problem.n_factors == 0
    assert leaves.start[0] == leaves.start[1]


def test_brute_force_sees_what_a_hand_made_tree_does():
    from sklearn.tree import DecisionTreeRegressor

    X = np.arange(8.0)[:, None]
    tree = DecisionTreeRegressor().fit(X, X[:, 0] ** 2)
    before, after = small_pair(tree, seed=0, share=1.0)
    change = brute_force(before, after, Domain.from_data(X))
    assert change.max() == (X**2).mean()
    assert change.min() == (X**2).mean() - 49
