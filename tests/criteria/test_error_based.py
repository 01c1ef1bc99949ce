"""Error-based and reduced-error pruning against Weka's J48 and REPTree."""

from __future__ import annotations

import numpy as np
import pytest

from tests.criteria.helpers import cases, kept_nodes, make_tree, oracle, weka_tree
from treeprune.criteria.error_based import added_errors
from treeprune.criteria.leaf_cost import LeafCosts, cheapest_subtree
from treeprune.criteria.registry import leaf_costs
from treeprune.statistics.collect import collect
from treeprune.statistics.losses import Misclassification, SquaredError
from treeprune.statistics.target import Target

J48 = cases("weka/j48")
REDUCED = cases("weka/reduced_error")


@pytest.mark.parametrize("table", oracle("weka/addErrs")["tables"], ids=lambda t: f"CF={t['cf']}")
def test_added_errors_are_those_of_weka(table):
    n, e, added = np.array(table["rows"]).T
    ours = added_errors(n, e, table["cf_used"])
    # Weka holds 1 - CF in single precision, which is exact for a quarter and a half alone
    exact = table["cf_used"] == 1.0 - table["p_used"]
    np.testing.assert_allclose(ours, added, rtol=1e-13 if exact else 1e-6, atol=1e-13)


def test_nothing_is_added_where_there_is_no_weight():
    assert added_errors(np.zeros(2), np.zeros(2), 0.25).tolist() == [0.0, 0.0]


def j48_tree(table, nodes):
    counts = np.array(nodes["counts"], float)
    cover = counts.sum(axis=1)
    return weka_tree(table, nodes, counts / cover[:, None], cover)


@pytest.mark.parametrize(("table", "case"), J48)
def test_error_based_pruning_keeps_what_j48_keeps(table, case):
    e = j48_tree(table, case["nodes"])
    for pruning in case["prunings"]:
        costs = leaf_costs("error_based", e, confidence=pruning["cf"])
        np.testing.assert_allclose(costs.leaf, pruning["leaf_estimate"], rtol=1e-6)
        mask, _ = cheapest_subtree(e, costs)
        kept, leaves = kept_nodes(e.left, e.right, mask)
        assert kept == set(pruning["without_collapse"]["kept"]), pruning["cf"]
        assert leaves == set(pruning["without_collapse"]["leaves"])


def test_pruning_is_not_monotone_in_the_confidence_and_neither_is_ours():
    (param,) = [p for p in J48 if p.id.endswith("iris_M1")]
    table, case = param.values
    e = j48_tree(table, case["nodes"])
    sizes = {}
    for confidence in (0.01, 0.05):
        mask, _ = cheapest_subtree(e, leaf_costs("error_based", e, confidence=confidence))
        sizes[confidence] = len(kept_nodes(e.left, e.right, mask)[1])
    assert sizes == {0.01: 6, 0.05: 4}


@pytest.mark.parametrize("confidence", [0.0, -0.1, 0.51, float("nan")])
def test_a_confidence_outside_its_range_is_refused(confidence):
    e = make_tree([-1], [-1], [[0.5, 0.5]], [2.0])
    with pytest.raises(ValueError, match=r"confidence must lie in \(0, 0.5\]"):
        leaf_costs("error_based", e, confidence=confidence)


def test_the_default_is_the_quarter_of_c45():
    # C4.5's own example: leaves of 6, 9 and 1 rows without an error
    e = make_tree([1, -1, -1], [2, -1, -1], [[1.0, 0.0]] * 3, [6.0, 9.0, 1.0])
    quarter = [6 * (1 - 0.25 ** (1 / 6)), 9 * (1 - 0.25 ** (1 / 9)), 0.75]
    np.testing.assert_allclose(leaf_costs("error_based", e).leaf, quarter, rtol=1e-14)


def held_out(table, case):
    """Tree that answers as Weka's does, and what the pruning rows leave in its nodes."""
    nodes, rows = case["nodes"], np.array(case["prune_rows"])
    X = np.array(table["X"], float)[rows]
    y = np.array(table["y"])[rows]
    weight = np.array(case.get("weights", np.ones(len(table["y"]))), float)[rows]
    if case["method"] == "class":
        value, target = np.eye(len(nodes["counts"][0]))[nodes["prediction"]], Target(codes=y[:, None])
    else:
        value, target = nodes["prediction"], Target(numbers=y[:, None].astype(float))
    e = weka_tree(table, nodes, value, np.ones(len(nodes["feature"])))
    return e, collect(e, X, target, weight)


@pytest.mark.parametrize(("table", "case"), REDUCED)
def test_held_out_sums_and_errors_are_those_of_weka(table, case):
    e, statistics = held_out(table, case)
    nodes = case["nodes"]
    if case["method"] == "class":
        np.testing.assert_allclose(statistics.sums, nodes["prune_counts"], rtol=1e-12)
        error = Misclassification().node_cost(e, statistics)
    else:
        weight, total = np.array(nodes["prune_wt_sum"]).T
        np.testing.assert_allclose(statistics.weight, weight, rtol=1e-12)
        first = statistics.sums[:, 0] + statistics.weight * e.value[:, 0]
        np.testing.assert_allclose(first, total, rtol=1e-12)
        error = SquaredError().node_cost(e, statistics)
    if "prune_error" in nodes:
        np.testing.assert_allclose(error, nodes["prune_error"], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("table", "case"), REDUCED)
def test_reduced_error_pruning_keeps_what_weka_keeps(table, case):
    e, statistics = held_out(table, case)
    loss = Misclassification() if case["method"] == "class" else SquaredError()
    mask, best = cheapest_subtree(e, LeafCosts(leaf=loss.node_cost(e, statistics)))
    kept, leaves = kept_nodes(e.left, e.right, mask)
    assert kept == set(case["pruned"]["kept"])
    assert leaves == set(case["pruned"]["leaves"])
    if "prune_error" in case["pruned"]:
        np.testing.assert_allclose(best[0], case["pruned"]["prune_error"], rtol=1e-9, atol=1e-9)
