"""The demo: every figure it prints is that of the models it saves."""

import re
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from sklearn import metrics
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from treeprune import demo
from treeprune.__main__ import main, table_in_words

ROOT = Path(__file__).parents[1]
SUPPORT2 = ROOT.parent / "shared" / "data" / "support2.csv"
LEAKS = (
    "death,slos,d.time,hday,charges,totcst,totmcst,avtisst,dnr,dnrday,sfdm2,adlp,adls,adlsc,"
    "sps,aps,surv2m,surv6m,prg2m,prg6m"
)
VARYING = {"prediction ms", "bytes"}
WHOLE = {"trees", "nodes", "leaves", "depth", "features used"}


def in_words(name: str, value: float) -> str:
    return f"{value:,.0f}" if name in WHOLE else f"{value:.4f}"


def sizes(model) -> dict[str, float]:
    trees = [member.tree_ for member in getattr(model, "estimators_", [model])]
    used = [tree.feature[tree.children_left >= 0] for tree in trees]
    return {
        "trees": len(trees),
        "nodes": sum(tree.node_count for tree in trees),
        "leaves": sum(tree.n_leaves for tree in trees),
        "depth": max(tree.max_depth for tree in trees),
        "features used": len(np.unique(np.concatenate(used))),
    }


def expected_column(model, before, X, y) -> dict[str, float]:
    """Figures of a binary classifier by scikit-learn alone; those of the pair if there is one before."""
    p = model.predict_proba(X)
    figures = sizes(model) | {
        "AUC": metrics.roc_auc_score(y, p[:, 1]),
        "log loss": metrics.log_loss(y, p),
        "Brier": metrics.brier_score_loss(y, p[:, 1], pos_label=model.classes_[1]),
    }
    if before is not None:
        change = np.abs(before.predict_proba(X) - p)
        figures |= {
            "same class": np.mean(before.predict(X) == model.predict(X)),
            "mean |change|": change.mean(),
            "max |change|": change.max(),
        }
    return figures


def split(X, y, seed):
    return train_test_split(X, y, test_size=0.3, random_state=seed, stratify=y)


def breast_cancer():
    X, benign = load_breast_cancer(return_X_y=True, as_frame=True)
    return X, 1 - benign


def read_table(text: str) -> pd.DataFrame:
    """The table that the demo prints, from any text that holds it."""
    lines = [
        [cell.strip() for cell in re.split("[│┃]", line)[1:-1]]
        for line in text.splitlines()
        if re.match("^[│┃]", line.strip())
    ]
    assert lines, "there is no table in the text"
    head, *body = lines
    return pd.DataFrame([row[1:] for row in body], index=[row[0] for row in body], columns=head[1:])


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    folder, said = tmp_path_factory.mktemp("demo"), []
    X, y = demo.load_table(None, None)
    result = demo.run(X, y, folder, n_trees=5, seed=3, n_jobs=1, verbose=False, say=said.append)
    return result, folder, said


def test_every_figure_is_that_of_the_saved_models(small_run):
    result, folder, _ = small_run
    X_train, X_test, y_train, y_test = split(*breast_cancer(), 3)
    words = table_in_words(result.frame)
    for name, grown in (
        ("tree", DecisionTreeClassifier(random_state=3)),
        ("forest", RandomForestClassifier(5, random_state=3)),
    ):
        before = grown.fit(X_train, y_train)
        after = joblib.load(folder / f"pruned_{name}.joblib")
        assert type(after) is type(before)
        for column, figures in (
            (name, expected_column(before, None, X_test, y_test)),
            (f"pruned {name}", expected_column(after, before, X_test, y_test)),
        ):
            for metric, value in figures.items():
                assert words.loc[metric, column] == in_words(metric, value), (metric, column)
            rest = set(words.index[words[column] != ""]) - set(figures)
            assert rest == VARYING | {"calibration slope"}


def test_it_saves_the_models_and_a_picture_and_says_what_it_does(small_run):
    result, folder, said = small_run
    assert sorted(p.name for p in folder.iterdir()) == [
        "pruned_forest.joblib",
        "pruned_tree.joblib",
        "pruning_paths.png",
    ]
    assert sorted(result.files) == sorted(folder.iterdir())
    assert (folder / "pruning_paths.png").read_bytes().startswith(b"\x89PNG")
    assert not pyplot.get_fignums()
    assert (
        said[0] == "398 rows to train on, 171 to judge by, 30 columns (30 after encoding), target malignant"
    )
    assert [line.split()[4] for line in said if line.startswith("growing")] == ["tree", "forest"]
    assert sum(str(comparison) in line for line in said for comparison in result.comparisons.values()) == 2


def test_the_pruned_models_are_smaller(small_run):
    frame = small_run[0].frame
    for name in ("tree", "forest"):
        assert frame.loc["nodes", f"pruned {name}"] < frame.loc["nodes", name]


def test_on_the_command_line(small_run, tmp_path, capsys):
    code = main(
        ["demo", "--trees", "5", "--seed", "3", "--n-jobs", "1", "--output", str(tmp_path / "a" / "b")]
    )
    out = capsys.readouterr().out
    assert code == 0
    printed, expected = read_table(out), table_in_words(small_run[0].frame)
    assert list(printed.columns) == list(expected.columns)
    pd.testing.assert_frame_equal(
        printed.drop(list(VARYING)), expected.drop(list(VARYING)), check_names=False, check_dtype=False
    )
    for file in ("pruned_tree.joblib", "pruned_forest.joblib", "pruning_paths.png"):
        assert f"saved {tmp_path / 'a' / 'b' / file}" in out
        assert (tmp_path / "a" / "b" / file).exists()


def test_the_figures_in_the_readme_are_those_of_the_default_run(tmp_path, capsys):
    stated = read_table((ROOT / "README.md").read_text(encoding="utf-8"))
    assert main(["demo", "--output", str(tmp_path)]) == 0
    fresh = read_table(capsys.readouterr().out)
    pd.testing.assert_frame_equal(stated.drop(list(VARYING)), fresh.drop(list(VARYING)))
    assert set(VARYING) <= set(stated.index)


def test_all_pages_exclude_the_same_columns_of_support2():
    command = f"python -m treeprune demo --data support2.csv --target hospdead --exclude {LEAKS}\n"
    for page in (ROOT / "README.md", ROOT / "datasets" / "README.md"):
        assert command in page.read_text(encoding="utf-8")
    reasons = (ROOT / "datasets" / "README.md").read_text(encoding="utf-8").partition("Left out")[2]
    assert sorted(re.findall(r"`([\w.]+)`", reasons)) == sorted(LEAKS.split(","))


# ---------------------------------------------------------------------- tables of one's own
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
}


@pytest.mark.parametrize(("arguments", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_one_line_on_the_error_stream(tmp_path, capsys, arguments, message):
    assert run_on(patients(60).assign(constant=1), tmp_path, *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("treeprune: ")
    assert message in error
    assert error.count("\n") == 1
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
    assert "usage: treeprune" in capsys.readouterr().err


@pytest.mark.skipif(
    not SUPPORT2.exists(), reason=f"the SUPPORT2 table is not beside the repository ({SUPPORT2})"
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
