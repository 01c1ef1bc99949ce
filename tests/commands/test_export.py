"""The command that writes a model file as something else, and compares the two."""

import sqlite3

import lightgbm
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

import treeprune.commands.export as command
from treeprune import load_model, save_model
from treeprune.__main__ import main

X, Y = load_breast_cancer(return_X_y=True, as_frame=True)
X = X.rename(columns=lambda name: name.replace(" ", "_"))

MODELS = {
    "ubj": XGBClassifier(n_estimators=4, max_depth=3, n_jobs=1),
    "txt": lightgbm.LGBMClassifier(n_estimators=4, verbose=-1, n_jobs=1),
    "skops": HistGradientBoostingClassifier(max_iter=4),
}
NEEDS = {"onnx": "onnxruntime", "treelite": "treelite"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    X[1::2].assign(malignant=1 - Y[1::2], bed=7).to_csv(folder / "rows.csv", index=False)
    for ending, model in MODELS.items():
        fitted = model.fit(X[::2], 1 - Y[::2])
        save_model(fitted.booster_ if ending == "txt" else fitted, folder / f"model.{ending}")
    return folder


@pytest.mark.parametrize("to", ["onnx", "c", "sql", "python", "treelite"])
@pytest.mark.parametrize("ending", list(MODELS))
def test_every_export_of_every_format_is_run_on_all_rows(ending, to, folder, tmp_path, capsys):
    if to in NEEDS:
        pytest.importorskip(NEEDS[to])
    output = tmp_path / f"out.{to}"
    words = ["export", str(folder / f"model.{ending}"), "--to", to, "-o", str(output)]
    assert main([*words, "--data", str(folder / "rows.csv"), "--target", "malignant"]) == 0
    out = capsys.readouterr().out
    assert f"saved {output}: {output.stat().st_size:,} bytes" in out
    assert f"agrees: {len(X[1::2])} rows, largest difference" in out.replace("\n", "")


def test_without_data_it_is_only_written(folder, tmp_path, capsys):
    output = tmp_path / "model.c"
    words = ["export", str(folder / "model.ubj"), "--to", "c", "-o", str(output), "--dtype", "float32"]
    assert main([*words, "--name", "risk"]) == 0
    assert "float risk_predict_proba" not in output.read_text()
    assert "void risk_predict_proba(const float *x, float *share);" in output.with_suffix(".h").read_text()
    assert "agrees" not in capsys.readouterr().out


def test_a_tree_as_rules(tmp_path):
    save_model(DecisionTreeClassifier(max_depth=2).fit(X, Y), tmp_path / "tree.skops")
    rules = tmp_path / "rules.txt"
    assert main(["export", str(tmp_path / "tree.skops"), "--to", "rules", "-o", str(rules)]) == 0
    assert rules.read_text().startswith("1. if ")


def test_sql_has_its_table_and_key(folder, tmp_path, capsys):
    output = tmp_path / "model.sql"
    words = ["export", str(folder / "model.txt"), "--to", "sql", "-o", str(output)]
    words += ["--table", "stays", "--key", "patient", "--data", str(folder / "rows.csv")]
    assert main(words) == 0
    assert "SQL agrees" in capsys.readouterr().out
    connection = sqlite3.connect(":memory:")
    X[:5].assign(patient=[5, 4, 3, 2, 1]).to_sql("stays", connection, index=False)
    found = pd.read_sql(output.read_text(), connection).set_index("patient")
    connection.close()
    native = load_model(folder / "model.txt").predict(X[:5])
    np.testing.assert_allclose(found.loc[[5, 4, 3, 2, 1], "probability_1"], native, rtol=1e-12)


def test_a_difference_is_exit_code_1(folder, tmp_path, capsys, monkeypatch):
    """The export of another model stands for one that is wrong."""
    other = XGBClassifier(n_estimators=3, max_depth=3, n_jobs=1).fit(X[::2], 1 - Y[::2])
    honest = command.written
    monkeypatch.setattr(command, "written", lambda to, model, *rest: honest(to, other, *rest))
    words = ["export", str(folder / "model.ubj"), "--to", "python", "-o", str(tmp_path / "m.py")]
    assert main([*words, "--data", str(folder / "rows.csv")]) == 1
    assert "Python differs on" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("to", "words", "message"),
    [
        ("sql", ["--dtype", "float32"], "--dtype is not for --to sql"),
        ("onnx", ["--table", "t"], "--table is not for --to onnx"),
        ("sql", ["--dialect", "oracle"], "dialect must be one of"),
        ("sql", ["--dialect", "duckdb", "--data", "rows.csv"], "leave it out"),
        ("rules", ["--data", "rows.csv"], "leave it out"),
        ("rules", [], "adds up 4 trees"),
        ("c", ["--name", "1st"], "names in C"),
        ("c", ["--data", "other.csv"], "no column"),
        ("c", ["--data", "rows.csv", "--target", "nothing"], "no column 'nothing'"),
        ("python", ["--data", "none.csv"], "none.csv"),
    ],
)
def test_what_cannot_be_done_is_one_line(to, words, message, folder, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "other.csv").write_text("a,b\n1,2\n")
    output = tmp_path / "out"
    assert main(["export", "model.ubj", "--to", to, "-o", str(output), *words]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not output.exists()


def test_no_compiler_is_one_line(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    words = ["export", str(folder / "model.ubj"), "--to", "c", "-o", str(tmp_path / "m.c")]
    assert main([*words, "--data", str(folder / "rows.csv")]) == 2
    assert "needs a compiler" in capsys.readouterr().err


def test_a_forest_with_columns_in_another_order(tmp_path, capsys):
    save_model(RandomForestClassifier(3, random_state=0).fit(X[::2], Y[::2]), tmp_path / "m.skops")
    X[1::2].iloc[:, ::-1].to_parquet(tmp_path / "rows.parquet")
    words = ["export", str(tmp_path / "m.skops"), "--to", "python", "-o", str(tmp_path / "m.py")]
    assert main([*words, "--data", str(tmp_path / "rows.parquet")]) == 0
    assert "Python agrees" in capsys.readouterr().out
