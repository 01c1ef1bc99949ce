"""The report says what was measured, in a document that its schema describes."""

import json
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from tests.audit.helpers import CREATED, kind_report, patients, tree_report
from treeprune import PruningSearchCV, ReducedErrorPruner, compare
from treeprune.audit.report import PruningReport

KINDS = ("numbers", "classes", "trees", "linear")


def reports():
    return [
        pytest.param(tree_report, id="tree"),
        *(pytest.param(lambda k=k: kind_report(k), id=k) for k in KINDS),
    ]


def section(document, key):
    return next(each for each in document["sections"] if each["key"] == key)


def measure(document, key, name):
    return next(each for each in section(document, key)["measures"] if each["name"] == name)


def table(document, key, caption):
    return next(each for each in section(document, key)["tables"] if each["caption"] == caption)


@cache
def search_report(rule="1se"):
    """A search that has tried two methods, one under a name that is markup."""
    X, y = patients()
    a, b, ya, yb = X[:240], X[240:], y[:240], y[240:]
    before = DecisionTreeClassifier(max_depth=6, random_state=0).fit(a[:120], ya[:120])
    strategies = {"cost_complexity": "cost_complexity", "<b>cut</b>": ReducedErrorPruner(before)}
    margin = 0.25 if rule == "non_inferior" else None
    search = PruningSearchCV(FrozenEstimator(before), strategies, rule=rule, margin=margin, cv=3)
    search.fit(a[120:], ya[120:])
    return search, PruningReport(compare(before, search, b, yb), pruner=search, created=CREATED)


@pytest.mark.parametrize("make", reports())
def test_json_fits_its_schema_and_comes_back(make):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((files("treeprune.audit") / "schema" / "report-1.json").read_text("utf-8"))
    report = make()
    document = json.loads(report.to_json())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    assert document == report.to_dict()
    document["sections"][0]["measures"].append({"name": "a number without a unit"})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


@pytest.mark.parametrize("make", reports())
def test_sections_of_every_kind_of_model(make):
    report = make()
    document = report.to_dict()
    parts = list(dict.fromkeys(each["part"] for each in document["sections"]))
    assert parts[1:4] == ["Description of Modification", "Modification Protocol", "Impact Assessment"]
    for each in document["sections"]:
        for m in each["measures"]:
            assert m["unit"]
            assert m["meaning"]
            assert "n = " in m["rows"] or "domain" in m["rows"]
        for t in each["tables"]:
            assert all(len(row) == len(t["columns"]) for row in t["rows"])
    assert document["explanation"] == report.explain()
    assert "compliant" not in report.to_html().lower()
    assert len(report.to_frame()) == sum(len(each["measures"]) for each in document["sections"])


def test_numbers_are_those_of_scikit_learn():
    X, y = patients()
    a, b, ya, yb = X[:240], X[240:], y[:240], y[240:]
    report = tree_report()
    before = DecisionTreeClassifier(max_depth=7, random_state=0).fit(a, ya).predict_proba(b)[:, 1]
    after = report.comparison.pair.after.model.predict_proba(b)[:, 1]
    document = report.to_dict()
    change = roc_auc_score(yb, after) - roc_auc_score(yb, before)
    assert measure(document, "outcomes", "difference in AUC")["value"] == pytest.approx(change)
    brier = next(
        row for row in table(document, "outcomes", "Metrics of both models")["rows"] if row[0] == "Brier"
    )
    assert brier[1:3] == pytest.approx([brier_score_loss(yb, before), brier_score_loss(yb, after)])
    largest = measure(document, "predictions", "largest |change|")["value"]
    assert largest == pytest.approx(np.abs(after - before).max())
    assert f"changed by {change:+.3f}" in report.explain()
    assert f"was {100 * largest:.1f} percentage points" in report.explain()
    nodes = next(row for row in table(document, "change", "Size")["rows"] if row[0] == "nodes")
    assert nodes[2] == report.comparison.pair.after.model.tree_.node_count
    assert measure(document, "certificate", "bound")["value"] == 0.2


def test_two_runs_differ_in_their_times_alone():
    documents, pages = [], []
    for _ in range(2):
        tree_report.cache_clear()
        report = tree_report()
        document = report.to_dict()
        times = document.pop("run")["prediction_ms"]
        documents.append(json.dumps(document))
        page = report.to_html()
        head, found, rest = page.partition('<p class="quiet">Measured on this machine')
        assert found
        assert times["before"] > 0
        pages.append(head + rest.partition("</p>")[2])
    assert documents[0] == documents[1]
    assert pages[0] == pages[1]


def test_files_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    report = tree_report()
    path = tmp_path / "audit.html"
    assert report.to_html(path) == path.read_text("utf-8")
    assert report.to_json(tmp_path / "audit.json") == (tmp_path / "audit.json").read_text("utf-8")
    old = path.read_bytes()

    def full(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="disk full"):
        report.to_html(path)
    assert path.read_bytes() == old
    assert sorted(p.name for p in tmp_path.iterdir()) == ["audit.html", "audit.json"]


def test_a_linear_model_is_shown_by_its_coefficients():
    report = kind_report("linear")
    rows = table(report.to_dict(), "model", "Coefficients")["rows"]
    own = report.comparison.pair.after.linear
    used = report.comparison.pair.X.columns[own.used_features()]
    assert [row[0] for row in rows] == ["intercept", *used]
    assert [row[1] for row in rows] == pytest.approx([*own.intercept, *own.coef[own.used_features(), 0]])
    assert "treeprune-scorecard" in report.to_html()


def test_the_retrained_floor_sets_bars():
    report = kind_report("trees")
    gates = {row[0]: row for row in table(report.to_dict(), "verdict", "Gates")["rows"]}
    assert gates["fidelity R2"][5].startswith("noise floor")
    assert gates["fidelity R2"][3] == pytest.approx(report.comparison.floor.fidelity_r2.min())
    assert report.verdict == report.gates.verdict


def test_time_stamps():
    comparison = tree_report().comparison
    assert tree_report().created == CREATED
    now = datetime(2026, 5, 6, tzinfo=UTC)
    assert PruningReport(comparison, created=now).created == "2026-05-06T00:00:00+00:00"
    assert PruningReport(comparison).created[:3] == "202"


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"policy": {"beauty": 1}}, ValueError, "no gate 'beauty'"),
        ({"policy": [1]}, TypeError, "policy must map"),
        ({"n_candidates": 0}, ValueError, "n_candidates"),
        ({"certificate": 3}, TypeError, "to_dict"),
        ({"limits": "none"}, TypeError, "sequence of texts"),
        ({"before_name": " "}, TypeError, "before_name"),
        ({"command": 3}, TypeError, "command"),
        ({"created": 3}, TypeError, "created"),
        ({"created": "soon"}, ValueError, "isoformat"),
        ({"data_roles": [1]}, TypeError, "data_roles must map"),
    ],
)
def test_bad_arguments(change, error, message):
    with pytest.raises(error, match=message):
        PruningReport(tree_report().comparison, **change)


def test_what_is_no_comparison_or_not_fitted_is_refused():
    with pytest.raises(TypeError, match=r"treeprune\.compare"):
        PruningReport({"before": {}})
    X, y = patients()
    tree = DecisionTreeClassifier(max_depth=2).fit(X, y)
    with pytest.raises(ValueError, match="10 test rows are fewer than min_count=11"):
        PruningReport(compare(tree, tree, X[:10], y[:10]))
    from sklearn.exceptions import NotFittedError

    from treeprune import CostComplexityPruner

    with pytest.raises(NotFittedError):
        PruningReport(tree_report().comparison, pruner=CostComplexityPruner(DecisionTreeClassifier()))


def test_candidates_side_by_side(tmp_path):
    X, y = patients()
    first = tree_report()
    before = first.comparison.pair.models[0]
    stump = DecisionTreeClassifier(max_depth=1).fit(X[:240], y[:240])
    other = PruningReport(compare(before, stump, X[240:], y[240:], background=X[:240]), after_name="=Stump")
    both = PruningReport.compare([first, other])
    frame = both.to_frame()
    assert list(frame.index) == ["Small tree", "'=Stump"]
    assert frame["nodes"].tolist() == [first.comparison.after["nodes"], 3]
    assert "<script" not in both.to_html(tmp_path / "both.html")
    assert "=Stump" in (tmp_path / "both.html").read_text("utf-8")
    assert both._repr_html_().count("<table") == 1
    fewer = PruningReport(compare(before, stump, X[250:], y[250:]))
    with pytest.raises(ValueError, match="same test rows"):
        PruningReport.compare([first, fewer])
    with pytest.raises(ValueError, match="two reports"):
        PruningReport.compare([first])
    with pytest.raises(TypeError, match="reports only"):
        PruningReport.compare([first, 3])


@pytest.mark.parametrize("make", reports())
def test_every_column_of_plans_and_paths_is_explained(make):
    for section_ in make().to_dict()["sections"]:
        for each in section_["tables"]:
            if each["caption"] in ("The plan", "Sizes that were looked at"):
                plain = {"columns", "nodes_before", "nodes_after", "leaves_before", "leaves_after"}
                missing = [c for c in each["columns"] if f"{c}: " not in each["note"] and c not in plain]
                assert missing == []


def test_a_search_shows_what_it_chose_among():
    search, report = search_report()
    own = table(report.to_dict(), "choice", "Candidates of the search")
    rows = [dict(zip(own["columns"], row, strict=True)) for row in own["rows"]]
    front = search.results_[search.results_["front"] | search.results_["chosen"]].sort_values("nodes")
    assert 1 < len(rows) == min(len(front), 15)
    assert [row["nodes"] for row in rows] == front["nodes"].tolist()
    assert [row["loss"] for row in rows] == pytest.approx(front["loss"].tolist())
    assert [row["standard error"] for row in rows] == pytest.approx(front["loss_se"].tolist())
    (taken,) = [row for row in rows if row["chosen"]]
    assert taken["strategy"] == search.best_strategy_
    words = " ".join(section(report.to_dict(), "choice")["text"])
    assert f"{search.n_candidates_} candidates were tried in all, as counted by the search" in words
    assert "Rule 1se: the smallest candidate whose loss is above the least by no more than one" in words
    assert f"Taken was <b>cut</b>, with a mean loss (brier) of {taken['loss']:.4g} over" in words
    assert "<b>cut" not in report.to_html()
    assert "&lt;b&gt;cut&lt;/b&gt;" in report.to_html()


@pytest.mark.parametrize(
    ("rule", "words"), [("min", "the candidate of least loss"), ("non_inferior", "by less than 0.25 in")]
)
def test_the_rule_of_a_search_in_words(rule, words):
    search, report = search_report(rule)
    text = " ".join(section(report.to_dict(), "choice")["text"])
    assert f"Rule {rule}: " in text
    assert words in text
    full = search.results_[search.results_["n_folds"] == 3]
    assert f"{full['loss'].min():.4g}, is that of" in text


def test_differences_of_losses_have_their_own_units():
    (section,) = [s for s in tree_report().sections if any("Brier score" in m.name for m in s.measures)]
    found = {m.name: m.unit for m in section.measures if m.name.startswith("difference in")}
    assert found["difference in Brier score"] == "none"
    assert found["difference in log loss"] == "nats"
    assert found["difference in AUC"] == "none"
