"""The demo on tables of one's own, and what it says to mistakes."""

import os
import re
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeRegressor

from tests.test_demo import LEAKS, ROOT, expected_column, in_words, read_table, split
from treeprune import demo
from treeprune.__main__ import main

TABLES = Path(os.environ.get("TREEPRUNE_DATA", ROOT.parent / "shared" / "data"))
SUPPORT2 = TABLES / "support2.csv"


def patients(n=150, seed=0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age, sex = rng.normal(60, 10, n).round(1), rng.choice(["female", "male"], n)
    table = pd.DataFrame(
        {
            "age": np.where(rng.random(n) < 0.2, np.nan, age),
            "sex": np.where(rng.random(n) < 0.1, None, sex),
            "ward": rng.choice(list("abcdefghijklmnopqrstuvwxyz"), n),
            "smoker": rng.random(n) < 0.4,
            "after": rng.normal(size=n),
            "stay": rng.gamma(2, 3, n) + age / 20,
            "died": np.where(age + 8 * (sex == "male") + rng.normal(0, 8, n) > 64, "yes", "no"),
        }
    )
    table.loc[[3, 9], "died"] = None
    return table


def run_on(table, folder, *arguments) -> int:
    table.to_csv(folder / "patients.csv")
    given = ["--data", str(folder / "patients.csv"), "--output", str(folder / "out"), "--trees", "3"]
    return main(["demo", *given, "--n-jobs", "1", *arguments])


def test_text_missing_values_and_row_numbers(tmp_path, capsys):
    assert run_on(patients(), tmp_path, "--target", "died", "--exclude", "after, stay") == 0
    out = capsys.readouterr().out
    # the unnamed row number, the target and what was excluded are no columns; rows without target go
    assert "103 rows to train on, 45 to judge by, 4 columns" in out
    tree = joblib.load(tmp_path / "out" / "pruned_tree.joblib")
    assert list(tree.classes_) == ["no", "yes"]
    columns = set(tree.feature_names_in_)
    assert {"age", "sex_female", "sex_male", "smoker_True"} <= columns
    assert not columns & {"after", "stay", "died"}
    assert not any("Unnamed" in column for column in columns)
    assert float(read_table(out).loc["AUC", "forest"]) > 0.5


CLASHES = {
    "text and number": (
        {"sex": list("fm") * 30, "sex_f": range(60)},
        {"text__sex=f", "text__sex=m", "remainder__sex_f"},
    ),
    "text and text": (
        {"a": ["b_c", "d"] * 30, "a_b": ["c", "d"] * 30},
        {"text__a=b_c", "text__a=d", "text__a_b=c", "text__a_b=d"},
    ),
}


@pytest.mark.parametrize(("columns", "names"), CLASHES.values(), ids=CLASHES)
def test_columns_that_would_get_the_same_name(tmp_path, columns, names):
    table = pd.DataFrame(columns).assign(died=["yes", "no"] * 29 + ["yes"] * 2)
    assert run_on(table, tmp_path, "--target", "died") == 0
    for name in ("tree", "forest"):
        model = joblib.load(tmp_path / "out" / f"pruned_{name}.joblib")
        assert set(model.feature_names_in_) == names


def test_numbers_to_predict(tmp_path, capsys):
    assert run_on(patients(), tmp_path, "--target", "stay", "--exclude", "died") == 0
    printed = read_table(capsys.readouterr().out)
    assert "RMSE" in printed.index
    assert "AUC" not in printed.index
    X, y = demo.load_table(tmp_path / "patients.csv", "stay", ["died"])
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)
    encode = demo.encoder().fit(X_train)
    for name, model in (("tree", DecisionTreeRegressor()), ("forest", RandomForestRegressor(3))):
        before = model.set_params(random_state=0).fit(encode.transform(X_train), y_train)
        after = joblib.load(tmp_path / "out" / f"pruned_{name}.joblib")
        for column, fitted in ((name, before), (f"pruned {name}", after)):
            error = metrics.root_mean_squared_error(y_test, fitted.predict(encode.transform(X_test)))
            assert printed.loc["RMSE", column] == f"{error:.4f}"


MISTAKES = {
    "no target": ([], "--data needs --target"),
    "unknown target": (["--target", "death"], "patients.csv has no column death"),
    "unknown exclusion": (["--target", "died", "--exclude", "x,y"], "has no column x, y"),
    "constant target": (["--target", "constant"], "one value only"),
    "no trees": (["--target", "died", "--trees", "0"], "the number of trees must be"),
    "no threads": (["--target", "died", "--n-jobs", "0"], "n_jobs"),
    "no column left": (
        ["--target", "died", "--exclude", "age,sex,ward,smoker,after,stay,constant"],
        "no column of patients.csv is left to predict died from",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_one_line_on_the_error_stream(tmp_path, capsys, arguments, message):
    assert run_on(patients(60).assign(constant=1), tmp_path, *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("treeprune: ")
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("below", ["", "models"])
def test_an_output_that_is_a_file(tmp_path, capsys, below):
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    assert run_on(patients(60), tmp_path, "--target", "died", "--output", str(file / below)) == 2
    assert capsys.readouterr() == ("", f"treeprune: {file} is a file: the output needs a folder\n")
    assert file.read_text() == "mine"


@pytest.mark.parametrize("given", [["--target", "died"], ["--exclude", "age"]])
def test_columns_of_no_table(tmp_path, capsys, given):
    assert main(["demo", *given, "--output", str(tmp_path / "out")]) == 2
    captured = capsys.readouterr()
    assert re.fullmatch("treeprune: --target and --exclude .+ --data\n", captured.err)
    assert not captured.out
    assert not (tmp_path / "out").exists()


FILES = {"missing": None, "folder": "", "empty": b"", "binary": b"\x89PNG\x00\xff\xfe", "zero": b"a,died\n"}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_bad_files_are_one_line_on_the_error_stream(tmp_path, capsys, content):
    path = tmp_path / "table.csv"
    if content == "":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    given = ["demo", "--data", str(path), "--target", "died", "--output", str(tmp_path / "out")]
    assert main(given) == 2
    captured = capsys.readouterr()
    assert re.fullmatch("treeprune: .+\n", captured.err)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [[], ["prune"], ["demo", "--trees", "many"], ["demo", "--bogus"]])
def test_words_it_does_not_know(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert re.fullmatch(r"treeprune.*: .+ \(see treeprune.* --help\)\n", capsys.readouterr().err)


@pytest.mark.skipif(
    not SUPPORT2.exists(), reason=f"no SUPPORT2 table in {TABLES}; TREEPRUNE_DATA can name its folder"
)
def test_hospital_deaths_in_a_part_of_support2(tmp_path, capsys):
    pd.read_csv(SUPPORT2, nrows=700).to_csv(tmp_path / "part.csv", index=False)
    given = [
        "--data",
        str(tmp_path / "part.csv"),
        "--target",
        "hospdead",
        "--exclude",
        LEAKS,
        "--trees",
        "10",
    ]
    assert main(["demo", *given, "--output", str(tmp_path), "--n-jobs", "1"]) == 0
    out = capsys.readouterr().out
    printed = read_table(out)
    X, y = demo.load_table(tmp_path / "part.csv", "hospdead", LEAKS.split(","))
    assert not set(X.columns) & {"hospdead", "Unnamed: 0", *LEAKS.split(",")}
    X_train, X_test, y_train, y_test = split(X, y, 0)
    encode = demo.encoder().fit(X_train)
    X_train, X_test = encode.transform(X_train), encode.transform(X_test)
    before = RandomForestClassifier(10, random_state=0).fit(X_train, y_train)
    after = joblib.load(tmp_path / "pruned_forest.joblib")
    for metric, value in expected_column(after, before, X_test, y_test).items():
        assert printed.loc[metric, "pruned forest"] == in_words(metric, value)
