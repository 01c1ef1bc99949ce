"""The same class from fewer trees: against all cells and against every subset of trees."""

import time
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.tree import DecisionTreeClassifier

from tests.strategies import random_table
from treeprune.backends import read
from treeprune.criteria.lossless import separation
from treeprune.criteria.lossless.axes import all_inputs, axes_of
from treeprune.criteria.lossless.master import Conditions, widest
from treeprune.criteria.lossless.needs import Needs
from treeprune.criteria.lossless.reweigh import reweigh
from treeprune.criteria.lossless.rows import every_cell
from treeprune.criteria.lossless.separation import Separation, leads
from treeprune.criteria.lossless.votes import votes_of
from treeprune.exceptions import UnsupportedModelError

IRIS = load_iris(return_X_y=True)
X, Y = random_table(0)
_, BANDS = random_table(0, kind="multiclass")


def small(name):
    return {
        "ada": lambda: AdaBoostClassifier(n_estimators=12, random_state=0).fit(X[:, :3], Y),
        "boosted stumps": lambda: GradientBoostingClassifier(
            n_estimators=12, max_depth=1, random_state=0
        ).fit(X, Y),
        "forest": lambda: RandomForestClassifier(7, max_depth=2, random_state=1).fit(*IRIS),
        "three classes": lambda: GradientBoostingClassifier(
            n_estimators=3, max_depth=1, random_state=0
        ).fit(*IRIS),
    }[name]()


NAMES = ("ada", "boosted stumps", "forest", "three classes")
EACH = pytest.mark.parametrize("name", NAMES)


def conditions(votes, rows):
    """By how much each tree is for the class of each row and against each other class."""
    given, classes = votes.of_rows(rows), votes.classes_of(rows)
    lead, base = [], []
    for votes_of_row, c in zip(given, classes, strict=True):
        for k in range(votes.n_classes):
            if k != c:
                lead.append(votes_of_row[:, c] - votes_of_row[:, k])
                base.append(votes.base[c] - votes.base[k])
    return np.array(lead), np.array(base)


def widest_margin(lead, start):
    """Of the weights of some trees and of the start, one in all."""
    n = lead.shape[1] + 1
    found = linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=np.column_stack([-lead, -start, np.ones(len(lead))]),
        b_ub=np.zeros(len(lead)),
        A_eq=np.append(np.ones(n), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * (n - 1) + [(0, None if start.any() else 0), (None, None)],
    )
    assert found.status == 0
    return found.x[-1]


def fewest_by_force(lead, start):
    """Smallest number of trees that some weights suit, trying every subset."""
    n = lead.shape[1]
    return next(
        k
        for k in range(1, n + 1)
        if any(widest_margin(lead[:, list(own)], start) > 1e-6 for own in combinations(range(n), k))
    )


@pytest.mark.parametrize("name", ["forest", "three classes"])
def test_as_few_trees_as_every_subset_shows(name):
    e = read(small(name))
    rows = every_cell(axes_of(e, all_inputs(e)), e.n_features)
    votes = votes_of(e)
    found = reweigh(e, all_inputs(e), rows[:50], 60.0)
    left = e.n_trees if found.factors is None else int((found.factors > 0).sum())
    lead, base = conditions(votes, rows)
    both = np.unique(np.column_stack([lead / votes.scale, base / votes.scale.sum()]), axis=0)
    assert left == fewest_by_force(both[:, :-1], both[:, -1])
    assert found.fewest
    assert f"no fewer than {left} trees keep every class by more than 1e-06" in found.notes[-1]


@EACH
@pytest.mark.parametrize("most", [0, 20_000_000], ids=["boxes", "cells"])
def test_no_cell_loses_its_class(name, most, monkeypatch):
    monkeypatch.setattr(separation, "_MOST_VOTES", most)
    e = read(small(name))
    found = reweigh(e, all_inputs(e), X[:30, : e.n_features], 60.0)
    assert found.fewest
    if found.factors is None:
        return
    votes = votes_of(e)
    rows = every_cell(axes_of(e, all_inputs(e)), e.n_features)
    lead = leads(votes.of_rows(rows), votes.classes_of(rows), votes.base, found.factors)
    assert (
        lead.min()
        >= Separation(votes, axes_of(e, all_inputs(e)), all_inputs(e), rows).kept(found.factors)
        > 0
    )
    assert (found.factors >= 0).all()
    assert (found.factors > 0).sum() < e.n_trees


@EACH
def test_boxes_find_a_lost_class_where_cells_show_one(name, monkeypatch):
    e = read(small(name))
    axes, rng = axes_of(e, all_inputs(e)), np.random.default_rng(0)
    nothing = np.zeros((0, e.n_features))
    by_cells = Separation(votes_of(e), axes, all_inputs(e), nothing)
    monkeypatch.setattr(separation, "_MOST_VOTES", 0)
    by_boxes = Separation(votes_of(e), axes, all_inputs(e), nothing)
    assert by_cells.exhaustive
    assert not by_boxes.exhaustive
    seen = set()
    for share in (0.0, 0.05, 0.2, 0.5):
        factors = np.where(rng.random(e.n_trees) < share, 0.0, rng.uniform(0.9, 1.1, e.n_trees))
        some = [s.lost(factors, time.perf_counter() + 60) for s in (by_cells, by_boxes)]
        assert all(finished for _, finished in some)
        assert bool(len(some[0][0])) == bool(len(some[1][0]))
        seen.add(bool(len(some[0][0])))
        for row in some[1][0]:
            lead = leads(
                by_boxes.votes.of_rows(row[None]),
                by_boxes.votes.classes_of(row[None]),
                by_boxes.votes.base,
                factors,
            )
            assert lead.min() < by_boxes.kept(factors)
    assert True in seen


def test_no_time_means_no_change_and_is_said():
    e = read(small("ada"))
    found = reweigh(e, all_inputs(e), X[:10, :3], 0.0)
    assert found.factors is None
    assert not found.fewest
    assert "time was up" in found.notes[0]


def test_ties_are_no_reason_to_change_a_class():
    """Two trees that say the opposite tie everywhere: the first class wins, by no margin at all."""
    given = Conditions(np.array([[1.0, -1.0], [-1.0, 1.0]]), np.zeros(2), started=False)
    end = time.perf_counter() + 9
    assert widest(given, np.ones(2, bool), end).margin == pytest.approx(0, abs=1e-9)
    for used in (np.zeros(2, bool), np.ones(2, bool)):
        assert not Needs(2, 1e-6).learn(given, used, end)


@pytest.mark.parametrize("seed", range(8))
def test_sets_of_needed_trees_lead_to_the_fewest(seed):
    """Random conditions, a start among them in half of the cases: against every subset of trees."""
    rng = np.random.default_rng(seed)
    target = rng.exponential(size=9)
    lead = rng.choice([-1.0, -0.5, 0.5, 1.0], (60, 9))
    start = rng.normal(size=60) * (seed % 2)
    kept = lead @ target + start > 0.3
    given = Conditions(lead[kept], start[kept], started=bool(seed % 2))
    needs, end = Needs(9, 1e-6), time.perf_counter() + 60
    while True:
        used = needs.smallest(end)
        weights = widest(given, used, end) if used.any() else None
        if weights is not None and weights.margin > 1e-6:
            break
        assert needs.learn(given, used, end)
    fewest = fewest_by_force(given.lead, given.start)
    assert (weights.trees > 0).sum() == used.sum() == needs.at_least == fewest


def test_weights_may_be_as_far_apart_as_classes_ask():
    """Each tree has to outvote all before it: the last one weighs 2^14 times as much as the first."""
    n, end = 15, time.perf_counter() + 60
    given = Conditions(np.eye(n) - np.tril(np.ones((n, n)), -1), np.zeros(n), started=False)
    found = widest(given, np.ones(n, bool), end)
    np.testing.assert_allclose(found.trees, 2.0 ** np.arange(n) / (2**n - 1), rtol=1e-4)
    assert found.margin == pytest.approx(1 / (2**n - 1), rel=1e-3)
    needs = Needs(n, 1e-6)
    while needs.smallest(end).sum() < n:
        assert needs.learn(given, needs.smallest(end), end)
    assert needs.at_least == n


def test_what_has_no_classes_is_refused():
    X, y = random_table(1, kind="multi_output")
    model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y)
    with pytest.raises(UnsupportedModelError, match="several targets"):
        votes_of(read(model))
    single = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y[:, 0])
    with pytest.raises(UnsupportedModelError, match="no place"):
        votes_of(read(single))
