"""Lossless pruning: the vendors' own answers before and after."""

import pickle
from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import treeprune
from tests.backends.families import FAMILIES, case_rows
from tests.strategies import random_table
from treeprune.backends import read
from treeprune.backends.registry import find_backend
from treeprune.certificate.certify import certify
from treeprune.certificate.sums import sums
from treeprune.criteria.lossless.rows import Generator
from treeprune.domain.domain import Domain
from treeprune.domain.tables import numbers
from treeprune.exceptions import ModelMismatchError
from treeprune.pruners import lossless_work
from treeprune.pruners.lossless import LosslessPruner

CASES = [
    pytest.param(family, case, id=case.id) for family in FAMILIES.values() for case in family.cases[:2]
]
X, Y = random_table(5, 300)
_, NUMBERS = random_table(5, 300, "regression")


def pruned(model, X, **parameters):
    return LosslessPruner(FrozenEstimator(model), **parameters).fit(X)


# ---------------------------------------------------------------------- every family
@pytest.mark.parametrize(("family", "case"), CASES)
def test_every_family_answers_alike_by_its_vendor(family, case):
    before = pickle.dumps(case.model)
    pruner = pruned(case.model, case.X)
    e = read(case.model)
    table = family.table(case, case_rows(case, e))
    old, new = (family.native(m, table) for m in (case.model, pruner.estimator_))
    if pruner.plan_.same == "bits":
        np.testing.assert_array_equal(new, old)
    near = max(family.tolerance, pruner.plan_.bound)
    np.testing.assert_allclose(new, old, rtol=near, atol=near)
    assert pickle.dumps(case.model) == before
    assert sum(r.nodes_removed for r in pruner.plan_.removals) == e.n_nodes - pruner.plan_.n_nodes[1]
    # nothing is left to do
    again = pruned(pruner.estimator_, case.X)
    assert len(again.plan_) == 0


@pytest.mark.parametrize(("family", "case"), CASES[::2])
def test_a_part_of_the_patients_sees_nothing_either(family, case):
    e = read(case.model)
    rows = numbers(case.X, case.model)
    part = Domain.from_data(rows[rows[:, 0] > np.nanmedian(rows[:, 0])], names=e.feature_names)
    pruner = pruned(case.model, case.X, domain=part)
    seen = Generator(e, pruner.domain_, seed=7).rows(2000, rows[part.contains(rows)])
    seen = seen.astype(e.input_dtype)
    backend = find_backend(case.model)
    old, new = (backend.raw_output(m, seen) for m in (case.model, pruner.estimator_))
    np.testing.assert_allclose(new, old, rtol=0, atol=pruner.plan_.bound)
    assert pruner.plan_.n_nodes[1] <= e.n_nodes
    assert len(pruner.plan_.to_frame()) == len(pruner.plan_)


def test_a_certificate_says_the_same():
    table, y = one_hot_table()
    model = xgb.XGBClassifier(n_estimators=6, max_depth=3, n_jobs=1).fit(table, y)
    part = Domain.from_data(table[table["age"] > 60])
    pruner = pruned(model, table, domain=part)
    assert "outside the domain" in {r.kind for r in pruner.plan_.removals}
    certificate = certify(model, pruner, part, time_limit=5)
    # it allows for the rounding of both sums
    rounding = sum(float(sums(read(m)).rounding.max()) for m in (model, pruner.estimator_))
    assert certificate.bound <= pruner.plan_.bound + rounding


# ---------------------------------------------------------------------- domains
def one_hot_table(n=400):
    rng = np.random.default_rng(0)
    ward = rng.integers(0, 4, n)
    table = pd.DataFrame(np.eye(4)[ward], columns=[f"ward_{w}" for w in "abcd"])
    table["age"] = rng.integers(18, 95, n).astype(float)
    table["lactate"] = rng.gamma(2, 1.5, n).round(2)
    y = (
        table["lactate"] + 2 * table["ward_b"] - table["ward_c"] + table["age"] / 40 + rng.normal(size=n)
    ) > 4.5
    return table, y.astype(int)


MAKERS = {
    "xgboost": lambda: xgb.XGBClassifier(n_estimators=15, max_depth=4, min_child_weight=0.0, n_jobs=1),
    "lightgbm": lambda: lgb.LGBMClassifier(
        n_estimators=15, num_leaves=12, min_child_samples=1, n_jobs=1, verbose=-1
    ),
    "forest": lambda: RandomForestClassifier(10, random_state=0),
}


@pytest.mark.parametrize("name", MAKERS)
def test_whole_numbers_and_groups_decide(name):
    """A ward is known: splits on the others go. An age between whole numbers is none."""
    table, y = one_hot_table()
    model = MAKERS[name]().fit(table, y)
    found = Domain.from_data(table)
    assert len(found.groups) == 1
    columns = [replace(c, values=(1.0,)) if c.name == "ward_b" else c for c in found.columns]
    in_ward_b = found.intersect(Domain(tuple(columns)))
    pruner = pruned(model, table, domain=in_ward_b)
    assert not {"ward_a", "ward_b", "ward_c", "ward_d"} & set(pruner.get_feature_names_out())
    frame = pruner.plan_.to_frame()
    outside = frame[frame["kind"] == "outside the domain"]
    assert outside["proof"].str.contains("exactly one of ward_a, ward_b, ward_c, ward_d is 1").any()
    there = table.assign(ward_a=0.0, ward_b=1.0, ward_c=0.0, ward_d=0.0)
    old, new = (m.predict_proba(there) for m in (model, pruner))
    np.testing.assert_allclose(new, old, rtol=0, atol=pruner.plan_.bound + 1e-7 * (name == "xgboost"))
    assert not np.array_equal(pruner.predict_proba(table), model.predict_proba(table))


def test_a_threshold_between_two_whole_numbers_asks_what_the_next_one_asks():
    """x <= 2.2 and then x <= 2.7 part no whole number."""
    rows = np.array([[1.0], [2.0], [2.5], [3.0], [4.0]])
    tree = DecisionTreeRegressor(random_state=0).fit(rows, [0.0, 0.0, 5.0, 9.0, 9.0])
    assert tree.get_n_leaves() == 3
    whole = Domain.from_ranges({"x": {"lower": 0, "upper": 9, "integer": True}})
    pruner = pruned(tree, rows, domain=whole)
    assert pruner.estimator_.get_n_leaves() == 2
    (only,) = pruner.plan_.removals
    assert only.kind == "outside the domain"
    assert "in the domain x is a whole number from 0 to 9" in only.proof
    assert pruned(tree, rows).estimator_.get_n_leaves() == 3
    every = np.arange(10.0)[:, None]
    np.testing.assert_array_equal(pruner.predict(every), tree.predict(every))


def test_missing_values_that_do_not_occur():
    gaps, y = random_table(2, missing=True)
    model = xgb.XGBClassifier(n_estimators=3, max_depth=3, n_jobs=1).fit(gaps, y)
    ranges = {f"x[{j}]": {"missing": False} for j in range(5)}
    pruner = pruned(model, gaps, domain=Domain.from_ranges(ranges))
    complete = random_table(2)[0]
    np.testing.assert_array_equal(pruner.predict_proba(complete), model.predict_proba(complete))


def test_the_domain_of_the_rows():
    table, y = one_hot_table()
    pruner = LosslessPruner(MAKERS["forest"](), domain="data").fit(table, y)
    assert (
        pruner.domain_["age"].text()
        == f"a whole number from {table['age'].min():.0f} to {table['age'].max():.0f}"
    )
    assert pruner.plan_.same == "bits"
    assert LosslessPruner(MAKERS["forest"]()).fit(table, y).domain_ is None


@pytest.mark.parametrize(
    ("parameters", "error", "match"),
    [
        ({"domain": "all"}, ValueError, "domain must be"),
        (
            {"domain": Domain.from_ranges({"a": None})},
            ValueError,
            "the domain has 1 columns, the models have 5",
        ),
        ({"reweight": 1}, ValueError, "reweight must be"),
        ({"time_limit": -1}, ValueError, "time_limit must be"),
        ({"time_limit": float("nan")}, ValueError, "time_limit must be"),
    ],
)
def test_parameters_are_refused(parameters, error, match):
    with pytest.raises(error, match=match):
        LosslessPruner(DecisionTreeClassifier(random_state=0), **parameters).fit(X, Y)


def test_rows_outside_the_domain_are_no_reason_to_fail():
    tree = DecisionTreeClassifier(random_state=0).fit(X, Y)
    far = Domain.from_ranges({f"x[{j}]": (1e7, 2e7) for j in range(5)})
    pruner = pruned(tree, X, domain=far)
    assert pruner.estimator_.get_n_leaves() == 1
    assert "all 1 cells of the domain" in pruner.plan_.checked


# ---------------------------------------------------------------------- trees
def test_trees_of_the_same_questions_become_one():
    model = lgb.LGBMRegressor(n_estimators=40, num_leaves=2, n_jobs=1, verbose=-1).fit(X, NUMBERS + 100)
    pruner = pruned(model, X)
    kept = pruner.plan_.n_trees[1]
    assert kept == pruner.estimator_.booster_.num_trees() < 40
    assert {r.kind for r in pruner.plan_.removals} == {"same structure"}
    assert pruner.plan_.same == "output"
    np.testing.assert_allclose(pruner.predict(X), model.predict(X), rtol=0, atol=pruner.plan_.bound)
    assert 0 < pruner.plan_.bound < 1e-9
    # the start of the sum stands where LightGBM looks for it
    one = treeprune.keep_trees(pruner.estimator_, [1])
    assert abs(one.predict(X).mean() - NUMBERS.mean() - 100) < 2


def test_trees_without_a_question_go_into_another():
    """A high price of splits leaves XGBoost with trees of one leaf."""
    model = xgb.XGBClassifier(n_estimators=30, max_depth=2, gamma=4.0, n_jobs=1).fit(X, Y)
    alone = sum(np.diff(read(model).root) == 1)
    assert 0 < alone < 30
    pruner = pruned(model, X)
    assert (np.diff(read(pruner.estimator_).root) > 1).all()
    assert sum(r.kind == "constant" for r in pruner.plan_.removals) == alone
    old, new = (m.predict(X, output_margin=True) for m in (model, pruner.estimator_))
    np.testing.assert_allclose(new, old, rtol=0, atol=pruner.plan_.bound)


def test_a_model_of_constants_is_one_constant():
    model = xgb.XGBRegressor(n_estimators=4, max_depth=2, gamma=1e9, n_jobs=1).fit(X, NUMBERS)
    pruner = pruned(model, X)
    assert pruner.plan_.n_trees == (4, 1)
    np.testing.assert_allclose(pruner.predict(X), model.predict(X), rtol=0, atol=pruner.plan_.bound)


def test_equal_trees_of_a_weighted_vote_add_their_weights():
    model = AdaBoostClassifier(n_estimators=40, random_state=0).fit(X[:, :2], Y)
    pruner = pruned(model, X[:, :2])
    assert pruner.plan_.n_trees[1] < 40
    np.testing.assert_allclose(
        pruner.decision_function(X[:, :2]), model.decision_function(X[:, :2]), atol=1e-12
    )


def test_equal_trees_of_a_mean_stay_and_a_note_says_so():
    few = RandomForestRegressor(40, max_depth=1, random_state=0).fit(np.round(X[:, :2]), NUMBERS)
    pruner = pruned(few, np.round(X[:, :2]))
    assert len(pruner.estimator_) == 40
    assert "no place for a tree that counts more than once" in str(pruner.plan_)


def test_a_sum_keeps_its_start_when_its_first_trees_join():
    model = GradientBoostingRegressor(n_estimators=25, max_depth=1, random_state=0).fit(X, NUMBERS)
    pruner = pruned(model, X)
    assert pruner.plan_.n_trees[1] < 25
    np.testing.assert_allclose(pruner.predict(X), model.predict(X), rtol=0, atol=pruner.plan_.bound)


# ---------------------------------------------------------------------- the record and the check
def test_a_mistake_in_the_proof_would_be_seen(monkeypatch):
    """If every split were said to send all inputs left, the comparison at the end would tell."""
    tree = DecisionTreeClassifier(random_state=0).fit(X, Y)
    monkeypatch.setattr(
        lossless_work, "ways_of_splits", lambda e, axes: np.where(e.is_leaf, 3, 1).astype(np.uint8)
    )
    with pytest.raises(ModelMismatchError, match="was proven"):
        pruned(tree, X)


def test_the_plan_can_be_read():
    table, y = one_hot_table()
    pruner = LosslessPruner(MAKERS["forest"](), domain=Domain.from_data(table[table["age"] > 60])).fit(
        table, y
    )
    plan = pruner.plan_
    assert f"{len(plan)} removals" in repr(plan)
    assert "checked on" in str(plan)
    assert "<table" in plan._repr_html_()
    frame = plan.to_frame()
    assert list(frame.columns)[:3] == ["kind", "tree", "node"]
    assert frame["nodes_removed"].sum() == plan.n_nodes[0] - plan.n_nodes[1]
    assert pickle.loads(pickle.dumps(plan)) == plan
