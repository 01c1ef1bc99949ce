"""The command that prunes: every vendor's file in, the same vendor's file out, judged on other rows."""

import json
import os
import signal
import subprocess
import sys
import warnings
from importlib.resources import files

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

pytest.importorskip("skops.io")
pytest.importorskip("xgboost")
import skops.io

from tests.commands.cohort_files import MODELS, TARGET, cohort, fitted, parts, save_all, vendors_answers
from treeprune import load_model
from treeprune.__main__ import main

WAYS = {
    "model.ubj": ["--method", "tree_count", "--param", "n_trees=5"],
    "bare.json": ["--method", "cost_complexity", "--rule", "min"],
    "model.txt": ["--method", "tree_count", "--cv", "3", "--budget", "max_trees=6"],
    "forest.skops": ["--method", "cost_complexity,tree_count", "--cv", "3", "--budget", "150"],
    "hist.skops": ["--method", "reduced_error", "--param", "validation_fraction=0.5"],
    "linear.skops": ["--method", "linear", "--param", "max_features=5", 'keep=["age"]'],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    save_all(folder)
    rest = parts()["rest"]
    spoilt = {
        "empty": rest[:0],
        "unlabelled": rest.assign(**{TARGET: np.nan}),
        "words": rest.assign(lactate=["high", *rest.lactate[1:]]),
        "strangers": rest.assign(sex=["unknown", *rest.sex[1:]]),
        "narrow": rest[[TARGET]],
        "tiny": rest[:1],
    }
    for name, table in spoilt.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    (folder / "blank.csv").write_text("")
    return folder


def outcome_of(name):
    return "outcome" if name.endswith(".skops") else TARGET


def words(folder, name, output, *more):
    data = ["--data", str(folder / "rest.csv"), "--target", outcome_of(name)]
    return ["prune", str(folder / name), "-o", str(output), *data, *more]


def measures(report, key):
    (section,) = (s for s in report["sections"] if s["key"] == key)
    return {m["name"]: m["value"] for m in section["measures"]}


@pytest.mark.parametrize("name", MODELS)
def test_the_vendors_own_loader_answers_as_is_said(name, folder, tmp_path, capsys):
    output, report = tmp_path / f"small.{name}", tmp_path / "report.json"
    reported = name in ("model.txt", "forest.skops")
    more = ["--held-out", str(folder / "held_out.csv"), *(["--report", str(report)] if reported else [])]
    assert main(words(folder, name, output, *WAYS[name], *more)) == 0
    said = capsys.readouterr()
    held_out = parts()["held_out"]
    X = held_out[cohort()[0].columns]
    answers = [vendors_answers(path, X) for path in (folder / name, output)]
    before, after = (roc_auc_score(held_out[TARGET], answer) for answer in answers)
    assert figures(said.out, "AUC") == [f"{before:.4f}", f"{after:.4f}"]
    assert figures(said.out, "max |change|")[-1] == f"{np.abs(answers[0] - answers[1]).max():.4f}"
    if reported:
        found = measures(json.loads(report.read_text()), "outcomes")
        assert found[f"AUC of {name}"] == pytest.approx(before, abs=1e-12)
        assert found[f"AUC of {output.name}"] == pytest.approx(after, abs=1e-12)
    if name.endswith(".skops"):  # the owner's model in memory, not one that was loaded
        np.testing.assert_array_equal(answers[0], fitted(name).predict_proba(X)[:, 1])
    assert "500 rows choose, 300 others judge" in said.out
    assert f"saved {output} ({output.stat().st_size:,} bytes)" in said.out
    assert not said.err  # no bars where the error stream is no terminal
    assert type(load_model(output)) is type(load_model(folder / name))


def figures(out, name):
    """Figures of a line of the table."""
    (line,) = (line for line in out.splitlines() if line.startswith(f"│ {name} "))
    return [cell.strip() for cell in line.split("│")[2:-1]]


def test_the_report_says_which_rows_did_what(folder, tmp_path):
    jsonschema = pytest.importorskip("jsonschema")
    report = tmp_path / "report.json"
    more = ["--train", str(folder / "train.csv"), "--subgroups", "sex", "--n-retrains", "2", "-q"]
    more += ["--report", str(report), "--thresholds", ".1,.2", "--method", "cost_complexity", "--gate"]
    status = main(words(folder, "forest.skops", tmp_path / "o.skops", *more))
    known = json.loads(report.read_text())
    schema = json.loads((files("treeprune.audit") / "schema" / "report-1.json").read_text("utf-8"))
    jsonschema.validate(known, schema)
    (data,) = (s for s in known["sections"] if s["key"] == "data")
    rows = {row[0]: row[1] for row in data["tables"][0]["rows"]}
    assert rows["train"] == 700
    assert rows["prune"] == rows["select"]
    assert rows["prune"] + rows["test"] == 500
    assert abs(rows["test"] - 125) < 10
    (choice,) = (s for s in known["sections"] if s["key"] == "choice")
    (tried,) = (own for own in choice["tables"] if own["caption"] == "Candidates of the search")
    assert [row[-1] for row in tried["rows"]].count(True) == 1
    origins = {gate["name"]: gate["origin"] for gate in known["verdict"]["gates"]}
    assert origins["fidelity R2"] == "floor"
    assert status == (0 if known["verdict"]["passed"] else 1)
    assert (tmp_path / "o.skops").exists() == known["verdict"]["passed"]


def test_a_failed_gate_keeps_the_old_file_and_writes_the_report(folder, tmp_path, capsys):
    output, policy, page = tmp_path / "o.ubj", tmp_path / "policy.json", tmp_path / "page.html"
    output.write_text("old")
    policy.write_text(json.dumps({"fidelity R2": {"passes": 0.99999, "warns": 0.99998}}))
    few = ["--method", "tree_count", "--param", "n_trees=1"]
    status = main(words(folder, "model.ubj", output, *few, "--policy", str(policy), "--report", str(page)))
    assert status == 1
    assert output.read_text() == "old"
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert "a gate fails" in capsys.readouterr().err


def test_one_seed_one_file_and_one_patient_on_one_side(folder, tmp_path):
    more = ["--method", "tree_count", "--cv", "2", "--groups", "bed", "--seed", "3", "-q"]
    for name in ("a.ubj", "b.ubj"):
        assert main(words(folder, "model.ubj", tmp_path / name, *more)) == 0
    assert (tmp_path / "a.ubj").read_bytes() == (tmp_path / "b.ubj").read_bytes()


def test_quiet_says_nothing(folder, tmp_path, capsys):
    assert main(words(folder, "model.ubj", tmp_path / "o.ubj", *WAYS["model.ubj"], "-q")) == 0
    said = capsys.readouterr()
    assert said.out == said.err == ""


def test_methods_that_go_by_the_model_or_by_its_training_rows(folder, tmp_path, capsys):
    assert main(words(folder, "model.ubj", tmp_path / "a.ubj", "--method", "lossless")) == 0
    assert main(words(folder, "model.ubj", tmp_path / "b.ubj", "--method", "small_cell")) == 2
    assert "give them by --train" in capsys.readouterr().err
    counted = ["--method", "small_cell", "--param", "min_count=30", "--train", str(folder / "train.csv")]
    assert main(words(folder, "model.txt", tmp_path / "b.txt", *counted)) == 0
    assert "cannot be trained anew" in capsys.readouterr().err
    leaves = load_model(tmp_path / "b.txt").predict(cohort()[0][:700], pred_leaf=True)
    assert min(np.unique(column, return_counts=True)[1].min() for column in leaves.T) >= 30


def test_another_class_of_model_has_another_ending(folder, tmp_path, capsys):
    distil = ["--method", "distil", "--param", "max_leaf_nodes=4", "n_synthetic=0", "n_redraws=2"]
    assert main(words(folder, "model.txt", tmp_path / "o.txt", *distil)) == 2
    assert "must end in .skops" in capsys.readouterr().err
    with warnings.catch_warnings():
        warnings.simplefilter("always")  # that its splits are not stable is true here
        assert main(words(folder, "forest.skops", tmp_path / "o.skops", *distil)) == 0
    assert load_model(tmp_path / "o.skops")[-1].get_n_leaves() == 4
    assert "warning" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "none.ubj"}, "there is no file"),
        ({"model": ""}, "is a directory: give a model file"),
        ({"model": "rest.csv"}, "no model that treeprune knows"),
        ({"--data": "none.csv"}, "none.csv"),
        ({"--data": ""}, "is a directory"),
        ({"--data": "model.txt"}, "model.txt must end in .csv"),
        ({"--data": "empty.csv"}, "empty.csv has no rows"),
        ({"--data": "blank.csv"}, "blank.csv holds no table"),
        ({"--data": "unlabelled.csv"}, "no rows are left"),
        ({"--data": "words.csv"}, "column 'lactate' of words.csv holds 'high'"),
        ({"--data": "strangers.csv"}, "column 'sex' of strangers.csv holds 'unknown'"),
        ({"--data": "narrow.csv"}, "narrow.csv has no column 'age', 'sex', 'site'"),
        ({"--data": "tiny.csv"}, "give more rows"),
        ({"--target": "nothing"}, "rest.csv has no column 'nothing'"),
        ({"--target": "outcome"}, "holds alive, dead, but model.ubj predicts 0, 1"),
        ({"--target": "age"}, "'age' of rest.csv is a feature of model.ubj"),
        ({"--positive": "2"}, "holds no '2', but 0, 1"),
        ({"--weights": "nothing"}, "rest.csv has no column 'nothing'"),
        ({"--weights": "outcome"}, "must be numbers"),
        ({"-o": "small.txt"}, "must end in .json or .ubj"),
        ({"-o": "none/small.ubj"}, "there is no directory"),
        ({"-o": "model.ubj"}, "give another name"),
        ({"--report": "report.pdf"}, "must end in .html or .json"),
        ({"--report": "small.ubj"}, "must end in .html or .json"),
        ({"--method": "best"}, "got best"),
        ({"--method": "l1"}, "got l1"),
        ({"--method": "lossless,joint"}, "give it alone"),
        ({"--param": "trees=3", "--method": "tree_count"}, "no parameter 'trees'; there are"),
        ({"--param": "n_trees=3"}, "name it by --method"),
        ({"--param": "n_trees", "--method": "tree_count"}, "NAME=VALUE"),
        ({"--budget": "few"}, "a whole number"),
        ({"--budget": "max_auc=3"}, "--budget knows max_nodes, max_trees, max_features, max_bytes, max_ms"),
        ({"--budget": "1"}, "within the budget"),
        ({"--rule": "best"}, "rule must be"),
        ({"--margin": ".1"}, "non_inferior"),
        ({"--test-size": "2"}, "between 0 and 1"),
        ({"--thresholds": "2"}, "between 0 and 1"),
        ({"--n-retrains": "3"}, "by --train"),
        ({"--n-retrains": "3", "--train": "train.csv"}, "cannot be trained anew: leave out"),
        ({"--min-count": "300", "--report": "r.html"}, "a report needs 300 rows"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line(change, message, folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    options = {"--data": "rest.csv", "--target": TARGET, "-o": "small.ubj", "--method": "tree_count"}
    if "--param" in change and "--method" not in change:
        del options["--method"]
    model = change.pop("model", "model.ubj")
    options |= change
    before = sorted(os.listdir(folder))  # noqa: PTH208 - names are all that is wanted
    assert (
        main(["prune", model or ".", *(w for pair in options.items() for w in (pair[0], pair[1] or "."))])
        == 2
    )
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1 + error.count("and are left out")
    assert error.startswith("treeprune: ")
    assert sorted(os.listdir(folder)) == before  # noqa: PTH208


def test_rows_without_an_outcome_and_rows_that_are_on_both_sides_are_told(folder, tmp_path, capsys):
    rest = parts()["rest"]
    gaps = rest.assign(**{TARGET: rest[TARGET].astype(float).mask(np.arange(len(rest)) < 9)})
    gaps.to_csv(tmp_path / "gaps.csv", index=False)
    few = [*WAYS["model.ubj"], "--data", str(tmp_path / "gaps.csv"), "--held-out", str(folder / "rest.csv")]
    assert main(words(folder, "model.ubj", tmp_path / "o.ubj", *few)) == 0
    said = capsys.readouterr()
    assert f"9 rows of gaps.csv have no {TARGET} and are left out" in said.err
    assert "491 rows of rest.csv are equal to rows of gaps.csv" in said.err
    assert "491 rows choose, 500 others judge" in said.out


def test_rows_that_trained_the_model_are_told(folder, tmp_path, capsys):
    known = ["--data", str(folder / "train.csv"), "--train", str(folder / "train.csv")]
    few = ["--method", "tree_count", "--cv", "2"]
    assert main(words(folder, "model.txt", tmp_path / "o.txt", *few, *known)) == 0
    assert "175 rows that judge are equal to rows of train.csv" in capsys.readouterr().err


def test_a_category_that_lightgbm_has_never_seen_is_told(folder, tmp_path, capsys):
    few = ["--method", "tree_count", "--param", "n_trees=3", "--data", str(folder / "strangers.csv")]
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(words(folder, "model.txt", tmp_path / "o.txt", *few)) == 0
    assert "holds 'unknown', which model.txt has never seen" in capsys.readouterr().err


def test_a_model_without_names_has_none_afterwards_either(tmp_path, capsys):
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    forest = RandomForestRegressor(5, max_depth=4, random_state=0).fit(X[::2].to_numpy(), y[::2])
    scaled = make_pipeline(StandardScaler(), Ridge()).fit(X[::2].to_numpy(), y[::2])
    X[1::2].assign(progression=y[1::2], clinic=3).to_csv(tmp_path / "rows.csv", index=False)
    rows = ["--data", str(tmp_path / "rows.csv"), "--target", "progression", "--exclude", "clinic"]
    for name, model, way in (
        ("forest", forest, ["joint", "--budget", "20"]),
        ("scaled", scaled, ["linear"]),
    ):
        skops.io.dump(model, tmp_path / f"{name}.skops")
        small = tmp_path / f"small_{name}.skops"
        typed = ["prune", str(tmp_path / f"{name}.skops"), "-o", str(small), *rows, "--method", *way]
        assert main([*typed, "--cv", "2"]) == 0
        assert not hasattr(load_model(small), "feature_names_in_")
        assert f"saved {small}" in capsys.readouterr().out
    with pytest.raises(AttributeError):
        _ = load_model(small)[-1].feature_names_in_


def test_ctrl_c_is_one_line_and_leaves_the_old_file(folder, tmp_path):
    output = tmp_path / "o.skops"
    output.write_text("old")
    slow = words(folder, "forest.skops", output, "--method", "auto", "--cv", "50")
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "treeprune", *slow],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert "rows choose" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error == "treeprune: interrupted\n"
    assert output.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["o.skops"]
