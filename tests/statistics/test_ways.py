"""Every way to sum changes of the loss, against decimal numbers of many digits, row by row."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext

import numpy as np
import pytest

from tests.statistics.boosted import KINDS, boosted, table
from treeprune.model.ensemble import LEAF
from treeprune.model.traverse import leaf_index, raw_output
from treeprune.pruners.in_order import prune_in_order
from treeprune.statistics import logistic
from treeprune.statistics import rows as rows_module
from treeprune.statistics.additive import ensemble_loss_risk
from treeprune.statistics.changes import NodeSums, column_of
from treeprune.statistics.losses import make_loss
from treeprune.statistics.target import encode_target
from treeprune.statistics.ways import ByDistance, ByGradient, ByLoss, ByOdds, ByPoints, way_for

HALF = Decimal("0.5")

CASES = [
    *((kind, "log_loss") for kind in KINDS if KINDS[kind].get("link") in ("logit", "softmax")),
    *((kind, "squared_error") for kind in ("number", "two numbers", "single precision")),
    *((kind, "absolute_error") for kind in ("number", "two numbers")),
    *(("rate", name) for name in ("poisson", "gamma", "tweedie")),
]


def number_loss(name, y, x):
    """Loss of a number, up to what the answer does not move; `x` is its logarithm for a deviance."""
    return {
        "squared_error": lambda: (y - x) ** 2,
        "absolute_error": lambda: abs(y - x),
        "poisson": lambda: 2 * (x.exp() - y * x),
        "gamma": lambda: 2 * (x + y * (-x).exp()),
        "tweedie": lambda: 4 * (y * (-HALF * x).exp() + (HALF * x).exp()),
    }[name]()


def decimal_loss(name, e, y, raw):
    """Loss of one row."""
    x, total = [v * Decimal(e.link_scale) for v in raw], Decimal(0)
    for k, width in enumerate(e.columns):
        own = x[e.target_columns(k)]
        if e.task == "regression":
            total += number_loss(name, Decimal(float(y[k])), own[0])
        elif e.link == "softmax":
            total += sum(v.exp() for v in own).ln() - own[list(e.classes[k]).index(y[k])]
        else:
            labels = e.classes[k][1:] if width < len(e.classes[k]) else e.classes[k]
            total += sum(
                (1 + v.exp()).ln() - v * int(y[k] == label) for v, label in zip(own, labels, strict=True)
            )
    return total / len(e.columns)


def changes_by_hand(name, e, rows, y, w, digits):
    """Sum of the changes at each node, and of their sizes."""
    raw, leaves = raw_output(e, rows), leaf_index(e, rows)
    nodes = NodeSums(e)
    sums, sizes = [Decimal(0)] * e.n_nodes, [Decimal(0)] * e.n_nodes
    with localcontext() as context:
        context.prec = digits
        for i in np.flatnonzero(w):
            start = [Decimal(v) for v in raw[i].tolist()]
            before = decimal_loss(name, e, y[i], start)
            for t in range(e.n_trees):
                column, leaf = column_of(e, t), leaves[t, i]
                node = nodes.parent[leaf]
                while node != LEAF:
                    moved = list(start)
                    for c in range(e.n_columns) if column is None else [column]:
                        step = Decimal(e.value[node, c]) - Decimal(e.value[leaf, c])
                        moved[c] += step * Decimal(nodes.factors[t, c])
                    change = Decimal(w[i]) * (decimal_loss(name, e, y[i], moved) - before)
                    sums[node] += change
                    sizes[node] += abs(change)
                    node = nodes.parent[node]
    return sums, sizes


def check(e, name, rows, y, target, w, digits=50, rtol=1e-13):
    risk = ensemble_loss_risk(e, rows, target, w, make_loss(name, e.task))
    sums, sizes = changes_by_hand(name, e, rows, y, w, digits)
    total = sum(Decimal(v) for v in w.tolist())
    for node in range(e.n_nodes):
        off = abs(Decimal(float(risk[node])) * total - sums[node])
        assert off <= Decimal(rtol) * sizes[node], (node, float(off), float(sizes[node]))


def spread_out(e, size):
    """The ensemble with values up to a size."""
    value = e.value * (size / np.abs(e.value).max())
    return replace(e, value=value.astype(e.output_dtype).astype(np.float64))


@pytest.mark.parametrize("size", [0.02, 0.1, 0.3, 0.7, 3.0, 30.0])
@pytest.mark.parametrize(("kind", "name"), CASES)
def test_changes_by_hand(kind, name, size):
    e = spread_out(boosted(6, kind, (5, 0, 4)), size)
    rows, y, target, w = table(6, e, 60)
    check(e, name, rows, y, target, w)


def test_each_way_is_taken():
    ways = set()
    for kind, name in [*CASES, ("binary", "brier")]:
        for size in (0.02, 0.06, 0.1, 0.2, 0.5, 0.9, 3.0, 3000.0):
            e = spread_out(boosted(6, kind, (5, 0, 4)), size)
            ways |= {way_for(make_loss(name, e.task), NodeSums(e), t) for t in range(e.n_trees)}
    assert {way.n for way in ways if isinstance(way, ByPoints)} == set(logistic._REACHES)
    assert {way.course for way in ways if isinstance(way, ByGradient)} == {0, 1, 2, 3}
    assert {ByOdds(), ByDistance(), ByLoss()} < ways


@pytest.mark.parametrize("base", [-800.0, -40.0, 0.0, 5.0, 36.8, 800.0])
@pytest.mark.parametrize("size", [0.1, 1.0, 5.0, 700.0])
@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_probabilities_of_one_but_for_a_hair_and_huge_shifts(kind, size, base):
    e = spread_out(boosted(8, kind, (3, 2)), size)
    base_score = np.zeros(e.n_columns)
    base_score[0] = base
    e = replace(e, base_score=base_score)
    rows, y, target, w = table(8, e, 8)
    check(e, "log_loss", rows, y, target, w, digits=720 if abs(base) + size > 100 else 80, rtol=2e-13)


@pytest.mark.parametrize(("name", "size"), [("poisson", 12.0), ("gamma", 12.0), ("tweedie", 1.8)])
def test_rates_that_are_tiny_or_huge(name, size):
    for base in (-250.0, 250.0):
        e = replace(spread_out(boosted(8, "rate", (3, 2)), size), base_score=np.array([base]))
        rows, y, target, w = table(8, e, 12)
        check(e, name, rows, y, target, w, digits=400, rtol=3e-13)


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_one_row_and_trees_of_one_leaf(kind, name):
    e = boosted(2, kind, (0, 3, 0))
    rows, y, target, _ = table(2, e, 1)
    check(e, name, rows, y, target, np.array([0.7]))
    bare = boosted(2, kind, (0, 0))
    loss = make_loss(name, e.task)
    assert not ensemble_loss_risk(bare, rows, target, np.array([0.7]), loss).any()


@pytest.mark.parametrize(("kind", "name"), [("number", "squared_error"), ("rate", "poisson")])
def test_one_wild_outcome_eats_no_digits_of_the_others(kind, name):
    e = boosted(3, kind, (5, 6, 4))
    rows, y, _, w = table(3, e, 80)
    y[0], w[0] = 1e25, 1.0
    check(e, name, rows, y, encode_target(e, y), w)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("binary", "log_loss"), ("multiclass", "log_loss"), ("rate", "tweedie"), ("number", "absolute_error")],
)
def test_bits_depend_on_no_order_thread_or_block(kind, name, monkeypatch):
    e = spread_out(boosted(5, kind, (9, 8, 7, 0, 6) * 8), 0.8)
    rows, _, target, _ = table(5, e, 400)
    w = np.random.default_rng(5).exponential(size=400)
    loss = make_loss(name, e.task)
    risk = ensemble_loss_risk(e, rows, target, w, loss)
    order = np.random.default_rng(1).permutation(400)
    permuted = ensemble_loss_risk(e, rows[order], target.take(order), w[order], loss)
    np.testing.assert_array_equal(risk, permuted)
    np.testing.assert_array_equal(risk, ensemble_loss_risk(e, rows, target, w, loss, n_jobs=4))
    monkeypatch.setattr(rows_module, "BLOCK_ROWS", 37)
    np.testing.assert_array_equal(risk, ensemble_loss_risk(e, rows, target, w, loss))


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_in_order_sums_are_those_of_all_trees_where_none_is_pruned(kind, name):
    e = spread_out(boosted(6, kind, (5, 0, 4)), 0.3)
    rows, y, target, w = table(6, e, 60)
    all_kept = np.ones(e.n_nodes, bool)
    mask, change = prune_in_order(e, rows, target, w, make_loss(name, e.task), all_kept)
    assert not mask.any()
    sums, sizes = changes_by_hand(name, e, rows, y, w, 50)
    for node in range(e.n_nodes):
        assert abs(Decimal(float(change[node])) - sums[node]) <= Decimal("1e-13") * sizes[node]


@pytest.mark.parametrize("n_rows", [1, 3, 1000, 2**20, 2**30])
def test_parts_of_any_rows_on_the_grids_add_up_exactly(n_rows):
    grid = logistic.grids(n_rows, 0.7)
    unit = [float(np.spacing(each)) for each in grid]
    # as many of the largest parts as there are rows, and one more quantum, still fit in a number
    largest = [0.7, *(0.5 * step for step in unit[:-1])]
    for size, step in zip(largest, unit, strict=True):
        assert n_rows * (size / step + 1) <= 2**53
        assert size < 2**50 * step
    assert unit[-1] <= 0.7 * 2.0**-60
