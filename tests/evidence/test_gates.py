"""Gates: what must fail fails, what must pass passes, on every data set at hand."""

import json
from functools import cache

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier, XGBRegressor

from tests.datasets.tables import load
from treeprune import CostComplexityPruner, compare, gate, merge_equal_leaves
from treeprune.demo import fit_encoder
from treeprune.evidence.gates import GATES

NAMES = ("breast cancer", "wine", "diabetes", "clinical cohort", "cleveland", "support2")
MOST_ROWS = 1000  # of the cohort: the development period
BOOSTER = {"n_estimators": 25, "max_depth": 3, "learning_rate": 0.2, "subsample": 0.8}


@cache
def split(name):
    if name == "wine":  # three classes
        X, y = load_wine(return_X_y=True, as_frame=True)
    else:
        data = load(name.replace(" ", "_"))
        X, y = data.X[:MOST_ROWS], data.y[:MOST_ROWS]
    y = y.to_numpy()
    a, b, ya, yb = train_test_split(
        X, y, test_size=0.4, random_state=0, stratify=None if y.dtype.kind == "f" else y
    )
    if (X.dtypes == "category").any():
        encode = fit_encoder(a)
        a, b = encode.transform(a), encode.transform(b)
    return a, b, ya, yb


@cache
def fitted(name, kind):
    a, _, ya, _ = split(name)
    numbers = ya.dtype.kind == "f"
    forest = RandomForestRegressor if numbers else RandomForestClassifier
    booster = XGBRegressor if numbers else XGBClassifier
    model = forest(30, min_samples_leaf=3, random_state=0) if kind == "forest" else booster(**BOOSTER)
    return model.fit(a, ya)


def judged(before, after, name):
    a, b, ya, yb = split(name)
    return gate(compare(before, after, b, yb, background=a, retrain=(a, ya), n_retrains=3))


CASES = [(name, kind) for name in NAMES for kind in ("forest", "booster")]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_model_trained_on_shuffled_outcomes_fails(name, kind):
    a, _, ya, _ = split(name)
    model = fitted(name, kind)
    shuffled = clone(model).fit(a, np.random.default_rng(0).permutation(ya))
    report = judged(model, shuffled, name)
    assert not report.passed
    assert report.exit_code == 1
    failed = {r.name for r in report.results if r.verdict == "fail"}
    assert {"fidelity R2", "attribution cosine", "attribution R2"} <= failed


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_model_pruned_to_its_roots_fails(name, kind):
    a, _, ya, _ = split(name)
    model = fitted(name, kind)
    roots = CostComplexityPruner(FrozenEstimator(model), ccp_alpha=1e9).fit(a, ya)
    assert not judged(model, roots, name).passed


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_retrained_model_and_one_without_loss_pass(name, kind):
    a, _, ya, _ = split(name)
    model = fitted(name, kind)
    other = clone(model).set_params(random_state=7).fit(a, ya)
    assert judged(model, other, name).verdict in ("pass", "warn")
    report = judged(model, merge_equal_leaves(model), name)
    assert report.verdict == "pass"
    assert [r.verdict for r in report.results] == ["pass"] * len(GATES)


def test_without_rows_to_train_on_bars_are_fixed():
    a, b, _, yb = split("breast cancer")
    model = fitted("breast cancer", "forest")
    report = gate(compare(model, model, b, yb))
    assert {r.origin for r in report.results} == {"default"}
    assert report.verdict == "pass"
    assert len(a) > 0


def test_a_policy_moves_bars():
    _, b, _, yb = split("breast cancer")
    model = fitted("breast cancer", "forest")
    stump = DecisionTreeClassifier(max_depth=2, random_state=0).fit(
        *(split("breast cancer")[k] for k in (0, 2))
    )
    comparison = compare(model, stump, b, yb)
    strict = gate(comparison, {"fidelity R2": 0.999})
    assert next(r for r in strict.results if r.name == "fidelity R2").verdict == "fail"
    loose = gate(comparison, {"fidelity R2": {"passes": 0.99, "warns": 0.1}})
    found = next(r for r in loose.results if r.name == "fidelity R2")
    assert (found.verdict, found.origin) == ("warn", "policy")
    none = gate(comparison, dict.fromkeys([g.name for g in GATES]))
    assert none.verdict == "not assessed"
    assert none.passed
    document = json.loads(json.dumps(strict.to_dict()))
    assert document["passed"] is False
    assert len(strict.to_frame()) == len(GATES)
    assert "FAIL" in str(strict)
    assert "<table" in strict._repr_html_()


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"beauty": 1.0}, "no gate 'beauty'"),
        ({"fidelity R2": "high"}, "must be a number"),
        ({"fidelity R2": {"warns": 0.5}}, "must be a number"),
        ({"fidelity R2": True}, "must be a number"),
    ],
)
def test_bad_policies(policy, message):
    _, b, _, yb = split("breast cancer")
    model = fitted("breast cancer", "forest")
    with pytest.raises(ValueError, match=message):
        gate(compare(model, model, b, yb), policy)


def test_classes_are_kept_in_every_bootstrap():
    from treeprune.evidence.floor import _bootstrap

    y = np.array([0] * 50 + [1] * 2)
    for seed in range(20):
        rows = _bootstrap(y, True, np.random.default_rng(seed))
        assert (y[rows] == 1).sum() == 2
