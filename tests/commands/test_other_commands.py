"""What files hold, the demo's tables by name, help, and what a shell sees."""

import re
import subprocess
import sys

import lightgbm
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from treeprune import __version__, save_model
from treeprune.__main__ import main

X, Y = load_breast_cancer(return_X_y=True, as_frame=True)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "rows.csv"
    X[::5].assign(bed=1).to_csv(path, index=False)
    return path


def test_info_on_rows_tells_the_visits(table, tmp_path, capsys):
    pytest.importorskip("skops.io")
    forest = RandomForestClassifier(5, max_depth=3, random_state=0).fit(X, Y)
    save_model(forest, tmp_path / "a.skops")
    assert main(["info", str(tmp_path / "a.skops"), "--data", str(table)]) == 0
    out = capsys.readouterr().out
    visits = forest.decision_path(X[::5])[0].sum() / len(X[::5])
    assert f"nodes met   {visits:.1f} a row" in out
    assert f"{(tmp_path / 'a.skops').stat().st_size:,} bytes" in out


def test_info_on_a_booster_and_on_a_linear_pipeline(table, tmp_path, capsys):
    pytest.importorskip("skops.io")
    save_model(lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(X, Y), tmp_path / "a.txt")
    save_model(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y), tmp_path / "a.skops")
    for name, words in {"a.txt": "3 trees", "a.skops": "30 of them not 0"}.items():
        assert main(["info", str(tmp_path / name)]) == 0
        assert words in capsys.readouterr().out
        assert main(["info", str(tmp_path / name), "--data", str(table)]) == 0
    assert "standardscaler -> logisticregression" in capsys.readouterr().out
    assert main(["info", str(tmp_path / "a.txt"), "--data", str(table), "--exclude", "age"]) == 2
    assert "rows.csv has no column 'age'" in capsys.readouterr().err


def test_the_demo_knows_data_sets_by_name(tmp_path, capsys):
    report = tmp_path / "audit.html"
    words = ["demo", "--data", "cohort", "--trees", "3", "--output", str(tmp_path / "out"), "--n-jobs", "1"]
    assert main([*words, "--exclude", "weekday", "--report", str(report)]) == 0
    out = capsys.readouterr().out
    assert "21 columns" in out
    assert "target died_30d" in out
    assert f"saved {report}" in out
    assert "The forest was pruned into the pruned forest" in report.read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "cohort", "--target", "x"], "cohort predicts died_30d"),
        (["--data", "cohort", "--exclude", "x"], "cohort has no column x"),
        (["--data", "cohorts"], "no file cohorts, nor a data set of that name"),
        (["--report", "audit.pdf"], "must end in .html or .json"),
    ],
)
def test_what_the_demo_cannot_do_is_one_line(words, message, capsys):
    assert main(["demo", *words]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("command", ["demo", "info", "prune", "compare", "export"])
def test_help_fits_a_terminal_and_has_an_example(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 80
    example = told.partition("example:\n")[2].replace("\\\n", " ").split()
    assert example[:2] == ["treeprune", command]
    options = [word for word in example if word.startswith("-")]
    assert all(re.search(rf"(^|\s){option}\b", told.partition("example:")[0]) for option in options)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["prune"], "the following arguments are required: model, -o/--output, --data, --target"),
        (["prune", "a", "--seed", "x"], "invalid int value: 'x'"),
        (["compare", "a", "b", "--thresholds", "x"], "argument --thresholds"),
    ],
)
def test_what_is_typed_wrongly_is_one_line(words, message, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_the_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"treeprune {__version__}\n"


def test_a_bug_is_shown_with_its_place_and_is_no_failed_gate(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("treeprune.commands.info.open_model", lambda path: 1 / 0)
    assert main(["info", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "Traceback" in error
    assert error.endswith("treeprune: ZeroDivisionError: division by zero\n")


def test_a_shell_sees_the_exit_code_and_one_line(tmp_path):
    words = ["info", str(tmp_path / "none.ubj")]
    run = [sys.executable, "-m", "treeprune", *words]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == f"treeprune: there is no file {tmp_path / 'none.ubj'}\n"
