"""What a certificate says, and what it refuses."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from xgboost import XGBClassifier, XGBRegressor

from tests.backends.families.xgboost import category_frame
from tests.certificate.helpers import brute_force, small_pair
from tests.strategies import random_mask, random_table
from treeprune import keep_trees, snip
from treeprune.backends import read
from treeprune.certificate import difference
from treeprune.certificate.certify import certify
from treeprune.certificate.result import Certificate, OutputChange
from treeprune.domain.domain import Domain
from treeprune.exceptions import UnsupportedModelError
from treeprune.model.edit import collapse
from treeprune.model.traverse import raw_output


@pytest.fixture(scope="module")
def boosted():
    X, y = random_table(0, 200, missing=True)
    model = XGBClassifier(n_estimators=30, max_depth=3, n_jobs=1).fit(X, y)
    return X, y, model, keep_trees(model, range(15))


def test_says_both_bounds_the_witness_and_the_time(boosted):
    X, _, model, small = boosted
    certificate = certify(FrozenEstimator(model), small, Domain.from_data(X))
    text = str(certificate)
    assert certificate.exact
    assert "No input in this domain moves the raw output (1) up by more than" in text
    assert "(exact)" in text
    assert "x[3]" in text
    assert "s spent" in text
    row = np.array([certificate.witness_row], np.float32)
    moved = model.predict(row, output_margin=True) - small.predict(row, output_margin=True)
    assert abs(float(moved[0])) == pytest.approx(certificate.reached, abs=1e-6)
    assert certificate.reached <= certificate.bound
    assert certificate.gap < 1e-3


def test_is_never_below_what_data_show(boosted):
    X, _, model, small = boosted
    for on, ask in {
        "raw": lambda m: m.predict(X, output_margin=True),
        "probability": lambda m: m.predict_proba(X)[:, 1],
    }.items():
        change = (ask(small) - ask(model)).astype(float)
        for limit in (0, 0.05, 5):
            output = certify(model, small, Domain.from_data(X), on=on, time_limit=limit).outputs[0]
            assert output.rise.bound >= change.max() - 1e-7
            assert output.fall.bound <= change.min() + 1e-7


def test_is_plain_data_and_escapes(boosted):
    X, _, model, small = boosted
    names = ["<i>", "b", "c", "d", "e"]
    certificate = certify(model, small, Domain.from_data(X, names=names))
    given = json.loads(json.dumps(certificate.to_dict(), allow_nan=False))
    assert given["bound"] == certificate.bound
    assert set(given["outputs"][0]["rise"]["row"]) == set(names)
    page = certificate._repr_html_()
    assert "&lt;i&gt;" in page
    assert "<i>" not in page


def test_shows_categories_by_their_labels():
    X, y = category_frame()
    model = XGBRegressor(n_estimators=6, max_depth=4, enable_categorical=True, n_jobs=1).fit(X, y)
    domain = Domain.from_data(X, model=model)
    certificate = certify(model, keep_trees(model, range(3)), domain, time_limit=10)
    assert certificate.witness["few"] in {"yes", "no", "maybe", "missing"}
    assert certificate.witness["many"].startswith(("ward", "missing"))


def test_no_time_gives_trivial_bounds_and_says_so(boosted):
    X, _, model, small = boosted
    domain = Domain.from_data(X)
    at_once, searched = certify(model, small, domain, time_limit=0), certify(model, small, domain)
    assert at_once.trivial
    assert not at_once.exact
    assert "time limit was 0" in str(at_once)
    assert at_once.bound >= searched.bound
    assert at_once.reached <= searched.reached + 1e-6
    assert domain.contains(np.array([at_once.witness_row])).all()


def test_keeps_to_its_time():
    X, y = random_table(1, 400, kind="regression")
    forest = RandomForestRegressor(40, random_state=0, n_jobs=1).fit(X, y)
    start = time.perf_counter()
    certificate = certify(forest, keep_trees(forest, range(20)), Domain.from_data(X), time_limit=2.0)
    assert time.perf_counter() - start < 20  # trees are laid out before the search
    assert not certificate.exact
    assert "Stopped early" in str(certificate)
    assert certificate.gap == (certificate.bound - certificate.reached) / certificate.reached > 0
    assert f"at most {100 * certificate.gap:.1f}% above the one that was found" in str(certificate)


def test_the_gap_is_infinite_where_nothing_was_found(boosted):
    X, _, model, small = boosted
    found = certify(model, small, Domain.from_data(X), time_limit=2).outputs[0].rise
    still = replace(found, bound=0.5, reached=0.0, exact=False)
    change = OutputChange("", still, replace(still, bound=-0.5))
    certificate = Certificate((change,), "raw", Domain.from_data(X), 1.0, 1.0)
    assert certificate.gap == np.inf
    assert "Stopped early: no change was found" in str(certificate)


def test_stops_at_the_gap(boosted):
    X, _, model, small = boosted
    loose = certify(model, small, Domain.from_data(X), gap=0.5)
    assert loose.nodes <= certify(model, small, Domain.from_data(X)).nodes
    assert loose.outputs[0].rise.bound <= 1.5 * loose.outputs[0].rise.reached + 1e-9


def test_unbounded_columns_are_allowed_and_said(boosted):
    X, _, model, small = boosted
    anything = Domain.from_ranges({f"x[{j}]": {"missing": True} for j in range(5)})
    certificate = certify(model, small, anything)
    assert certificate.exact
    assert "Without a least or greatest value: x[0]" in str(certificate)
    assert certificate.bound >= certify(model, small, Domain.from_data(X)).bound - 1e-9
    assert np.isfinite([x for x in certificate.witness_row if not np.isnan(x)]).all()


def test_the_same_model_does_not_change(boosted):
    X, _, model, _ = boosted
    certificate = certify(model, model, Domain.from_data(X))
    assert certificate.exact
    assert certificate.reached == 0
    assert certificate.bound < 1e-4  # the rounding of sums in single precision
    assert certificate.gap == 0
    assert certificate.nodes == 0


def test_threads_change_nothing():
    X, y = random_table(2, kind="multiclass")
    model = XGBClassifier(n_estimators=4, max_depth=3, n_jobs=1).fit(X, y)
    models = small_pair(model, 1, n_trees=12)
    one, two = (certify(*models, Domain.from_data(X), n_jobs=n) for n in (1, 2))
    for a, b in zip(one.outputs, two.outputs, strict=True):
        assert (a.rise.bound, a.rise.row, a.fall.bound, a.fall.row) == (
            b.rise.bound, b.rise.row, b.fall.bound, b.fall.row
        )  # fmt: skip


def test_too_many_thresholds_make_coarse_cells_and_true_bounds(monkeypatch):
    X, y = random_table(3, kind="regression", missing=True)
    forest = RandomForestRegressor(2, max_depth=4, random_state=0).fit(X, y)
    e = read(forest)
    models = e, collapse(e, random_mask(1, e.n_nodes, 0.5))
    domain = Domain.from_data(X)
    change = brute_force(*models, domain)
    monkeypatch.setattr(difference, "_MOST_MESSAGES", 1)
    monkeypatch.setattr(difference, "_FEWEST_CELLS", 3)
    certificate = certify(*models, domain)
    output = certificate.outputs[0]
    assert certificate.coarse
    assert not certificate.exact
    assert "so many thresholds" in str(certificate)
    assert output.rise.bound >= change.max() >= output.rise.reached - 1e-9
    assert output.fall.bound <= change.min() <= output.fall.reached + 1e-9


def test_bounds_hold_at_random_inputs_of_large_models():
    rng = np.random.default_rng(0)
    X, y = random_table(4, 500, kind="binary")
    forest = RandomForestClassifier(20, random_state=0, n_jobs=1).fit(X, y)
    small = keep_trees(forest, range(10))
    certificate = certify(forest, small, Domain.from_data(X), on="probability", time_limit=2)
    rows = np.column_stack([rng.uniform(x.min(), x.max(), 20_000) for x in X.T])
    rows[:, 2:4] = np.round(rows[:, 2:4])
    change = (
        raw_output(read(small), rows.astype(np.float32)) - raw_output(read(forest), rows.astype(np.float32))
    )[:, 1]  # fmt: skip
    assert certificate.outputs[1].rise.bound >= change.max()
    assert certificate.outputs[1].fall.bound <= change.min()
    assert certificate.outputs[1].rise.reached >= change.max()
    assert certificate.bound <= 1


REFUSALS = [
    ({"on": "margin"}, 'on must be "raw"'),
    ({"time_limit": -1}, "time_limit"),
    ({"gap": -0.1}, "gap"),
    ({"gap": float("inf")}, "gap"),
    ({"n_jobs": 0}, "n_jobs"),
]


@pytest.mark.parametrize(("options", "words"), REFUSALS, ids=[words for _, words in REFUSALS])
def test_bad_options_are_refused(boosted, options, words):
    X, _, model, small = boosted
    with pytest.raises(ValueError, match=words):
        certify(model, small, Domain.from_data(X), **options)


def test_models_that_do_not_belong_together_are_refused(boosted):
    X, y, model, small = boosted
    domain = Domain.from_data(X)
    with pytest.raises(ValueError, match="must be a Domain"):
        certify(model, small, X)
    with pytest.raises(ValueError, match="5 and 4 columns"):
        certify(model, XGBClassifier(n_estimators=2, n_jobs=1).fit(X[:, :4], y), domain)
    with pytest.raises(ValueError, match="the domain has 4 columns"):
        certify(model, small, Domain.from_data(X[:, :4]))
    with pytest.raises(ValueError, match="other outputs"):
        certify(model, XGBRegressor(n_estimators=2, n_jobs=1).fit(X, y), domain)
    hinge = XGBClassifier(n_estimators=2, objective="binary:hinge", n_jobs=1).fit(X, y)
    with pytest.raises(ValueError, match="mean other things"):
        certify(model, hinge, domain, on="answer")
    with pytest.raises(ValueError, match="no probabilities"):
        certify(hinge, hinge, domain, on="probability")
    linear = LogisticRegression().fit(np.nan_to_num(X), y)
    with pytest.raises(UnsupportedModelError):
        certify(linear, linear, domain)


def test_columns_are_matched_by_name():
    X, y = category_frame()
    X = X[["number", "other"]].rename(columns={"number": "n 1"})
    model = RandomForestRegressor(3, max_depth=3, random_state=0).fit(X, y)
    small = snip(model, {0: [0]})
    usual = certify(model, small, Domain.from_data(X))
    turned = certify(model, small, Domain.from_data(X[["other", "n 1"]]))
    assert turned.bound == usual.bound
    assert turned.witness == usual.witness
    with pytest.raises(ValueError, match="the domain's columns are"):
        certify(model, small, Domain.from_data(X.rename(columns={"other": "another"})))
