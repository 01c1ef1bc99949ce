"""The command that compares two model files, as a pipeline would call it."""

import json
import re

import lightgbm
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from xgboost import XGBClassifier

from treeprune import keep_trees, save_model
from treeprune.__main__ import main
from treeprune.evidence.gates import GATES

X, Y = load_breast_cancer(return_X_y=True, as_frame=True)
X = X.rename(columns=lambda name: name.replace(" ", "_"))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "held_out.csv"
    X[1::2].assign(malignant=1 - Y[1::2], bed=7).sample(frac=1.0, random_state=0).to_csv(path, index=False)
    return path


MODELS = {
    "ubj": XGBClassifier(n_estimators=20, max_depth=3),
    "txt": lightgbm.LGBMClassifier(n_estimators=20, verbose=-1),
    "skops": RandomForestClassifier(20, random_state=0),
}


@pytest.mark.parametrize("ending", list(MODELS))
def test_a_model_against_itself_and_a_part_of_it(ending, table, tmp_path, capsys):
    model = MODELS[ending].fit(X[::2], 1 - Y[::2])
    whole, part = tmp_path / f"whole.{ending}", tmp_path / f"part.{ending}"
    save_model(model.booster_ if ending == "txt" else model, whole)
    few = keep_trees(model, [0, 1])
    save_model(few.booster_ if ending == "txt" else few, part)
    arguments = ["--data", str(table), "--target", "malignant"]
    assert main(["compare", str(whole), str(whole), *arguments]) == 0
    report = tmp_path / "report.json"
    asked = ["--report", str(report)] if ending == "txt" else []
    status = main(["compare", str(whole), str(part), *arguments, *asked])
    out = capsys.readouterr().out
    assert status == (1 if "FAIL" in out else 0)
    assert f"On {len(X[1::2])} rows" in out
    if asked:
        document = json.loads(report.read_text())
        assert document["schema"] == "treeprune-report-1"
        assert status == (0 if document["verdict"]["passed"] else 1)
    assert "fidelity R2" in out
    assert re.search(r"non-inferiority: -?[\d.]+ margins \(passes at -1\.000", out)


def test_a_policy_decides(table, tmp_path, capsys):
    model = XGBClassifier(n_estimators=10, max_depth=2).fit(X[::2], 1 - Y[::2])
    save_model(model, tmp_path / "a.json")
    save_model(keep_trees(model, range(9)), tmp_path / "b.json")
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"fidelity R2": 0.9999999, "non-inferiority": None}))
    both = [
        str(tmp_path / "a.json"),
        str(tmp_path / "b.json"),
        "--data",
        str(table),
        "--target",
        "malignant",
    ]
    assert main(["compare", *both]) == 0
    assert main(["compare", *both, "--policy", str(policy), "--background", str(table)]) == 1
    out = capsys.readouterr().out
    assert "FAIL" in out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"--target": "nothing"}, "no column 'nothing'"),
        ({"--data": "table.xls"}, "must end in .csv"),
        ({"--data": "none.csv"}, "none.csv"),
        ({"--policy": "bad.json"}, "is no JSON"),
        ({"--policy": "list.json"}, "an object of gates"),
        ({"--policy": "unknown.json"}, "no gate"),
        ({"--margin": "-1"}, "margin"),
    ],
)
def test_what_cannot_be_done_is_one_line(change, message, table, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "unknown.json").write_text('{"beauty": 1}')
    model = XGBClassifier(n_estimators=2, max_depth=2).fit(X[::2], 1 - Y[::2])
    save_model(model, tmp_path / "a.json")
    options = {"--data": str(table), "--target": "malignant"} | change
    words = [word for pair in options.items() for word in pair]
    assert main(["compare", "a.json", "a.json", *words]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_columns_of_the_model_have_to_be_there(tmp_path, capsys):
    model = XGBClassifier(n_estimators=2, max_depth=2).fit(X, Y)
    save_model(model, tmp_path / "a.json")
    pd.DataFrame({"target": [0, 1]}).to_parquet(tmp_path / "t.parquet")
    both = [str(tmp_path / "a.json")] * 2
    assert main(["compare", *both, "--data", str(tmp_path / "t.parquet"), "--target", "target"]) == 2
    assert "which the model needs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("few.json", "all.txt", "it needs 'mean_smoothness'"),
        ("all.txt", "few.json", "it knows no 'mean_smoothness'"),
        ("few.json", "nameless.skops", "X has 4 features"),
    ],
)
def test_models_on_other_columns_are_named(before, after, what, table, tmp_path, capsys):
    few = XGBClassifier(n_estimators=2, max_depth=2).fit(X.iloc[::2, :4], 1 - Y[::2])
    save_model(few, tmp_path / "few.json")
    every = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(X[::2], 1 - Y[::2])
    save_model(every, tmp_path / "all.txt")
    nameless = RandomForestClassifier(2, max_depth=2).fit(X[::2].to_numpy(), 1 - Y[::2])
    save_model(nameless, tmp_path / "nameless.skops")
    files = [str(tmp_path / before), str(tmp_path / after)]
    assert main(["compare", *files, "--data", str(table), "--target", "malignant", "--exclude", "bed"]) == 2
    error = capsys.readouterr().err
    assert (
        f"{after} does not take the columns of held_out.csv that {before} was trained on: {what}" in error
    )
    assert error.count("\n") == 1


def test_training_rows_make_the_floor_where_the_file_can_be_refitted(table, tmp_path, capsys):
    X[::2].assign(malignant=1 - Y[::2], bed=7).to_csv(tmp_path / "train.csv", index=False)
    forest = MODELS["skops"].fit(X[::2], 1 - Y[::2])
    booster = XGBClassifier(n_estimators=5, max_depth=2).fit(X[::2], 1 - Y[::2])
    save_model(forest, tmp_path / "a.skops")
    save_model(booster, tmp_path / "a.ubj")
    data = ["--data", str(table), "--target", "malignant", "--train", str(tmp_path / "train.csv")]
    assert main(["compare", *[str(tmp_path / "a.skops")] * 2, *data, "--n-retrains", "2"]) == 0
    said = capsys.readouterr()
    assert "fidelity R2: 1.000 (passes at 0." in said.out
    assert "floor" in said.out
    assert not said.err
    assert main(["compare", *[str(tmp_path / "a.ubj")] * 2, *data]) == 0
    assert "cannot be trained anew; gates keep the bars" in capsys.readouterr().err
    assert main(["compare", *[str(tmp_path / "a.ubj")] * 2, *data, "--n-retrains", "2"]) == 2
    assert "leave out --n-retrains" in capsys.readouterr().err
    params = tmp_path / "params.json"
    params.write_text('{"n_estimators": 5, "max_depth": 2}')
    given = [*data, "--n-retrains", "2", "--params", str(params)]
    assert main(["compare", *[str(tmp_path / "a.ubj")] * 2, *given]) == 0
    said = capsys.readouterr()
    assert "floor" in said.out
    assert not said.err


@pytest.mark.parametrize(
    ("text", "file", "what"),
    [
        ("{", "a.ubj", "is no JSON"),
        ("[5]", "a.ubj", "must hold an object of parameters, n_estimators among them"),
        ('{"n_estimators": 5, "depth": 2}', "a.ubj", "has no parameter 'depth'"),
        ('{"n_estimators": 50}', "a.ubj", "says 50 rounds, a.ubj has 5"),
        ('{"n_estimators": 5}', "a.skops", "are for models of XGBoost"),
    ],
)
def test_parameters_that_are_not_those_of_the_model(table, tmp_path, capsys, text, file, what):
    save_model(MODELS["skops"].fit(X[::2], 1 - Y[::2]), tmp_path / "a.skops")
    save_model(XGBClassifier(n_estimators=5).fit(X[::2], 1 - Y[::2]), tmp_path / "a.ubj")
    (tmp_path / "params.json").write_text(text)
    rows = ["--data", str(table), "--target", "malignant", "--train", str(table)]
    files = [str(tmp_path / file)] * 2
    assert main(["compare", *files, *rows, "--params", str(tmp_path / "params.json")]) == 2
    assert what in capsys.readouterr().err


def test_a_page_on_subgroups_says_what_was_typed(table, tmp_path, capsys):
    model = XGBClassifier(n_estimators=10, max_depth=2).fit(X[::2], 1 - Y[::2])
    save_model(model, tmp_path / "a.json")
    save_model(keep_trees(model, range(9)), tmp_path / "b.json")
    page = tmp_path / "page.html"
    typed = ["compare", *(str(tmp_path / f"{name}.json") for name in "ab"), "--data", str(table)]
    typed += [
        "--target",
        "malignant",
        "--subgroups",
        "ward",
        "--thresholds",
        ".1,.2",
        "--report",
        str(page),
    ]
    assert main(typed) == 2
    assert "held_out.csv has no column 'ward'" in capsys.readouterr().err
    wards = pd.read_csv(table)
    wards.assign(ward=["<b>east</b>", "west"] * (len(wards) // 2)).to_csv(table, index=False)
    assert main(typed) == 0
    text = page.read_text()
    assert f"treeprune {' '.join(typed[:2])}" in text
    assert "&lt;b&gt;east&lt;/b&gt;" in text
    assert "<b>east</b>" not in text


def test_pipelines_that_prepare_alike_are_compared_by_their_trees(tmp_path, table, capsys):
    pytest.importorskip("skops.io")
    rows = pd.read_csv(table)
    words = rows.assign(
        hand=["left", "right"] * (len(rows) // 2), y=rows["malignant"].map({0: "no", 1: "yes"})
    )
    words.to_csv(table, index=False)
    columns = ["hand", *X.columns]
    forest = RandomForestClassifier(5, max_depth=3, random_state=0)
    whole = make_pipeline(
        make_column_transformer((OneHotEncoder(sparse_output=False), ["hand"]), remainder=StandardScaler()),
        forest,
    ).fit(words[columns], words["y"])
    part = Pipeline([whole.steps[0], ("forest", keep_trees(whole[-1], [0, 1]))])
    other = Pipeline([("scale", clone(whole[0]).fit(words[columns][:80])), part.steps[1]])
    for name, model in {"a": whole, "b": part, "c": other}.items():
        save_model(model, tmp_path / f"{name}.skops")
    data = ["--data", str(table), "--target", "y", "-q", "--policy", str(tmp_path / "p.json")]
    bars = dict.fromkeys(gate.name for gate in GATES)  # none is asked: what is compared is not judged
    (tmp_path / "p.json").write_text(json.dumps(bars))
    report = tmp_path / "r.json"
    for name, shown in {"b": True, "c": False}.items():
        both = [str(tmp_path / "a.skops"), str(tmp_path / f"{name}.skops")]
        assert main(["compare", *both, *data, *(["--report", str(report)] if shown else [])]) == 0
    listed = json.dumps(json.loads(report.read_text()))
    assert "onehotencoder__hand_left" in listed
    direct = make_pipeline(StandardScaler(), forest).fit(X[::2], Y[::2].map({0: "no", 1: "yes"}))
    save_model(direct, tmp_path / "d.skops")
    assert main(["compare", str(tmp_path / "d.skops"), str(tmp_path / "a.skops"), *data]) == 2
    assert "treeprune: " in capsys.readouterr().err
