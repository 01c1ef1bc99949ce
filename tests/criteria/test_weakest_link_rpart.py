"""The path of rpart's own full trees, and its cross-validation, against what rpart prints."""

from __future__ import annotations

import numpy as np
import pytest

from tests.criteria.helpers import cases, kept_nodes, leaves_left, rpart_tree
from treeprune.criteria.weakest_link import distinct_alphas, geometric_means, weakest_link_alphas
from treeprune.model.path import path_sizes, path_sums
from treeprune.statistics.losses import ExpectedCost, SquaredError
from treeprune.statistics.path_losses import path_losses
from treeprune.statistics.risk import node_risk
from treeprune.statistics.target import Target

TABLES = cases("rpart_class2", "rpart_class3", "rpart_anova", "rpart_xval_class", "rpart_xval_anova")
NOISE = 1e-12
"""Steps below this share of the root's risk are rounding: rpart prunes them at cp = 0."""


def options(case):
    if case["method"] == "anova":
        return {"risk": "squared_error"}
    if "loss" in case:
        return {"risk": "cost", "cost_matrix": case["loss"], "priors": case.get("prior")}
    return {"risk": "misclassification", "priors": case.get("prior")}


def path(table, case, nodes=None):
    """Ensemble, risk and strengths; rpart's root risk as a share of the weight."""
    nodes = nodes or case["nodes"]
    e = rpart_tree(table, nodes)
    risk = node_risk(e, **options(case))
    return e, risk, weakest_link_alphas(e, risk), nodes["dev"][0] / nodes["wt"][0]


@pytest.mark.parametrize(("table", "case"), TABLES)
def test_node_risk_is_the_deviance_of_rpart(table, case):
    e, risk, _, _ = path(table, case)
    dev = np.array(case["nodes"]["dev"]) / case["nodes"]["wt"][0]
    if case["method"] == "anova":  # ours is less the risk of the full tree, so compare what splits save
        inner = ~e.is_leaf
        risk, dev = (r[inner] - r[e.left[inner]] - r[e.right[inner]] for r in (risk, dev))
    np.testing.assert_allclose(risk, dev, rtol=1e-9, atol=1e-12 * case["nodes"]["dev"][0])


def absolute(cp, root_risk):
    """Strength of a relative cp, a hair above it: rpart prunes at equality, and so do we."""
    return (np.maximum(cp, NOISE) * (1 + NOISE)) * root_risk


@pytest.mark.parametrize(("table", "case"), TABLES)
def test_path_is_the_table_of_rpart(table, case):
    e, risk, alpha, root_risk = path(table, case)
    printed = case["cptable"]
    ours = distinct_alphas(alpha) / root_risk
    np.testing.assert_allclose(ours[ours > NOISE][::-1], printed["CP"][:-1], rtol=1e-9)
    assert printed["CP"][-1] == 0
    strengths = absolute(np.array(printed["CP"]), root_risk)[::-1]
    np.testing.assert_array_equal(path_sizes(e, alpha, strengths)[::-1] - 1, printed["nsplit"])
    error = path_sums(e, alpha, strengths, risk)[::-1] / root_risk
    offset = printed["rel_error"][0] - error[0]  # the risk of the full tree, which anova leaves out
    assert case["method"] == "anova" or abs(offset) < NOISE
    np.testing.assert_allclose(error + offset, printed["rel_error"], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("table", "case"), TABLES)
def test_pruned_nodes_are_those_of_rpart(table, case):
    e, _, alpha, root_risk = path(table, case)
    number = np.array(case["nodes"]["node"])
    for cp, expected in zip(case["prune"]["cp"], case["prune"]["kept"], strict=True):
        kept, _ = kept_nodes(e.left, e.right, alpha <= absolute(cp, root_risk))
        assert set(number[list(kept)]) == set(expected), cp


@pytest.mark.parametrize(("table", "case"), cases("rpart_not_minimal"))
def test_where_rpart_is_not_minimal_the_path_is(table, case):
    e, risk, alpha, root_risk = path(table, case)
    printed = case["prune"]
    ours = []
    for cp in printed["cp"]:
        leaves = list(leaves_left(e, alpha <= absolute(cp, root_risk)))
        ours.append(risk[leaves].sum() / root_risk + cp * (len(leaves) - 1))
    ours, theirs = np.array(ours), np.array(printed["cost"])
    assert (ours <= theirs + 1e-9).all()
    assert (ours <= np.array(printed["least_in_cptable"]) + 1e-9).all()
    if case["name"] == "kyphosis_equal":
        assert (ours < theirs - 1e-3).any()
    else:  # the trees of the table are right here, one strength is not
        assert not np.isin(np.round(case["cptable"]["CP"], 9), np.round(alpha / root_risk, 9))[:-1].all()


def held_out_setup(table, case, held_out):
    """Rows, outcomes, error weights and loss of one fold, as rpart scores them."""
    rows = np.array(case["folds"]) == held_out
    weight = np.array(case.get("weights", np.ones(len(rows))), float)
    y = np.array(table["y"])
    if case["method"] == "anova":
        return rows, Target(numbers=y[rows, None].astype(float)), weight[rows], SquaredError()
    total = np.bincount(y, weight)
    own = weight * weight.sum() * np.array(case["prior_used"])[y] / total[y]
    matrix = np.array(case.get("loss", 1.0 - np.eye(len(total))))
    matrix = matrix.T if case["xerror_loss_transposed"] else matrix
    return rows, Target(codes=y[rows, None]), own[rows], ExpectedCost(tuple(map(tuple, matrix.tolist())))


@pytest.mark.parametrize(("table", "case"), cases("rpart_xval_class", "rpart_xval_anova"))
def test_cross_validated_error_is_that_of_rpart(table, case):
    X = np.array(table["X"], float)
    root_risk = case["nodes"]["dev"][0] / case["nodes"]["wt"][0]
    cp = np.array(case["cptable"]["CP"])
    # row i at the geometric mean of CP[i - 1] and CP[i]; the first at infinity, the last at 0
    strengths = absolute(np.append(geometric_means(cp[::-1])[:-1], 1e9), root_risk)
    error = np.zeros(len(cp))
    for fold in case["fold_trees"]:
        e, _, alpha, _ = path(table, case, fold["nodes"])
        rows, target, weight, loss = held_out_setup(table, case, fold["held_out"])
        if case["method"] == "class":  # rpart's decisions stand, whatever it scores them with
            answers = np.eye(len(table["classes"]))[fold["nodes"]["yval"]]
            e = rpart_tree(table, fold["nodes"], value=answers)
        error += path_losses(e, alpha, strengths, X[rows], target, weight, loss) * weight.sum()
    expected = np.array(case["cptable"]["xerror"]) * case["nodes"]["dev"][0]
    np.testing.assert_allclose(error[::-1], expected, rtol=1e-9)
