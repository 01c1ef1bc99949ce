"""The command that compares two model files, as a pipeline would call it."""

import json

import lightgbm
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from xgboost import XGBClassifier

from treeprune import keep_trees, save_model
from treeprune.__main__ import main

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
    status = main(["compare", str(whole), str(part), *arguments, "--report", str(report)])
    document = json.loads(report.read_text())
    assert status == (0 if document["passed"] else 1)
    assert document["between"]["max |change|"] > 0
    assert document["n_rows"] == len(X[1::2])
    out = capsys.readouterr().out
    assert "fidelity R2" in out
    assert main(["info", str(whole)]) == 0


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
