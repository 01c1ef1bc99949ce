"""Node statistics against a plain twin, and against every order in which rows can come."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.statistics.helpers import equal_bits, outcomes, routing
from tests.strategies import cases, fitted, fitted_cases, random_table, random_weights
from treeprune.backends import read
from treeprune.statistics import rows as rows_module
from treeprune.statistics.collect import collect
from treeprune.statistics.losses import SquaredError
from treeprune.statistics.target import Target, encode_target


@pytest.mark.parametrize("case", cases())
def test_sums_are_those_of_the_rows_that_reach_each_node(case):
    e = read(case.model)
    weight = random_weights(1, len(case.X))
    target, columns = outcomes(case, e)
    own = collect(e, case.X, target, weight)
    path = routing(case, case.X)
    assert np.array_equal(own.n_rows, path[weight > 0].sum(axis=0))
    np.testing.assert_allclose(own.weight, weight @ path, rtol=1e-12)
    if e.task == "regression":
        d = columns[:, None] - e.value
        expected = np.hstack([np.einsum("i,in,ink->nk", weight, path, d**p) for p in (1, 2)])
    else:
        expected = path.T @ (weight[:, None] * columns)
    np.testing.assert_allclose(own.sums, expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("case", cases("plain", "nan"))
def test_absolute_errors_are_those_of_each_node(case):
    e = read(case.model)
    if e.task == "classification":
        assert collect(e, case.X, encode_target(e, case.y)).absolute is None
        return
    weight = random_weights(2, len(case.X))
    own = collect(e, case.X, encode_target(e, case.y), weight, absolute=True)
    y, path = case.y.reshape(len(case.y), -1), routing(case, case.X)
    expected = [
        weight[path[:, i]] @ np.abs(y[path[:, i]] - e.value[i]).mean(axis=1) for i in range(e.n_nodes)
    ]
    np.testing.assert_allclose(own.absolute, expected, rtol=1e-11, atol=1e-11)


def statistics_of(case, e, order=None, **options):
    """Statistics of some rows, in some order, with the weights of the case."""
    order = np.arange(len(case.X)) if order is None else order
    weight = None if case.weight is None else case.weight[order]
    absolute = e.task == "regression"
    return collect(e, case.X[order], encode_target(e, case.y[order]), weight, absolute=absolute, **options)


@given(fitted_cases(), st.randoms(use_true_random=False), st.integers(1, 40))
def test_order_blocks_and_threads_change_no_bit(case, random, block):
    e = read(case.model)
    once = statistics_of(case, e)
    order = list(range(len(case.X)))
    random.shuffle(order)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_module, "BLOCK_ROWS", block)
        equal_bits(once, statistics_of(case, e))
        equal_bits(once, statistics_of(case, e, np.array(order), n_jobs=2))


@given(fitted_cases(), st.floats(0.1, 0.9))
def test_two_parts_add_up_to_the_whole_bit_for_bit(case, share):
    e = read(case.model)
    first = np.random.default_rng(0).random(len(case.X)) < share
    first[0], first[-1] = True, False
    assume(case.weight is None or (case.weight[first].any() and case.weight[~first].any()))
    parts = [statistics_of(case, e, np.flatnonzero(part)) for part in (first, ~first)]
    whole = statistics_of(case, e)
    both, swapped = parts[0] + parts[1], parts[1] + parts[0]
    for total in (both, swapped):
        assert np.array_equal(total.n_rows, whole.n_rows)
        assert np.array_equal(total.weight, whole.weight)
        # sums of errors cancel: what is left of their hundred bits may be less than a double holds
        n_first = whole.sums.shape[1] // 2 if e.task == "regression" else 0
        assert np.array_equal(total.sums[:, n_first:], whole.sums[:, n_first:])
        np.testing.assert_allclose(total.sums, whole.sums, rtol=1e-15, atol=1e-25)
        if whole.absolute is not None:
            np.testing.assert_allclose(total.absolute, whole.absolute, rtol=1e-14)


@given(fitted_cases())
def test_a_whole_weight_is_a_repeated_row_and_zero_an_absent_one(case):
    e = read(case.model)
    weight = np.random.default_rng(1).integers(0, 4, len(case.X))
    weight[0] = 2
    absolute = e.task == "regression"
    target = encode_target(e, case.y)
    weighted = collect(e, case.X, target, weight, absolute=absolute)
    again = np.repeat(np.arange(len(case.X)), weight)
    repeated = collect(e, case.X[again], target.take(again), absolute=absolute)
    assert np.array_equal(weighted.weight, repeated.weight)
    assert np.array_equal(weighted.weight, repeated.n_rows)
    np.testing.assert_allclose(weighted.sums, repeated.sums, rtol=1e-14, atol=1e-14)
    if absolute:
        np.testing.assert_allclose(weighted.absolute, repeated.absolute, rtol=1e-14)
    present = np.flatnonzero(weight)
    equal_bits(
        weighted, collect(e, case.X[present], target.take(present), weight[present], absolute=absolute)
    )


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_matrix, sparse.coo_array])
@pytest.mark.parametrize("case", cases("plain"))
def test_a_sparse_table_is_its_dense_twin(case, form):
    e = read(case.model)
    X = np.where(np.abs(case.X) < 0.7, 0.0, case.X)
    target = encode_target(e, case.y)
    equal_bits(collect(e, X, target), collect(e, form(X), target))


def test_a_large_offset_costs_no_digits():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = 1e9 + np.round(X[:, 0] * 8) / 8 + rng.integers(0, 8, 200) / 8
    e = read(DecisionTreeRegressor(max_depth=3, random_state=0).fit(X, y))
    own = collect(e, X, encode_target(e, y))
    cost = SquaredError().node_cost(e, own)
    path = routing_of_tree(e, X)
    for node in range(e.n_nodes):
        answer = Fraction(e.value[node, 0])
        exact = sum((Fraction(v) - answer) ** 2 for v in y[path[:, node]])
        assert cost[node] == pytest.approx(float(exact), rel=1e-10)


@pytest.mark.parametrize("outcome", [1e8, 1e10, 1e12, -1e12])
def test_a_wild_training_outcome_costs_no_digits(outcome):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    y = X[:, 0] + rng.normal(size=300)
    wild = y.copy()
    wild[np.argmax(X[:, 0])] = outcome
    e = read(DecisionTreeRegressor(random_state=0).fit(X, wild))
    own = collect(e, X, encode_target(e, y))
    cost, path = SquaredError().node_cost(e, own), routing_of_tree(e, X)
    for node in range(e.n_nodes):
        errors = [Fraction(v) - Fraction(e.value[node, 0]) for v in y[path[:, node]]]
        assert own.sums[node, 0] == pytest.approx(float(sum(errors)), rel=1e-12, abs=1e-13)
        assert cost[node] == pytest.approx(float(sum(d**2 for d in errors)), rel=1e-14)


def routing_of_tree(e, X):
    """Rows that reach each node, from the thresholds themselves."""
    path = np.zeros((len(X), e.n_nodes), bool)
    path[:, 0] = True
    for node in np.flatnonzero(~e.is_leaf):
        goes_left = X[:, e.feature[node]].astype(np.float32) <= e.threshold[node]
        path[:, e.left[node]] = path[:, node] & goes_left
        path[:, e.right[node]] = path[:, node] & ~goes_left
    return path


def test_cancelling_amounts_leave_what_is_left():
    """The sum of numbers of very different size is exact, in any order."""
    X = np.zeros((5, 1))
    e = read(DecisionTreeRegressor().fit(X, np.zeros(5)))
    y = np.array([1e17, 1.0, -1e17, 2.0**-30, 3.0])
    for order in ([0, 1, 2, 3, 4], [4, 3, 1, 0, 2], [2, 1, 4, 3, 0]):
        own = collect(e, X, encode_target(e, y[order]))
        assert own.sums[0, 0] == 4.0 + 2.0**-30


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_rows_that_do_not_fit_are_refused_before_a_kernel_sees_them(kind):
    cls = DecisionTreeRegressor if kind == "regression" else DecisionTreeClassifier
    e = read(fitted(cls, kind=kind))
    X, y = random_table(0, 30, kind)
    target = encode_target(e, y)
    with pytest.raises(ValueError, match="X has 3 features, but the model is expecting 5 features"):
        collect(e, X[:, :3], target)
    for n in (20, 31):
        with pytest.raises(ValueError, match=f"X has {n} rows, but there are 30 outcomes"):
            collect(e, np.resize(X, (n, 5)), target)
    with pytest.raises(ValueError, match=r"sample_weight has shape \(29,\), but there are 30 rows"):
        collect(e, X, target, np.ones(29))


@pytest.mark.parametrize("code", [-1, 2, 2**40])
def test_class_codes_that_do_not_exist_are_refused(code):
    e = read(fitted(DecisionTreeClassifier))
    with pytest.raises(ValueError, match="class codes must lie between 0 and 1"):
        collect(e, np.zeros((2, 5)), Target(codes=np.array([[0], [code]])))


def test_numbers_are_no_class_codes():
    e = read(fitted(DecisionTreeClassifier))
    with pytest.raises(ValueError, match="a classifier needs class codes"):
        collect(e, np.zeros((2, 5)), Target(numbers=np.zeros((2, 1))))


def test_every_target_needs_its_outcome():
    e = read(fitted(DecisionTreeRegressor, kind="multi_regression"))
    with pytest.raises(ValueError, match="there are 1 outcomes a row for 2 targets"):
        collect(e, np.zeros((2, 5)), Target(numbers=np.zeros((2, 1))))


@pytest.mark.parametrize("case", cases("plain"))
def test_rows_can_be_counted_without_outcomes(case):
    e = read(case.model)
    own = collect(e, case.X, Target.unknown(len(case.X)))
    assert np.array_equal(own.n_rows, routing(case, case.X).sum(axis=0))
    assert np.array_equal(own.weight, own.n_rows)


def test_absolute_errors_add_up_only_where_both_parts_have_them():
    X = np.zeros((3, 1))
    e = read(DecisionTreeRegressor().fit(X, np.zeros(3)))
    target = encode_target(e, [1.0, 2.0, 3.0])
    with_errors, without = (collect(e, X, target, absolute=flag) for flag in (True, False))
    assert (with_errors + with_errors).absolute.tolist() == [12.0]
    assert (with_errors + without).absolute is None
